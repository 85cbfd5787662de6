"""The declarations under proto/, read with protoc alone: no protobuf package for Python is needed."""

import os
import re
import subprocess
import tempfile

OPTIONS = "shouwang/options/v1/options.proto"


class Node(dict):
    """A message of the text format: field name → list of values (str or Node)."""

    def all(self, name):
        return self.get(name, [])

    def one(self, name, default=""):
        return self[name][0] if name in self else default


ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)")


def unquote(text):
    def byte(match):
        code = match.group(1)
        if code[:1].isdigit():
            return bytes([int(code, 8)])
        return {b"n": b"\n", b"t": b"\t", b"r": b"\r"}.get(code, code)
    return ESCAPE.sub(byte, text[1:-1].encode()).decode()


def parse_text(text):
    """protoc --decode prints one field a line: `name: value`, `name {`, `}`."""
    root = Node()
    stack = [root]
    for line in text.splitlines():
        line = line.strip()
        if line == "}":
            stack.pop()
        elif line.endswith("{"):
            node = Node()
            stack[-1].setdefault(line[:-1].strip(), []).append(node)
            stack.append(node)
        elif line:
            name, value = line.split(": ", 1)
            stack[-1].setdefault(name, []).append(unquote(value) if value.startswith('"') else value)
    return root


def proto_files(root):
    found = []
    for folder, folders, files in os.walk(os.path.join(root, "proto")):
        folders.sort()
        found += [os.path.relpath(os.path.join(folder, f), os.path.join(root, "proto")) for f in files if f.endswith(".proto")]
    return sorted(found)


def load(root):
    """The FileDescriptorSet of every declaration, options decoded, as a Node. Raises CalledProcessError where protoc refuses it."""
    include = ["-I", os.path.join(root, "proto"), "-I", os.environ.get("PROTOBUF_INCLUDE", "/usr/include")]
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", *include, "--descriptor_set_out=" + out.name, *proto_files(root)], check=True)
        decoded = subprocess.run(["protoc", *include, "--decode=google.protobuf.FileDescriptorSet", "google/protobuf/descriptor.proto", OPTIONS],
                                 stdin=out, check=True, capture_output=True)
    return parse_text(decoded.stdout.decode())


def option(node, name):
    """A custom option of shouwang.options.v1, or None."""
    values = node.one("options", Node()).all(f"[shouwang.options.v1.{name}]")
    return values[0] if values else None


def messages(files):
    """(full name, DescriptorProto) of every message, nested ones too; map entries are fields of their own kind and left out."""
    def down(prefix, node):
        name = f"{prefix}.{node.one('name')}"
        if node.one("options", Node()).one("map_entry") == "true":
            return
        yield name, node
        for inner in node.all("nested_type"):
            yield from down(name, inner)
    for file in files.all("file"):
        for message in file.all("message_type"):
            yield from down(file.one("package"), message)


def enums(files):
    for file in files.all("file"):
        for enum in file.all("enum_type"):
            yield f"{file.one('package')}.{enum.one('name')}", enum
    for name, message in messages(files):
        for enum in message.all("enum_type"):
            yield f"{name}.{enum.one('name')}", enum


def methods(files):
    """(full name, MethodDescriptorProto)"""
    for file in files.all("file"):
        for service in file.all("service"):
            for method in service.all("method"):
                yield f"{file.one('package')}.{service.one('name')}.{method.one('name')}", method


def datasets(files):
    """(message name, Dataset option)"""
    for name, message in messages(files):
        found = option(message, "dataset")
        if found is not None:
            yield name, found
