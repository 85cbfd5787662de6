-- Columns follow shouwang.monitoring.v1.Case; sub-messages as they are. One open case a household: final or eliminated ones (16 to 20)
-- do not count.
CREATE TABLE household_case (
    household_id       bigint      NOT NULL,
    case_id            bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    version            bigint      NOT NULL DEFAULT 1,
    household_no       text        NOT NULL,
    region_code        text        NOT NULL,
    state              smallint    NOT NULL,
    household_type     smallint    NOT NULL,
    category           smallint    NOT NULL,
    risks              integer[]   NOT NULL,
    clue_on            date        NOT NULL,
    leads              text[]      NOT NULL,
    reason             text        NOT NULL,
    green_channel      boolean     NOT NULL,
    emergency          bytea,
    authority          bytea,
    visit              bytea,
    cross_check        bytea,
    review             bytea,
    publicity          bytea,
    objections         bytea[]     NOT NULL,
    category_view      bytea,
    city_review_needed boolean     NOT NULL,
    city_reviewed_by   text        NOT NULL,
    owner              text        NOT NULL,
    case_end           smallint    NOT NULL,
    reply              text        NOT NULL,
    rebound_of         text        NOT NULL,
    rebounds           integer     NOT NULL,
    approved_on        date,
    monitored_on       date,
    eliminated_on      date,
    elimination_kind   smallint    NOT NULL,
    opened_at          timestamptz NOT NULL,
    state_since        timestamptz NOT NULL,
    due_at             timestamptz,
    escalate_at        timestamptz,
    escalated_to       text        NOT NULL,
    escalations        integer     NOT NULL,
    total_due_at       timestamptz,
    total_escalated    boolean     NOT NULL,
    raw_due_on         date,
    CONSTRAINT household_case_pk PRIMARY KEY (household_id, case_id),
    CONSTRAINT household_case_risks CHECK (cardinality(risks) BETWEEN 1 AND 5)
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX household_case_one_open ON household_case (household_id) WHERE state NOT IN (16, 17, 18, 19, 20);
CREATE INDEX household_case_newest ON household_case (case_id DESC);
CREATE INDEX household_case_by_region ON household_case (region_code text_pattern_ops, case_id DESC);
CREATE INDEX household_case_escalate ON household_case (escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX household_case_raw ON household_case (raw_due_on) WHERE raw_due_on IS NOT NULL;
CREATE INDEX household_case_total ON household_case (total_due_at) WHERE NOT total_escalated AND state NOT IN (12, 13, 14, 15, 16, 17, 18, 19, 20);
