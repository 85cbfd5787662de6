"""Department files of a province as batches: as they are, or three times over in shuffled order."""
import gzip
import io
import json
import random
from dataclasses import dataclass
from pathlib import Path

PIECE_ROWS = 2000  # what may be cut is cut, so that every fault finds uploads under way


@dataclass
class Batch:
    department: str
    dataset: str
    id: str
    query: dict
    body: bytes
    rows: int

    @property
    def name(self):
        return f"batches/{self.department}/{self.id}"


def csv_records(data):
    """Records of a CSV file as bytes, line ends included; a quoted cell may hold line breaks. In UTF-8 and GB18030 alike no byte of a
    longer character is a quote or a line feed."""
    records, open_record = [], b""
    for line in io.BytesIO(data):
        open_record += line
        if open_record.count(b'"') % 2 == 0:
            records.append(open_record)
            open_record = b""
    if open_record:
        records.append(open_record)
    return records


def ended(record):
    return record if record.endswith(b"\n") else record + b"\n"


class SourceFile:
    """A file of the manifest: head (the header record of CSV) and data records."""

    def __init__(self, root, entry):
        self.entry = entry
        data = (Path(root) / entry["path"]).read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        if entry["format"] == "csv":
            records = csv_records(data)
            self.head, self.records = ended(records[0]), [ended(r) for r in records[1:]]
        else:
            self.head, self.records = b"", [ended(line) for line in data.split(b"\n") if line]
        if len(self.records) != entry["rows"]:
            raise ValueError(f"{entry['path']}: {len(self.records)} rows, the manifest says {entry['rows']}")

    @property
    def is_registry_baseline(self):
        return self.entry["dataset"] == "registry_member" and self.entry["path"].startswith(self.entry["_baseline"])

    def batch(self, batch_id, records):
        e = self.entry
        query = {"period": e["period"], "region": e["region"], "charset": e["charset"].lower(), "format": e["format"],
                 "complete": "true" if e["complete"] else "false", "declared_rows": str(len(records))}
        return Batch(e["department"], e["dataset"], batch_id, query, self.head + b"".join(records), len(records))


def read_province(root):
    """(registry files of the beginning, all other files), in the order of the manifest."""
    manifest = json.loads((Path(root) / "manifest.json").read_text())
    baseline = "/".join(manifest["files"][0]["path"].split("/")[:2]) + "/"
    files = [SourceFile(root, {**e, "_baseline": baseline}) for e in manifest["files"]]
    return [f for f in files if f.is_registry_baseline], [f for f in files if not f.is_registry_baseline]


def calm_batches(files):
    return [f.batch(f.entry["batch"], f.records) for f in files]


def wild_batches(files, copies, seed):
    """Every row `copies` times: each copy of a file in an order of its own, cut into pieces with ids of their own where the file does
    not claim to be complete, and all batches shuffled together."""
    rng = random.Random(seed)
    batches = []
    for f in files:
        for copy in range(1, copies + 1):
            records = f.records[:]
            rng.shuffle(records)
            size = len(records) if f.entry["complete"] else PIECE_ROWS
            for piece, begin in enumerate(range(0, len(records), max(size, 1))):
                batches.append(f.batch(f"{f.entry['batch']}.{copy}.{piece}", records[begin:begin + size]))
    rng.shuffle(batches)
    return batches
