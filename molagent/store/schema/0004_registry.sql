-- The registry around a measured value: what was in the vial, what the assay was that day, which
-- plate and well the signal came from, which curve was drawn through it, and what became of it.
-- Facts are appended. A value is corrected by a new row; the old one stays and points to it.
-- No foreign key points to result, curve, well or batch, whose rows may be marked later: DuckDB 2.0
-- turns an update of a table with a trigger (0005) into a delete and an insert, and then refuses it
-- for rows that are referenced. verify_audit looks for rows that point to nothing.

CREATE TYPE validity AS ENUM ('valid', 'suspect', 'invalid');
CREATE TYPE well_role AS ENUM ('sample', 'pos', 'neg', 'ref', 'empty');
CREATE TYPE qc_verdict AS ENUM ('pass', 'fail', 'unknown');
CREATE TYPE better AS ENUM ('lower', 'higher');
CREATE TYPE order_state AS ENUM
    ('planned', 'ordered', 'made', 'shipped', 'received', 'failed', 'cancelled');
-- What kind of number an assay reports. Only 'concentration' has a p scale.
CREATE TYPE unit_dimension AS ENUM (
    'concentration',                            -- Ki, IC50, EC50, Kd, MIC: molar
    'percent',                                  -- inhibition, activation, free fraction, recovery
    'amount_per_volume',                        -- solubility: molar, or mass converted by weight
    'clearance_microsome',                      -- uL/min/mg protein
    'clearance_cell',                           -- uL/min/10^6 cells
    'clearance_body',                           -- mL/min/kg
    'permeability',                             -- 10^-6 cm/s
    'time',                                     -- half-life: min
    'temperature',                              -- melting point shift: K
    'ratio',                                    -- efflux ratio, selectivity
    'logarithm',                                -- logD, logP
    'rate',                                     -- 1/s
    'rate_per_concentration',                   -- kinact/KI: 1/M/s
    'energy',                                   -- kcal/mol
    'dose',                                     -- mg/kg
    'signal'                                    -- counts of an instrument: arbitrary
);

-- ── structures ──────────────────────────────────────────────────────────────────────────────────

-- Identity in layers: two compounds that agree in a deeper layer are the same stuff drawn otherwise.
-- Kept beside the compound because the hashes belong to an RDKit version, the registration does not.
CREATE TABLE compound_identity (
    compound_id       VARCHAR PRIMARY KEY REFERENCES compound (compound_id),
    formula           VARCHAR NOT NULL,
    connectivity      VARCHAR NOT NULL,         -- first block of the InChIKey: no stereo, no isotopes
    stereo_hash       VARCHAR NOT NULL,         -- registration hash without stereo
    tautomer_hash     VARCHAR NOT NULL,         -- and without the tautomeric state
    stereo_centres    INTEGER NOT NULL,
    undefined_centres INTEGER NOT NULL,         -- drawn without a configuration
    rdkit             VARCHAR NOT NULL
);

-- A name by which somebody calls a compound; one name may stand for several structures, and then
-- both rows stay.
CREATE TABLE compound_alias (
    system      VARCHAR NOT NULL,               -- whose name: 'PostEra', 'CDD', 'vendor'
    alias       VARCHAR NOT NULL,
    compound_id VARCHAR NOT NULL REFERENCES compound (compound_id),
    file_id     VARCHAR REFERENCES source_file (file_id),
    PRIMARY KEY (system, alias, compound_id)
);

-- What standardisation took away from this very row.
ALTER TABLE compound_raw ADD COLUMN format VARCHAR DEFAULT 'smiles';   -- smiles, molblock
ALTER TABLE compound_raw ADD COLUMN salt VARCHAR;                      -- what was stripped: 'Cl.Cl'
ALTER TABLE compound_raw ADD COLUMN stereo_note VARCHAR;               -- 'racemate', '&1', 'unknown'

-- What a file brought, beside its rows: results, plates, points, structures, orders.
ALTER TABLE source_file ADD COLUMN kind VARCHAR DEFAULT 'results';

-- ── what a value refers to ──────────────────────────────────────────────────────────────────────

