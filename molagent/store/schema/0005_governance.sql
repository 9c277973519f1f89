-- Governance: who wrote what and when, which data a model saw, who may see which series.
--
-- The audit trail is written by triggers, so that nobody has to remember it. One statement on a
-- table of facts appends one `audit_entry` for each of its rows and one `audit_link` for all of them.
-- An entry's hash covers its text and the hash of the link before; a link's hash covers the hashes of
-- its entries, in order, and the hash of the link before. DuckDB 2.0 refuses ON CONFLICT DO UPDATE,
-- INSERT OR REPLACE and MERGE on a table with such triggers: write INSERT ... ON CONFLICT DO NOTHING,
-- or UPDATE and INSERT. It also turns an UPDATE there into a delete and an insert: rows that a
-- foreign key points to cannot be updated, and a transaction that rewrites more than a row group
-- (122,880 rows) of one table fails and is rolled back. A later migration that adds a table of facts adds its three triggers and,
-- where the table has rows, their baseline.

-- ── the trail ───────────────────────────────────────────────────────────────────────────────────

CREATE TABLE audit_entry (
    seq         BIGINT NOT NULL,                -- from 1, without gaps
    recorded_at TIMESTAMPTZ NOT NULL,           -- when the transaction began
    actor       VARCHAR NOT NULL,               -- 'unknown' where something else than molagent wrote
    origin      VARCHAR NOT NULL,               -- what was done: 'ingest jak1.csv'
    table_name  VARCHAR NOT NULL,
    action      VARCHAR NOT NULL,               -- insert, update, delete; baseline: was there before
    row_key     VARCHAR NOT NULL,               -- the primary key, parts joined by '/'
    before      JSON,                           -- NULL for an insert
    after       JSON,                           -- NULL for a delete
    prev_hash   VARCHAR NOT NULL,               -- hash of the link before this entry's
    hash        VARCHAR NOT NULL                -- SHA-256, hex
);

CREATE TABLE audit_link (
    link      BIGINT NOT NULL,                  -- from 0, without gaps
    first_seq BIGINT NOT NULL,
    last_seq  BIGINT NOT NULL,
    prev_hash VARCHAR NOT NULL,
    digest    VARCHAR NOT NULL,                 -- of the entries' hashes, in order
    hash      VARCHAR NOT NULL
);
-- Every project begins with a link of its own: a trail cannot be taken over from another project.
INSERT INTO audit_link
SELECT 0, 0, 0, '', digest, sha256(concat('', chr(10), 0, chr(10), 0, chr(10), 0, chr(10), digest))
FROM (SELECT sha256(CAST(uuid() AS VARCHAR)) AS digest);

CREATE VIEW audit_head AS SELECT link, last_seq, hash FROM audit_link ORDER BY link DESC LIMIT 1;

CREATE MACRO audit_actor() AS coalesce(getvariable('molagent_actor'), 'unknown');
CREATE MACRO audit_origin() AS coalesce(getvariable('molagent_origin'), '');
-- Fields end with a line feed; free text is a JSON string, which has none, so no two rows give the
-- same text.
CREATE MACRO audit_row(head, ordinal, tab, act, k, bef, aft) AS {
    'seq': head.last_seq + ordinal,
    'recorded_at': now(),
    'actor': audit_actor(),
    'origin': audit_origin(),
    'table_name': tab,
    'action': act,
    'row_key': CAST(k AS VARCHAR),
    'before': CAST(bef AS JSON),
    'after': CAST(aft AS JSON),
    'prev_hash': head.hash,
    'hash': sha256(concat(
        head.hash, chr(10), head.last_seq + ordinal, chr(10), epoch_us(now()), chr(10),
        to_json(audit_actor()), chr(10), to_json(audit_origin()), chr(10), tab, chr(10), act, chr(10),
        to_json(CAST(k AS VARCHAR)), chr(10), bef, chr(10), aft))
};

CREATE TRIGGER audit_link_insert AFTER INSERT ON audit_entry
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_link
    SELECT h.link + 1, g.first_seq, g.last_seq, h.hash, g.digest,
           sha256(concat(h.hash, chr(10), h.link + 1, chr(10), g.first_seq, chr(10), g.last_seq,
                         chr(10), g.digest))
    FROM (
        SELECT min(seq) AS first_seq, max(seq) AS last_seq,
               sha256(string_agg(hash, '' ORDER BY seq)) AS digest
        FROM n
    ) g, audit_head h
    WHERE g.first_seq IS NOT NULL;

