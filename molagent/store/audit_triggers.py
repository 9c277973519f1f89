"""The triggers of the audit trail: three a table of facts, from one table of their keys.

A table of facts is one whose every row the trail must speak of. A new one is entered here.
"""

from collections.abc import Collection, Iterator
from typing import Final

import duckdb

__all__ = ["AUDITED", "AUDITED_LATE", "begin_trail", "tell_what_was_there", "trigger_statements"]

#: Tables that the trail tells of since the newest version only.
AUDITED_LATE: Final = (
    "campaign",
    "stage",
    "model_card",
    "proposal",
    "judgement",
    "prediction",
    "overlap",
    "ranking",
    "plan",
    "transcript",
    "optimisation_run",
    "optimisation_call",
)
AUDITED: Final[dict[str, tuple[str, ...]]] = {
    "compound": ("compound_id",),
    "compound_raw": ("file_id", "source_row"),
    "compound_identity": ("compound_id",),
    "compound_alias": ("system", "alias", "compound_id"),
    "source_file": ("file_id",),
    "document": ("document_id",),
    "target": ("target_id",),
    "assay": ("assay_id",),
    "assay_protocol": ("assay_id",),
    "batch": ("batch_id",),
    "run": ("run_id",),
    "plate": ("plate_id",),
    "well": ("plate_id", "well_row", "well_column"),
    "plate_qc": ("plate_id", "method"),
    "result": ("result_id",),
    "correction": ("correction_id",),
    "rejection": ("file_id", "source_row", "field"),
    "curve": ("curve_id",),
    "curve_point": ("curve_id", "ordinal"),
    "batch_order": ("order_id",),
    "order_line": ("order_id", "line"),
    "order_event": ("event_id",),
    # A shortlist names proposals: what it rests on is in the trail as it is itself.
    "campaign": ("campaign_id",),
    "stage": ("campaign_id", "cycle", "stage"),
    "model_card": ("campaign_id", "cycle", "endpoint"),
    "proposal": ("campaign_id", "proposal_id"),
    "judgement": ("campaign_id", "cycle", "written_by", "proposal_id", "ordinal"),
    "prediction": ("campaign_id", "cycle", "written_by", "proposal_id", "endpoint"),
    "overlap": ("campaign_id", "cycle", "written_by", "proposal_id", "ordinal"),
    "ranking": ("campaign_id", "cycle", "proposal_id"),
    "plan": ("campaign_id", "cycle", "revision"),
    "transcript": ("campaign_id", "cycle", "ordinal"),
    "optimisation_run": ("run_id",),
    "optimisation_call": ("run_id", "call"),
    "decision": ("campaign_id", "cycle", "ordinal"),
    "shortlist": ("campaign_id", "cycle", "rank"),
    "raw_file": ("sha256",),
    "series": ("series",),
    "series_compound": ("series", "compound_id"),
    "snapshot": ("snapshot",),
    "restoration": ("restoration_id",),
    "model_version": ("version_id",),
    "prediction_run": ("prediction_run",),
}
"""Table of facts to its primary key, in the key's order."""

# In all of these `{table}`, `{key}` and the like are names from the table above.
_INSERT: Final = """
CREATE TRIGGER audit_{table}_insert AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), '{table}', 'insert', {new_key}, struct_keys(n),
        NULL, to_json(row(*COLUMNS(n.*)))))
    FROM n, audit_head h
"""
_UPDATE: Final = """
CREATE TRIGGER audit_{table}_update AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), '{table}', 'update', {key}, c.names, b.vals, a.vals))
    FROM (SELECT {columns}, to_json(row(*COLUMNS(o.*))) AS vals FROM o) b
    FULL JOIN (SELECT {columns}, to_json(row(*COLUMNS(n.*))) AS vals FROM n) a
    USING ({columns}), (SELECT struct_keys(n) AS names FROM n LIMIT 1) c, audit_head h
"""
_DELETE: Final = """
CREATE TRIGGER audit_{table}_delete AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS o FOR EACH STATEMENT
    INSERT INTO audit_entry SELECT unnest(audit_row(
        h, row_number() OVER (), '{table}', 'delete', {old_key}, struct_keys(o),
        to_json(row(*COLUMNS(o.*))), NULL))
    FROM o, audit_head h
"""
_BASELINE: Final = """
INSERT INTO audit_entry SELECT unnest(audit_row(
    h, row_number() OVER (ORDER BY {columns}), '{table}', 'baseline', {new_key}, struct_keys(n),
    NULL, to_json(row(*COLUMNS(n.*)))))
FROM {table} n, audit_head h
"""
# The link that closes over the entries of one statement.
_LINK: Final = """
CREATE TRIGGER audit_link_insert AFTER INSERT ON audit_entry
    REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO audit_link
    SELECT h.link + 1, 2, now(), audit_actor(), audit_origin(), g.first_seq, g.last_seq, h.hash,
           g.digest,
           sha256(concat('2', chr(10), h.hash, chr(10), h.link + 1, chr(10), epoch_us(now()),
                         chr(10), to_json(audit_actor()), chr(10), to_json(audit_origin()), chr(10),
                         g.first_seq, chr(10), g.last_seq, chr(10), g.digest))
    FROM (
        SELECT min(seq) AS first_seq, max(seq) AS last_seq,
               sha256(string_agg(lower(hex(hash)), '' ORDER BY seq)) AS digest
        FROM n
    ) g, audit_head h
    WHERE g.first_seq IS NOT NULL
"""
# Every project begins with a link of its own: a trail cannot be taken over from another project.
_GENESIS: Final = """
INSERT INTO audit_link
SELECT 0, 1, NULL, NULL, NULL, 0, 0, '', digest,
       sha256(concat('', chr(10), 0, chr(10), 0, chr(10), 0, chr(10), digest))
FROM (SELECT sha256(CAST(uuid() AS VARCHAR)) AS digest)
"""


def trigger_statements() -> Iterator[str]:
    """Yield the SQL of every trigger: what is written once they are made is in the trail."""
    yield _LINK
    for template in (_INSERT, _UPDATE, _DELETE):
        yield from _each_table(template)


def begin_trail(con: duckdb.DuckDBPyConnection) -> None:
    """Write the first link of a project that has none."""
    con.execute(_GENESIS)


def tell_what_was_there(con: duckdb.DuckDBPyConnection, tables: Collection[str] = ()) -> None:
    """Write each row that was there before the trail told of its table into it, as its baseline.

    Parameters
    ----------
    tables
        Of these only; of all by default.
    """
    for statement in _each_table(_BASELINE, tables):
        con.execute(statement)


def _each_table(template: str, tables: Collection[str] = ()) -> Iterator[str]:
    for table, columns in AUDITED.items():
        if tables and table not in tables:
            continue
        yield template.format(
            table=table,
            columns=", ".join(columns),
            key=_joined(columns, ""),
            new_key=_joined(columns, "n."),
            old_key=_joined(columns, "o."),
        )


def _joined(columns: tuple[str, ...], side: str) -> str:
    """Return the SQL of a row's key as one text: its parts joined by ``/``."""
    named = ", ".join(f"{side}{column}" for column in columns)
    return named if len(columns) == 1 else f"concat_ws('/', {named})"