CREATE TABLE document (
    document_id   VARCHAR PRIMARY KEY,
    kind          VARCHAR NOT NULL,             -- publication, patent, report, protocol, notebook
    title         VARCHAR NOT NULL,
    authors       VARCHAR,
    journal       VARCHAR,
    year          INTEGER CHECK (year BETWEEN 1800 AND 2200),
    doi           VARCHAR,
    patent_number VARCHAR,                      -- CC-NUMBER-KIND
    uri           VARCHAR,
    sha256        VARCHAR,                      -- of the document's own bytes, where they are at hand
    licence       VARCHAR
);

CREATE TABLE target (
    target_id VARCHAR PRIMARY KEY,              -- JAK1
    name      VARCHAR NOT NULL,
    kind      VARCHAR NOT NULL,                 -- single protein, complex, cell, organism, unchecked
    organism  VARCHAR,
    gene      VARCHAR,
    uniprot   VARCHAR,
    chembl_id VARCHAR
);

-- How an assay was done. A changed protocol is a new assay_id of the same endpoint with the next
-- version: values of two versions are never averaged unless somebody asks for it by name.
CREATE TABLE assay_protocol (
    assay_id    VARCHAR PRIMARY KEY REFERENCES assay (assay_id),
    endpoint    VARCHAR NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    dimension   unit_dimension NOT NULL,
    unit        VARCHAR NOT NULL,               -- of result.standard_value: nM, %, uL/min/mg
    target_id   VARCHAR REFERENCES target (target_id),
    organism    VARCHAR,                        -- that the assay is run in, not the target's
    cell_line   VARCHAR,
    format      VARCHAR,                        -- BAO format: biochemical, cell-based, ...
    readout     VARCHAR,                        -- BAO detection: fluorescence intensity, ...
    better      better,                         -- which way is more active; NULL where not said
    protocol    VARCHAR,                        -- in words, or where it is written
    document_id VARCHAR REFERENCES document (document_id),
    valid_from  DATE,
    UNIQUE (endpoint, version)
);
INSERT INTO assay_protocol (assay_id, endpoint, version, dimension, unit)
SELECT assay_id, endpoint, row_number() OVER (PARTITION BY endpoint ORDER BY assay_id),
       'concentration', 'nM'
FROM assay;

-- The stuff in a vial.
CREATE TABLE batch (
    batch_id    VARCHAR PRIMARY KEY,            -- MA-000001-B01
    compound_id VARCHAR NOT NULL REFERENCES compound (compound_id),
    supplier    VARCHAR NOT NULL,
    lot         VARCHAR NOT NULL,               -- the supplier's own name for it
    salt        VARCHAR,                        -- SMILES or name; NULL where not said
    purity      DOUBLE CHECK (purity BETWEEN 0 AND 100),   -- percent
    amount_mg   DOUBLE CHECK (amount_mg >= 0),
    stereo_note VARCHAR,                        -- 'enantiomer 1 of 2, absolute not known'
    shipped_on  DATE,
    received_on DATE,
    file_id     VARCHAR REFERENCES source_file (file_id),
    source_row  INTEGER,
    note        VARCHAR,
    UNIQUE (compound_id, supplier, lot),
    CHECK (shipped_on IS NULL OR received_on IS NULL OR received_on >= shipped_on)
);

-- ── plates ──────────────────────────────────────────────────────────────────────────────────────

-- One day's work with one assay.
CREATE TABLE run (
    run_id     VARCHAR PRIMARY KEY,
    assay_id   VARCHAR NOT NULL REFERENCES assay (assay_id),
    run_on     DATE,                            -- NULL where the file does not say
    operator   VARCHAR,
    instrument VARCHAR,
    file_id    VARCHAR REFERENCES source_file (file_id),
    note       VARCHAR
);

CREATE SEQUENCE plate_seq;
CREATE TABLE plate (
    plate_id    BIGINT PRIMARY KEY DEFAULT nextval('plate_seq'),
    run_id      VARCHAR NOT NULL REFERENCES run (run_id),
    barcode     VARCHAR NOT NULL,
    n_rows      INTEGER NOT NULL CHECK (n_rows BETWEEN 1 AND 48),
    n_columns   INTEGER NOT NULL CHECK (n_columns BETWEEN 1 AND 72),
    read_order  INTEGER,                        -- place in the run: what drift is measured along
    signal_hash VARCHAR NOT NULL,               -- SHA-256 of the signals: finds a plate read in twice
    file_id     VARCHAR REFERENCES source_file (file_id),
    UNIQUE (run_id, barcode)
);

