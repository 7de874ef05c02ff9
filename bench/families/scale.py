"""Every verb with 10 million uploads and files, beside the same verb with a thousand."""

from contest import Contest, Entry
from contestants.contestant import Job
from contestants.partwise import AUTHORIZATION, Partwise
from seeds import SMALL, Seed, rows_text
from session import Family
from spread import spread_of
from verdict import Figure, Goal

BODY_BYTES = 1024  # Small, so that the rows are what costs.
SEED_FLAGS = ("--ended-upload-ttl", "31536000", "--upload-ttl", "2592000")
SAMPLES_MAX = 500
JSON_TYPE = "application/json"
OPEN_UPLOAD = ('{"bytes": 1024, "filename": "f", "purpose": "user_data",'
               ' "mime_type": "text/plain"}')
ID = {"after": '"id":"', "until": '"'}
FILE_ID = {"after": '"object":"file","id":"', "until": '"'}


def step(name, method, path, body=None, **more):
    made = {"name": name, "method": method, "path": f"/v1{path}", "headers": AUTHORIZATION,
            "expect": [200], **more}
    if isinstance(body, str):
        made["body"] = {"kind": "text", "text": body, "content_type": JSON_TYPE}
    elif body:
        made["body"] = body
    return made


def form(field, **texts):
    return {"kind": "multipart", "field": field, "filename": "f", "offset": 0,
            "bytes": BODY_BYTES, "texts": texts}


def every_verb():
    """The life of an upload and of a file, and looks at what is old."""
    upload, file = "/uploads/${upload}", "/files/${file}"
    return [
        step("create upload", "POST", "/uploads", OPEN_UPLOAD, capture={"upload": ID}),
        step("add part", "POST", f"{upload}/parts", form("data"), capture={"part": ID}),
        step("list parts", "GET", f"{upload}/parts"),
        step("complete", "POST", f"{upload}/complete", '{"part_ids": ["${part}"]}',
             capture={"file": FILE_ID}),
        step("get upload", "GET", upload),
        step("get file", "GET", file),
        step("get content", "GET", f"{file}/content"),
        step("delete file", "DELETE", file),
        step("create upload, to cancel", "POST", "/uploads", OPEN_UPLOAD, record=False,
             capture={"upload": ID}),
        step("cancel", "POST", f"{upload}/cancel"),
        step("post file", "POST", "/files", form("file", purpose="user_data"),
             capture={"file": {"after": '"id":"', "until": '"'}}),
        step("delete posted file", "DELETE", file, record=False),
        step("get an old upload", "GET", "/uploads/${old_upload}"),
        step("get an old file", "GET", "/files/${old_file}"),
        step("list uploads", "GET", "/uploads?limit=20"),
        step("list uploads, deep", "GET", "/uploads?limit=20&after=${old_upload}"),
        step("list files", "GET", "/files?limit=20"),
        step("list files, deep", "GET", "/files?limit=20&after=${old_file}"),
        step("list files of a purpose, deep", "GET",
             "/files?limit=20&purpose=user_data&after=${old_file}"),
        step("usage", "GET", "/usage"),
    ]


def entry(session, contestant, seed):
    name = rows_text(seed.rows)
    values = {"old_upload": seed.sample["finished_uploads"][:SAMPLES_MAX],
              "old_file": seed.sample["files"][:SAMPLES_MAX]}

    def measure():
        sample = session.generator.measure(contestant, Job(every_verb(), values), 1,
                                           seconds=max(1.0, session.cell_seconds))
        times = {verb: figures["p50_us"] for verb, figures in sample["steps"].items()
                 if figures["p50_us"] is not None}
        return {**sample, **times}
    return Entry(name, measure, contestant.wait_until_free)


class SeededPartwise(Partwise):
    """Serves the directory of a seed, which stays when it stops."""

    def __init__(self, tools, seed):
        super().__init__(tools, *SEED_FLAGS)
        self.seed = seed

    def start_seeded(self, session):
        return self.start(session.setting(self.seed.data_dir))


def seeds_of(session):
    folder = session.folder.parent / "seeds"
    return [Seed(session.tools, folder, rows).prepare(session) for rows in (SMALL, session.rows)]


def verbs(session):
    """Relaxed, so that no sync hides what the rows cost. The contests share their rounds."""
    large, small = rows_text(session.rows), rows_text(SMALL)
    family = Family("scale", f"Every verb with {large} uploads and files", compact=True)
    session.take(family, [Partwise(session.tools)])
    servers = []
    try:
        entries = []
        for seed in seeds_of(session):
            server = SeededPartwise(session.tools, seed)
            servers.append(server)
            server.start_seeded(session)
            entries.append(entry(session, server, seed))
        first = Contest("every verb", "all", "iterations_per_s", "rounds of all verbs/s",
                        reference=small, entries=entries)
        first.run(session.rounds, session.say)
    finally:
        for server in servers:
            server.stop()
    recorded = [one["name"] for one in every_verb() if one.get("record", True)]
    figures = []
    for verb in recorded:
        contest = Contest(f"{verb}: p50", verb, verb, "µs", reference=small,
                          entries=entries, samples=first.samples)
        family.contests.append(contest)
        ratios = contest.ratios(large, small)
        figures.append(Figure(spread_of(ratios).median, contest.noise(), verb))
    family.goals.append(Goal(f"every verb at {large} uploads and files ÷ {small}", 1.5, True)
                        .outcome(figures, "p50 at 1 connection, relaxed"))
    return family
