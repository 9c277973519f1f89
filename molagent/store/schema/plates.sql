-- Plates: which signal came from which well, and whether the plate may be believed.

CREATE TYPE well_role AS ENUM ('sample', 'pos', 'neg', 'ref', 'empty');
CREATE TYPE qc_verdict AS ENUM ('pass', 'fail', 'unknown');
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
