-- The audit trail's second form, which costs half of the first. Who wrote, when and why stands once,
-- with the statement's link. A row is a JSON array of its values; the first entry of a statement
-- carries the names of the columns. The text is compressed as it is written. What was written before
-- stays what it was, with its hashes (form 1), and the chain goes on from its last link.
--
-- An entry's hash covers its text; a link's covers the hashes of its entries, in order, who, when and
-- why, and the hash of the link before. Read the view audit_trail: it shows both forms alike.
-- A later migration that adds a table of facts adds its three triggers as they are below.

-- ── the trail ───────────────────────────────────────────────────────────────────────────────────

DROP TRIGGER audit_compound_insert ON compound;
DROP TRIGGER audit_compound_update ON compound;
DROP TRIGGER audit_compound_delete ON compound;
DROP TRIGGER audit_compound_raw_insert ON compound_raw;
DROP TRIGGER audit_compound_raw_update ON compound_raw;
DROP TRIGGER audit_compound_raw_delete ON compound_raw;
DROP TRIGGER audit_compound_identity_insert ON compound_identity;
DROP TRIGGER audit_compound_identity_update ON compound_identity;
DROP TRIGGER audit_compound_identity_delete ON compound_identity;
DROP TRIGGER audit_compound_alias_insert ON compound_alias;
DROP TRIGGER audit_compound_alias_update ON compound_alias;
DROP TRIGGER audit_compound_alias_delete ON compound_alias;
DROP TRIGGER audit_source_file_insert ON source_file;
DROP TRIGGER audit_source_file_update ON source_file;
DROP TRIGGER audit_source_file_delete ON source_file;
DROP TRIGGER audit_document_insert ON document;
DROP TRIGGER audit_document_update ON document;
DROP TRIGGER audit_document_delete ON document;
DROP TRIGGER audit_target_insert ON target;
DROP TRIGGER audit_target_update ON target;
DROP TRIGGER audit_target_delete ON target;
DROP TRIGGER audit_assay_insert ON assay;
DROP TRIGGER audit_assay_update ON assay;
DROP TRIGGER audit_assay_delete ON assay;
DROP TRIGGER audit_assay_protocol_insert ON assay_protocol;
DROP TRIGGER audit_assay_protocol_update ON assay_protocol;
DROP TRIGGER audit_assay_protocol_delete ON assay_protocol;
DROP TRIGGER audit_batch_insert ON batch;
DROP TRIGGER audit_batch_update ON batch;
DROP TRIGGER audit_batch_delete ON batch;
DROP TRIGGER audit_run_insert ON run;
DROP TRIGGER audit_run_update ON run;
DROP TRIGGER audit_run_delete ON run;
DROP TRIGGER audit_plate_insert ON plate;
DROP TRIGGER audit_plate_update ON plate;
DROP TRIGGER audit_plate_delete ON plate;
DROP TRIGGER audit_well_insert ON well;
DROP TRIGGER audit_well_update ON well;
DROP TRIGGER audit_well_delete ON well;
DROP TRIGGER audit_plate_qc_insert ON plate_qc;
DROP TRIGGER audit_plate_qc_update ON plate_qc;
DROP TRIGGER audit_plate_qc_delete ON plate_qc;
DROP TRIGGER audit_result_insert ON result;
DROP TRIGGER audit_result_update ON result;
DROP TRIGGER audit_result_delete ON result;
DROP TRIGGER audit_correction_insert ON correction;
DROP TRIGGER audit_correction_update ON correction;
DROP TRIGGER audit_correction_delete ON correction;
DROP TRIGGER audit_rejection_insert ON rejection;
DROP TRIGGER audit_rejection_update ON rejection;
DROP TRIGGER audit_rejection_delete ON rejection;
DROP TRIGGER audit_curve_insert ON curve;
DROP TRIGGER audit_curve_update ON curve;
DROP TRIGGER audit_curve_delete ON curve;
DROP TRIGGER audit_curve_point_insert ON curve_point;
DROP TRIGGER audit_curve_point_update ON curve_point;
DROP TRIGGER audit_curve_point_delete ON curve_point;
DROP TRIGGER audit_batch_order_insert ON batch_order;
DROP TRIGGER audit_batch_order_update ON batch_order;
DROP TRIGGER audit_batch_order_delete ON batch_order;
DROP TRIGGER audit_order_line_insert ON order_line;
DROP TRIGGER audit_order_line_update ON order_line;
DROP TRIGGER audit_order_line_delete ON order_line;
DROP TRIGGER audit_order_event_insert ON order_event;
DROP TRIGGER audit_order_event_update ON order_event;
DROP TRIGGER audit_order_event_delete ON order_event;
DROP TRIGGER audit_decision_insert ON decision;
DROP TRIGGER audit_decision_update ON decision;
DROP TRIGGER audit_decision_delete ON decision;
DROP TRIGGER audit_shortlist_insert ON shortlist;
DROP TRIGGER audit_shortlist_update ON shortlist;
DROP TRIGGER audit_shortlist_delete ON shortlist;
DROP TRIGGER audit_raw_file_insert ON raw_file;
DROP TRIGGER audit_raw_file_update ON raw_file;
DROP TRIGGER audit_raw_file_delete ON raw_file;
DROP TRIGGER audit_series_insert ON series;
DROP TRIGGER audit_series_update ON series;
DROP TRIGGER audit_series_delete ON series;
DROP TRIGGER audit_series_compound_insert ON series_compound;
DROP TRIGGER audit_series_compound_update ON series_compound;
DROP TRIGGER audit_series_compound_delete ON series_compound;
DROP TRIGGER audit_snapshot_insert ON snapshot;
DROP TRIGGER audit_snapshot_update ON snapshot;
DROP TRIGGER audit_snapshot_delete ON snapshot;
DROP TRIGGER audit_restoration_insert ON restoration;
DROP TRIGGER audit_restoration_update ON restoration;
DROP TRIGGER audit_restoration_delete ON restoration;
DROP TRIGGER audit_model_version_insert ON model_version;
DROP TRIGGER audit_model_version_update ON model_version;
DROP TRIGGER audit_model_version_delete ON model_version;
DROP TRIGGER audit_prediction_run_insert ON prediction_run;
DROP TRIGGER audit_prediction_run_update ON prediction_run;
DROP TRIGGER audit_prediction_run_delete ON prediction_run;
DROP TRIGGER audit_link_insert ON audit_entry;
DROP MACRO audit_row;
DROP VIEW audit_head;
ALTER TABLE audit_link RENAME TO audit_link_before;
ALTER TABLE audit_entry RENAME TO audit_entry_before;

