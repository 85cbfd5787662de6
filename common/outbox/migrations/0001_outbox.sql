-- Events that wait for the bus. Written by COPY, deleted once acknowledged; usually all but empty.
CREATE TABLE outbox (
    shard smallint NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT outbox_pkey PRIMARY KEY (shard, id),
    CONSTRAINT outbox_shard_check CHECK (shard BETWEEN 0 AND 15)
) WITH (
    -- A queue is all churn: vacuum by count, not by share, and at full speed.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 1000000
);
-- Protobuf of this size does not gain from compression in the table, and COPY is faster without.
ALTER TABLE outbox ALTER COLUMN value SET STORAGE EXTERNAL;

-- One wake-up a statement, whoever writes; PostgreSQL folds equal notifications of one transaction into one.
CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('shouwang_outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake();
