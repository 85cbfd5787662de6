#!/usr/bin/env python3
"""The house, checked: who may include whom (README.md beside this file). Usage: layering.py ROOT"""

import os
import re
import sys

# ---- the table -------------------------------------------------------------------------------------------------------------

# Pure helpers without input, output or state of their own; every room may use them.
PURE = ("common/base/",)

# Room → what it may include beside the standard library, generated messages, PURE and itself.
# "service" stands for the folder of the service. Every line that is wider than the plain table says why.
ROOMS = {
    "domain": {
        "may": {
            "common/flow/": "state tables and limits; pure",
            "common/cel/": "rules are typed expressions; compiling and evaluating them is pure",
            "common/model/": "what the declarations say (datasets, facts) is plain data",
            "common/crypto/crypto.h": "SHA-256 of a rule set and of evidence; a pure function",
        },
        "pure": True,
    },
    "store": {
        "may": {
            "service/domain/": "",
            "common/pg/": "",
            "common/outbox/": "its migrations are run together with the service's own",
            "common/record/": "records that follow the one way of common/record; its migrations too",
        },
    },
    "usecase": {
        "may": {
            "service/domain/": "",
            "service/store/": "",
            "common/outbox/": "",
            "common/record/": "commands on records",
            "common/flow/": "",
            "common/pg/": "a use case is one transaction: it opens and commits it",
            "common/model/": "generic reading, paging and masking of declared messages",
            "common/crypto/": "blind index and sealed fields are made where rows are decided",
            "common/cache/": "roll-ups with their age",
            "common/trace/": "the cause of an event is part of it",
            "common/log/": "",
            "common/metrics/": "",
        },
    },
    "rpc": {
        "may": {
            "service/usecase/": "",
            "service/domain/": "",
            "common/rpc/": "",
            "common/log/": "",
            "common/metrics/": "",
            "common/trace/": "",
        },
    },
    "events": {
        "may": {
            "service/usecase/": "",
            "service/domain/": "",
            "common/bus/": "",
            "common/pg/": "the sweeper and the consumer hand the pool to the use cases",
            "common/log/": "",
            "common/metrics/": "",
            "common/trace/": "",
        },
    },
    # Fakes and fixtures of a service; nothing that ships may include them.
    "testing": {"may": {"common/": "", "service/": ""}},
}

# The gateway is a door, not a domain: no case is decided in it, so it has rooms by protocol. What each of them may include.
GATEWAY = "services/gateway/"
EXTRA_ROOMS = {
    GATEWAY + "http": (
        "the HTTP port: sockets, router, files; knows no method and no session",
        ("common/log/", "common/metrics/", "common/rpc/", "common/trace/", "common/crypto/"),
    ),
    GATEWAY + "calls": (
        "table of declared methods, dispatch to a local handler or the owner",
        ("common/model/", "common/rpc/", "common/trace/", "common/log/", "common/metrics/"),
    ),
    GATEWAY + "connect": (
        "Connect protocol on top of http and calls",
        (GATEWAY + "http/", GATEWAY + "calls/", "common/log/", "common/metrics/", "common/rpc/", "common/model/", "common/trace/"),
    ),
    GATEWAY + "auth": (
        "sign-in, sessions, the check at the door",
        (GATEWAY + "calls/", GATEWAY + "http/", GATEWAY + "store/", "common/cache/", "common/crypto/", "common/log/",
         "common/metrics/", "common/model/", "common/pg/", "common/rpc/"),
    ),
    GATEWAY + "store": ("SQL of accounts and sessions", ("common/pg/", "common/outbox/")),
    GATEWAY + "live": ("the live view: a bus consumer and its watchers", ("common/bus/", "common/log/", "common/metrics/", "common/rpc/", "common/trace/")),
    GATEWAY + "docs": (
        "reference from the descriptors",
        (GATEWAY + "calls/", GATEWAY + "http/", "common/crypto/", "common/log/", "common/model/"),
    ),
    GATEWAY + "feed": (
        "the feed door: reads rows, writes the bus, keeps receipts; one flow from body to receipt, so protocol and SQL share a room",
        (GATEWAY + "http/", "common/bus/", "common/crypto/", "common/log/", "common/metrics/", "common/model/", "common/pg/",
         "common/rpc/", "common/trace/"),
    ),
    GATEWAY + "testing": ("the gateway in a test process", ("common/", GATEWAY)),
    GATEWAY + "feed/testing": ("the feed door in a test process", ("common/", GATEWAY + "feed/", GATEWAY + "http/")),
}

# A client of the gateway: it links no server part at all.
FLAT_SERVICES = {"services/ctl": ("common/base/", "common/crypto/", "common/config/", "common/log/")}

