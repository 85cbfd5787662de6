#!/usr/bin/env python3
"""What is promised to others, checked on the sources: evolution, policies, datasets, topics, reasons. Usage: check_model.py [ROOT]"""

import os
import re
import sys

import descriptors as d
import list_model

LEAST_DATASETS, LEAST_DEPARTMENTS = 18, 14

# A reason is an UPPER_SNAKE literal; what else looks like one: settings of the environment, names of enum values.
LITERAL = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"')
ENVIRONMENT = ("SHOUWANG_", "XDG_")
BORN = re.compile(r"\b(MakeStatus|InvalidField|InvalidArgument)\s*\(")
TOPIC = re.compile(r'"(shouwang\.[a-z_]+\.[a-z_]+\.v[0-9]+(?:\.dlq\.[a-z_]+)?)"')


# ---- the model -----------------------------------------------------------------------------------------------------------------

def check_evolution(golden, now):
    broken, added = list_model.compare(golden, now)
    yield from (f"{line} — v1 only grows" for line in broken)
    yield from (f"{line} — if it is meant: tests/contract/list_model.py --write" for line in added)


def check_policies(methods):
    for name, method in methods:
        policy = d.option(method, "policy")
        if policy is None:
            yield f"{name}: no policy"
            continue
        access, roles = policy.one("access"), policy.all("roles")
        if access in ("", "ACCESS_UNSPECIFIED"):
            yield f"{name}: the policy says no access"
        if policy.one("region") in ("", "REGION_SCOPE_UNSPECIFIED"):
            yield f"{name}: the policy says no region scope"
        if (access == "ACCESS_ROLES") != bool(roles):
            yield f"{name}: {access} with {len(roles)} roles"


def check_datasets(datasets):
    datasets = list(datasets)
    for what in ("id", "number"):
        values = [option.one(what) for _, option in datasets]
        for value in sorted({v for v in values if values.count(v) > 1}):
            yield f"dataset {what} {value} is used twice"
    for name, option in datasets:
        for what in ("id", "number", "department", "kind", "subject", "subject_field", "date_field", "label", "department_label"):
            if what not in option:
                yield f"dataset {name}: no {what}"
    departments = {option.one("department") for _, option in datasets}
    if len(datasets) < LEAST_DATASETS or len(departments) < LEAST_DEPARTMENTS:
        yield f"{len(datasets)} datasets of {len(departments)} departments; promised are {LEAST_DATASETS} of {LEAST_DEPARTMENTS}"


# ---- topics ----------------------------------------------------------------------------------------------------------------------

def declared_topics(yaml):
    """Names in deploy/kafka/topics.yaml, dead letters too."""
    names = []
    for line in yaml.splitlines():
        found = re.match(r"\s*- name:\s*(\S+)", line)
        if found:
            names.append(found.group(1))
        found = re.match(r"\s*dlq:\s*\[([^\]]*)\]", line)
        if found:
            names += [f"{names[-1]}.dlq.{consumer.strip()}" for consumer in found.group(1).split(",") if consumer.strip()]
    return names


def check_topics(yaml, sources):
    declared, used = declared_topics(yaml), set()
    for path, text in sources:
        for number, line in enumerate(text.splitlines(), 1):
            for topic in TOPIC.findall(line):
                used.add(topic)
                if topic not in declared and not topic.endswith(".event.v1"):
                    yield f"{path}:{number}: topic {topic} is not in deploy/kafka/topics.yaml"
    for topic in declared:
        if ".dlq." not in topic and topic not in used:
            yield f"deploy/kafka/topics.yaml: {topic} is used nowhere"


# ---- reasons -----------------------------------------------------------------------------------------------------------------------

def arguments_of(text, start):
    """The text between a bracket at `start` and its partner; literals may hold brackets."""
    depth, i = 0, start
    while i < len(text):
        c = text[i]
        if c == '"':
            i += 1
            while i < len(text) and text[i] != '"':
                i += 2 if text[i] == "\\" else 1
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return text[start:i]
        i += 1
    return text[start:]


def reasons_in(text, values):
    """Literals that are reasons: any of several words that no enum knows, and single words where a Status is born."""
    found = {word for word in LITERAL.findall(text)
             if "_" in word and not word.startswith(ENVIRONMENT) and not any(v == word or v.endswith("_" + word) for v in values)}
    for call in BORN.finditer(text):
        found |= {word for word in LITERAL.findall(arguments_of(text, call.end() - 1)) if len(word) > 2}
    return found


def check_reasons(service, sources, readmes, values):
    listed = set(re.findall(r"`([A-Z][A-Z0-9_]*)`", readmes))
    missing = {}
    for path, text in sources:
        for reason in reasons_in(text, values) - listed:
            missing.setdefault(reason, path)
    for reason in sorted(missing):
        yield f"{missing[reason]}: reason {reason} is not listed in {service}/README.md or a README of its rooms"


# ---- the tree ------------------------------------------------------------------------------------------------------------------------

def walk(root, top, endings):
    for folder, folders, files in os.walk(os.path.join(root, top)):
        folders[:] = sorted(f for f in folders if f not in ("node_modules", "dist", "gen", "testing"))
        for name in sorted(files):
            if name.endswith(endings) and not name.endswith("_test.cc") and not name.startswith("test_"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, root), file.read()


def complaints(root):
    files = d.load(root)
    with open(list_model.GOLDEN, encoding="utf-8") as file:
        yield from check_evolution(list_model.read_golden(file.read()), list_model.listing(files))
    yield from check_policies((n, m) for n, m in d.methods(files) if n.startswith("shouwang."))
    yield from check_datasets(d.datasets(files))
    sources = list(walk(root, "services", (".cc", ".h")))
    with open(os.path.join(root, "deploy/kafka/topics.yaml"), encoding="utf-8") as file:
        yield from check_topics(file.read(), sources + list(walk(root, "common", (".cc", ".h"))))
    values = {value.one("name") for _, enum in d.enums(files) for value in enum.all("value")}
    for service in sorted({"/".join(path.split("/")[:2]) for path, _ in sources}):
        readmes = "\n".join(text for _, text in walk(root, service, ("README.md",)))
        yield from check_reasons(service, [s for s in sources if s[0].startswith(service + "/")], readmes, values)


def main():
    found = list(complaints(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(list_model.HERE))))
    for complaint in found:
        print(complaint)
    print(f"contract: {len(found)} complaints" if found else "contract: kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
