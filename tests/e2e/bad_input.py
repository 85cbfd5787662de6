#!/usr/bin/env python3
"""Bad input, row by row, end to end over HTTP: whatever a department sends, each fault is a coded error that names row and field, the
rest of the batch goes in, and the ledger adds up. Run it with: tests/product.sh run bad-input python3 tests/e2e/bad_input.py"""

import csv
import gzip
import http.client
import io
import json
import os
import time
import unittest
import zlib
from urllib.parse import quote, urlsplit

ADDRESS = urlsplit(os.environ["PRODUCT_HTTP"]).netloc
SECRETS, DEMO, TODAY = os.environ["PRODUCT_SECRETS"], os.environ["PRODUCT_DEMO"], os.environ["PRODUCT_TODAY"]
STAMP = str(int(time.time()))  # another run on the same product brings batches of its own
DAY = TODAY[:8] + "01"
HEADER = "身份证号,就诊号,结算日期,就诊类别,医院,总费用(元),个人自付(元)\n"
MIB = 1 << 20
# What a service may grow by while a hostile body of hundreds of MiB goes past.
MEMORY_SLACK = 96 * MIB


def http_call(method, path, body=None, token="", content_type="application/json"):
    """body: bytes, or an iterator of pieces, sent chunked. (status, bytes)"""
    connection = http.client.HTTPConnection(ADDRESS, timeout=120)
    headers = {"content-type": content_type}
    if token:
        headers["authorization"] = "Bearer " + token
    try:
        connection.request(method, path, body=body, headers=headers, encode_chunked=body is not None and not isinstance(body, bytes))
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before all was sent: the answer is there all the same
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def call(method, request, token=""):
    status, answer = http_call("POST", "/" + method, json.dumps(request).encode(), token)
    return status, json.loads(answer)


def secret(name):
    with open(os.path.join(SECRETS, name), encoding="utf-8") as file:
        return file.read().strip()


def department(name):
    status, answer = call("shouwang.gateway.v1.AuthService/IssueToken", {"clientId": name, "clientSecret": secret("clients/" + name)})
    assert status == 200, answer
    return answer["token"]


def reason(answer):
    return json.loads(answer)["details"][0]["debug"]["reason"]


def counts(batch):
    return {k: int(batch.get(k, 0)) for k in ("received", "accepted", "applied", "rejected", "duplicate", "unmatched")}


def check_character(digits):
    """The 18th character of an identity number (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(c) * w for c, w in zip(digits, weights)) % 11]


def people():
    """Identity numbers of living persons of the demo, as the registry's first file has them, one a household."""
    with open(os.path.join(DEMO, "manifest.json"), encoding="utf-8") as file:
        path = next(f["path"] for f in json.load(file)["files"] if f["dataset"] == "registry_member")
    with open(os.path.join(DEMO, path), encoding="utf-8-sig", newline="") as file:
        members = list(csv.DictReader(file))
    found = {m["户编号"]: m["身份证号"] for m in members
             if len(m["身份证号"]) == 18 and m["身份证号"][:17].isdigit() and m["已迁出或死亡"] in ("", "否")
             and check_character(m["身份证号"][:17]) == m["身份证号"][17]}
    return list(found.values())


PEOPLE = people()


def row(number, identity=None, visit=None, day=DAY, kind="门诊及慢特病", hospital="中医院", total="88", paid="20"):
    """One CSV row that is right but for what the caller changes."""
    return ",".join([PEOPLE[100 + number] if identity is None else identity, f"BAD-{STAMP}-{number}" if visit is None else visit,
                     day, kind, hospital, total, paid]) + "\n"


def resident(service):
    with open(os.path.join(os.environ["PRODUCT_STATE"], "run", service + ".pid"), encoding="ascii") as file:
        pid = file.read().split()[0]
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))


