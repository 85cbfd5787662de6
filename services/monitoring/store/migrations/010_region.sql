-- The region tree as dated data. code: 2, 4, 6, 9 or 12 digits, without trailing zero groups.
CREATE TABLE region (
    code        text     NOT NULL,
    valid_from  date     NOT NULL,
    valid_to    date,
    name        text     NOT NULL,
    level       smallint NOT NULL CONSTRAINT region_level CHECK (level BETWEEN 1 AND 5),
    parent      text     NOT NULL,
    statistical boolean  NOT NULL DEFAULT false,
    successors  text[]   NOT NULL DEFAULT '{}',
    CONSTRAINT region_pk PRIMARY KEY (code, valid_from),
    CONSTRAINT region_valid CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE INDEX region_by_parent ON region (parent, code);
-- Which reference files have been loaded (SHA-256), so that a start with the same files does nothing.
CREATE TABLE reference_file (
    name   text  NOT NULL CONSTRAINT reference_file_pk PRIMARY KEY,
    digest bytea NOT NULL
);
