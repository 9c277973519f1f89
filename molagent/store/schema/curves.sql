-- Curves: what was drawn through the points, and what may be reported from it.

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
    p_relative     DOUBLE,                      -- half of the curve's own way, on the p scale
    p_absolute     DOUBLE,                      -- 50 % between the controls; NULL where never reached
    half_effect    VARCHAR NOT NULL DEFAULT ''  -- which of the two p_value is
                   CHECK (half_effect IN ('', 'relative', 'absolute', 'either')),
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