-- ── raw files ───────────────────────────────────────────────────────────────────────────────────

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

-- ── series ──────────────────────────────────────────────────────────────────────────────────────

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

-- ── snapshots ───────────────────────────────────────────────────────────────────────────────────

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

-- ── what was there before the trail began ───────────────────────────────────────────────────────

INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.compound_id), 'compound', 'baseline',
    n.compound_id, NULL, to_json(n)))
FROM compound n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.file_id, n.source_row), 'compound_raw', 'baseline',
    concat_ws('/', n.file_id, n.source_row), NULL, to_json(n)))
FROM compound_raw n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.compound_id), 'compound_identity', 'baseline',
    n.compound_id, NULL, to_json(n)))
FROM compound_identity n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.system, n.alias, n.compound_id), 'compound_alias', 'baseline',
    concat_ws('/', n.system, n.alias, n.compound_id), NULL, to_json(n)))
FROM compound_alias n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.file_id), 'source_file', 'baseline',
    n.file_id, NULL, to_json(n)))
FROM source_file n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.document_id), 'document', 'baseline',
    n.document_id, NULL, to_json(n)))
FROM document n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.target_id), 'target', 'baseline',
    n.target_id, NULL, to_json(n)))
FROM target n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.assay_id), 'assay', 'baseline',
    n.assay_id, NULL, to_json(n)))
FROM assay n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.assay_id), 'assay_protocol', 'baseline',
    n.assay_id, NULL, to_json(n)))
FROM assay_protocol n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.batch_id), 'batch', 'baseline',
    n.batch_id, NULL, to_json(n)))
FROM batch n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.run_id), 'run', 'baseline',
    n.run_id, NULL, to_json(n)))
FROM run n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.plate_id), 'plate', 'baseline',
    n.plate_id, NULL, to_json(n)))
FROM plate n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.plate_id, n.well_row, n.well_column), 'well', 'baseline',
    concat_ws('/', n.plate_id, n.well_row, n.well_column), NULL, to_json(n)))
FROM well n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.plate_id, n.method), 'plate_qc', 'baseline',
    concat_ws('/', n.plate_id, n.method), NULL, to_json(n)))
FROM plate_qc n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.result_id), 'result', 'baseline',
    n.result_id, NULL, to_json(n)))
FROM result n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.correction_id), 'correction', 'baseline',
    n.correction_id, NULL, to_json(n)))
FROM correction n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.file_id, n.source_row, n.field), 'rejection', 'baseline',
    concat_ws('/', n.file_id, n.source_row, n.field), NULL, to_json(n)))
FROM rejection n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.curve_id), 'curve', 'baseline',
    n.curve_id, NULL, to_json(n)))
FROM curve n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.curve_id, n.ordinal), 'curve_point', 'baseline',
    concat_ws('/', n.curve_id, n.ordinal), NULL, to_json(n)))
FROM curve_point n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.order_id), 'batch_order', 'baseline',
    n.order_id, NULL, to_json(n)))
FROM batch_order n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.order_id, n.line), 'order_line', 'baseline',
    concat_ws('/', n.order_id, n.line), NULL, to_json(n)))
FROM order_line n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.event_id), 'order_event', 'baseline',
    n.event_id, NULL, to_json(n)))
FROM order_event n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.campaign_id, n.cycle, n.ordinal), 'decision', 'baseline',
    concat_ws('/', n.campaign_id, n.cycle, n.ordinal), NULL, to_json(n)))
FROM decision n, audit_head h;
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY n.campaign_id, n.cycle, n.rank), 'shortlist', 'baseline',
    concat_ws('/', n.campaign_id, n.cycle, n.rank), NULL, to_json(n)))
FROM shortlist n, audit_head h;

-- ── triggers, three a table of facts ────────────────────────────────────────────────────────────

CREATE TRIGGER audit_compound_insert AFTER INSERT ON compound
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound', 'insert', n.compound_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_compound_update AFTER UPDATE ON compound
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound', 'update', compound_id,
        CASE WHEN o.compound_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.compound_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (compound_id), audit_head h;
