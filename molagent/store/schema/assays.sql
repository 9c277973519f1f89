-- What a value refers to: the document, the target, the assay and how it was done, the stuff in the
-- vial, the day's run.

CREATE TYPE relation AS ENUM ('=', '<', '>', '<=', '>=', '~');
CREATE TYPE validity AS ENUM ('valid', 'suspect', 'invalid');
CREATE TYPE better AS ENUM ('lower', 'higher');
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
    'volume_per_weight',                        -- volume of distribution: L/kg
    'class',                                    -- one of two: 0 or 1
    'signal'                                    -- counts of an instrument: arbitrary
);

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

CREATE TABLE assay (
    assay_id VARCHAR PRIMARY KEY,               -- the endpoint's name, or that with a suffix
    endpoint VARCHAR NOT NULL,                  -- jak1_pki
    target   VARCHAR,                           -- JAK1
    quantity VARCHAR NOT NULL,                  -- Ki, IC50, EC50, Kd
    source   VARCHAR,                           -- where the data is from, in words
    licence  VARCHAR
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
