def verbs(session): pass
def cold_start(session): pass