CREATE TABLE well (
    plate_id        BIGINT NOT NULL REFERENCES plate (plate_id),
    well_row        INTEGER NOT NULL CHECK (well_row BETWEEN 1 AND 48),       -- 1 is A
    well_column     INTEGER NOT NULL CHECK (well_column BETWEEN 1 AND 72),
    role            well_role NOT NULL,
    sample          VARCHAR,                    -- name as it stood in the layout
    compound_id     VARCHAR REFERENCES compound (compound_id),
    batch_id        VARCHAR,
    concentration_m DOUBLE CHECK (concentration_m > 0),                       -- mol/L
    signal          DOUBLE,                     -- as the instrument wrote it; NULL where not read
    response        DOUBLE,                     -- percent between the controls
    outlier         BOOLEAN NOT NULL DEFAULT false,
    outlier_reason  VARCHAR NOT NULL DEFAULT '',
    source_row      INTEGER,
    PRIMARY KEY (plate_id, well_row, well_column),
    CHECK (outlier = (outlier_reason <> ''))    -- nothing is set aside without a reason
);

CREATE TABLE plate_qc (
    plate_id             BIGINT NOT NULL REFERENCES plate (plate_id),
    method               VARCHAR NOT NULL,      -- name and version of the rules
    z_prime              DOUBLE CHECK (z_prime <= 1),   -- NULL where there are too few controls
    signal_to_background DOUBLE,
    cv_pos               DOUBLE,                -- percent
    cv_neg               DOUBLE,                -- percent
    drift                DOUBLE,                -- percent of the window, first to last column or read
    n_pos                INTEGER NOT NULL,
    n_neg                INTEGER NOT NULL,
    verdict              qc_verdict NOT NULL,
    reason               VARCHAR NOT NULL,      -- '' where it passed
    computed_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (plate_id, method),
    CHECK (verdict = 'pass' OR reason <> '')
);

-- ── results ─────────────────────────────────────────────────────────────────────────────────────

-- Made anew: values of other endpoints than potencies have no p value and may be zero or negative,
-- and a file's row may carry a second, corrected revision.
DROP VIEW result_agg;
-- Not by a rename: other tables' foreign keys would go on naming the old one.
CREATE TEMP TABLE result_before AS SELECT * FROM result;
DROP TABLE result;
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
    UNIQUE (file_id, source_row, assay_id, revision),
    CHECK ((p_value IS NULL) = (p_relation IS NULL)),
    CHECK (p_value IS NULL OR value > 0),       -- a potency of zero has no logarithm
    CHECK ((validity = 'valid') = (validity_reason = ''))
);
INSERT INTO result BY NAME
SELECT result_id, compound_id, assay_id, relation, value, unit, original, p_value, p_relation, flag,
       file_id, source_row, superseded_by,
       CASE unit WHEN 'M' THEN value * 1e9 WHEN 'mM' THEN value * 1e6 WHEN 'uM' THEN value * 1e3
                 WHEN 'nM' THEN value WHEN 'pM' THEN value / 1e3 WHEN 'fM' THEN value / 1e6
                 ELSE power(10, 9 - p_value) END AS standard_value,
       'nM' AS standard_unit
FROM result_before ORDER BY result_id;
DROP TABLE result_before;

-- Made anew: a row with six measured columns may be refused for one of them.
CREATE TEMP TABLE rejection_before AS SELECT * FROM rejection;
DROP TABLE rejection;
CREATE TABLE rejection (
    file_id    VARCHAR NOT NULL REFERENCES source_file (file_id),
    source_row INTEGER NOT NULL,
    field      VARCHAR NOT NULL DEFAULT '',     -- the column or endpoint refused; '' for all the row
    kind       VARCHAR NOT NULL,                -- structure, value, relation, unit, endpoint, row
    reason     VARCHAR NOT NULL,
    raw        VARCHAR NOT NULL,                -- the row as it was read
    PRIMARY KEY (file_id, source_row, field)
);
INSERT INTO rejection BY NAME SELECT * FROM rejection_before;
DROP TABLE rejection_before;

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

