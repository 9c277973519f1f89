-- Named sets of compounds, and the states of the data that can be gone back to.

-- A named set of compounds: what a role may see, or what must not leave the house.
CREATE TABLE series (
    series       VARCHAR PRIMARY KEY,
    confidential BOOLEAN NOT NULL,
    definition   VARCHAR NOT NULL,              -- how the compounds were chosen, in words or SMARTS
    defined_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE series_compound (
    series      VARCHAR NOT NULL,
    compound_id VARCHAR NOT NULL REFERENCES compound (compound_id),
    PRIMARY KEY (series, compound_id)
);

CREATE TABLE snapshot (
    snapshot   VARCHAR PRIMARY KEY,
    sha256     VARCHAR NOT NULL,                -- of the rows' hashes, by result_id
    n_results  BIGINT NOT NULL CHECK (n_results >= 0),
    note       VARCHAR NOT NULL,
    endpoints  VARCHAR[] NOT NULL,              -- taken of these only; empty: of all
    audit_link BIGINT NOT NULL,                 -- the head of the trail when it was taken
    audit_seq  BIGINT NOT NULL,
    audit_hash VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
-- Not audited row by row: the snapshot's hash covers its rows.
CREATE TABLE snapshot_result (
    snapshot   VARCHAR NOT NULL REFERENCES snapshot (snapshot),
    result_id  BIGINT NOT NULL,
    row_sha256 VARCHAR NOT NULL,
    PRIMARY KEY (snapshot, result_id)
);

-- What counts was set back to a snapshot. A result that it set aside has superseded_by =
-- -restoration_id: no other row took its place.
CREATE SEQUENCE restoration_seq;
CREATE TABLE restoration (
    restoration_id BIGINT PRIMARY KEY DEFAULT nextval('restoration_seq'),
    snapshot       VARCHAR NOT NULL,
    reason         VARCHAR NOT NULL CHECK (reason <> ''),
    returned       BIGINT NOT NULL,             -- results that count again
    set_aside      BIGINT NOT NULL,             -- results that count no longer
    reverted       BIGINT NOT NULL,             -- results whose validity or flag was set back
    restored_at    TIMESTAMPTZ NOT NULL DEFAULT now()
);