-- One statement on a table of facts.
CREATE TABLE audit_link (
    link        BIGINT NOT NULL,                -- from 0, without gaps
    form        TINYINT NOT NULL,               -- 1: as 0005 wrote it, 2: as below
    recorded_at TIMESTAMPTZ,                    -- when the transaction began; NULL for link 0
    actor       VARCHAR,                        -- 'unknown' where something else than molagent wrote
    origin      VARCHAR,                        -- what was done: 'ingest jak1.csv'
    first_seq   BIGINT NOT NULL,
    last_seq    BIGINT NOT NULL,
    prev_hash   VARCHAR NOT NULL,
    digest      VARCHAR NOT NULL,               -- of the entries' hashes, in order
    hash        VARCHAR NOT NULL
);
-- One row of it.
CREATE TABLE audit_entry (
    seq        BIGINT NOT NULL,                 -- from 1, without gaps
    link       BIGINT NOT NULL,
    table_name VARCHAR NOT NULL,
    action     VARCHAR NOT NULL,                -- insert, update, delete; baseline: was there before
    row_key    VARCHAR NOT NULL,                -- the primary key, parts joined by '/'
    columns    JSON,                            -- form 2: names of the values; first entry of a link
    before     JSON USING COMPRESSION zstd,     -- NULL for an insert
    after      JSON USING COMPRESSION zstd,     -- NULL for a delete
    hash       BLOB USING COMPRESSION uncompressed  -- SHA-256 of the entry's text
);
INSERT INTO audit_link
SELECT k.link, 1, arg_min(e.recorded_at, e.seq), arg_min(e.actor, e.seq), arg_min(e.origin, e.seq),
       k.first_seq, k.last_seq, k.prev_hash, k.digest, k.hash
