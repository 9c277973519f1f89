-- Models by version: which data a model saw, what it was, and what it said of which compound.
-- dataset (snapshot) -> model_version -> prediction_run -> model_prediction. All of it is appended:
-- a model that is trained again is a new version, and what the old one said stays.
-- (`model_card` and `prediction` belong to a campaign's cycles.)

CREATE TABLE model_version (
    version_id      VARCHAR PRIMARY KEY,        -- jak1_pki/v3
    endpoint        VARCHAR NOT NULL,
    version         INTEGER NOT NULL CHECK (version > 0),
    kind            VARCHAR NOT NULL,           -- local, message_passing, ...
    model_hash      VARCHAR NOT NULL,           -- of training data and settings
    snapshot        VARCHAR NOT NULL REFERENCES snapshot (snapshot),
    snapshot_sha256 VARCHAR NOT NULL,           -- the snapshot's when the model was trained
    seed            BIGINT NOT NULL,
    settings        JSON NOT NULL,
    metrics         JSON NOT NULL,              -- name to number; null where it was not computed
    card            JSON NOT NULL,
    artefact        VARCHAR NOT NULL,           -- folder, relative to the project file's
    parent          VARCHAR REFERENCES model_version (version_id),  -- the version it takes over from
    reason          VARCHAR NOT NULL,           -- why it was trained
    software        VARCHAR NOT NULL,           -- molagent and its version
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (endpoint, version),
    UNIQUE (endpoint, model_hash)
);

-- One answer of one version to one list of compounds.
CREATE SEQUENCE prediction_run_seq;
CREATE TABLE prediction_run (
    prediction_run BIGINT PRIMARY KEY DEFAULT nextval('prediction_run_seq'),
    version_id     VARCHAR NOT NULL REFERENCES model_version (version_id),
    purpose        VARCHAR NOT NULL,            -- what was asked for: 'all compounds', 'order 12'
    n_rows         BIGINT NOT NULL CHECK (n_rows >= 0),
    sha256         VARCHAR NOT NULL,            -- of its rows, by SMILES
    predicted_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (version_id, sha256)
);
-- Not audited row by row: the run's hash covers its rows.
CREATE TABLE model_prediction (
    prediction_run BIGINT NOT NULL REFERENCES prediction_run (prediction_run),
    smiles         VARCHAR NOT NULL,            -- as the model was asked
    compound_id    VARCHAR,                     -- where it is registered
    mean           DOUBLE,                      -- NULL where the model cannot tell
    std            DOUBLE CHECK (std >= 0),
    lo             DOUBLE,                      -- 90 % interval of a new measurement
    hi             DOUBLE,
    band           VARCHAR NOT NULL,            -- in, near, out of the domain; '' unknown
    in_domain      BOOLEAN NOT NULL,
    model_hash     VARCHAR NOT NULL,
    PRIMARY KEY (prediction_run, smiles),
    CHECK (lo <= mean AND mean <= hi)
);

-- What the newest version says of each compound it was asked about, its newest answer.
CREATE VIEW current_prediction AS
SELECT v.endpoint, v.version, p.* EXCLUDE (prediction_run), r.predicted_at
FROM model_prediction p
JOIN prediction_run r USING (prediction_run)
JOIN model_version v USING (version_id)
WHERE v.version = (SELECT max(w.version) FROM model_version w WHERE w.endpoint = v.endpoint)
QUALIFY row_number() OVER (PARTITION BY v.endpoint, p.smiles ORDER BY p.prediction_run DESC) = 1;
