#!/usr/bin/env python3
"""Writes the promised part of the model as one line a thing: `list_model.py` prints it, `list_model.py --write` updates model.txt.

--write refuses where something promised was removed or changed; before a release that nobody uses yet, --accept-breaking allows it.
"""

import os
import sys

import descriptors as d

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "model.txt")
# What others rely on. The options say what a thing means, so they are part of the promise; labels are wording.
PROMISED = ("shouwang.",)


def flat(node):
    """An option in one line, fields in order of name; labels left out."""
    parts = []
    for name in sorted(node):
        for value in node[name]:
            if "label" not in name:
                parts.append(f"{name}={{{flat(value)}}}" if isinstance(value, d.Node) else f"{name}={value}")
    return " ".join(parts)


def type_of(field):
    kind = field.one("type_name").lstrip(".") or field.one("type")[len("TYPE_"):].lower()
    if field.one("label") == "LABEL_REPEATED":
        return "repeated " + kind
    if field.one("proto3_optional") == "true":
        return "optional " + kind
    return ("oneof " if "oneof_index" in field else "") + kind


def field_line(field):
    words = [type_of(field)]
    personal = d.option(field, "personal")
    if personal:
        words.append(personal)
    for name in ("constraint", "fact_definition"):
        found = d.option(field, name)
        if found:
            words.append(f"{name}({flat(found)})")
    return " ".join(words)


def listing(files):
    """{what: how}. `what` never goes away, `how` never changes inside v1."""
    lines = {}
    for name, message in d.messages(files):
        lines[f"message {name}"] = ""
        found = d.option(message, "dataset")
        if found is not None:
            lines[f"dataset {found.one('id')}"] = f"{name} {flat(found)}"
        for field in message.all("field"):
            lines[f"field {name}.{field.one('name')}"] = f"{field.one('number')} {field_line(field)}"
            # Lines of their own: one more use of a field is an addition.
            for fact in field.one("options", d.Node()).all("[shouwang.options.v1.fact]"):
                where = " ".join(fact.all("where"))
                lines[f"use {name}.{field.one('name')} → {fact.one('fact')}" + (f" where {where}" if where else "")] = ""
    for name, enum in d.enums(files):
        for value in enum.all("value"):
            lines[f"value {name}.{value.one('name')}"] = value.one("number", "0")
    for name, method in d.methods(files):
        request, response = (method.one(f"{side}put_type").lstrip(".") for side in ("in", "out"))
        request = ("stream " if method.one("client_streaming") == "true" else "") + request
        response = ("stream " if method.one("server_streaming") == "true" else "") + response
        policy = d.option(method, "policy")
        lines[f"method {name}"] = f"({request}) → ({response}) {flat(policy) if policy else ''}".rstrip()
    for file in files.all("file"):
        for extension in file.all("extension"):
            lines[f"option {file.one('package')}.{extension.one('name')}"] = (
                f"{extension.one('number')} {type_of(extension)} on {extension.one('extendee').lstrip('.')}")
    return {k: v for k, v in lines.items() if k.split(" ", 1)[1].startswith(PROMISED) or k.startswith("dataset ")}


def render(lines):
    return "".join(f"{what} = {how}\n" if how else f"{what}\n" for what, how in sorted(lines.items()))


def read_golden(text):
    lines = {}
    for line in text.splitlines():
        what, _, how = line.partition(" = ")  # "where kind=X" has no spaces around its sign
        lines[what] = how
    return lines


def compare(golden, now):
    """(broken, added): sentences."""
    broken = [f"removed: {what} ({how})" for what, how in sorted(golden.items()) if what not in now]
    broken += [f"changed: {what}: {golden[what]} → {now[what]}" for what in sorted(golden) if what in now and now[what] != golden[what]]
    return broken, [f"added: {what}" for what in sorted(now) if what not in golden]


def main():
    root = os.path.dirname(os.path.dirname(HERE))
    now = listing(d.load(root))
    if "--write" not in sys.argv[1:]:
        sys.stdout.write(render(now))
        return 0
    if os.path.exists(GOLDEN) and "--accept-breaking" not in sys.argv[1:]:
        with open(GOLDEN, encoding="utf-8") as file:
            broken, _ = compare(read_golden(file.read()), now)
        if broken:
            print("\n".join(broken + ["not written: v1 only grows"]), file=sys.stderr)
            return 1
    with open(GOLDEN, "w", encoding="utf-8") as file:
        file.write(render(now))
    return 0


if __name__ == "__main__":
    sys.exit(main())
