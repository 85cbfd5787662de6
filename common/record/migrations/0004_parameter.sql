-- Dated parameters (shouwang.type.v1.ParameterValue). Rows are only added: what was in force on any day stays answerable.
CREATE TABLE parameter_value (
    sequence      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT parameter_value_pk PRIMARY KEY,
    name          text        NOT NULL,
    region_prefix text        NOT NULL,
    valid_from    date        NOT NULL,
    value         bigint,
    unit          integer     NOT NULL DEFAULT 0,
    source        text        NOT NULL,
    set_by        text        NOT NULL,
    set_at        timestamptz NOT NULL
);
CREATE INDEX parameter_value_by_name ON parameter_value (name, region_prefix, valid_from DESC, sequence DESC);

-- Days that differ from the week (shouwang.type.v1.CalendarDay).
CREATE TABLE calendar_day (
    region_prefix text    NOT NULL,
    day           date    NOT NULL,
    working       boolean NOT NULL,
    source        text    NOT NULL,
    CONSTRAINT calendar_day_pk PRIMARY KEY (region_prefix, day)
);
