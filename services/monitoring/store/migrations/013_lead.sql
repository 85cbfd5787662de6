-- Immutable rule sets by hash.
CREATE TABLE rule_set (
    rule_set_id  text        NOT NULL CONSTRAINT rule_set_pk PRIMARY KEY,
    content      bytea       NOT NULL,
    kept_at      timestamptz NOT NULL
);

-- Columns follow shouwang.monitoring.v1.Lead. One open lead a household and risk type.
CREATE TABLE lead (
    household_id      bigint      NOT NULL,
    lead_id           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    region_code       text        NOT NULL,
    risk_type         smallint    NOT NULL,
    grade             smallint    NOT NULL,
    state             smallint    NOT NULL,
    ended_as          smallint    NOT NULL DEFAULT 0,
    rule_set          text        NOT NULL,
    explanations      bytea       NOT NULL,
    explanations_hash bytea       NOT NULL,
    assigned_region   text        NOT NULL,
    opened_at         timestamptz NOT NULL,
    due_at            timestamptz,
    closed_at         timestamptz,
    visit             bytea,
    version           bigint      NOT NULL DEFAULT 1,
    CONSTRAINT lead_pk PRIMARY KEY (household_id, lead_id)
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX lead_one_open ON lead (household_id, risk_type) WHERE state <> 5;
CREATE INDEX lead_newest ON lead (lead_id DESC);
CREATE INDEX lead_by_region ON lead (region_code text_pattern_ops, lead_id DESC);

CREATE TABLE lead_step (
    household_id bigint      NOT NULL,
    lead_id      bigint      NOT NULL,
    step         integer     NOT NULL,
    command      text        NOT NULL,
    to_state     smallint    NOT NULL,
    actor        text        NOT NULL,
    at           timestamptz NOT NULL,
    note         text        NOT NULL DEFAULT '',
    visit        bytea,
    CONSTRAINT lead_step_pk PRIMARY KEY (household_id, lead_id, step)
);
