#!/usr/bin/env python3
"""Can the contract check fail? Each complaint is provoked once."""

import os
import pathlib
import tempfile
import unittest

import check_model as c
import descriptors as d
import list_model as l

PROTO = """syntax = "proto3";
package shouwang.trial.v1;
import "shouwang/options/v1/options.proto";
enum Grade { GRADE_UNSPECIFIED = 0; GRADE_RED = 1; }
message Bill {
  string name = 1 [(shouwang.options.v1.personal) = PERSONAL_DATA_NAME];
  optional int64 paid_fen = 2;
  repeated Grade grades = 3;
}
service BillService {
  rpc Get(Bill) returns (stream Bill) {
    option (shouwang.options.v1.policy) = {access: ACCESS_ROLES, region: REGION_SCOPE_QUERY, roles: [ROLE_AUDITOR]};
  }
}
"""
REPOSITORY = os.path.dirname(os.path.dirname(l.HERE))


def load(proto):
    """A tree with the real options and one file of its own."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in (("shouwang/trial/v1/bill.proto", proto),
                           ("shouwang/options/v1/options.proto", pathlib.Path(REPOSITORY, "proto", d.OPTIONS).read_text(encoding="utf-8"))):
            full = os.path.join(root, "proto", path)
            os.makedirs(os.path.dirname(full))
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        return d.load(root)


def changes(before, after):
    return list(c.check_evolution(l.listing(load(before)), l.listing(load(after))))


class Evolution(unittest.TestCase):
    def test_the_listing_reads_what_was_declared(self):
        lines = l.listing(load(PROTO))
        self.assertEqual(lines["field shouwang.trial.v1.Bill.name"], "1 string PERSONAL_DATA_NAME")
        self.assertEqual(lines["field shouwang.trial.v1.Bill.paid_fen"], "2 optional int64")
        self.assertEqual(lines["field shouwang.trial.v1.Bill.grades"], "3 repeated shouwang.trial.v1.Grade")
        self.assertEqual(lines["value shouwang.trial.v1.Grade.GRADE_RED"], "1")
        self.assertIn("→ (stream shouwang.trial.v1.Bill) access=ACCESS_ROLES", lines["method shouwang.trial.v1.BillService.Get"])
        self.assertEqual(l.read_golden(l.render(lines)), lines)

    def test_nothing_changed(self):
        self.assertEqual(changes(PROTO, PROTO), [])

    def test_every_break_is_named(self):
        for old, new, words in [
            ("  optional int64 paid_fen = 2;\n", "", "removed: field shouwang.trial.v1.Bill.paid_fen"),
            ("optional int64 paid_fen = 2", "optional int64 paid_fen = 4", "changed: field shouwang.trial.v1.Bill.paid_fen"),
            ("optional int64 paid_fen", "optional int32 paid_fen", "changed: field shouwang.trial.v1.Bill.paid_fen"),
            ("optional int64 paid_fen", "int64 paid_fen", "changed: field shouwang.trial.v1.Bill.paid_fen"),
            ("paid_fen", "paid_yuan", "removed: field shouwang.trial.v1.Bill.paid_fen"),
            (" [(shouwang.options.v1.personal) = PERSONAL_DATA_NAME]", "", "changed: field shouwang.trial.v1.Bill.name"),
            ("GRADE_RED = 1", "GRADE_RED = 2", "changed: value shouwang.trial.v1.Grade.GRADE_RED"),
            ("returns (stream Bill)", "returns (Bill)", "changed: method shouwang.trial.v1.BillService.Get"),
            ("[ROLE_AUDITOR]", "[ROLE_AUDITOR, ROLE_SERVICE]", "changed: method shouwang.trial.v1.BillService.Get"),
            ("rpc Get(", "rpc Read(", "removed: method shouwang.trial.v1.BillService.Get"),
        ]:
            with self.subTest(new=new, words=words):
                found = changes(PROTO, PROTO.replace(old, new))
                self.assertTrue(any(f.startswith(words) and "v1 only grows" in f for f in found), found)

    def test_an_addition_asks_for_the_golden_file(self):
        found = changes(PROTO, PROTO.replace("message Bill {", "message Bill {\n  string note = 9;"))
        self.assertEqual(len(found), 1)
        self.assertIn("added: field shouwang.trial.v1.Bill.note", found[0])


class Policies(unittest.TestCase):
    def complaints(self, policy):
        proto = PROTO.replace("access: ACCESS_ROLES, region: REGION_SCOPE_QUERY, roles: [ROLE_AUDITOR]", policy)
        return list(c.check_policies(d.methods(load(proto))))

    def test_policies(self):
        self.assertEqual(self.complaints("access: ACCESS_PUBLIC, region: REGION_SCOPE_NONE"), [])
        self.assertIn("says no access", self.complaints("region: REGION_SCOPE_NONE")[0])
        self.assertIn("says no region scope", self.complaints("access: ACCESS_PUBLIC")[0])
        self.assertIn("with 0 roles", self.complaints("access: ACCESS_ROLES, region: REGION_SCOPE_QUERY")[0])
        bare = PROTO[:PROTO.index("    option (")] + PROTO[PROTO.index("  }\n}"):]
        self.assertIn("no policy", list(c.check_policies(d.methods(load(bare))))[0])


class Datasets(unittest.TestCase):
    def test_too_few_and_twice(self):
        option = d.Node({k: ["1"] for k in ("id", "number", "department", "kind", "subject", "subject_field", "date_field", "label", "department_label")})
        found = list(c.check_datasets([("A", option), ("B", option)]))
        self.assertTrue(any("used twice" in f for f in found) and any("2 datasets of 1 departments" in f for f in found), found)
        self.assertIn("dataset A: no label", list(c.check_datasets([("A", d.Node({k: v for k, v in option.items() if k != "label"}))]))[0])


class Topics(unittest.TestCase):
    YAML = "topics:\n  - name: shouwang.trial.bill.v1\n    dlq: [gateway]\n"

    def test_topics(self):
        used = ("a.cc", 'x("shouwang.trial.bill.v1"); y("shouwang.trial.bill.v1.dlq.gateway"); z("shouwang.trial.v1.BillService");\n')
        self.assertEqual(list(c.check_topics(self.YAML, [used])), [])
        self.assertIn("a.cc:1: topic shouwang.trial.cow.v1 is not", list(c.check_topics(self.YAML, [used, ("a.cc", '"shouwang.trial.cow.v1"')]))[0])
        self.assertIn("dlq.cow is not", list(c.check_topics(self.YAML, [used, ("a.cc", '"shouwang.trial.bill.v1.dlq.cow"')]))[0])
        self.assertIn("used nowhere", list(c.check_topics(self.YAML, []))[0])


class Reasons(unittest.TestCase):
    VALUES = {"GRADE_RED", "ROLE_CITY_OPERATOR"}

    def test_what_is_a_reason(self):
        text = '''return MakeStatus(Code::kNotFound, "CHARSET", f(")") + "x");
                  return InvalidField("page", "a ( b",
                                      "PAGE_TOKEN");
                  constexpr auto kGone = "LEAD_NOT_FOUND"; getenv("SHOUWANG_PASSWORD"); x = "GRADE_RED"; r = "CITY_OPERATOR"; y = "CSV";'''
        self.assertEqual(c.reasons_in(text, self.VALUES), {"CHARSET", "PAGE_TOKEN", "LEAD_NOT_FOUND"})

    def test_unlisted_reasons_are_named(self):
        sources = [("services/trial/a.cc", '"LEAD_LOST" "LEAD_FOUND"')]
        found = list(c.check_reasons("services/trial", sources, "Reasons: `LEAD_FOUND`.", self.VALUES))
        self.assertEqual(len(found), 1)
        self.assertIn("services/trial/a.cc: reason LEAD_LOST", found[0])


if __name__ == "__main__":
    unittest.main()
