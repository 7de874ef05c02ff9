#!/usr/bin/env python3
"""Kills the server under load, again and again, and proves that nothing it answered was lost.

Usage: kill_test.py BINARY [--rounds 20] [--seed N]

Each round: clients create uploads (each under an idempotency key), add parts, complete and cancel,
post and delete whole files in parallel; at a random moment the server gets SIGKILL. Then fsck must
be clean before any recovery, the server must start again, everything that was answered must hold,
the key of a create must name the upload that it made, and fsck must be clean once more.
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

    def __init__(self, key, size):
        self.key = key          # Of the create: sent again, it makes nothing.
        self.size = size
        self.upload_id = None   # Until the create was answered.
        self.parts = {}         # Id -> seed and size of its content, of answered parts.
        self.ending = None      # "complete" or "cancel", once it was asked for.
        self.chosen = []        # The part ids that were asked to be the file.
        self.answered = False   # Whether the ending was.
        self.file_id = None

    def expected_content(self):
        return b"".join(content_of(*self.parts[part]) for part in self.chosen)


class PostedFile:
    """A file that was posted whole, and whether it was deleted again."""

    def __init__(self, shape):
        self.shape = shape      # Seed and size of its content.
        self.file_id = None     # Until the post was answered.
        self.delete_asked = False
        self.delete_answered = False

    def expected_content(self):
        return content_of(*self.shape)


def post_file(client, dice, posts):
    """One file, posted whole and perhaps deleted. Raises ServerGone at the kill."""
    post = PostedFile((dice.getrandbits(32), dice.choice((0, 1, 70_000, 1_500_000))))
    posts.append(post)
    post.file_id = client.create_file(post.expected_content(), "user_data")
    if dice.random() < 0.5:
        post.delete_asked = True
        client.delete_file(post.file_id)
        post.delete_answered = True


def play(client, dice, stories):
    """One upload, from its creation to a random ending. Raises ServerGone at the kill."""
    shapes = [(dice.getrandbits(32), dice.choice((0, 1, 4096, 70_000, 1_500_000)))
              for _ in range(dice.randint(1, 5))]
    wanted = [shape for shape in shapes if dice.random() < 0.9]
    if max(shapes, key=lambda shape: shape[1]) not in wanted:
        wanted = shapes  # A part larger than its upload is refused.
    story = Story(f"key-{dice.getrandbits(64):x}", sum(size for _, size in wanted))
    stories.append(story)
    story.upload_id = client.create_upload(story.size, idempotency_key=story.key)
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
    """Plays on several clients until the server is killed; returns all stories and posts."""
    stories, posts, failures = [], [], []

    def work(seed):
        own = random.Random(seed)
        client = Client(server.port)
        try:
            while True:
                if own.random() < 0.3:
                    post_file(client, own, posts)
                else:
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
    server.kill_running()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return stories, posts


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def check_story(client, story):
    """What was answered holds, and what was not is one of the outcomes that it may have."""
    name = client.create_upload(story.size, idempotency_key=story.key)
    expect(story.upload_id in (None, name),
           f"{story.key} made {story.upload_id}, and names {name} after the kill")
    story.upload_id = name
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
           f"the file {story.file_id} differs from what was sent")


def check_post(client, post):
    """An answered post is there, and an answered delete stays one; cleans up."""
    if post.file_id is None:
        return  # Whether it exists is unknown, and fsck has seen that it is whole.
    try:
        check_file(client, post)
    except Refused as refused:
        expect(refused.status == 404 and post.delete_asked, f"{post.file_id} is lost: {refused}")
        return
    expect(not post.delete_answered, f"the deleted file {post.file_id} is back")
    client.delete_file(post.file_id)


def check_fsck(server, moment):
    code, output = server.fsck()
    expect(code == 0, f"fsck {moment} exits with {code}:\n{output}")


def play_round(server, dice, kept):
    """One kill and all that must hold after it. Returns how many uploads, parts and files there
    were."""
    server.start()
    stories, posts = run_load(server, dice, dice.uniform(*LOAD_SECONDS))
    check_fsck(server, "before recovery")

    server.start()
    client = Client(server.port)
    for story in kept:
        check_file(client, story)
    for story in stories:
        check_story(client, story)
    for post in posts:
        check_post(client, post)
    files = [story for story in stories if story.file_id]
    kept.extend(files[:2])
    for story in files[2:] + kept[:-KEPT_FILES]:
        client.delete_file(story.file_id)
    del kept[:-KEPT_FILES]
    client.close()
    expect(server.stop() == 0, "the drained server does not exit with 0")
    check_fsck(server, "after recovery")
    return len(stories), sum(len(story.parts) for story in stories), len(posts)


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
                uploads, parts, posts = play_round(server, dice, kept)
            except BaseException:
                server.kill()
                print(f"round {number} failed. The end of the log:\n{server.log()[-4000:]}")
                raise
            print(f"round {number}: {uploads} uploads, {parts} answered parts, {posts} posted "
                  "files, nothing lost", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