# Third-party header → the only folders that may include it. The first eight are the architecture's; the rest keep a library
# where it has its purpose.
THIRD_PARTY = [
    (r"libpq", ("common/pg",)),
    (r"librdkafka/", ("common/bus",)),
    (r"hiredis/", ("common/cache",)),
    (r"prometheus/", ("common/metrics",)),
    (r"grpc(pp)?/", ("common/rpc",)),
    (r"spdlog/", ("common/log",)),
    (r"openssl/|argon2", ("common/crypto",)),
    (r"yaml-cpp/", ("common/bus",)),
    (r"toml\+\+/", ("common/config", "services/gateway/auth")),  # the accounts of a new platform are written in TOML
    (r"boost/", ("common/metrics", "services/gateway/http")),
    (r"simdjson|csv\.h", ("services/gateway/feed",)),
    (r"zlib", ("services/gateway/feed", "services/gateway/http", "services/ctl", "tests")),
    (r"curl/", ("services/ctl",)),
    (r"CLI/", ("common/app", "services/ctl", "tests")),
    (r"re2/", ("common/model", "common/cel", "services/gateway/auth")),
    (r"g(test|mock)/", ()),  # tests only; see is_test
]

# What the pure room never touches: clocks, chance, files, threads.
IMPURE_HEADERS = re.compile(r"^(random|thread|mutex|shared_mutex|condition_variable|future|atomic|iostream|fstream|filesystem|"
                            r"ctime|time\.h|unistd\.h|sys/.*|cstdio|stdio\.h|netinet/.*)$")
IMPURE_WORDS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\brandom_device\b|\bgetenv\s*\(|\bgettimeofday\b|\btime\(nullptr\)")
IMPURE_COMMON = ("common/base/clock.h", "common/log/", "common/metrics/")

MAX_LINES = 500
SOURCES = (".cc", ".h", ".proto", ".sql", ".py", ".sh", ".ts", ".vue", ".mjs", ".js", ".css", ".cmake")
SKIPPED_FOLDERS = {".git", "build", ".shouwang", "node_modules", "dist", "gen", "__pycache__", ".venv"}
UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|XX" + r"X)\b")
SLEEPS = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|\bsleep\s*\(\s*\d")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


# ---- the tree ----------------------------------------------------------------------------------------------------------------

def walk(root):
    """Relative paths of the tree's own files, in order."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(files):
            yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def includes_of(text):
    """(line, quoted?, header) of every #include."""
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1) == '"', found.group(2)


def is_test(path):
    name = os.path.basename(path)
    return (path.startswith("tests/") or name.endswith(("_test.cc", "_test.h")) or name.startswith("test_")
            or name in ("bus_test_util.h",) or "/testing/" in path)


def service_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "services" and len(parts) > 2 else ""


def room_of(path):
    """(what the room is called, what it may include) — None for a composition root, which may name every part of its service."""
    service = service_of(path)
    folder = os.path.dirname(path)
    if service in FLAT_SERVICES:
        return service, FLAT_SERVICES[service]
    while folder != service:
        if folder in EXTRA_ROOMS:
            return folder, EXTRA_ROOMS[folder][1]
        room = folder[len(service) + 1:]
        if room in ROOMS and service + "/" != GATEWAY:
            return folder, tuple(p.replace("service/", service + "/") for p in ROOMS[room]["may"])
        folder = os.path.dirname(folder)
    return service, None


# ---- the checks: each yields "path:line: what" ---------------------------------------------------------------------------------

def check_third_party(path, number, header):
    for pattern, owners in THIRD_PARTY:
        if re.match(pattern, header) and not any(path.startswith(o + "/") for o in owners):
            if not owners and is_test(path):
                return
            if path.startswith("common/testing/") or path.startswith("tests/"):
                return  # fixtures and clients on the outside speak the real protocols
            yield f"{path}:{number}: <{header}> belongs to {', '.join(owners) or 'tests'} only"


def check_service_include(path, number, header):
    service, target = service_of(path), service_of(header)
    test = is_test(path)
    if target and target != service:
        yield f"{path}:{number}: {service} includes another service's C++: {header}"
        return
    if target and "/testing/" in header and not test:
        yield f"{path}:{number}: {header} is for tests only"
    name, may = room_of(path)
    if may is None:
        if os.path.dirname(path) != service:
            yield f"{path}:{number}: {os.path.dirname(path)} is no room of tests/layering/layering.py"
        return
    if test and (header.startswith("common/") or "/testing/" in header):
        return
    allowed = PURE + tuple(may) + (name + "/",)
    if not header.startswith(allowed):
        yield f"{path}:{number}: room {name} may not include {header}"