CREATE TRIGGER audit_compound_delete AFTER DELETE ON compound
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound', 'delete', o.compound_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_compound_raw_insert AFTER INSERT ON compound_raw
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_raw', 'insert', concat_ws('/', n.file_id, n.source_row),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_compound_raw_update AFTER UPDATE ON compound_raw
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_raw', 'update', concat_ws('/', file_id, source_row),
        CASE WHEN o.file_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.file_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (file_id, source_row), audit_head h;
CREATE TRIGGER audit_compound_raw_delete AFTER DELETE ON compound_raw
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_raw', 'delete', concat_ws('/', o.file_id, o.source_row),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_compound_identity_insert AFTER INSERT ON compound_identity
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_identity', 'insert', n.compound_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_compound_identity_update AFTER UPDATE ON compound_identity
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_identity', 'update', compound_id,
        CASE WHEN o.compound_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.compound_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (compound_id), audit_head h;
CREATE TRIGGER audit_compound_identity_delete AFTER DELETE ON compound_identity
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_identity', 'delete', o.compound_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_compound_alias_insert AFTER INSERT ON compound_alias
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_alias', 'insert', concat_ws('/', n.system, n.alias, n.compound_id),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_compound_alias_update AFTER UPDATE ON compound_alias
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_alias', 'update', concat_ws('/', system, alias, compound_id),
        CASE WHEN o.system IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.system IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (system, alias, compound_id), audit_head h;
CREATE TRIGGER audit_compound_alias_delete AFTER DELETE ON compound_alias
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_alias', 'delete', concat_ws('/', o.system, o.alias, o.compound_id),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_source_file_insert AFTER INSERT ON source_file
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'source_file', 'insert', n.file_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_source_file_update AFTER UPDATE ON source_file
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'source_file', 'update', file_id,
        CASE WHEN o.file_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.file_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (file_id), audit_head h;
CREATE TRIGGER audit_source_file_delete AFTER DELETE ON source_file
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'source_file', 'delete', o.file_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_document_insert AFTER INSERT ON document
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'document', 'insert', n.document_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_document_update AFTER UPDATE ON document
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'document', 'update', document_id,
        CASE WHEN o.document_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.document_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (document_id), audit_head h;
CREATE TRIGGER audit_document_delete AFTER DELETE ON document
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'document', 'delete', o.document_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_target_insert AFTER INSERT ON target
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'target', 'insert', n.target_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_target_update AFTER UPDATE ON target
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'target', 'update', target_id,
        CASE WHEN o.target_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.target_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (target_id), audit_head h;
CREATE TRIGGER audit_target_delete AFTER DELETE ON target
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'target', 'delete', o.target_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_assay_insert AFTER INSERT ON assay
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay', 'insert', n.assay_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_assay_update AFTER UPDATE ON assay
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay', 'update', assay_id,
        CASE WHEN o.assay_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.assay_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (assay_id), audit_head h;
CREATE TRIGGER audit_assay_delete AFTER DELETE ON assay
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay', 'delete', o.assay_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_assay_protocol_insert AFTER INSERT ON assay_protocol
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay_protocol', 'insert', n.assay_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_assay_protocol_update AFTER UPDATE ON assay_protocol
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay_protocol', 'update', assay_id,
        CASE WHEN o.assay_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.assay_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (assay_id), audit_head h;
CREATE TRIGGER audit_assay_protocol_delete AFTER DELETE ON assay_protocol
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay_protocol', 'delete', o.assay_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_batch_insert AFTER INSERT ON batch
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch', 'insert', n.batch_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_batch_update AFTER UPDATE ON batch
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch', 'update', batch_id,
        CASE WHEN o.batch_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.batch_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (batch_id), audit_head h;
CREATE TRIGGER audit_batch_delete AFTER DELETE ON batch
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch', 'delete', o.batch_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_run_insert AFTER INSERT ON run
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'run', 'insert', n.run_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_run_update AFTER UPDATE ON run
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'run', 'update', run_id,
        CASE WHEN o.run_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.run_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (run_id), audit_head h;
