-- Assay data: what was measured, on which compound, in which file and row.
-- Tables of facts are append-only. Raw input is kept beside the standardised parent.

CREATE TYPE relation AS ENUM ('=', '<', '>', '<=', '>=', '~');

-- A registered, standardised parent structure.
CREATE TABLE compound (
    compound_id   VARCHAR PRIMARY KEY,          -- MA-000001
    smiles        VARCHAR NOT NULL,             -- canonical SMILES of the parent
    inchikey      VARCHAR NOT NULL UNIQUE,
    connectivity  VARCHAR NOT NULL,             -- first block of the InChIKey: stereo and isotopes ignored
    scaffold      VARCHAR NOT NULL,             -- Bemis-Murcko scaffold; '' for acyclic compounds
    standardizer  VARCHAR NOT NULL,             -- name and version, with RDKit's version
    registered_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- One file as it was read with one mapping. The id is the SHA-256 of both, so the same file read
-- the same way twice changes nothing, while another column of it can still be read.
CREATE TABLE source_file (
    file_id   VARCHAR PRIMARY KEY,
    name      VARCHAR NOT NULL,                 -- file name without its folder
    sha256    VARCHAR NOT NULL,                 -- of the file's bytes alone
    bytes     BIGINT NOT NULL,
    encoding  VARCHAR NOT NULL,
    delimiter VARCHAR NOT NULL,
    mapping   JSON NOT NULL,                    -- which column was read as what
    n_rows    INTEGER NOT NULL,
    accepted  INTEGER NOT NULL,
    rejected  INTEGER NOT NULL,
    read_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Every structure text as it stood in a file; never overwritten.
CREATE TABLE compound_raw (
    file_id     VARCHAR NOT NULL REFERENCES source_file (file_id),
    source_row  INTEGER NOT NULL,               -- 1-based; the header is row 1
    compound_id VARCHAR NOT NULL REFERENCES compound (compound_id),
    raw_smiles  VARCHAR NOT NULL,
    name        VARCHAR,
    PRIMARY KEY (file_id, source_row)
);

CREATE TABLE assay (
    assay_id VARCHAR PRIMARY KEY,               -- the endpoint's name, or that with a suffix
    endpoint VARCHAR NOT NULL,                  -- jak1_pki
    target   VARCHAR,                           -- JAK1
    quantity VARCHAR NOT NULL,                  -- Ki, IC50, EC50, Kd
    source   VARCHAR,                           -- where the data is from, in words
    licence  VARCHAR
);

CREATE SEQUENCE result_seq;
CREATE TABLE result (
    result_id     BIGINT PRIMARY KEY DEFAULT nextval('result_seq'),
    compound_id   VARCHAR NOT NULL REFERENCES compound (compound_id),
    assay_id      VARCHAR NOT NULL REFERENCES assay (assay_id),
    relation      relation NOT NULL,            -- on the original scale
    value         DOUBLE NOT NULL CHECK (value > 0),
    unit          VARCHAR NOT NULL,
    original      VARCHAR NOT NULL,             -- the value as text, as it stood in the file
    p_value       DOUBLE NOT NULL,              -- -log10(molar)
    p_relation    relation NOT NULL,            -- flipped: IC50 > 10 uM is pIC50 < 5
    flag          VARCHAR NOT NULL DEFAULT '',  -- '' or why the value is doubtful (duplicate, conflict, ...)
    file_id       VARCHAR NOT NULL REFERENCES source_file (file_id),
    source_row    INTEGER NOT NULL,
    superseded_by BIGINT,
    UNIQUE (file_id, source_row, assay_id)
);

CREATE TABLE rejection (
    file_id    VARCHAR NOT NULL REFERENCES source_file (file_id),
    source_row INTEGER NOT NULL,
    kind       VARCHAR NOT NULL,                -- structure, value, relation, unit, endpoint, row
    reason     VARCHAR NOT NULL,
    raw        VARCHAR NOT NULL,                -- the row as it was read
    PRIMARY KEY (file_id, source_row)
);

-- One value a compound and assay. Assays are never pooled. Where an exact value exists the censored
-- ones do not enter the mean; where only censored ones exist the tightest bound stands, and '~'
-- where they contradict each other or are approximate.
CREATE VIEW result_agg AS
WITH counted AS (
    SELECT
        assay_id,
        compound_id,
        count(*) FILTER (p_relation = '=') AS n_exact,
        count(*) AS n,
        bool_and(p_relation IN ('<', '<=')) AS all_below,
        bool_and(p_relation IN ('>', '>=')) AS all_above,
        avg(p_value) FILTER (p_relation = '=') AS mean_exact,
        stddev_samp(p_value) FILTER (p_relation = '=') AS sd,
        min(p_value) AS lowest,
        max(p_value) AS highest,
        avg(p_value) AS mean_any
    FROM result
    WHERE superseded_by IS NULL
    GROUP BY assay_id, compound_id
)
SELECT
    r.assay_id,
    a.endpoint,
    r.compound_id,
    c.smiles,
    c.scaffold,
    CASE WHEN n_exact > 0 THEN '=' WHEN all_below THEN '<' WHEN all_above THEN '>' ELSE '~' END
        AS p_relation,
    CASE WHEN n_exact > 0 THEN mean_exact
         WHEN all_below THEN lowest
         WHEN all_above THEN highest
         ELSE mean_any END AS p_value,
    r.n_exact,
    r.n,
    r.sd
FROM counted r
JOIN assay a USING (assay_id)
JOIN compound c USING (compound_id);
