"""judge.py on made-up evidence: equal runs pass; a loss of any kind, alone, is named."""
import copy
import unittest

import judge

SENT = judge.Sent(registry=10, feed=20, copies=3)


def evidence(received, duplicate):
    lead = {"householdNo": "H1", "riskType": "RISK_TYPE_ILLNESS", "grade": "GRADE_RED", "state": "LEAD_STATE_GRADED", "ruleSet": "r1",
            "explanations": [{"rule": "a", "sentenceZh": "住院自付过高", "operands": [{"fact": "x", "value": "1", "asOf": "2021-06-01"}]}]}
    lines = {"leads": judge.lead_lines([lead, {**lead, "householdNo": "H2"}]), **{table: ["1|a", "2|b"] for table in judge.TABLES}}
    return judge.Evidence(lines, [], {"batches": 3, "received": received, "applied": 24, "rejected": 2, "duplicate": duplicate, "unmatched": 4},
                          {"households/1/leads/1", "households/2/leads/2"}, {"households/1/leads/1": 1, "households/2/leads/2": 2})


class VerdictTest(unittest.TestCase):
    def setUp(self):
        self.calm, self.wild = evidence(30, 0), evidence(70, 40)

    def test_equal_runs_pass(self):
        self.assertEqual([], judge.verdict(self.calm, self.wild, SENT))

    def complaints_after(self, change):
        wild = copy.deepcopy(self.wild)
        change(wild)
        return judge.verdict(self.calm, wild, SENT)

    def test_a_line_less_more_or_other_is_named_in_every_part(self):
        for part in self.calm.lines:
            for change in (lambda w: w.lines[part].pop(), lambda w: w.lines[part].append("3|c"), lambda w: w.lines[part].__setitem__(0, "1|z")):
                found = self.complaints_after(change)
                self.assertEqual(1, len(found), found)
                self.assertTrue(found[0].startswith(part + ":"), found)

    def test_a_ledger_that_lost_a_row_is_named(self):
        cases = {
            "wild: ledger of batches/x/y": lambda w: w.bad_batches.append("batches/x/y"),
            "wild: 69 rows received, 70 sent": lambda w: w.ledger.update(received=69),
            "applied: 24 calm, 23 wild": lambda w: w.ledger.update(applied=23, duplicate=41),
            "unmatched: 4 calm, 5 wild": lambda w: w.ledger.update(unmatched=5),
        }
        for begins, change in cases.items():
            found = self.complaints_after(change)
            self.assertEqual(1, len(found), found)
            self.assertTrue(found[0].startswith(begins), found)

    def test_announcements_without_leads_and_leads_without_announcement_are_counted(self):
        self.assertEqual(["wild: events: 1 leads without LeadOpened, 0 announced that do not exist"],
                         self.complaints_after(lambda w: w.opened.pop("households/1/leads/1")))
        self.assertEqual(["wild: events: 0 leads without LeadOpened, 1 announced that do not exist"],
                         self.complaints_after(lambda w: w.ever.remove("households/2/leads/2")))

    def test_nothing_compared_is_nothing_proven(self):
        for run in (self.calm, self.wild):
            run.lines["leads"].clear()
        self.assertEqual(["leads: none at all, nothing was compared"], judge.verdict(self.calm, self.wild, SENT))

    def test_what_a_lead_says_is_part_of_its_line(self):
        lead = {"householdNo": "H1", "riskType": "A", "grade": "B", "state": "C", "ruleSet": "r", "explanations": [
            {"rule": "a", "sentenceZh": "甲", "operands": [{"fact": "x", "value": "1", "asOf": "2021-06-01", "sources": [{"batch": "b1"}]}]}]}
        other = copy.deepcopy(lead)
        other["explanations"][0]["operands"][0]["sources"] = [{"batch": "b2"}]
        other["name"] = "households/9/leads/9"
        self.assertEqual(judge.lead_lines([lead]), judge.lead_lines([other]))
        for field, value in (("sentenceZh", "乙"), ("rule", "b")):
            changed = copy.deepcopy(lead)
            changed["explanations"][0][field] = value
            self.assertNotEqual(judge.lead_lines([lead]), judge.lead_lines([changed]))


if __name__ == "__main__":
    unittest.main()
