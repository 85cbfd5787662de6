-- Households and persons. One sequence numbers both, so that a subject id never means two things.
CREATE SEQUENCE subject_id;

-- attributes_*: rank of the registry row that the attributes come from; the largest wins, whatever the order of arrival.
-- The figures are projections of facts that the overview counts; they change only together with the facts.
CREATE TABLE household (
    household_id      bigint   NOT NULL DEFAULT nextval('subject_id') CONSTRAINT household_pk PRIMARY KEY,
    household_no      text     NOT NULL CONSTRAINT household_no_key UNIQUE,
    region_code       text     NOT NULL,
    lifted            boolean  NOT NULL DEFAULT false,
    relocated         boolean  NOT NULL DEFAULT false,
    attributes_as_of  date     NOT NULL,
    attributes_hash   bigint   NOT NULL,
    version           bigint   NOT NULL DEFAULT 0,
    members           smallint NOT NULL DEFAULT 0,
    monitored         boolean  NOT NULL DEFAULT false,
    monitored_members smallint NOT NULL DEFAULT 0,
    monitored_since   date,
    risk_eliminated   boolean  NOT NULL DEFAULT false,
    measures          integer  NOT NULL DEFAULT 0,
    public_posts      integer  NOT NULL DEFAULT 0,
    house_renovations integer  NOT NULL DEFAULT 0,
    rewards_fen       bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 85);
CREATE INDEX household_by_region ON household (region_code text_pattern_ops, household_id);

-- What screening needs of a member: small, and read together with the household. state: domain/subject_state.h. blind orders the
-- members: ids depend on who was registered first, verdicts and their explanations must not. No foreign key: households are never
-- deleted, and the look-up for each row would cost more than the row. Half of each page is free, so that a file about everybody in a
-- village finds room for all new states beside the old ones.
CREATE TABLE member (
    household_id bigint   NOT NULL,
    person_id    bigint   NOT NULL,
    blind        bytea    NOT NULL,
    birth        date     NOT NULL,
    relation     smallint NOT NULL,
    labour       smallint NOT NULL,
    main_earner  boolean,
    living       boolean  NOT NULL,
    state        bytea    NOT NULL DEFAULT '',
    CONSTRAINT member_pk PRIMARY KEY (household_id, person_id)
) WITH (fillfactor = 45);

-- Who the person is. identity and phone are sealed; the name is masked on the way out.
CREATE TABLE person (
    person_id    bigint NOT NULL DEFAULT nextval('subject_id') CONSTRAINT person_pk PRIMARY KEY,
    household_id bigint NOT NULL,
    name         text   NOT NULL,
    identity     bytea  NOT NULL,
    phone        bytea  NOT NULL DEFAULT '',
    as_of        date   NOT NULL,
    revision     integer NOT NULL,
    retracted    boolean NOT NULL,
    content_hash bigint NOT NULL
);

-- Look-up by blind index of the normalised identity number.
CREATE TABLE person_identity (
    blind        bytea  NOT NULL CONSTRAINT person_identity_pk PRIMARY KEY,
    person_id    bigint NOT NULL,
    household_id bigint NOT NULL
) WITH (fillfactor = 85);

-- Empty: its lock modes keep registering apart from setting rows aside as unmatched (store/intake_store.h).
CREATE TABLE registry_gate ();

CREATE TABLE village_state (
    region_code text  NOT NULL CONSTRAINT village_state_pk PRIMARY KEY,
    state       bytea NOT NULL
);