CREATE TRIGGER audit_run_delete AFTER DELETE ON run
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'run', 'delete', o.run_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_plate_insert AFTER INSERT ON plate
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate', 'insert', n.plate_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_plate_update AFTER UPDATE ON plate
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate', 'update', plate_id,
        CASE WHEN o.plate_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.plate_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (plate_id), audit_head h;
CREATE TRIGGER audit_plate_delete AFTER DELETE ON plate
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate', 'delete', o.plate_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_well_insert AFTER INSERT ON well
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'well', 'insert', concat_ws('/', n.plate_id, n.well_row, n.well_column),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_well_update AFTER UPDATE ON well
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'well', 'update', concat_ws('/', plate_id, well_row, well_column),
        CASE WHEN o.plate_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.plate_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (plate_id, well_row, well_column), audit_head h;
CREATE TRIGGER audit_well_delete AFTER DELETE ON well
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'well', 'delete', concat_ws('/', o.plate_id, o.well_row, o.well_column),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_plate_qc_insert AFTER INSERT ON plate_qc
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate_qc', 'insert', concat_ws('/', n.plate_id, n.method),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_plate_qc_update AFTER UPDATE ON plate_qc
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate_qc', 'update', concat_ws('/', plate_id, method),
        CASE WHEN o.plate_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.plate_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (plate_id, method), audit_head h;
CREATE TRIGGER audit_plate_qc_delete AFTER DELETE ON plate_qc
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate_qc', 'delete', concat_ws('/', o.plate_id, o.method),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_result_insert AFTER INSERT ON result
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'result', 'insert', n.result_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_result_update AFTER UPDATE ON result
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'result', 'update', result_id,
        CASE WHEN o.result_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.result_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (result_id), audit_head h;
CREATE TRIGGER audit_result_delete AFTER DELETE ON result
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'result', 'delete', o.result_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_correction_insert AFTER INSERT ON correction
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'correction', 'insert', n.correction_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_correction_update AFTER UPDATE ON correction
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'correction', 'update', correction_id,
        CASE WHEN o.correction_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.correction_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (correction_id), audit_head h;
CREATE TRIGGER audit_correction_delete AFTER DELETE ON correction
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'correction', 'delete', o.correction_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_rejection_insert AFTER INSERT ON rejection
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'rejection', 'insert', concat_ws('/', n.file_id, n.source_row, n.field),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_rejection_update AFTER UPDATE ON rejection
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'rejection', 'update', concat_ws('/', file_id, source_row, field),
        CASE WHEN o.file_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.file_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (file_id, source_row, field), audit_head h;
CREATE TRIGGER audit_rejection_delete AFTER DELETE ON rejection
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'rejection', 'delete', concat_ws('/', o.file_id, o.source_row, o.field),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_curve_insert AFTER INSERT ON curve
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve', 'insert', n.curve_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_curve_update AFTER UPDATE ON curve
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve', 'update', curve_id,
        CASE WHEN o.curve_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.curve_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (curve_id), audit_head h;
CREATE TRIGGER audit_curve_delete AFTER DELETE ON curve
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve', 'delete', o.curve_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_curve_point_insert AFTER INSERT ON curve_point
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve_point', 'insert', concat_ws('/', n.curve_id, n.ordinal),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_curve_point_update AFTER UPDATE ON curve_point
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve_point', 'update', concat_ws('/', curve_id, ordinal),
        CASE WHEN o.curve_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.curve_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (curve_id, ordinal), audit_head h;
CREATE TRIGGER audit_curve_point_delete AFTER DELETE ON curve_point
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve_point', 'delete', concat_ws('/', o.curve_id, o.ordinal),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_batch_order_insert AFTER INSERT ON batch_order
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch_order', 'insert', n.order_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_batch_order_update AFTER UPDATE ON batch_order
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch_order', 'update', order_id,
        CASE WHEN o.order_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.order_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (order_id), audit_head h;
CREATE TRIGGER audit_batch_order_delete AFTER DELETE ON batch_order
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch_order', 'delete', o.order_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_order_line_insert AFTER INSERT ON order_line
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_line', 'insert', concat_ws('/', n.order_id, n.line),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_order_line_update AFTER UPDATE ON order_line
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_line', 'update', concat_ws('/', order_id, line),
        CASE WHEN o.order_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.order_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (order_id, line), audit_head h;
