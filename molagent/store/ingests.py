"""Read files into the project: what they brought, and of what they were refused, in one go."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.arrow import registered
from molagent.store.compounds import register_compounds
from molagent.store.database import Database
from molagent.store.identities import register_aliases
from molagent.store.raw_files import put_raw_file
from molagent.store.receipts import (
    ASSAY_COLUMNS,
    ASSAY_EXTRA_COLUMNS,
    STRUCTURE_COLUMNS,
    STRUCTURE_EXTRA_COLUMNS,
    IngestReceipt,
    IngestResult,
)
from molagent.store.references import link_references
from molagent.store.results import insert_results, supersede_file
from molagent.store.sources import SourceFile, insert_rejections, register_source

__all__ = ["write_parts"]

_ASSAY_CONFLICT: Final = """
SELECT a.endpoint, a.target, a.quantity, f.target, f.quantity
FROM assay_frame f JOIN assay a ON a.assay_id = f.endpoint
WHERE a.quantity <> f.quantity OR a.target <> f.target
"""
_DIMENSION_CONFLICT: Final = """
SELECT p.assay_id, CAST(p.dimension AS VARCHAR), p.unit, f.dimension, f.standard_unit
FROM assay_frame f JOIN assay_protocol p ON p.assay_id = f.endpoint
WHERE CAST(p.dimension AS VARCHAR) <> f.dimension OR p.unit <> f.standard_unit
"""
_PROTOCOL_CONFLICT: Final = """
WITH newest AS (
    SELECT *, row_number() OVER (PARTITION BY endpoint ORDER BY version DESC) AS age
    FROM assay_protocol
)
SELECT p.assay_id, coalesce(p.readout, p.protocol), coalesce(f.readout, f.protocol)
FROM assay_frame f JOIN newest p ON p.endpoint = f.endpoint AND p.age = 1
WHERE p.organism <> f.organism OR p.cell_line <> f.cell_line OR p.format <> f.format
   OR p.readout <> f.readout OR p.protocol <> f.protocol
   OR CAST(p.better AS VARCHAR) <> f.better
"""
_INSERT_ASSAY: Final = """
INSERT INTO assay (assay_id, endpoint, target, quantity, source, licence)
SELECT endpoint, endpoint, target, quantity, source, licence FROM assay_frame
WHERE endpoint NOT IN (SELECT assay_id FROM assay)
"""
_INSERT_PROTOCOL: Final = """
INSERT INTO assay_protocol
    (assay_id, endpoint, version, dimension, unit, organism, cell_line, format, readout, better,
     protocol)
SELECT endpoint, endpoint, 1, dimension, standard_unit, organism, cell_line, format, readout,
       better, protocol
FROM assay_frame WHERE endpoint NOT IN (SELECT assay_id FROM assay_protocol)
"""
# A row may bring several values and stands in the file once.
_INSERT_RAW: Final = """
INSERT INTO compound_raw
    (file_id, source_row, compound_id, raw_smiles, name, format, salt, stereo_note)
SELECT DISTINCT ON (f.source_row) $file_id, f.source_row, c.compound_id, f.raw_smiles, f.name,
       coalesce(nullif(CAST(f.format AS VARCHAR), ''), 'smiles'),
       nullif(CAST(f.salt AS VARCHAR), ''), nullif(CAST(f.stereo_note AS VARCHAR), '')
FROM raw_frame f
JOIN compound c ON substance_key(c.inchikey, c.substance) = f.inchikey
ORDER BY f.source_row
"""
# To six digits: 10 uM and 10,000 nM are one.
_DOSE_CONFLICT: Final = """
WITH brought AS (
    SELECT DISTINCT assay_id, printf('%.6g', tested_at_nm) AS dose FROM result
    WHERE file_id = ? AND tested_at_nm IS NOT NULL AND superseded_by IS NULL
)
SELECT assay_id, min(b.dose), min(printf('%.6g', r.tested_at_nm))
FROM brought b JOIN result r USING (assay_id)
WHERE r.superseded_by IS NULL AND r.validity <> 'invalid' AND r.tested_at_nm IS NOT NULL
    AND printf('%.6g', r.tested_at_nm) <> b.dose
