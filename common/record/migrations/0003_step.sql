-- The life of everything that people move from state to state: one row a step, never changed. subject: resource name.
CREATE TABLE step (
    subject      text        NOT NULL,
    step         integer     NOT NULL,
    command      text        NOT NULL,
    from_state   text        NOT NULL,
    to_state     text        NOT NULL,
    actor        text        NOT NULL,
    actor_region text        NOT NULL,
    at           timestamptz NOT NULL,
    note         text        NOT NULL DEFAULT '',
    detail       bytea,
    CONSTRAINT step_pk PRIMARY KEY (subject, step)
);
