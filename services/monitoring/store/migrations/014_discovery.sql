-- Leads that people bring beside those of screening (shouwang.monitoring.v1.Lead). source 1 = department screening.
-- reported_grade: what people said, 0 = nobody did; the lead's grade is never below it. evidence: one digest a told difficulty.
-- escalate_at: when the next level up is told; NULL = at due_at.
ALTER TABLE lead
    ADD COLUMN source         smallint    NOT NULL DEFAULT 1,
    ADD COLUMN joined_sources smallint[]  NOT NULL DEFAULT '{}',
    ADD COLUMN reported_grade smallint    NOT NULL DEFAULT 0,
    ADD COLUMN difficulty     text        NOT NULL DEFAULT '',
    ADD COLUMN reporter       text        NOT NULL DEFAULT '',
    ADD COLUMN reference      text        NOT NULL DEFAULT '',
    ADD COLUMN evidence       bytea[]     NOT NULL DEFAULT '{}',
    ADD COLUMN declared_at    timestamptz,
    ADD COLUMN escalate_at    timestamptz,
    ADD COLUMN escalated_to   text        NOT NULL DEFAULT '',
    ADD COLUMN escalations    integer     NOT NULL DEFAULT 0,
    ADD COLUMN duplicate_of   bigint,
    ADD COLUMN case_name      text        NOT NULL DEFAULT '',
    ADD COLUMN reply          text        NOT NULL DEFAULT '';
CREATE INDEX lead_overdue ON lead ((coalesce(escalate_at, due_at))) WHERE state <> 5;
CREATE INDEX lead_escalated ON lead (escalated_to text_pattern_ops, lead_id DESC) WHERE escalated_to <> '';

-- Periodic jobs: when each was begun last, so that several replicas do it once an interval.
CREATE TABLE job (
    name   text        NOT NULL CONSTRAINT job_pk PRIMARY KEY,
    ran_at timestamptz NOT NULL
);

-- Codes of households (一户一码). One in use a household; state 1 = issued.
CREATE TABLE household_code (
    household_id bigint      NOT NULL CONSTRAINT household_code_household REFERENCES household,
    code_id      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    version      bigint      NOT NULL DEFAULT 1,
    household_no text        NOT NULL,
    region_code  text        NOT NULL,
    state        smallint    NOT NULL,
    opaque_id    text        NOT NULL CONSTRAINT household_code_opaque_key UNIQUE,
    issue        integer     NOT NULL,
    state_since  timestamptz NOT NULL,
    CONSTRAINT household_code_pk PRIMARY KEY (household_id, code_id),
    CONSTRAINT household_code_issue UNIQUE (household_id, issue)
);
CREATE UNIQUE INDEX household_code_one ON household_code (household_id) WHERE state = 1;
CREATE INDEX household_code_by_region ON household_code (region_code text_pattern_ops, code_id DESC);

-- Declarations of farmers; household and lead are resource names, empty while unmatched.
CREATE TABLE declaration (
    declaration_id bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT declaration_pk PRIMARY KEY,
    version        bigint      NOT NULL DEFAULT 1,
    number         text        NOT NULL CONSTRAINT declaration_number_key UNIQUE,
    region_code    text        NOT NULL,
    state          smallint    NOT NULL,
    risk_type      smallint    NOT NULL,
    channel        smallint    NOT NULL,
    third_person   boolean     NOT NULL,
    head_name      text        NOT NULL,
    difficulty     text        NOT NULL,
    household      text        NOT NULL,
    mismatch       text        NOT NULL,
    lead           text        NOT NULL,
    reply          text        NOT NULL,
    declared_at    timestamptz NOT NULL,
    state_since    timestamptz,
    due_at         timestamptz,
    escalate_at    timestamptz,
    escalated_to   text        NOT NULL,
    escalations    integer     NOT NULL
);
CREATE INDEX declaration_by_region ON declaration (region_code text_pattern_ops, declaration_id DESC);
CREATE INDEX declaration_by_lead ON declaration (lead) WHERE lead <> '';
CREATE INDEX declaration_by_household ON declaration (household, declared_at) WHERE household <> '';
CREATE INDEX declaration_overdue ON declaration (escalate_at) WHERE escalate_at IS NOT NULL;

