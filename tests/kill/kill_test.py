#!/usr/bin/env python3
"""Kills the server under load, again and again, and proves that nothing it answered was lost.

Usage: kill_test.py BINARY [--rounds 20] [--seed N]

Each round: clients create uploads, add parts, complete and cancel in parallel; at a random moment
the server gets SIGKILL. Then fsck must be clean before any recovery, the server must start again,
everything that was answered must hold, and fsck must be clean once more.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from partwise_client import Client, Refused, ServerGone, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

CLIENTS = 6
LOAD_SECONDS = (0.2, 1.6)
KEPT_FILES = 12  # Files of earlier rounds that are read again after each later kill.


class Story:
    """What one client asked of one upload, and which of it was answered."""

    def __init__(self, upload_id):
        self.upload_id = upload_id
        self.parts = {}         # Id -> seed and size of its content, of answered parts.
        self.ending = None      # "complete" or "cancel", once it was asked for.
        self.chosen = []        # The part ids that were asked to be the file.
        self.answered = False   # Whether the ending was.
        self.file_id = None

    def expected_content(self):
        return b"".join(content_of(*self.parts[part]) for part in self.chosen)


def play(client, dice, stories):
    """One upload, from its creation to a random ending. Raises ServerGone at the kill."""
    shapes = [(dice.getrandbits(32), dice.choice((0, 1, 4096, 70_000, 1_500_000)))
              for _ in range(dice.randint(1, 5))]
    wanted = [shape for shape in shapes if dice.random() < 0.9]
    if max(shapes, key=lambda shape: shape[1]) not in wanted:
        wanted = shapes  # A part larger than its upload is refused.
    story = Story(client.create_upload(sum(size for _, size in wanted)))
    stories.append(story)
    ids = {}
    for shape in shapes:
        part = client.add_part(story.upload_id, content_of(*shape))
        story.parts[part] = shape
        ids[shape] = part
    fate = dice.random()
    if fate < 0.2:
        return
    story.ending = "complete" if fate < 0.65 else "cancel"
    if story.ending == "complete":
        story.chosen = [ids[shape] for shape in wanted]
        story.file_id = client.complete(story.upload_id, story.chosen)["file"]["id"]
    else:
        client.cancel(story.upload_id)
    story.answered = True


def run_load(server, dice, seconds):
    """Plays stories on several clients until the server is killed; returns them all."""
    stories, failures = [], []

    def work(seed):
        own = random.Random(seed)
        client = Client(server.port)
        try:
            while True:
                play(client, own, stories)
        except ServerGone:
            pass
        except Exception as failure:  # Reported by the main thread.
            failures.append(failure)
        finally:
            client.close()

    threads = [threading.Thread(target=work, args=(dice.getrandbits(32),)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.kill()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return stories


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def check_story(client, story):
    """What was answered holds, and what was not is one of the outcomes that it may have."""
    name = story.upload_id
    upload = client.get_upload(name)
    ended = {"complete": "completed", "cancel": "cancelled"}.get(story.ending)
    allowed = {ended} if story.answered else {"pending", ended}
    expect(upload["status"] in allowed, f"{name} is {upload['status']}, not {allowed}")
    if upload["status"] == "pending":
        listed = {part["id"]: part["bytes"] for part in client.list_parts(name)}
        for part, (_, size) in story.parts.items():
            expect(listed.get(part) == size, f"the answered part {part} of {name} is lost")
        if story.ending == "complete":
            story.file_id = client.complete(name, story.chosen)["file"]["id"]
        elif story.ending == "cancel":
            expect(client.cancel(name)["status"] == "cancelled", f"{name} cannot be cancelled")
    elif upload["status"] == "completed":
        story.file_id = upload["file"]["id"]
        replayed = client.complete(name, story.chosen)
        expect(replayed == upload, f"the replay of the complete of {name} differs")
    else:
        expect(client.cancel(name) == upload, f"the replay of the cancel of {name} differs")
        try:
            client.add_part(name, b"late")
            raise AssertionError(f"the cancelled {name} took a part")
        except Refused as refused:
            expect(refused.status == 400, f"a late part of {name}: {refused}")
    if story.file_id:
        check_file(client, story)


def check_file(client, story):
    expect(client.content(story.file_id) == story.expected_content(),
           f"the file {story.file_id} differs from its parts")


def check_fsck(server, moment):
    code, output = server.fsck()
    expect(code == 0, f"fsck {moment} exits with {code}:\n{output}")


def play_round(server, dice, kept):
    """One kill and all that must hold after it. Returns how many uploads and parts took part."""
    server.start()
    stories = run_load(server, dice, dice.uniform(*LOAD_SECONDS))
    check_fsck(server, "before recovery")

    server.start()
    client = Client(server.port)
    for story in kept:
        check_file(client, story)
    for story in stories:
        check_story(client, story)
    files = [story for story in stories if story.file_id]
    kept.extend(files[:2])
    for story in files[2:] + kept[:-KEPT_FILES]:
        client.delete_file(story.file_id)
    del kept[:-KEPT_FILES]
    client.close()
    expect(server.stop() == 0, "the drained server does not exit with 0")
    check_fsck(server, "after recovery")
    return len(stories), sum(len(story.parts) for story in stories)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    options = parser.parse_args()
    print(f"kill test: {options.rounds} rounds, seed {options.seed}", flush=True)
    dice = random.Random(options.seed)
    kept = []
    with tempfile.TemporaryDirectory(prefix="partwise-kill-") as folder:
        server = PartwiseServer(options.binary, Path(folder) / "data")
        for number in range(1, options.rounds + 1):
            try:
                uploads, parts = play_round(server, dice, kept)
            except BaseException:
                server.kill()
                print(f"round {number} failed. The end of the log:\n{server.log()[-4000:]}")
                raise
            print(f"round {number}: {uploads} uploads, {parts} answered parts, nothing lost",
                  flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
