#!/usr/bin/env python3
"""Golden bytes of every event: events/<full name>.textproto and the bytes it must always be, in base64, in events/<full name>.b64.

Bytes that consumers of an older build have stored must read the same, and what this build writes must be those bytes. A new event
needs a text file; `check_events.py --write` adds its bytes and never changes any that are there.
"""

import base64
import os
import subprocess
import sys

import descriptors as d

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(HERE, "events")
# Values of a topic that are wrapped into nothing, and the envelope that wraps the others.
WHOLE = ("shouwang.event.v1.Envelope", "shouwang.monitoring.event.v1.FeedChunk")
SUFFIXES = ("Opened", "Updated", "Moved", "Closed", "Changed", "Escalated")


def protoc(mode, name, data):
    return subprocess.run(["protoc", "-I", os.path.join(ROOT, "proto"), "-I", os.environ.get("PROTOBUF_INCLUDE", "/usr/include"),
                           f"--{mode}={name}", *d.proto_files(ROOT)], input=data, check=True, capture_output=True).stdout


def events():
    """Every message that is an event: of an event package, told in the past tense."""
    for name, _ in d.messages(d.load(ROOT)):
        package, _, short = name.rpartition(".")
        if name in WHOLE or (package.endswith(".event.v1") and short.endswith(SUFFIXES)):
            yield name


def check(name):
    text, stored = (os.path.join(FOLDER, f"{name}.{kind}") for kind in ("textproto", "b64"))
    if not os.path.exists(text):
        yield f"{name}: no tests/contract/events/{name}.textproto"
        return
    with open(text, "rb") as file:
        data = protoc("encode", name, file.read())
    if not os.path.exists(stored):
        if "--write" not in sys.argv[1:]:
            yield f"{name}: no bytes yet: tests/contract/check_events.py --write"
            return
        with open(stored, "w", encoding="ascii") as file:
            file.write(base64.encodebytes(data).decode())
    with open(stored, encoding="ascii") as file:
        golden = base64.decodebytes(file.read().encode())
    if golden != data:
        yield f"{name}: its text gives other bytes than those that were released"
    elif protoc("encode", name, protoc("decode", name, golden)) != golden:
        yield f"{name}: the released bytes do not survive reading and writing"


def main():
    names = sorted(events())
    found = [complaint for name in names for complaint in check(name)]
    print("\n".join(found + [f"events: {len(names)} checked, {len(found)} complaints"]))
    return 1 if found or not names else 0


if __name__ == "__main__":
    sys.exit(main())
