-- Rule sets on their way into force (shouwang.monitoring.v1.RuleRelease); their content is in rule_set.
CREATE TABLE rule_release (
    release_id  bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT rule_release_pk PRIMARY KEY,
    version     bigint      NOT NULL DEFAULT 1,
    state       smallint    NOT NULL,
    title       text        NOT NULL,
    rule_set    text        NOT NULL CONSTRAINT rule_release_set REFERENCES rule_set,
    author      text        NOT NULL,
    approved_by text        NOT NULL,
    active_from date,
    state_since timestamptz
);
CREATE UNIQUE INDEX rule_release_one_active ON rule_release (state) WHERE state = 4;
CREATE UNIQUE INDEX rule_release_one_shadow ON rule_release (state) WHERE state = 2;

-- Persons who left a household: with `member`, everybody who ever was in it.
CREATE TABLE former_member (
    household_id bigint NOT NULL,
    person_id    bigint NOT NULL,
    CONSTRAINT former_member_pk PRIMARY KEY (household_id, person_id)
);
CREATE FUNCTION member_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO former_member SELECT household_id, person_id FROM gone ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER member_left AFTER DELETE ON member REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION member_left();

CREATE INDEX lead_closed ON lead (closed_at) WHERE state = 5;

-- The one rule set that screens. Read under a shared advisory lock in every screening transaction, changed under the exclusive one: no
-- transaction screens with a set that another has replaced.
CREATE TABLE rule_in_force (
    one      boolean NOT NULL DEFAULT true CONSTRAINT rule_in_force_pk PRIMARY KEY CONSTRAINT rule_in_force_one CHECK (one),
    rule_set text    NOT NULL CONSTRAINT rule_in_force_set REFERENCES rule_set
);