def check_pure(path, number, quoted, header):
    if not quoted and IMPURE_HEADERS.match(header):
        yield f"{path}:{number}: the domain is pure, it may not include <{header}>"
    if quoted and header.startswith(IMPURE_COMMON):
        yield f"{path}:{number}: the domain is pure, it may not include {header}"


def check_common_include(path, number, header):
    if header.startswith(("services/", "tests/")):
        yield f"{path}:{number}: common/ knows no service: {header}"
    # Options, types and envelope are part of what a service is made of; a service's own messages are business.
    business = header.startswith("shouwang/") and not re.match(r"shouwang/(options|type|event)/", header)
    if business and not is_test(path):
        yield f"{path}:{number}: common/ knows no business: {header}"


def check_includes(root, path, text):
    pure = service_of(path) and room_of(path)[0].endswith("/domain") and not is_test(path)
    for number, quoted, header in includes_of(text):
        if not quoted:
            yield from check_third_party(path, number, header)
        if header.endswith(".grpc.pb.h"):
            yield f"{path}:{number}: no generated stubs: services and clients are driven by descriptors (common/rpc)"
        if pure:
            yield from check_pure(path, number, quoted, header)
        if not quoted:
            continue
        house = header.startswith(("common/", "services/", "tests/"))
        if not house and not (header.endswith(".pb.h") and "/" in header):
            yield f"{path}:{number}: include from the root, not {header}"
        if house and not header.endswith(".pb.h") and not os.path.exists(os.path.join(root, header)):
            yield f"{path}:{number}: no such file: {header}"
        if path.startswith("common/"):
            yield from check_common_include(path, number, header)
        elif service_of(path) and house:
            yield from check_service_include(path, number, header)
    if pure:
        for number, line in enumerate(text.splitlines(), 1):
            if IMPURE_WORDS.search(line):
                yield f"{path}:{number}: the domain is pure: {line.strip()}"


def check_cycles(graph):
    """One complaint for each circle of folders in common/."""
    done, way = set(), []

    def visit(node):
        if node in way:
            yield "circle in common/: " + " → ".join(way[way.index(node):] + [node])
            return
        if node in done:
            return
        way.append(node)
        for target in sorted(graph.get(node, ())):
            yield from visit(target)
        way.pop()
        done.add(node)

    for node in sorted(graph):
        yield from visit(node)


def check_text(path, text):
    lines = text.count("\n") + (not text.endswith("\n") and text != "")
    if path.endswith(SOURCES) and lines > MAX_LINES:
        yield f"{path}:1: {lines} lines, at most {MAX_LINES}"
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished: {line.strip()[:80]}"
        if path.endswith("_test.cc") and SLEEPS.search(line):
            yield f"{path}:{number}: a test awaits a condition (testing::Eventually), it does not sleep"


def check_readmes(root, paths):
    """Every folder of common/ and every service has a README; a service's README names each of its rooms or the room has its own."""
    folders = {"/".join(p.split("/")[:2]) for p in paths if p.startswith(("common/", "services/")) and p.count("/") >= 2}
    for folder in sorted(folders):
        if folder + "/README.md" not in paths:
            yield f"{folder}: no README.md"
            continue
        if not folder.startswith("services/"):
            continue
        text = read(root, folder + "/README.md")
        rooms = {p.split("/")[2] for p in paths if p.startswith(folder + "/") and p.count("/") >= 3}
        for room in sorted(rooms):
            if f"{folder}/{room}/README.md" not in paths and f"`{room}/" not in text:
                yield f"{folder}/README.md: does not say what `{room}/` is, and {room}/ has no README.md"


def check_tree(root):
    paths, graph = list(walk(root)), {}
    for path in paths:
        if not path.endswith(SOURCES + (".md", ".txt", ".yaml", ".json", ".toml", ".textproto")) or path.endswith("package-lock.json"):
            continue
        text = read(root, path)
        yield from check_text(path, text)
        if not path.endswith((".cc", ".h")):
            continue
        yield from check_includes(root, path, text)
        if path.startswith("common/") and not is_test(path):
            folder = path.split("/")[1]
            for _, quoted, header in includes_of(text):
                if quoted and header.startswith("common/") and header.split("/")[1] != folder:
                    graph.setdefault(folder, set()).add(header.split("/")[1])
    yield from check_cycles(graph)
    yield from check_readmes(root, set(paths))


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    complaints = list(check_tree(root))
    for complaint in complaints:
        print(complaint)
    print(f"layering: {len(complaints)} violations" if complaints else "layering: the house stands")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