-- Who declared, sealed and apart; query_hash: SHA-256 of the code that opens this declaration alone.
CREATE TABLE declaration_contact (
    declaration_id bigint NOT NULL CONSTRAINT declaration_contact_pk PRIMARY KEY CONSTRAINT declaration_contact_of REFERENCES declaration,
    identity       bytea  NOT NULL,
    mobile         bytea  NOT NULL,
    query_hash     bytea  NOT NULL
);

-- Concentrated checks (集中排查) and the households on their lists.
CREATE TABLE campaign (
    campaign_id bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT campaign_pk PRIMARY KEY,
    version     bigint      NOT NULL DEFAULT 1,
    region_code text        NOT NULL,
    title       text        NOT NULL,
    scope       smallint    NOT NULL,
    state       smallint    NOT NULL,
    starts_on   date        NOT NULL,
    ends_on     date        NOT NULL,
    basis       text        NOT NULL,
    state_since timestamptz,
    CONSTRAINT campaign_period CHECK (ends_on >= starts_on)
);
CREATE INDEX campaign_by_region ON campaign (region_code text_pattern_ops, campaign_id DESC);

CREATE TABLE campaign_household (
    household_id bigint  NOT NULL,
    campaign_id  bigint  NOT NULL CONSTRAINT campaign_household_of REFERENCES campaign,
    region_code  text    NOT NULL,
    checked_on   date,
    leads        integer NOT NULL DEFAULT 0,
    CONSTRAINT campaign_household_pk PRIMARY KEY (household_id, campaign_id)
);
CREATE INDEX campaign_household_by_village ON campaign_household (campaign_id, region_code text_pattern_ops);

-- Visits by cadres. risk_type 0 = nothing found.
CREATE TABLE cadre_visit (
    household_id bigint      NOT NULL,
    visit_id     bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    version      bigint      NOT NULL DEFAULT 1,
    region_code  text        NOT NULL,
    campaign     text        NOT NULL,
    visited_on   date        NOT NULL,
    visitors     text[]      NOT NULL,
    summary      text        NOT NULL,
    looks        bytea,
    risk_type    smallint    NOT NULL,
    difficulty   text        NOT NULL,
    lead         text        NOT NULL,
    recorded_by  text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    CONSTRAINT cadre_visit_pk PRIMARY KEY (household_id, visit_id)
);
CREATE INDEX cadre_visit_by_region ON cadre_visit (region_code text_pattern_ops, visit_id DESC);
CREATE INDEX cadre_visit_by_campaign ON cadre_visit (campaign, visit_id DESC) WHERE campaign <> '';

-- The eight must-visits (八必访), one row a household and rule. digest: of the reason's values; a visited row is listed again when it changes.
CREATE TABLE must_visit (
    household_id bigint   NOT NULL,
    rule         text     NOT NULL,
    region_code  text     NOT NULL,
    state        smallint NOT NULL,
    reason       bytea    NOT NULL,
    digest       bytea    NOT NULL,
    listed_on    date     NOT NULL,
    visited_on   date,
    visit        text     NOT NULL DEFAULT '',
    CONSTRAINT must_visit_pk PRIMARY KEY (household_id, rule)
);
CREATE INDEX must_visit_by_region ON must_visit (region_code text_pattern_ops, household_id, rule) WHERE state = 1;
CREATE TABLE must_visit_village (
    region_code  text NOT NULL CONSTRAINT must_visit_village_pk PRIMARY KEY,
    refreshed_on date NOT NULL
);

-- The two clear papers (明白纸): 1 declaration paper for all, 2 support paper for monitored households.
CREATE TABLE clear_paper (
    household_id bigint   NOT NULL,
    paper        smallint NOT NULL,
    year         integer  NOT NULL,
    delivered_on date     NOT NULL,
    delivered_by text     NOT NULL,
    CONSTRAINT clear_paper_pk PRIMARY KEY (household_id, paper, year)
);
