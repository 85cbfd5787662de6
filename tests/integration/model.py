"""The model as a Python client has it: messages made from the .proto files at run time, with protoc and the public protobuf package."""

import os
import subprocess
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def load():
    """A pool with every declaration."""
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I", os.path.join(ROOT, "proto"), "--include_imports", "--descriptor_set_out=" + out.name,
                        "shouwang/event/v1/envelope.proto", "shouwang/monitoring/event/v1/lead_event.proto"],
                       check=True, cwd=os.path.join(ROOT, "proto"))
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


def message(pool, name):
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
