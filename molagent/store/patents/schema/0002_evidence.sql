-- What stands beside the structures: measured values, rows that could not be used, earlier syncs.

-- A value that a publication reports, text as given: parsed where it enters a project.
CREATE TABLE activity (
    patent_id BIGINT NOT NULL,
    source_no BIGINT NOT NULL,
    target    VARCHAR NOT NULL,
    organism  VARCHAR,
    quantity  VARCHAR NOT NULL,             -- Ki, IC50, Kd, EC50
    original  VARCHAR NOT NULL,             -- '>10000'
    unit      VARCHAR NOT NULL,
    label     VARCHAR,
    assay     VARCHAR,                      -- description, pH, temperature
    reference VARCHAR,                      -- entry in the source
    place     VARCHAR NOT NULL              -- file:row
);

-- Rows of a file that name no publication or no structure: nothing is left out silently.
CREATE TABLE refusal (
    place  VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    raw    VARCHAR NOT NULL
);

-- Every build of this folder, oldest first, with what it changed.
CREATE TABLE build (
    build     VARCHAR NOT NULL,
    built_at  TIMESTAMP NOT NULL,
    name      VARCHAR NOT NULL,
    scope     VARCHAR NOT NULL,
    added     BIGINT NOT NULL,
    kept      BIGINT NOT NULL,
    dropped   BIGINT NOT NULL,
    computed  BIGINT NOT NULL
);