class BadInput(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.medical = department("medical_insurance")
        cls.water = department("water")
        cls.batches = []

    def push(self, name, body, dataset="medical_settlement", token=None, content_type="text/csv; charset=utf-8"):
        """(status, answer, batch name)"""
        batch = f"{name}-{STAMP}"
        owner = "water" if token == self.water else "medical_insurance"
        full = f"batches/{owner}/{batch}"
        status, answer = http_call("POST", f"/feeds/{quote(dataset)}/{batch}?period={DAY[:7]}", body, token or self.medical, content_type)
        if status == 200:
            self.batches.append((full, token or self.medical))
        return status, answer, full

    def ledger(self, batch, token=None, state="BATCH_STATE_APPLIED"):
        """The ledger once the batch is applied; on the way the equation holds at every look."""
        end = time.monotonic() + 60
        while True:
            status, answer = call("shouwang.monitoring.v1.FeedService/GetBatch", {"name": batch}, token or self.medical)
            self.assertEqual(status, 200, answer)
            c = counts(answer)
            self.assertEqual(c["accepted"], c["applied"] + c["rejected"] + c["duplicate"] + c["unmatched"], answer)
            if answer["state"] == state:
                return c
            self.assertLess(time.monotonic(), end, answer)
            time.sleep(0.1)

    def errors(self, batch, token=None):
        """errors.csv as {(row, field): code}"""
        status, answer = http_call("GET", "/feeds/" + batch + "/errors.csv", token=token or self.medical)
        self.assertEqual(status, 200, answer)
        lines = list(csv.DictReader(io.StringIO(answer.decode("utf-8-sig"))))
        self.assertEqual(list(lines[0]), ["row", "field", "code", "got", "want"])
        for line in lines:
            self.assertTrue(line["want"], f"the error does not say what would be right: {line}")
        return {(int(line["row"]), line["field"]): line["code"] for line in lines}, answer.decode("utf-8-sig")

    def check(self, batch, want_errors, applied, token=None):
        ledger = self.ledger(batch, token)
        rejected = len({r for r, _ in want_errors})
        self.assertEqual(ledger, {"received": applied + rejected, "accepted": applied + rejected, "applied": applied, "rejected": rejected,
                                  "duplicate": 0, "unmatched": 0})
        self.assertEqual(self.errors(batch, token)[0], want_errors)

    # ---- rows

    def test_each_fault_of_a_row(self):
        wrong = PEOPLE[102][:-1] + ("1" if PEOPLE[102][-1] != "1" else "2")
        born_nowhere = "999999" + PEOPLE[103][6:17]
        faults = [
            (row(2, identity=wrong), "identity_no", "IDENTITY_CHECKSUM"),
            (row(3, identity=born_nowhere + check_character(born_nowhere)), "identity_no", "IDENTITY_REGION"),
            (row(4, visit=""), "visit_id", "REQUIRED"),
            (row(5, total="1200元"), "total_fen", "UNIT"),
            (row(6, total="1.2万"), "total_fen", "UNIT"),
            (row(7, day="2031-01-01"), "settled_on", "FUTURE_DATE"),
            (row(8, day="2021-02-30"), "settled_on", "FORMAT"),
            (row(9, total="92233720368547758.08"), "total_fen", "OVERFLOW"),
            (row(10, paid="10000000.01"), "self_paid_fen", "RANGE"),
            (row(11, paid="-1"), "self_paid_fen", "RANGE"),
            (row(12, kind="住店"), "kind", "ENUM"),
            (row(13, hospital="院" * 61), "hospital", "LENGTH"),
            (row(14).rstrip("\n") + ",too many\n", "", "COLUMNS"),
            (row(15, hospital='a"b'), "", "QUOTE"),
        ]
        body = HEADER + row(1)
        want = {}
        for i, (line, field, code) in enumerate(faults):
            body += line + row(30 + i)
            want[(2 + 2 * i, field)] = code
        status, answer, batch = self.push("rows", body.encode())
        self.assertEqual(status, 200, answer)
        self.check(batch, want, applied=1 + len(faults))
        self.assertNotIn(wrong, self.errors(batch)[1], "errors.csv shows an identity number")

    def test_unknown_region(self):
        header = "行政区划代码,水源编号,截至日期,水质达标,水量达标,连续断水天数\n"
        with open(os.path.join(DEMO, "manifest.json"), encoding="utf-8") as file:
            path = next(f["path"] for f in json.load(file)["files"] if f["dataset"] == "water_supply")
        opener = gzip.open if path.endswith(".gz") else open
        with opener(os.path.join(DEMO, path), "rt", encoding="utf-8-sig", newline="") as file:
            villages = [r["行政区划代码"] for r in csv.DictReader(file) if len(r["行政区划代码"]) == 12]
        body = header + "".join(f"{code},BAD-{STAMP},{DAY},是,是,0\n" for code in (villages[0], "369999999999", "36", villages[1]))
        status, answer, batch = self.push("regions", body.encode(), dataset="water_supply", token=self.water)
        self.assertEqual(status, 200, answer)
        self.ledger(batch, self.water)
        found, _ = self.errors(batch, self.water)
        self.assertEqual(found.get((2, "region_code")), "REGION_UNKNOWN")
        self.assertIn((3, "region_code"), found)
        self.check(batch, found, applied=2, token=self.water)

    def test_broken_utf8(self):
        body = (HEADER + row(50)).encode() + row(51).encode().replace("中医院".encode(), b"\xff\xfe\xfd") + row(52).encode()
        status, answer, batch = self.push("utf8", body)
        self.assertEqual(status, 200, answer)
        self.check(batch, {(2, ""): "UTF8"}, applied=2)

    def test_ndjson(self):
        def line(number, **changes):
            fields = {"identity_no": PEOPLE[100 + number], "visit_id": f"BAD-{STAMP}-{number}", "settled_on": DAY, "kind": "KIND_OUTPATIENT",
                      "total_fen": 8800, "self_paid_fen": 2000, **changes}
            return (json.dumps({k: v for k, v in fields.items() if v is not None}) + "\n").encode()
        body = (line(54) + line(55, visit_id=None) + b'{"visit_id": \n' + line(56, surprise=1) + line(57, settled_on="2031-01-01")
                + line(58, total_fen=10**30) + line(59))
        status, answer, batch = self.push("ndjson", body, content_type="application/x-ndjson")
        self.assertEqual(status, 200, answer)
        self.check(batch, {(2, "visit_id"): "REQUIRED", (3, ""): "JSON", (4, ""): "UNKNOWN_FIELD", (5, "settled_on"): "FUTURE_DATE",
                           (6, "total_fen"): "OVERFLOW"}, applied=2)
        # What no declaration knows is no field; the sender's own name for it stands in `got`.
        self.assertIn("\r\n4,,UNKNOWN_FIELD,surprise,", self.errors(batch)[1])

    # ---- hostile bodies

    def test_line_of_100_mib(self):
        def body():
            yield (HEADER + row(60)).encode()
            yield row(61).rstrip("\n").encode()
            for _ in range(100):
                yield b"9" * MIB
            yield b"\n" + row(62).encode()
        before = resident("gateway")
        status, answer, batch = self.push("long", body())
        self.assertEqual(status, 200, answer)
        self.check(batch, {(2, ""): "LINE_TOO_LONG"}, applied=2)
        self.assertLess(resident("gateway") - before, MEMORY_SLACK)

    def test_zip_bomb(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = packer.compress((HEADER + row(64) + row(65)).encode())
        for _ in range(1024):  # a GiB of zeros in a MiB
            bomb += packer.compress(b"0" * MIB)
        bomb += packer.flush()
        self.assertLess(len(bomb), 2 * MIB)
        before = resident("gateway")
        status, answer, batch = self.push("bomb", bomb)
        self.assertEqual((status // 100, reason(answer)), (4, "DECOMPRESSED_TOO_LARGE"), answer)
        self.assertLess(resident("gateway") - before, MEMORY_SLACK)
        # What was durable before the bomb went off stays in the ledger; the batch is open until its sender gives it up.
        status, answer = call("shouwang.monitoring.v1.FeedService/AbandonBatch", {"name": batch}, self.medical)
        self.assertEqual(status, 200, answer)
        ledger = self.ledger(batch, state="BATCH_STATE_ABANDONED")
        self.assertEqual(ledger["rejected"], 0)

    def test_gzip_cut_short(self):
        status, answer, _ = self.push("cut", gzip.compress((HEADER + row(66)).encode())[:-9])
        self.assertEqual((status, reason(answer)), (400, "GZIP_TRUNCATED"), answer)

    # ---- files

    def test_headers_are_judged_before_any_row(self):
        for name, header, want in [
            ("unit", HEADER.replace("总费用(元)", "总费用"), "UNIT"),
            ("wan", HEADER.replace("总费用(元)", "总费用(万元)"), "UNIT"),
            ("unknown", HEADER.replace("医院", "病房"), "UNKNOWN_COLUMN"),
            ("missing", HEADER.replace("就诊号,", ""), "MISSING_COLUMN"),
            ("twice", HEADER.replace("医院", "就诊号"), "DUPLICATE_COLUMN"),
        ]:
            with self.subTest(name):
                status, answer, _ = self.push("header-" + name, (header + row(67)).encode())
                self.assertEqual((status, reason(answer)), (400, want), answer)

    # ---- rights

    def test_unknown_dataset(self):
        status, answer, _ = self.push("nowhere", (HEADER + row(68)).encode(), dataset="medical_settlements")
        self.assertEqual((status, reason(answer)), (404, "DATASET_UNKNOWN"), answer)

    def test_another_departments_dataset(self):
        status, answer, _ = self.push("foreign", (HEADER + row(69)).encode(), dataset="house_grade")
        self.assertEqual((status, reason(answer)), (403, "DATASET_NOT_YOURS"), answer)

    def test_another_departments_batch(self):
        _, _, batch = self.push("mine", (HEADER + row(70)).encode())
        self.ledger(batch)
        status, answer = http_call("GET", "/feeds/" + batch + "/errors.csv", token=self.water)
        self.assertEqual((status, reason(answer)), (404, "BATCH_NOT_FOUND"), answer)
        status, answer = call("shouwang.monitoring.v1.FeedService/GetBatch", {"name": batch}, self.water)
        self.assertEqual(status, 404, answer)

    def test_nobody_and_the_wrong_people(self):
        body = (HEADER + row(71)).encode()
        status, answer = http_call("POST", "/feeds/medical_settlement/none", body, content_type="text/csv")
        self.assertEqual((status, reason(answer)), (401, "SESSION_MISSING"), answer)
        _, operator = call("shouwang.gateway.v1.AuthService/SignIn", {"account": "operator", "password": secret("account-operator")})
        status, answer = http_call("POST", "/feeds/medical_settlement/none", body, operator["token"], "text/csv")
        self.assertEqual((status, reason(answer)), (403, "ROLE_NOT_ALLOWED"), answer)

    # ---- the ledger of the whole platform

    def test_the_same_file_again_is_the_same_receipt(self):
        body = (HEADER + row(72)).encode()
        _, first, batch = self.push("again", body)
        self.ledger(batch)
        status, second, _ = self.push("again", body)
        self.assertEqual((status, json.loads(second)["signature"]), (200, json.loads(first)["signature"]))
        status, answer, _ = self.push("again", body.replace(b",88,", b",89,"))
        self.assertEqual((status, reason(answer)), (409, "BATCH_CONTENT_DIFFERS"), answer)
        self.assertEqual(self.ledger(batch)["accepted"], 1)

    def test_zz_every_batch_adds_up(self):
        _, operator = call("shouwang.gateway.v1.AuthService/SignIn", {"account": "operator", "password": secret("account-operator")})
        seen, token = 0, ""
        while True:
            status, page = call("shouwang.monitoring.v1.FeedService/ListBatches", {"pageSize": 1000, "pageToken": token}, operator["token"])
            self.assertEqual(status, 200, page)
            for batch in page.get("batches", []):
                c = counts(batch)
                self.assertEqual(c["accepted"], c["applied"] + c["rejected"] + c["duplicate"] + c["unmatched"], batch)
                seen += 1
            token = page.get("nextPageToken", "")
            if not token:
                break
        self.assertGreater(seen, 70)


if __name__ == "__main__":
    unittest.main(verbosity=2)
