-- Results: what was measured, on which compound, in which file and row. A value is corrected by a
-- new row; the old one stays and points to it.

CREATE SEQUENCE result_seq;
CREATE TABLE result (
    result_id         BIGINT PRIMARY KEY DEFAULT nextval('result_seq'),
    compound_id       VARCHAR NOT NULL REFERENCES compound (compound_id),
    assay_id          VARCHAR NOT NULL REFERENCES assay (assay_id),
    relation          relation NOT NULL,        -- on the original scale
    value             DOUBLE NOT NULL CHECK (isfinite(value)),
    unit              VARCHAR NOT NULL,         -- of value, canonical spelling
    original          VARCHAR NOT NULL,         -- the value as text, as it stood in the file
    original_unit     VARCHAR,                  -- the unit as it stood there
    original_relation VARCHAR,                  -- the relation as it stood there, where apart
    source_column     VARCHAR NOT NULL DEFAULT '',  -- its column, where a row brings several values
    scale             VARCHAR NOT NULL DEFAULT 'linear',  -- that it stood there in: linear, p, log10
    tested_at_nm      DOUBLE CHECK (tested_at_nm > 0),  -- of a test at one concentration
    source_note       VARCHAR,                  -- what the source itself warns of
    standard_value    DOUBLE NOT NULL CHECK (isfinite(standard_value)),
    standard_unit     VARCHAR NOT NULL,         -- one a dimension: nM for potencies
    p_value           DOUBLE,                   -- -log10(molar); NULL unless a concentration
    p_relation        relation,                 -- flipped: IC50 > 10 uM is pIC50 < 5
    flag              VARCHAR NOT NULL DEFAULT '',  -- '' or what is odd: duplicate, conflict, outlier
    validity          validity NOT NULL DEFAULT 'valid',
    validity_reason   VARCHAR NOT NULL DEFAULT '',
    batch_id          VARCHAR,
    run_id            VARCHAR REFERENCES run (run_id),
    document_id       VARCHAR REFERENCES document (document_id),
    measured_on       DATE,
    file_id           VARCHAR NOT NULL REFERENCES source_file (file_id),
    source_row        INTEGER NOT NULL,
    revision          INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0),   -- 0 as the file says
    superseded_by     BIGINT,
    UNIQUE (file_id, source_row, assay_id, source_column, revision),
    CHECK ((p_value IS NULL) = (p_relation IS NULL)),
    CHECK (p_value IS NULL OR value > 0),       -- a potency of zero has no logarithm
    CHECK ((validity = 'valid') = (validity_reason = ''))
);

-- A row with six measured columns may be refused for one of them.
CREATE TABLE rejection (
    file_id    VARCHAR NOT NULL REFERENCES source_file (file_id),
    source_row INTEGER NOT NULL,
    field      VARCHAR NOT NULL DEFAULT '',     -- the column or endpoint refused; '' for all the row
    kind       VARCHAR NOT NULL,                -- structure, value, relation, unit, endpoint, row
    reason     VARCHAR NOT NULL,
    raw        VARCHAR NOT NULL,                -- the row as it was read
    PRIMARY KEY (file_id, source_row, field)
);

-- Who replaced which value by which, and why. Both rows stay in `result`.
CREATE SEQUENCE correction_seq;
CREATE TABLE correction (
    correction_id BIGINT PRIMARY KEY DEFAULT nextval('correction_seq'),
    old_result_id BIGINT NOT NULL,              -- more than once where a restored value is corrected
    new_result_id BIGINT NOT NULL UNIQUE,
    actor         VARCHAR NOT NULL CHECK (actor <> ''),
    reason        VARCHAR NOT NULL CHECK (reason <> ''),
    corrected_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Every result that counts, on the scale it is averaged on: the p scale for concentrations, the
-- standard unit for all else.
CREATE VIEW result_current AS
SELECT
    r.result_id, r.compound_id, r.assay_id, a.endpoint, a.target, a.quantity,
    coalesce(r.p_relation, r.relation) AS relation,
    coalesce(r.p_value, r.standard_value) AS value,
    CASE WHEN r.p_value IS NULL THEN r.standard_unit ELSE '-log10(M)' END AS unit,
    r.p_value, r.p_relation, r.standard_value, r.standard_unit,
    r.validity, r.flag, r.batch_id, r.run_id, r.document_id, r.measured_on, r.file_id, r.source_row,
    r.revision
FROM result r
JOIN assay a USING (assay_id)
WHERE r.superseded_by IS NULL;

-- One value a compound is no view: bounds enter a likelihood (store/one_value.py).