-- ── curves ──────────────────────────────────────────────────────────────────────────────────────

-- response = bottom + (top - bottom) / (1 + 10^(hill * (p_concentration - p_ac50))), where
-- p_concentration = -log10(mol/L). A locked parameter was given, not fitted: it has no SE.
CREATE SEQUENCE curve_seq;
CREATE TABLE curve (
    curve_id       BIGINT PRIMARY KEY DEFAULT nextval('curve_seq'),
    assay_id       VARCHAR NOT NULL REFERENCES assay (assay_id),
    compound_id    VARCHAR NOT NULL REFERENCES compound (compound_id),
    batch_id       VARCHAR,
    run_id         VARCHAR REFERENCES run (run_id),
    result_id      BIGINT,                      -- the value that was reported from it
    bottom         DOUBLE, bottom_se DOUBLE, bottom_locked BOOLEAN NOT NULL,  -- percent
    top            DOUBLE, top_se    DOUBLE, top_locked    BOOLEAN NOT NULL,  -- percent
    p_ac50         DOUBLE, p_ac50_se DOUBLE, p_ac50_locked BOOLEAN NOT NULL,  -- -log10(mol/L)
    hill           DOUBLE, hill_se   DOUBLE, hill_locked   BOOLEAN NOT NULL,
    p_ac50_low     DOUBLE,                      -- 95 % interval
    p_ac50_high    DOUBLE,
    p_value        DOUBLE,                      -- what may be reported: a value or, with
    p_relation     relation,                    -- p_relation, a bound; both NULL where nothing may
    r2             DOUBLE CHECK (r2 <= 1),
    rmse           DOUBLE CHECK (rmse >= 0),    -- percent
    curve_class    VARCHAR NOT NULL,            -- in the words of `method`
    n_points       INTEGER NOT NULL CHECK (n_points >= 0),
    n_outliers     INTEGER NOT NULL CHECK (n_outliers >= 0),
    method         VARCHAR NOT NULL,            -- '4pl'
    method_version VARCHAR NOT NULL,
    settings       JSON NOT NULL,               -- what was locked, loss, bounds
    note           VARCHAR NOT NULL DEFAULT '', -- why it was not fitted, or is doubtful
    file_id        VARCHAR REFERENCES source_file (file_id),
    source_row     INTEGER,                     -- of the first point
    superseded_by  BIGINT,                      -- the fit that took its place
    fitted_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK ((p_value IS NULL) = (p_relation IS NULL)),
    CHECK (NOT (bottom_locked AND bottom_se > 0) AND NOT (top_locked AND top_se > 0)
           AND NOT (p_ac50_locked AND p_ac50_se > 0) AND NOT (hill_locked AND hill_se > 0))
);

CREATE TABLE curve_point (
    curve_id        BIGINT NOT NULL,
    ordinal         INTEGER NOT NULL,
    concentration_m DOUBLE NOT NULL CHECK (concentration_m > 0),              -- mol/L
    response        DOUBLE,                     -- percent; NULL where it was not read
    weight          DOUBLE CHECK (weight >= 0), -- the robust fit's, 0..1
    outlier         BOOLEAN NOT NULL DEFAULT false,
    outlier_reason  VARCHAR NOT NULL DEFAULT '',
    plate_id        BIGINT,
    well_row        INTEGER,
    well_column     INTEGER,
    source_row      INTEGER,
    PRIMARY KEY (curve_id, ordinal),
    CHECK (outlier = (outlier_reason <> ''))
);

-- ── orders ──────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE batch_order (
    order_id  VARCHAR PRIMARY KEY,
    supplier  VARCHAR NOT NULL,
    placed_on DATE,                             -- NULL while it is planned
    placed_by VARCHAR,
    file_id   VARCHAR REFERENCES source_file (file_id),
    note      VARCHAR
);

