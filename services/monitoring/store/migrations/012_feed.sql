-- Batches and their ledger: accepted = applied + rejected + duplicate + unmatched, kept in the transaction that decides each row.
CREATE TABLE feed_batch (
    batch_id      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT feed_batch_pk PRIMARY KEY,
    name          text        NOT NULL CONSTRAINT feed_batch_name_key UNIQUE,
    dataset       integer     NOT NULL,
    department    text        NOT NULL,
    period        text        NOT NULL,
    region_prefix text        NOT NULL,
    complete      boolean     NOT NULL,
    declared_rows bigint,
    received      bigint      NOT NULL DEFAULT 0,
    accepted      bigint      NOT NULL DEFAULT 0,
    applied       bigint      NOT NULL DEFAULT 0,
    rejected      bigint      NOT NULL DEFAULT 0,
    duplicate     bigint      NOT NULL DEFAULT 0,
    unmatched     bigint      NOT NULL DEFAULT 0,
    content_hash  text        NOT NULL DEFAULT '',
    opened_at     timestamptz NOT NULL,
    closed_at     timestamptz,
    applied_at    timestamptz,
    abandoned_at  timestamptz,
    held_reason   text        NOT NULL DEFAULT '',
    CONSTRAINT feed_batch_ledger CHECK (accepted = applied + rejected + duplicate + unmatched),
    CONSTRAINT feed_batch_counts CHECK (applied >= 0 AND rejected >= 0 AND duplicate >= 0 AND unmatched >= 0)
) WITH (fillfactor = 50);
CREATE INDEX feed_batch_by_dataset ON feed_batch (dataset, batch_id);

-- A chunk of rows is applied once.
CREATE TABLE feed_chunk (
    batch_id bigint   NOT NULL,
    chunk    integer  NOT NULL,
    part     smallint NOT NULL,
    CONSTRAINT feed_chunk_pk PRIMARY KEY (batch_id, chunk, part)
);

-- Every matched row that ever came, once: the history behind the facts. subject_id: person, or the village's code as a number.
-- row_id: hash over dataset, key, date, revision, retraction and content. Not unique by an index: the subject's state, under its lock,
-- tells nearly every repeat, and the few rows that it cannot tell are looked up (decision 0093).
CREATE TABLE feed_row (
    subject_id  bigint      NOT NULL,
    row_id      uuid        NOT NULL,
    batch_id    bigint      NOT NULL,
    sequence    integer     NOT NULL,
    dataset     smallint    NOT NULL,
    date        date        NOT NULL,
    revision    integer     NOT NULL,
    retract     boolean     NOT NULL,
    recorded_at timestamptz NOT NULL,
    content     bytea       NOT NULL,
    sealed      bytea       NOT NULL,
    content_hash bigint     NOT NULL
);
CREATE INDEX feed_row_by_subject ON feed_row (subject_id);

-- Rows whose person is not registered (yet). They take effect when the registry grows.
CREATE TABLE unmatched_row (
    blind        bytea       NOT NULL,
    row_id       uuid        NOT NULL,
    batch_id     bigint      NOT NULL,
    sequence     integer     NOT NULL,
    dataset      smallint    NOT NULL,
    date         date        NOT NULL,
    revision     integer     NOT NULL,
    retract      boolean     NOT NULL,
    recorded_at  timestamptz NOT NULL,
    row_key      bytea       NOT NULL,
    content_hash bigint      NOT NULL,
    content      bytea       NOT NULL,
    identity     bytea       NOT NULL,
    sealed       bytea       NOT NULL,
    CONSTRAINT unmatched_row_pk PRIMARY KEY (blind, row_id)
);

CREATE TABLE row_error (
    batch_id bigint  NOT NULL,
    sequence integer NOT NULL,
    ordinal  integer NOT NULL,
    field    text    NOT NULL,
    code     text    NOT NULL,
    got      text    NOT NULL,
    want     text    NOT NULL,
    CONSTRAINT row_error_pk PRIMARY KEY (batch_id, sequence, ordinal)
);

-- "This is all of the dataset for the region and the period": only then does a missing subject mean zero.
CREATE TABLE feed_coverage (
    dataset       integer NOT NULL,
    region_prefix text    NOT NULL,
    period_from   date    NOT NULL,
    period_to     date    NOT NULL,
    batch_id      bigint  NOT NULL,
    CONSTRAINT feed_coverage_pk PRIMARY KEY (dataset, region_prefix, period_from, period_to)
);

-- Tells whoever keeps the declarations in memory that they changed.
CREATE TABLE feed_coverage_version (version bigint NOT NULL);
INSERT INTO feed_coverage_version VALUES (1);
CREATE FUNCTION feed_coverage_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE feed_coverage_version SET version = version + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_coverage_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON feed_coverage
    FOR EACH STATEMENT EXECUTE FUNCTION feed_coverage_changed();

-- Work of the sweep: regions whose households must be screened again. Survives a crash; done up to household_id.
CREATE TABLE rescreen_queue (
    rescreen_id   bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT rescreen_queue_pk PRIMARY KEY,
    region_prefix text        NOT NULL,
    reason        text        NOT NULL,
    done_up_to    bigint      NOT NULL DEFAULT 0,
    queued_at     timestamptz NOT NULL
);

-- Business months whose first sweep has been queued.
CREATE TABLE swept_month (
    month     text        NOT NULL CONSTRAINT swept_month_pk PRIMARY KEY,
    queued_at timestamptz NOT NULL
);