FROM audit_link_before k
LEFT JOIN audit_entry_before e ON e.seq BETWEEN k.first_seq AND k.last_seq
GROUP BY ALL ORDER BY k.link;
INSERT INTO audit_entry BY NAME
SELECT e.seq, coalesce(k.link, -1) AS link, e.table_name, e.action, e.row_key, e.before, e.after,
       TRY(unhex(e.hash)) AS hash
FROM audit_entry_before e ASOF LEFT JOIN audit_link_before k ON e.seq >= k.first_seq
ORDER BY e.seq;
DROP TABLE audit_entry_before;
DROP TABLE audit_link_before;

CREATE VIEW audit_head AS SELECT link, last_seq, hash FROM audit_link ORDER BY link DESC LIMIT 1;

-- Fields end with a line feed; free text is a JSON string, which has none, so no two rows give the
-- same text.
CREATE MACRO audit_row(head, ordinal, tab, act, k, names, bef, aft) AS {
    'seq': head.last_seq + ordinal,
    'link': head.link + 1,
    'table_name': tab,
    'action': act,
    'row_key': CAST(k AS VARCHAR),
    'columns': CASE WHEN ordinal = 1 THEN to_json(names) END,
    'before': CAST(bef AS JSON),
    'after': CAST(aft AS JSON),
    'hash': unhex(sha256(concat(
        head.last_seq + ordinal, chr(10), tab, chr(10), act, chr(10), to_json(CAST(k AS VARCHAR)),
        chr(10), CASE WHEN ordinal = 1 THEN to_json(names) END, chr(10), bef, chr(10), aft)))
};

CREATE TRIGGER audit_link_insert AFTER INSERT ON audit_entry
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_link
    SELECT h.link + 1, 2, now(), audit_actor(), audit_origin(), g.first_seq, g.last_seq, h.hash,
           g.digest,
           sha256(concat('2', chr(10), h.hash, chr(10), h.link + 1, chr(10), epoch_us(now()), chr(10),
                         to_json(audit_actor()), chr(10), to_json(audit_origin()), chr(10),
                         g.first_seq, chr(10), g.last_seq, chr(10), g.digest))
    FROM (
        SELECT min(seq) AS first_seq, max(seq) AS last_seq,
               sha256(string_agg(lower(hex(hash)), '' ORDER BY seq)) AS digest
        FROM n
    ) g, audit_head h
    WHERE g.first_seq IS NOT NULL;

-- A row's values under the names that were the table's when it was written.
CREATE MACRO audit_object(names, vals) AS CASE
    WHEN vals IS NULL OR names IS NULL THEN vals
    ELSE CAST(concat('{', list_aggregate(list_transform(
        list_zip(json_extract(names, '$[*]'), json_extract(vals, '$[*]')),
        lambda pair: concat(pair[1], ':', pair[2])), 'string_agg', ','), '}') AS JSON)
END;
CREATE VIEW audit_trail AS
SELECT e.seq, e.link, k.recorded_at, k.actor, k.origin, e.table_name, e.action, e.row_key,
       audit_object(f.columns, e.before) AS before, audit_object(f.columns, e.after) AS after
FROM audit_entry e
LEFT JOIN audit_link k USING (link)
LEFT JOIN (SELECT link, columns FROM audit_entry WHERE columns IS NOT NULL) f USING (link);

-- ── triggers, three a table of facts ────────────────────────────────────────────────────────────