CREATE TABLE order_line (
    order_id    VARCHAR NOT NULL REFERENCES batch_order (order_id),
    line        INTEGER NOT NULL CHECK (line > 0),
    smiles      VARCHAR NOT NULL,
    name        VARCHAR,
    compound_id VARCHAR REFERENCES compound (compound_id),  -- NULL until it is registered
    campaign_id VARCHAR,
    proposal_id VARCHAR,                        -- what the line makes, where a campaign proposed it
    amount_mg   DOUBLE CHECK (amount_mg > 0),
    price       DOUBLE CHECK (price >= 0),
    currency    VARCHAR,
    reason      VARCHAR,                        -- why this one
    source_row  INTEGER,
    PRIMARY KEY (order_id, line)
);

-- What happened to a line, in the order it was learnt.
CREATE SEQUENCE order_event_seq;
CREATE TABLE order_event (
    event_id    BIGINT PRIMARY KEY DEFAULT nextval('order_event_seq'),
    order_id    VARCHAR NOT NULL,
    line        INTEGER NOT NULL,
    state       order_state NOT NULL,
    happened_on DATE,
    batch_id    VARCHAR,                        -- what arrived
    actor       VARCHAR,
    note        VARCHAR,
    FOREIGN KEY (order_id, line) REFERENCES order_line (order_id, line)
);

-- One row a line: where it stands, and the first date of each step.
CREATE VIEW order_status AS
SELECT
    o.order_id, o.supplier, o.placed_on, l.line, l.name, l.smiles, l.compound_id, l.proposal_id,
    arg_max(e.state, e.event_id) AS state,
    min(e.happened_on) FILTER (e.state = 'ordered') AS ordered_on,
    min(e.happened_on) FILTER (e.state = 'made') AS made_on,
    min(e.happened_on) FILTER (e.state = 'shipped') AS shipped_on,
    min(e.happened_on) FILTER (e.state = 'received') AS received_on,
    max(e.batch_id) AS batch_id
FROM batch_order o
JOIN order_line l USING (order_id)
LEFT JOIN order_event e ON e.order_id = l.order_id AND e.line = l.line
GROUP BY ALL;

-- ── aggregates ──────────────────────────────────────────────────────────────────────────────────

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

-- One row a compound, assay and unit. Assays are never pooled; what is invalid does not count.
-- Where an exact value exists the censored ones do not enter the mean, but `contradicted` says
-- whether a bound shuts the mean out. Where only censored values exist the tightest bound stands,
-- and '~' where they contradict each other or are approximate.
CREATE VIEW result_agg AS
WITH counted AS (
    SELECT
        assay_id, endpoint, compound_id, unit,
        bool_and(p_value IS NOT NULL) AS is_p,
        count(*) FILTER (relation = '=') AS n_exact,
        count(*) AS n,
        count(*) FILTER (validity = 'suspect') AS n_suspect,
        bool_and(relation IN ('<', '<=')) AS all_below,
        bool_and(relation IN ('>', '>=')) AS all_above,
        avg(value) FILTER (relation = '=') AS mean_exact,
        stddev_samp(value) FILTER (relation = '=') AS sd,
        min(value) FILTER (relation IN ('<', '<=')) AS ceiling,
        max(value) FILTER (relation IN ('>', '>=')) AS floor,
        avg(value) AS mean_any
    FROM result_current
    WHERE validity <> 'invalid'
    GROUP BY assay_id, endpoint, compound_id, unit
),
valued AS (
    SELECT
        *,
        CASE WHEN n_exact > 0 THEN '=' WHEN all_below THEN '<' WHEN all_above THEN '>' ELSE '~' END
            AS relation,
        CASE WHEN n_exact > 0 THEN mean_exact
             WHEN all_below THEN ceiling
             WHEN all_above THEN floor
             ELSE mean_any END AS value,
        coalesce(floor > coalesce(mean_exact, ceiling), false)
            OR coalesce(ceiling < coalesce(mean_exact, floor), false) AS contradicted
    FROM counted
)
SELECT
    v.assay_id, v.endpoint, v.compound_id, c.smiles, c.scaffold,
    CASE WHEN v.is_p THEN v.relation END AS p_relation,
    CASE WHEN v.is_p THEN v.value END AS p_value,
    v.n_exact, v.n, v.sd,
    v.relation, v.value, v.unit, v.n - v.n_exact AS n_censored, v.n_suspect, v.contradicted
FROM valued v
JOIN compound c USING (compound_id);
