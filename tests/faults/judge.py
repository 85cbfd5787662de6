"""What a run leaves behind, and whether a disturbed run left the same as a calm one. verdict() is pure; judge_test.py shows that it can say no."""
import difflib
import json
from dataclasses import dataclass

TABLES = {
    "household": "SELECT household_no, region_code, lifted, relocated, attributes_as_of, attributes_hash, members, monitored, monitored_members, "
                 "monitored_since, risk_eliminated, measures, public_posts, house_renovations, rewards_fen FROM household ORDER BY 1",
    "member": "SELECT h.household_no, encode(m.blind, 'hex'), m.birth, m.relation, m.labour, m.main_earner, m.living "
              "FROM member m JOIN household h USING (household_id) ORDER BY 1, 2",
    "person": "SELECT encode(i.blind, 'hex'), p.name, p.as_of, p.revision, p.retracted, p.content_hash "
              "FROM person p JOIN person_identity i USING (person_id) ORDER BY 1",
    "feed_row": "SELECT dataset, count(*), md5(string_agg(row_id::text, ',' ORDER BY row_id)) FROM feed_row GROUP BY 1 ORDER BY 1",
    "unmatched_row": "SELECT dataset, count(*), md5(string_agg(row_id::text, ',' ORDER BY row_id)) FROM unmatched_row GROUP BY 1 ORDER BY 1",
    "feed_coverage": "SELECT dataset, region_prefix, period_from, period_to FROM feed_coverage ORDER BY 1, 2, 3, 4",
}
LEDGER = ["batches", "received", "applied", "rejected", "duplicate", "unmatched"]

# Losses to make by hand in an instance: a statement that answers with one row, and how the complaint about it begins.
LOSSES = {
    "another name of a person": (
        "UPDATE person SET name = name || '?' WHERE person_id = (SELECT min(person_id) FROM person_identity) RETURNING 1", "person:"),
    "a member taken for dead": (
        "UPDATE member SET living = NOT living WHERE (household_id, person_id) IN (SELECT household_id, person_id FROM member LIMIT 1) RETURNING 1", "member:"),
    "a household with one member less": (
        "UPDATE household SET members = members - 1 WHERE household_id = (SELECT min(household_id) FROM household) RETURNING 1", "household:"),
    "a kept row that is gone": (
        "DELETE FROM feed_row WHERE (subject_id, row_id) IN (SELECT subject_id, row_id FROM feed_row LIMIT 1) RETURNING 1", "feed_row:"),
    "a period that is not covered": (
        "DELETE FROM feed_coverage WHERE ctid = (SELECT min(ctid) FROM feed_coverage) RETURNING 1", "feed_coverage:"),
    "a lead with another grade": (
        "UPDATE lead SET grade = CASE grade WHEN 1 THEN 2 ELSE 1 END WHERE lead_id = (SELECT max(lead_id) FROM lead WHERE state <> 5) RETURNING 1",
        "leads:"),
    "a lead that is gone, though announced": (
        "DELETE FROM lead WHERE lead_id = (SELECT min(lead_id) FROM lead) RETURNING 1", "wild: events:"),
    "a batch that lost a row": (
        "UPDATE feed_batch SET accepted = accepted - 1, applied = applied - 1 "
        "WHERE batch_id = (SELECT min(batch_id) FROM feed_batch WHERE applied > 1) RETURNING 1", "wild: ledger of batches/"),
    "a row taken for a duplicate": (
        "UPDATE feed_batch SET applied = applied - 1, duplicate = duplicate + 1 "
        "WHERE batch_id = (SELECT max(batch_id) FROM feed_batch WHERE applied > 1) RETURNING 1", "applied:"),
}


@dataclass
class Sent:
    registry: int
    feed: int
    copies: int


@dataclass
class Evidence:
    lines: dict        # part → what must be equal line by line
    bad_batches: list  # names of batches that do not add up
    ledger: dict       # sums over all batches
    ever: set          # names of all leads that were ever opened
    opened: dict       # lead → LeadOpened events on the topic

    def summary(self):
        return (f"{self.ledger}, {len(self.lines['leads'])} leads open, {len(self.ever)} ever opened, "
                f"{sum(self.opened.values()) - len(self.opened)} LeadOpened sent twice")


def lead_lines(leads):
    """One line a lead: what a cadre reads, without ids and without the batch that happened to bring a row first."""
    lines = []
    for lead in leads:
        explained = []
        for e in lead.get("explanations", []):
            operands = [f"{o['fact']}={o.get('value', '')}@{o.get('asOf', '')}" for o in e.get("operands", [])]
            explained.append([e["rule"], e.get("ruleVersion", 0), e.get("grade"), e["sentenceZh"], operands])
        lines.append(json.dumps([lead["householdNo"], lead["riskType"], lead["grade"], lead["state"], lead.get("assignedRegion"), lead["ruleSet"],
                                 explained], ensure_ascii=False))
    return sorted(lines)


def gather(platform):
    bad = platform.sql("SELECT name FROM feed_batch WHERE closed_at IS NULL OR accepted <> received "
                       "OR accepted <> applied + rejected + duplicate + unmatched OR declared_rows IS DISTINCT FROM received ORDER BY 1")
    sums = platform.sql("SELECT count(*), sum(received), sum(applied), sum(rejected), sum(duplicate), sum(unmatched) FROM feed_batch")[0]
    return Evidence(
        lines={"leads": lead_lines(platform.leads()), **{table: ["|".join(row) for row in platform.sql(query)] for table, query in TABLES.items()}},
        bad_batches=[name for (name,) in bad],
        ledger=dict(zip(LEDGER, map(int, sums))),
        ever={f"households/{h}/leads/{i}" for h, i in platform.sql("SELECT household_id, lead_id FROM lead")},
        opened=platform.opened_lead_events())


def verdict(calm, wild, sent):
    """Complaints; none where the wild run left what the calm one left."""
    complaints = []
    if not calm.lines["leads"]:
        complaints.append("leads: none at all, nothing was compared")
    for part, lines in calm.lines.items():
        if lines != wild.lines[part]:
            diff = [d for d in difflib.unified_diff(lines, wild.lines[part], "calm", "wild", lineterm="", n=0) if d[:2] != "@@"]
            complaints.append(f"{part}: {len(diff)} differing lines\n" + "\n".join(d[:1500] for d in diff[:12]))
    for name, run, rows in (("calm", calm, sent.registry + sent.feed), ("wild", wild, sent.registry + sent.copies * sent.feed)):
        complaints += [f"{name}: ledger of {batch} does not add up" for batch in run.bad_batches[:5]]
        if run.ledger["received"] != rows:
            complaints.append(f"{name}: {run.ledger['received']} rows received, {rows} sent")
        silent, unknown = run.ever - set(run.opened), set(run.opened) - run.ever
        if silent or unknown:
            complaints.append(f"{name}: events: {len(silent)} leads without LeadOpened, {len(unknown)} announced that do not exist")
    # Every row took effect once: the other copies are duplicates.
    for outcome in ("applied", "unmatched"):
        if calm.ledger[outcome] != wild.ledger[outcome]:
            complaints.append(f"{outcome}: {calm.ledger[outcome]} calm, {wild.ledger[outcome]} wild")
    return complaints