CREATE TRIGGER audit_compound_insert AFTER INSERT ON compound
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound', 'insert', n.compound_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_compound_update AFTER UPDATE ON compound
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound', 'update', compound_id,
        c.names, b.vals, a.vals))
    FROM (SELECT compound_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT compound_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (compound_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_compound_delete AFTER DELETE ON compound
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound', 'delete', o.compound_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_compound_raw_insert AFTER INSERT ON compound_raw
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_raw', 'insert', concat_ws('/', n.file_id, n.source_row), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_compound_raw_update AFTER UPDATE ON compound_raw
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_raw', 'update', concat_ws('/', file_id, source_row),
        c.names, b.vals, a.vals))
    FROM (SELECT file_id, source_row, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT file_id, source_row, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (file_id, source_row), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_compound_raw_delete AFTER DELETE ON compound_raw
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_raw', 'delete', concat_ws('/', o.file_id, o.source_row), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_compound_identity_insert AFTER INSERT ON compound_identity
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_identity', 'insert', n.compound_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_compound_identity_update AFTER UPDATE ON compound_identity
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_identity', 'update', compound_id,
        c.names, b.vals, a.vals))
    FROM (SELECT compound_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT compound_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (compound_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_compound_identity_delete AFTER DELETE ON compound_identity
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_identity', 'delete', o.compound_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_compound_alias_insert AFTER INSERT ON compound_alias
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_alias', 'insert', concat_ws('/', n.system, n.alias, n.compound_id), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_compound_alias_update AFTER UPDATE ON compound_alias
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_alias', 'update', concat_ws('/', system, alias, compound_id),
        c.names, b.vals, a.vals))
    FROM (SELECT system, alias, compound_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT system, alias, compound_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (system, alias, compound_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_compound_alias_delete AFTER DELETE ON compound_alias
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'compound_alias', 'delete', concat_ws('/', o.system, o.alias, o.compound_id), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_source_file_insert AFTER INSERT ON source_file
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'source_file', 'insert', n.file_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_source_file_update AFTER UPDATE ON source_file
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'source_file', 'update', file_id,
        c.names, b.vals, a.vals))
    FROM (SELECT file_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT file_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (file_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_source_file_delete AFTER DELETE ON source_file
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'source_file', 'delete', o.file_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_document_insert AFTER INSERT ON document
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'document', 'insert', n.document_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_document_update AFTER UPDATE ON document
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'document', 'update', document_id,
        c.names, b.vals, a.vals))
    FROM (SELECT document_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT document_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (document_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_document_delete AFTER DELETE ON document
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'document', 'delete', o.document_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_target_insert AFTER INSERT ON target
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'target', 'insert', n.target_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_target_update AFTER UPDATE ON target
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'target', 'update', target_id,
        c.names, b.vals, a.vals))
    FROM (SELECT target_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT target_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (target_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_target_delete AFTER DELETE ON target
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'target', 'delete', o.target_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_assay_insert AFTER INSERT ON assay
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay', 'insert', n.assay_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_assay_update AFTER UPDATE ON assay
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay', 'update', assay_id,
        c.names, b.vals, a.vals))
    FROM (SELECT assay_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT assay_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (assay_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_assay_delete AFTER DELETE ON assay
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay', 'delete', o.assay_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_assay_protocol_insert AFTER INSERT ON assay_protocol
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay_protocol', 'insert', n.assay_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_assay_protocol_update AFTER UPDATE ON assay_protocol
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay_protocol', 'update', assay_id,
        c.names, b.vals, a.vals))
    FROM (SELECT assay_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT assay_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (assay_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_assay_protocol_delete AFTER DELETE ON assay_protocol
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'assay_protocol', 'delete', o.assay_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_batch_insert AFTER INSERT ON batch
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch', 'insert', n.batch_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_batch_update AFTER UPDATE ON batch
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch', 'update', batch_id,
        c.names, b.vals, a.vals))
    FROM (SELECT batch_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT batch_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (batch_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_batch_delete AFTER DELETE ON batch
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch', 'delete', o.batch_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_run_insert AFTER INSERT ON run
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'run', 'insert', n.run_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_run_update AFTER UPDATE ON run
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'run', 'update', run_id,
        c.names, b.vals, a.vals))
    FROM (SELECT run_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT run_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (run_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_run_delete AFTER DELETE ON run
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'run', 'delete', o.run_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_plate_insert AFTER INSERT ON plate
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate', 'insert', n.plate_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_plate_update AFTER UPDATE ON plate
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate', 'update', plate_id,
        c.names, b.vals, a.vals))
    FROM (SELECT plate_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT plate_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (plate_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_plate_delete AFTER DELETE ON plate
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate', 'delete', o.plate_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_well_insert AFTER INSERT ON well
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'well', 'insert', concat_ws('/', n.plate_id, n.well_row, n.well_column), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_well_update AFTER UPDATE ON well
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'well', 'update', concat_ws('/', plate_id, well_row, well_column),
        c.names, b.vals, a.vals))
    FROM (SELECT plate_id, well_row, well_column, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT plate_id, well_row, well_column, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (plate_id, well_row, well_column), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_well_delete AFTER DELETE ON well
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'well', 'delete', concat_ws('/', o.plate_id, o.well_row, o.well_column), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_plate_qc_insert AFTER INSERT ON plate_qc
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate_qc', 'insert', concat_ws('/', n.plate_id, n.method), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_plate_qc_update AFTER UPDATE ON plate_qc
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate_qc', 'update', concat_ws('/', plate_id, method),
        c.names, b.vals, a.vals))
    FROM (SELECT plate_id, method, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT plate_id, method, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (plate_id, method), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_plate_qc_delete AFTER DELETE ON plate_qc
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'plate_qc', 'delete', concat_ws('/', o.plate_id, o.method), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_result_insert AFTER INSERT ON result
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'result', 'insert', n.result_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_result_update AFTER UPDATE ON result
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'result', 'update', result_id,
        c.names, b.vals, a.vals))
    FROM (SELECT result_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT result_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (result_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_result_delete AFTER DELETE ON result
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'result', 'delete', o.result_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_correction_insert AFTER INSERT ON correction
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'correction', 'insert', n.correction_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_correction_update AFTER UPDATE ON correction
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'correction', 'update', correction_id,
        c.names, b.vals, a.vals))
    FROM (SELECT correction_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT correction_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (correction_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_correction_delete AFTER DELETE ON correction
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'correction', 'delete', o.correction_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_rejection_insert AFTER INSERT ON rejection
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'rejection', 'insert', concat_ws('/', n.file_id, n.source_row, n.field), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_rejection_update AFTER UPDATE ON rejection
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'rejection', 'update', concat_ws('/', file_id, source_row, field),
        c.names, b.vals, a.vals))
    FROM (SELECT file_id, source_row, field, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT file_id, source_row, field, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (file_id, source_row, field), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_rejection_delete AFTER DELETE ON rejection
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'rejection', 'delete', concat_ws('/', o.file_id, o.source_row, o.field), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_curve_insert AFTER INSERT ON curve
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve', 'insert', n.curve_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_curve_update AFTER UPDATE ON curve
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve', 'update', curve_id,
        c.names, b.vals, a.vals))
    FROM (SELECT curve_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT curve_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (curve_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_curve_delete AFTER DELETE ON curve
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve', 'delete', o.curve_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_curve_point_insert AFTER INSERT ON curve_point
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve_point', 'insert', concat_ws('/', n.curve_id, n.ordinal), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_curve_point_update AFTER UPDATE ON curve_point
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve_point', 'update', concat_ws('/', curve_id, ordinal),
        c.names, b.vals, a.vals))
    FROM (SELECT curve_id, ordinal, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT curve_id, ordinal, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (curve_id, ordinal), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_curve_point_delete AFTER DELETE ON curve_point
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'curve_point', 'delete', concat_ws('/', o.curve_id, o.ordinal), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_batch_order_insert AFTER INSERT ON batch_order
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch_order', 'insert', n.order_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_batch_order_update AFTER UPDATE ON batch_order
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch_order', 'update', order_id,
        c.names, b.vals, a.vals))
    FROM (SELECT order_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT order_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (order_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_batch_order_delete AFTER DELETE ON batch_order
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'batch_order', 'delete', o.order_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_order_line_insert AFTER INSERT ON order_line
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_line', 'insert', concat_ws('/', n.order_id, n.line), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_order_line_update AFTER UPDATE ON order_line
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_line', 'update', concat_ws('/', order_id, line),
        c.names, b.vals, a.vals))
    FROM (SELECT order_id, line, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT order_id, line, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (order_id, line), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_order_line_delete AFTER DELETE ON order_line
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_line', 'delete', concat_ws('/', o.order_id, o.line), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_order_event_insert AFTER INSERT ON order_event
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_event', 'insert', n.event_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_order_event_update AFTER UPDATE ON order_event
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_event', 'update', event_id,
        c.names, b.vals, a.vals))
    FROM (SELECT event_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT event_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (event_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_order_event_delete AFTER DELETE ON order_event
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'order_event', 'delete', o.event_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_decision_insert AFTER INSERT ON decision
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'decision', 'insert', concat_ws('/', n.campaign_id, n.cycle, n.ordinal), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_decision_update AFTER UPDATE ON decision
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'decision', 'update', concat_ws('/', campaign_id, cycle, ordinal),
        c.names, b.vals, a.vals))
    FROM (SELECT campaign_id, cycle, ordinal, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT campaign_id, cycle, ordinal, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (campaign_id, cycle, ordinal), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_decision_delete AFTER DELETE ON decision
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'decision', 'delete', concat_ws('/', o.campaign_id, o.cycle, o.ordinal), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_shortlist_insert AFTER INSERT ON shortlist
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'shortlist', 'insert', concat_ws('/', n.campaign_id, n.cycle, n.rank), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_shortlist_update AFTER UPDATE ON shortlist
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'shortlist', 'update', concat_ws('/', campaign_id, cycle, rank),
        c.names, b.vals, a.vals))
    FROM (SELECT campaign_id, cycle, rank, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT campaign_id, cycle, rank, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (campaign_id, cycle, rank), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_shortlist_delete AFTER DELETE ON shortlist
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'shortlist', 'delete', concat_ws('/', o.campaign_id, o.cycle, o.rank), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_raw_file_insert AFTER INSERT ON raw_file
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'raw_file', 'insert', n.sha256, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_raw_file_update AFTER UPDATE ON raw_file
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'raw_file', 'update', sha256,
        c.names, b.vals, a.vals))
    FROM (SELECT sha256, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT sha256, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (sha256), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_raw_file_delete AFTER DELETE ON raw_file
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'raw_file', 'delete', o.sha256, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_series_insert AFTER INSERT ON series
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series', 'insert', n.series, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_series_update AFTER UPDATE ON series
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series', 'update', series,
        c.names, b.vals, a.vals))
    FROM (SELECT series, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT series, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (series), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_series_delete AFTER DELETE ON series
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series', 'delete', o.series, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_series_compound_insert AFTER INSERT ON series_compound
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series_compound', 'insert', concat_ws('/', n.series, n.compound_id), struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_series_compound_update AFTER UPDATE ON series_compound
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series_compound', 'update', concat_ws('/', series, compound_id),
        c.names, b.vals, a.vals))
    FROM (SELECT series, compound_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT series, compound_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (series, compound_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_series_compound_delete AFTER DELETE ON series_compound
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'series_compound', 'delete', concat_ws('/', o.series, o.compound_id), struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_snapshot_insert AFTER INSERT ON snapshot
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'snapshot', 'insert', n.snapshot, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_snapshot_update AFTER UPDATE ON snapshot
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'snapshot', 'update', snapshot,
        c.names, b.vals, a.vals))
    FROM (SELECT snapshot, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT snapshot, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (snapshot), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_snapshot_delete AFTER DELETE ON snapshot
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'snapshot', 'delete', o.snapshot, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_restoration_insert AFTER INSERT ON restoration
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'restoration', 'insert', n.restoration_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_restoration_update AFTER UPDATE ON restoration
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'restoration', 'update', restoration_id,
        c.names, b.vals, a.vals))
    FROM (SELECT restoration_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT restoration_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (restoration_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_restoration_delete AFTER DELETE ON restoration
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'restoration', 'delete', o.restoration_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_model_version_insert AFTER INSERT ON model_version
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'model_version', 'insert', n.version_id, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_model_version_update AFTER UPDATE ON model_version
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'model_version', 'update', version_id,
        c.names, b.vals, a.vals))
    FROM (SELECT version_id, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT version_id, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (version_id), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_model_version_delete AFTER DELETE ON model_version
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'model_version', 'delete', o.version_id, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;

CREATE TRIGGER audit_prediction_run_insert AFTER INSERT ON prediction_run
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'prediction_run', 'insert', n.prediction_run, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h;
CREATE TRIGGER audit_prediction_run_update AFTER UPDATE ON prediction_run
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'prediction_run', 'update', prediction_run,
        c.names, b.vals, a.vals))
    FROM (SELECT prediction_run, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT prediction_run, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING (prediction_run), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h;
CREATE TRIGGER audit_prediction_run_delete AFTER DELETE ON prediction_run
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), 'prediction_run', 'delete', o.prediction_run, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h;
