#!/usr/bin/env python3
"""Bans of the house that no compiler and no clang-tidy knows (README.md beside this file). Usage: house.py ROOT [FILE…]"""

import os
import re
import sys
from dataclasses import dataclass, field

OWN = ("common/", "services/", "tests/")


@dataclass
class Ban:
    what: str        # the complaint
    pattern: str     # in code: comments and the insides of literals are blanked out before
    folders: tuple = OWN
    # Path prefix → why it may. Tests and fixtures are exempt where `tests` says so.
    but: dict = field(default_factory=dict)
    tests: bool = False


BANS = [
    Ban("the clock is injected: take a common/base/clock.h Clock, or the moment itself, as an argument",
        r"\bsystem_clock::now\b|\b(?:std::)?time\(\s*(?:nullptr|NULL|0|&)|\bgettimeofday\b|\bclock_gettime\b|\blocaltime\w*\(",
        ("common/", "services/"),
        {"common/base/clock.h": "the one place that asks the machine",
         "common/log/": "a log line is about the machine's time",
         "common/bus/embedded_producer.cc": "as a broker stamps messages: the machine's time",
         "common/rpc/": "gRPC takes deadlines as moments of the machine's clock",
         "services/gateway/feed/batch_ingest.cc": "the envelope's time is when the door put the chunk on the bus; lag is measured with it"}),
    Ban("chance: ids and keys come from common/crypto or common/base; nothing else of the platform is random",
        r"\brandom_device\b|\bmt19937\w*\b|\bminstd_rand\w*\b|\bdefault_random_engine\b|\b(?:std::)?s?rand\(|\bdrand48\b",
        ("common/", "services/"),
        {"common/pg/transaction.cc": "jitter between retries", "common/rpc/client.cc": "jitter between retries"}),
    Ban("a number is parsed whole and checked (std::from_chars): these take what they like of it",
        r"\b(?:std::)?(?:atoi|atol|atoll|atof|sscanf|fscanf|scanf)\s*\(", ("common/", "services/"),
        {"services/gateway/store/accounts.cc": "role numbers of our own column"}),
    Ban("output is the log's; only programs for people write to the terminal", r"\bstd::(?:cout|clog)\b|\b(?:std::)?(?:printf|puts|putchar)\s*\(",
        ("common/", "services/"), {"services/ctl/": "a program for people"}),
    Ban("std::regex can take for ever on a sender's text: RE2 (common/model)", r"\bstd::(?:basic_)?regex\b|#\s*include\s*<regex>"),
    Ban("patterns of unbounded C: use std::string, std::format_to_n or snprintf", r"\b(?:std::)?(?:strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\("),
    Ban("the process's environment is read by common/config at the start", r"\b(?:std::)?(?:getenv|secure_getenv|setenv|putenv|unsetenv)\s*\(",
        ("common/", "services/"),
        {"common/config/": "the one place", "common/base/fault_point.h": "fault injection, inert without its variable",
         "common/testing/": "servers of the tests", "common/bus/bus_test_util.h": "servers of the tests", "services/ctl/session.cc": "a program for people"}),
    Ban("money is integer fen, never floating", r"\b(?:double|float)\s+\w*_(?:fen|yuan)\b", ("common/", "services/")),
    Ban("errors are values in a service: Status, not exceptions", r"\bthrow\b",
        ("services/",),
        {"services/monitoring/domain/fact_catalogue.cc": "a declaration that is wrong stops the process at its start",
         "services/monitoring/domain/subject_state.cc": "bytes of our own table that are no state: the transaction must end, not go on without facts"}),
    Ban("a name with __ or _X is the compiler's", r"\b(?:class|struct|enum|auto|int|bool|define|namespace|using|std::\w+)\s+(?:\w*__\w*|_[A-Z]\w*)\b"),
    Ban("a thread is joined by who started it", r"\.detach\(\)", OWN,
        {"common/pg/connection_impl.cc": "a cancel request that hangs must not hold up the caller; it owns all that it touches",
         "common/testing/child.cc": "the guard of the tests' servers lives as long as the process"}),
]
SILENCE = "silence names its check and its reason: NOLINTNEXTLINE(check): why"

HEADER_GUARD = re.compile(r"^\s*#\s*pragma\s+once\s*$", re.M)
NOLINT = re.compile(r"//\s*(NOLINT\w*)(\([^)]*\))?(.*)$")
LITERAL = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|//[^\n]*|/\*.*?\*/', re.S)


def blank(match):
    """Comments and literals keep their line breaks and lose their text."""
    return re.sub(r"[^\n]", " ", match.group(0))


def is_test(path):
    name = os.path.basename(path)
    return name.endswith("_test.cc") or "test" in name.split("_") or "/testing/" in path


def check_nolint(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        found = NOLINT.search(line)
        if found and found.group(1) != "NOLINTEND" and (not found.group(2) or found.group(2) in ("()", "(*)") or len(found.group(3).strip(" :")) < 8):
            yield f"{path}:{number}: {SILENCE}"


def check_file(path, text):
    """Complaints as path:line: what."""
    # x_body.h is included more than once, on purpose.
    if path.endswith(".h") and not path.endswith("_body.h") and not HEADER_GUARD.search(text):
        yield f"{path}:1: no #pragma once"
    yield from check_nolint(path, text)
    code = LITERAL.sub(blank, text).splitlines()
    for ban in BANS:
        if not path.startswith(ban.folders) or any(path.startswith(p) for p in ban.but) or (not ban.tests and is_test(path)):
            continue
        for number, line in enumerate(code, 1):
            if re.search(ban.pattern, line):
                yield f"{path}:{number}: {ban.what}"


def stale(root):
    """An exception for a file that is not there any more excuses nothing."""
    for ban in BANS:
        for path in ban.but:
            if not os.path.exists(os.path.join(root, path)):
                yield f"tests/lint/house.py:1: exception for {path}, which does not exist: {ban.what}"


def sources(root):
    for top in OWN:
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders[:] = sorted(f for f in folders if f not in ("node_modules", "dist", "gen", "__pycache__"))
            for name in sorted(files):
                if name.endswith((".cc", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    complaints = list(stale(root))
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            complaints += check_file(path, file.read())
    for complaint in complaints:
        print(complaint)
    print(f"house: {len(complaints)} complaints" if complaints else "house: nothing to complain about")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
