-- One release folder: publications, structures, where a structure is mentioned. The file is built
-- beside the one in use and moved into its place when it is whole, so it never changes afterwards.

-- What the folder is, one row. 'build' ties the tables to release.json: if they differ, one of the
-- two is of another sync.
CREATE TABLE release (
    build      VARCHAR NOT NULL,
    name       VARCHAR NOT NULL,
    scope      VARCHAR NOT NULL,
    licence    VARCHAR NOT NULL,
    source     VARCHAR NOT NULL,
    visibility VARCHAR NOT NULL,            -- 'public', 'own', 'client'
    client     VARCHAR NOT NULL,            -- whose disclosures, '' unless 'client'
    built_on   DATE NOT NULL
);

-- Files that were read, by what was in them.
CREATE TABLE source_file (
    file_id  INTEGER NOT NULL,
    name     VARCHAR NOT NULL,
    format   VARCHAR NOT NULL,
    sha256   VARCHAR NOT NULL,
    bytes    BIGINT NOT NULL,
    url      VARCHAR,
    n_rows   BIGINT NOT NULL,
    refused  BIGINT NOT NULL
);

-- The bibliographic header of a publication. NULL is "the source does not say".
CREATE TABLE patent (
    patent_id          BIGINT NOT NULL,
    publication_number VARCHAR NOT NULL,    -- CC-NUMBER-KIND
    given_number       VARCHAR NOT NULL,    -- as the source writes it
    country            VARCHAR,
    kind               VARCHAR,
    publication_date   DATE,
    family_id          VARCHAR,
    title              VARCHAR,
    assignees          VARCHAR[] NOT NULL,
    cpc                VARCHAR[] NOT NULL,
    ipc                VARCHAR[] NOT NULL,
    url                VARCHAR
);

-- One row a standardised parent, then one row a structure that has none; 'row' is the row of the
-- index. 'flag' is '' or one of the quality flags: such a structure is kept, never dropped.
CREATE TABLE compound (
    "row"    BIGINT NOT NULL,
    parent   VARCHAR,                       -- NULL: unreadable, never matched
    inchikey VARCHAR,
    flag     VARCHAR NOT NULL,
    reason   VARCHAR NOT NULL
);

-- A structure as the source has it: several ids can stand for one parent.
CREATE TABLE source_compound (
    source_no BIGINT NOT NULL,
    source_id VARCHAR,                      -- SCHEMBL..., BindingDB monomer id, own registry number
    smiles    VARCHAR NOT NULL,             -- as given; a molblock as the SMILES it was read as
    "row"     BIGINT NOT NULL
);

-- One structure in one publication, sorted by row.
CREATE TABLE mention (
    "row"     BIGINT NOT NULL,
    patent_id BIGINT NOT NULL,
    source_no BIGINT NOT NULL,
    sections  UTINYINT NOT NULL,            -- 1 claims, 2 description, 4 abstract, 8 title, 16 image, 32 attachment
    route     VARCHAR NOT NULL,             -- 'text', 'image', 'attachment', 'curated', 'own'
    label     VARCHAR,                      -- name or example number, as given
    place     VARCHAR                       -- file:row
);