CREATE TRIGGER audit_order_line_delete AFTER DELETE ON order_line
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_line', 'delete', concat_ws('/', o.order_id, o.line),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_order_event_insert AFTER INSERT ON order_event
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_event', 'insert', n.event_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_order_event_update AFTER UPDATE ON order_event
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_event', 'update', event_id,
        CASE WHEN o.event_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.event_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (event_id), audit_head h;
CREATE TRIGGER audit_order_event_delete AFTER DELETE ON order_event
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_event', 'delete', o.event_id,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_decision_insert AFTER INSERT ON decision
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'decision', 'insert', concat_ws('/', n.campaign_id, n.cycle, n.ordinal),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_decision_update AFTER UPDATE ON decision
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'decision', 'update', concat_ws('/', campaign_id, cycle, ordinal),
        CASE WHEN o.campaign_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.campaign_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (campaign_id, cycle, ordinal), audit_head h;
CREATE TRIGGER audit_decision_delete AFTER DELETE ON decision
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'decision', 'delete', concat_ws('/', o.campaign_id, o.cycle, o.ordinal),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_shortlist_insert AFTER INSERT ON shortlist
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'shortlist', 'insert', concat_ws('/', n.campaign_id, n.cycle, n.rank),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_shortlist_update AFTER UPDATE ON shortlist
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'shortlist', 'update', concat_ws('/', campaign_id, cycle, rank),
        CASE WHEN o.campaign_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.campaign_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (campaign_id, cycle, rank), audit_head h;
CREATE TRIGGER audit_shortlist_delete AFTER DELETE ON shortlist
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'shortlist', 'delete', concat_ws('/', o.campaign_id, o.cycle, o.rank),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_raw_file_insert AFTER INSERT ON raw_file
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'raw_file', 'insert', n.sha256,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_raw_file_update AFTER UPDATE ON raw_file
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'raw_file', 'update', sha256,
        CASE WHEN o.sha256 IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.sha256 IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (sha256), audit_head h;
CREATE TRIGGER audit_raw_file_delete AFTER DELETE ON raw_file
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'raw_file', 'delete', o.sha256,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_series_insert AFTER INSERT ON series
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series', 'insert', n.series,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_series_update AFTER UPDATE ON series
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series', 'update', series,
        CASE WHEN o.series IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.series IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (series), audit_head h;
CREATE TRIGGER audit_series_delete AFTER DELETE ON series
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series', 'delete', o.series,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_series_compound_insert AFTER INSERT ON series_compound
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series_compound', 'insert', concat_ws('/', n.series, n.compound_id),
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_series_compound_update AFTER UPDATE ON series_compound
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series_compound', 'update', concat_ws('/', series, compound_id),
        CASE WHEN o.series IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.series IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (series, compound_id), audit_head h;
CREATE TRIGGER audit_series_compound_delete AFTER DELETE ON series_compound
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series_compound', 'delete', concat_ws('/', o.series, o.compound_id),
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_snapshot_insert AFTER INSERT ON snapshot
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'snapshot', 'insert', n.snapshot,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_snapshot_update AFTER UPDATE ON snapshot
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'snapshot', 'update', snapshot,
        CASE WHEN o.snapshot IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.snapshot IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (snapshot), audit_head h;
CREATE TRIGGER audit_snapshot_delete AFTER DELETE ON snapshot
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'snapshot', 'delete', o.snapshot,
        to_json(o), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_restoration_insert AFTER INSERT ON restoration
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'restoration', 'insert', n.restoration_id,
        NULL, to_json(n)))
    FROM n, audit_head h;
CREATE TRIGGER audit_restoration_update AFTER UPDATE ON restoration
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'restoration', 'update', restoration_id,
        CASE WHEN o.restoration_id IS NOT NULL THEN to_json(o) END,
        CASE WHEN n.restoration_id IS NOT NULL THEN to_json(n) END))
    FROM o FULL JOIN n USING (restoration_id), audit_head h;
CREATE TRIGGER audit_restoration_delete AFTER DELETE ON restoration
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'restoration', 'delete', o.restoration_id,
        to_json(o), NULL))
    FROM o, audit_head h;
