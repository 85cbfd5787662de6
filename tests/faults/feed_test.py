"""feed.py on small files: the rows that go out are the rows that were there, as often as said, in another order."""
import collections
import gzip
import json
import tempfile
import unittest
from pathlib import Path

import feed

CSV = "\ufeff姓名,备注\r\n甲,\"第一行\r\n第\"\"二\"\"行\"\r\n乙,无\r\n丙,末行无换行".encode()
GB = "姓名,备注\n甲,\"一\n二\"\n乙,无\n".encode("gb18030")


def write(root, path, data, **entry):
    target = Path(root) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return {"path": path, "dataset": "d", "department": "x", "batch": path.split("/")[-1].split(".")[0], "period": "2021-01", "region": "36",
            "complete": False, "charset": "UTF-8", "format": "csv", **entry}


class FeedTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        many = "".join(json.dumps({"n": i}) + "\n" for i in range(4500)).encode()
        files = [
            write(self.folder.name, "feeds/2020-12/x/a.csv", CSV, rows=3, dataset="registry_member"),
            write(self.folder.name, "feeds/2021-01/x/b.csv", GB, rows=2, charset="GB18030", complete=True),
            write(self.folder.name, "feeds/2021-01/x/c.csv", CSV, rows=3, dataset="registry_member"),
            write(self.folder.name, "feeds/2021-01/x/d.ndjson.gz", gzip.compress(many), rows=4500, format="ndjson"),
        ]
        (Path(self.folder.name) / "manifest.json").write_text(json.dumps({"files": files}))

    def test_reads_quoted_line_breaks_in_both_charsets(self):
        registry, rest = feed.read_province(self.folder.name)
        self.assertEqual(["a"], [f.entry["batch"] for f in registry])
        self.assertEqual(["b", "c", "d"], [f.entry["batch"] for f in rest])
        self.assertEqual('甲,"第一行\r\n第""二""行"\r\n'.encode(), registry[0].records[0])
        self.assertEqual("丙,末行无换行\n".encode(), registry[0].records[2])
        self.assertEqual('甲,"一\n二"\n'.encode("gb18030"), rest[0].records[0])

    def test_a_file_with_other_rows_than_declared_is_refused(self):
        entry = write(self.folder.name, "feeds/2021-01/x/e.csv", CSV, rows=4, _baseline="feeds/2020-12/")
        with self.assertRaises(ValueError):
            feed.SourceFile(self.folder.name, entry)

    def test_wild_holds_every_row_three_times_in_another_order(self):
        _, rest = feed.read_province(self.folder.name)
        wild = feed.wild_batches(rest, 3, 7)
        self.assertEqual(len(wild), len({b.name for b in wild}))
        self.assertEqual(3 * (2 + 3 + 4500), sum(b.rows for b in wild))
        for f in rest:
            mine = [b for b in wild if b.id.startswith(f.entry["batch"] + ".")]
            rows = collections.Counter()
            for b in mine:
                self.assertTrue(b.body.startswith(f.head))
                body = b.body[len(f.head):]
                rows.update(feed.csv_records(body) if f.entry["format"] == "csv" else body.splitlines(keepends=True))
            self.assertEqual({r: 3 * n for r, n in collections.Counter(f.records).items()}, dict(rows))
            # A complete batch is not cut: its claim is about all of its rows.
            self.assertEqual(3 if f.entry["complete"] or f.entry["rows"] < 2000 else 9, len(mine))
        big = next(b for b in wild if b.id == "d.1.0")
        self.assertNotEqual(rest[2].batch("d.1.0", rest[2].records[:2000]).body, big.body)


if __name__ == "__main__":
    unittest.main()
