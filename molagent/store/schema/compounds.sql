-- Files and structures: what was read, and which compound each row of it is.
-- Tables of facts are append-only. Raw input is kept beside the standardised parent.

-- A registered substance: a standardised parent structure and, where that does not say it all, what
-- tells it apart from other substances of that parent (isotopes, racemic or relative stereo, an
-- axis). Models, searches and patents work on the parent.
CREATE TABLE compound (
    compound_id   VARCHAR PRIMARY KEY,          -- MA-000001
    smiles        VARCHAR NOT NULL,             -- canonical SMILES of the parent
    inchikey      VARCHAR NOT NULL,             -- of the parent
    connectivity  VARCHAR NOT NULL,             -- first block of the InChIKey: stereo and isotopes ignored
    scaffold      VARCHAR NOT NULL,             -- Bemis-Murcko scaffold; '' for acyclic compounds
    standardizer  VARCHAR NOT NULL,             -- name and version, with RDKit's version
    registered_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    substance     VARCHAR NOT NULL DEFAULT '',  -- tag among those of one parent; '' is the parent itself
    structure     VARCHAR NOT NULL DEFAULT '',  -- CXSMILES of a tagged one; '' where smiles says it all
    UNIQUE (inchikey, substance)
);
-- By which rows of files and frames know a substance: its InChIKey, and behind a slash its tag.
CREATE MACRO substance_key(parent_key, tag) AS concat_ws('/', parent_key, nullif(tag, ''));

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
    read_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    kind      VARCHAR DEFAULT 'results'         -- what it brought: results, plates, points, structures, orders
);

-- Every structure text as it stood in a file; never overwritten.
CREATE TABLE compound_raw (
    file_id     VARCHAR NOT NULL REFERENCES source_file (file_id),
    source_row  INTEGER NOT NULL,               -- 1-based; the header is row 1
    compound_id VARCHAR NOT NULL REFERENCES compound (compound_id),
    raw_smiles  VARCHAR NOT NULL,
    name        VARCHAR,
    -- What standardisation took away from this very row.
    format      VARCHAR DEFAULT 'smiles',       -- smiles, molblock
    salt        VARCHAR,                        -- what was stripped: 'Cl.Cl'
    stereo_note VARCHAR,                        -- 'racemic 2', 'unknown 1; isotopes: 3 x 2H'
    PRIMARY KEY (file_id, source_row)
);

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

-- A file's own bytes, kept so that a value can be read again where it was read first.
CREATE TABLE raw_file (
    sha256  VARCHAR PRIMARY KEY,                -- of the bytes as they were read
    name    VARCHAR NOT NULL,                   -- without its folder
    bytes   BIGINT NOT NULL CHECK (bytes >= 0),
    stored  BIGINT NOT NULL CHECK (stored >= 0),    -- bytes after compression
    codec   VARCHAR NOT NULL,                   -- zlib
    parts   INTEGER NOT NULL CHECK (parts > 0),
    kept_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
-- Not audited row by row: the hash of a file's bytes is its key.
CREATE TABLE raw_part (
    sha256  VARCHAR NOT NULL,
    part    INTEGER NOT NULL,                   -- from 0
    content BLOB NOT NULL,
    PRIMARY KEY (sha256, part)
);
