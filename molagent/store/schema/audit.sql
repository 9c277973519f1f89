-- The audit trail: who wrote what, when and why. Triggers write it, so that nobody has to remember
-- it (``audit_triggers.py``). One statement on a table of facts appends one `audit_entry` for each
-- of its rows and one `audit_link` for all of them. A row is a JSON array of its values; the first
-- entry of a statement carries the names of the columns. The text is compressed as it is written.
--
-- An entry's hash covers its text; a link's covers the hashes of its entries, in order, who, when and
-- why, and the hash of the link before. What the first form of the trail wrote stays what it was,
-- with its hashes, and the chain goes on from its last link. Read the view audit_trail: it shows both
-- forms alike.
--
-- DuckDB 2.0 refuses ON CONFLICT DO UPDATE, INSERT OR REPLACE and MERGE on a table with such
-- triggers: write INSERT ... ON CONFLICT DO NOTHING, or UPDATE and INSERT. It also turns an UPDATE
-- there into a delete and an insert: rows that a foreign key points to cannot be updated, and a
-- transaction that rewrites more than a row group (122,880 rows) of one table fails and is rolled
-- back. So no foreign key points to result, curve, well or batch, whose rows may be marked later;
-- verify_audit looks for rows that point to nothing.

-- One statement on a table of facts.
CREATE TABLE audit_link (
    link        BIGINT NOT NULL,                -- from 0, without gaps
    form        TINYINT NOT NULL,               -- 2; 1: link 0, and the first form's
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

CREATE VIEW audit_head AS SELECT link, last_seq, hash FROM audit_link ORDER BY link DESC LIMIT 1;

CREATE MACRO audit_actor() AS coalesce(getvariable('molagent_actor'), 'unknown');
CREATE MACRO audit_origin() AS coalesce(getvariable('molagent_origin'), '');
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
