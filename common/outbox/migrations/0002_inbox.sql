-- Events that a consumer has applied; rows older than 30 days go.
CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id text NOT NULL,
    created timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_created ON inbox USING brin (created) WITH (pages_per_range = 16, autosummarize = on);

-- Answers to requests that carried a request_id; rows older than 30 days go.
CREATE TABLE request_answer (
    request_id text NOT NULL,
    request_hash bytea NOT NULL,
    answer bytea NOT NULL,
    created timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT request_answer_pkey PRIMARY KEY (request_id)
);
CREATE INDEX request_answer_created ON request_answer USING brin (created) WITH (pages_per_range = 16, autosummarize = on);