GROUP BY assay_id ORDER BY assay_id LIMIT 1
"""
_SUSPECTS: Final = "SELECT count(*) FROM result WHERE file_id = ? AND validity = 'suspect'"
_COMPOUNDS: Final = "SELECT count(*) FROM compound"


def write_parts(
    db: Database,
    source: SourceFile,
    parts: Iterable[tuple[IngestResult, pd.DataFrame]],
    receipt: IngestReceipt,
    *,
    replaces: str = "",
    raw: Path | None = None,
) -> IngestReceipt:
    """Store the parts of one file in one transaction: memory does not grow with the file.

    Parameters
    ----------
    source
        The file with its counts over all parts.
    parts
        Results, and the names of their compounds: ``system, alias, inchikey``. Each part has the
        identity and the assays of the whole file.
    receipt
        What the file brings: the answer of its dry run.
    replaces
        The ``file_id`` (see :func:`molagent.store.sources.load_sources`) of a file that this one
        corrects. Its results stay in the table but count no longer; without it they would be
        averaged with the new ones.
    raw
        The file itself, to keep its bytes too: with its rows, or neither.

    Returns
    -------
    IngestReceipt
        With ``known`` set, and nothing written, if the same file was stored before with the same
        mapping.

    Raises
    ------
    StoreError
        If an endpoint of the file is in the project with another target, quantity or dimension, or
        there is nothing to replace, or nothing to replace it with.
    """
    with db.write(origin=f"ingest {source.name}") as con:
        if raw is not None:
            put_raw_file(con, raw)
        return _write_file(con, source, parts, receipt, replaces)


def _write_file(
    con: duckdb.DuckDBPyConnection,
    source: SourceFile,
    parts: Iterable[tuple[IngestResult, pd.DataFrame]],
    receipt: IngestReceipt,
    replaces: str,
) -> IngestReceipt:
    known = "SELECT 1 FROM source_file WHERE file_id = ?"
    if con.execute(known, [source.file_id]).fetchall():
        return replace(receipt, known=True)
    if replaces:
        _require_replaceable(con, replaces, source)
    before = _count(con, _COMPOUNDS)
    register_source(con, source)
    for part, names in parts:
        _insert_assays(con, part.assays, place=source.name)
        register_compounds(con, part.compounds)
        _insert_rows(con, part, source, replaces)
        if len(names):
            register_aliases(con, names, file_id=source.file_id)
    if replaces:
        _supersede(con, replaces, source)
    _require_one_dose(con, source)
    flags = dict(
        con.execute(
            "SELECT flag, count(*) FROM result WHERE file_id = ? GROUP BY flag", [source.file_id]
        ).fetchall()
    )
    return replace(
        receipt,
        written=True,
        new_compounds=_count(con, _COMPOUNDS) - before,
        duplicates=flags.get("duplicate", 0),
        conflicts=flags.get("conflict", 0),
        suspects=_count(con, _SUSPECTS, source.file_id),
    )


def _insert_assays(con: duckdb.DuckDBPyConnection, assays: pd.DataFrame, *, place: str) -> None:
    if assays.empty:
        return
    frame = assays[list(ASSAY_COLUMNS)].copy()
    for name in ASSAY_EXTRA_COLUMNS:
        default = {"dimension": "concentration", "standard_unit": "nM"}.get(name)
        frame[name] = (
            assays[name]
            if name in assays.columns
            else pd.Series([default] * len(assays), index=assays.index, dtype=object)
        )
    with registered(con, "assay_frame", frame):
        for endpoint, target, quantity, other, given in con.execute(_ASSAY_CONFLICT).fetchall():
            raise _assay_clash(endpoint, f"{quantity} of {target}", f"{given} of {other}", place)
        for assay_id, kind, unit, other, given in con.execute(_DIMENSION_CONFLICT).fetchall():
            raise _assay_clash(assay_id, f"{kind} in {unit}", f"{other} in {given}", place)
        for assay_id, ours, theirs in con.execute(_PROTOCOL_CONFLICT).fetchall():
            raise StoreError(
                f"assay {assay_id} is done in another way ({ours}) than the file says ({theirs})",
                place=place,
                remedy="register the new protocol as its next version, or give it another endpoint",
            )
        con.execute(_INSERT_ASSAY)
        con.execute(_INSERT_PROTOCOL)


def _require_one_dose(con: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Refuse a file that brings tests at another concentration into an assay of one."""
    for assay_id, ours, theirs in con.execute(_DOSE_CONFLICT, [source.file_id]).fetchall():
        raise _assay_clash(assay_id, f"tests at {theirs} nM", f"tests at {ours} nM", source.name)


def _assay_clash(endpoint: str, held: str, brought: str, place: str) -> StoreError:
    return StoreError(
        f"endpoint {endpoint} holds {held}, the file brings {brought}",
        place=place,
        remedy="say its target and quantity (`--target`, `--quantity`), or give it an endpoint of "
        "its own: assays are never pooled",
    )


def _require_replaceable(con: duckdb.DuckDBPyConnection, replaces: str, source: SourceFile) -> None:
    if not con.execute("SELECT 1 FROM source_file WHERE file_id = ?", [replaces]).fetchall():
        raise NotFoundError("source file", replaces, place=source.name)


def _supersede(con: duckdb.DuckDBPyConnection, replaces: str, source: SourceFile) -> None:
    if not _count(con, "SELECT count(*) FROM result WHERE file_id = ?", source.file_id):
        names = con.execute("SELECT name FROM source_file WHERE file_id = ?", [replaces])
        raise StoreError(
            f"no row of the file is taken, so it cannot replace {names.fetchall()[0][0]}",
            place=source.name,
            remedy="correct its rows",
        )
    supersede_file(con, replaces=replaces, file_id=source.file_id)


def _insert_rows(
    con: duckdb.DuckDBPyConnection, result: IngestResult, source: SourceFile, replaces: str
) -> None:
    file_id = {"file_id": source.file_id}
    raw = _raw_rows(result)
    if len(raw):
        with registered(con, "raw_frame", raw):
            con.execute(_INSERT_RAW, file_id)
    if len(result.results):
        linked = link_references(
            con,
            result.results,
            file_id=source.file_id,
            supplier=str(result.mapping.get("supplier", "")),
            place=source.name,
        )
        insert_results(con, linked, file_id=source.file_id, replaces=replaces, place=source.name)
    insert_rejections(con, result.rejections, file_id=source.file_id)


def _raw_rows(result: IngestResult) -> pd.DataFrame:
    """Return what stood in the file of each row's structure, with what was stripped from it."""
    given = [result.results]
    if result.structures is not None:
        given.append(result.structures)
    parts = [part for part in given if len(part)]
    columns = [*STRUCTURE_COLUMNS, *STRUCTURE_EXTRA_COLUMNS]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat([part.reindex(columns=columns) for part in parts], ignore_index=True)


def _count(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> int:
    return int(con.execute(sql, list(parameters)).fetchall()[0][0])
