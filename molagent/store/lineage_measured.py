"""Lineage of what was measured: results, means, compounds, curves and snapshots."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import duckdb

from molagent.errors import NotFoundError
from molagent.store.aggregates import assay_values
from molagent.store.lineage_references import reference_sources
from molagent.store.lineage_tree import Source, one_row, rows_of, signature

__all__ = ["compound_source", "curve_source", "result_source", "snapshot_source", "value_sources"]

_RESULT: Final = """
SELECT r.*, a.endpoint, a.target, a.quantity, c.smiles
FROM result r JOIN assay a USING (assay_id) JOIN compound c USING (compound_id)
WHERE r.result_id = $result_id
"""
_ROW: Final = """
SELECT s.name AS file, r.source_row, r.source_column, r.original, r.original_unit,
       r.original_relation, r.tested_at_nm, r.source_note,
       w.raw_smiles, w.name, s.file_id, s.sha256, s.read_at, s.encoding, s.mapping,
       s.accepted, s.rejected,
       EXISTS (FROM raw_file k WHERE k.sha256 = s.sha256) AS kept
FROM result r JOIN source_file s USING (file_id)
LEFT JOIN compound_raw w ON w.file_id = r.file_id AND w.source_row = r.source_row
WHERE r.result_id = $result_id
"""
_CORRECTION: Final = """
SELECT correction_id, old_result_id, actor, reason, corrected_at FROM correction
WHERE new_result_id = $result_id
"""
_CURVES_OF: Final = "SELECT curve_id FROM curve WHERE result_id = $result_id ORDER BY curve_id"
_ASSAYS: Final = """
SELECT assay_id FROM assay WHERE endpoint = $endpoint OR assay_id = $endpoint ORDER BY assay_id
"""
_BEHIND: Final = """
SELECT result_id, validity FROM result_current
WHERE compound_id = $compound_id AND assay_id = $assay_id AND unit = $unit ORDER BY result_id
"""
_COMPOUND: Final = "SELECT * FROM compound WHERE compound_id = $compound_id"
_RAW: Final = """
SELECT s.name AS file, w.source_row, w.raw_smiles, w.name, w.salt, w.stereo_note
FROM compound_raw w JOIN source_file s USING (file_id)
WHERE w.compound_id = $compound_id ORDER BY s.read_at, s.name, w.source_row
"""
_CURVE: Final = """
SELECT v.*, a.endpoint, s.name AS file
FROM curve v JOIN assay a USING (assay_id) LEFT JOIN source_file s ON s.file_id = v.file_id
WHERE v.curve_id = $curve_id
"""
_POINTS: Final = """
SELECT p.*, l.barcode, r.run_id, r.run_on, r.operator, w.signal, f.name AS file
FROM curve_point p
LEFT JOIN plate l USING (plate_id)
LEFT JOIN run r USING (run_id)
LEFT JOIN well w ON w.plate_id = p.plate_id AND w.well_row = p.well_row
    AND w.well_column = p.well_column
LEFT JOIN curve v ON v.curve_id = p.curve_id
LEFT JOIN source_file f ON f.file_id = coalesce(l.file_id, v.file_id)
WHERE p.curve_id = $curve_id ORDER BY p.ordinal
"""
_SNAPSHOT_FILES: Final = """
SELECT f.name AS file, a.endpoint, count(*) AS results, min(r.source_row) AS first_row,
       max(r.source_row) AS last_row
FROM snapshot_result s JOIN result r USING (result_id) JOIN assay a USING (assay_id)
JOIN source_file f USING (file_id)
WHERE s.snapshot = $snapshot GROUP BY ALL ORDER BY f.name, a.endpoint
"""
_MOST_ROWS: Final = 50  # of a compound's raw rows; a reference compound may stand in every file


def result_source(con: duckdb.DuckDBPyConnection, result_id: int) -> Source:
    """Return where one result comes from: its row, its curve, the value that it corrects."""
    row = one_row(con, _RESULT, {"result_id": result_id})
    if row is None:
        raise NotFoundError("result", str(result_id))
    sources = [_row_source(con, result_id)]
    sources += [
        curve_source(con, curve["curve_id"])
        for curve in rows_of(con, _CURVES_OF, {"result_id": result_id})
    ]
    sources += reference_sources(con, result_id)
    correction = one_row(con, _CORRECTION, {"result_id": result_id})
    if correction is not None:
        sources.append(
            Source(
                kind="correction",
                label=str(correction["correction_id"]),
                facts={
                    "reason": correction["reason"],
                    "by": correction["actor"],
                    "on": correction["corrected_at"],
                },
                sources=(result_source(con, int(correction["old_result_id"])),),
            )
        )
    facts = {
        "compound": row["compound_id"],
        "endpoint": row["endpoint"],
        "assay": row["assay_id"],
        "p value": _censored(row["p_relation"], row["p_value"]),
        "value": f"{_sign(row['relation'])}{row['value']:.6g} {row['unit']}",
        "flag": row["flag"],
        "validity": "" if row["validity"] == "valid" else row["validity"],
        "because": row["validity_reason"],
        "counts": _counts(row["superseded_by"]),
        "batch": row["batch_id"],
        "run": row["run_id"],
        "document": row["document_id"],
        "measured on": row["measured_on"],
        **signature(con, "result", str(result_id)),
    }
    return Source(kind="result", label=str(result_id), facts=facts, sources=tuple(sources))


def value_sources(
    con: duckdb.DuckDBPyConnection, compound_id: str, endpoint: str
) -> tuple[Source, ...]:
    """Return the values of a compound, one an assay, each with the results behind it."""
    found = []
    for row in _values(con, compound_id, endpoint):
        behind = rows_of(
            con,
            _BEHIND,
            {"compound_id": compound_id, "assay_id": row["assay_id"], "unit": row["unit"]},
        )
        facts = {
            "value": f"{_sign(row['relation'])}{row['value']:.4g} {row['unit']}",
            "results": row["n"],
            "exact": row["n_exact"],
            "sd": None if math.isnan(row["sd"]) else row["sd"],
            "contradicted": "by a bound" if row["contradicted"] else "",
            "left out as invalid": sum(entry["validity"] == "invalid" for entry in behind),
            "structure": row["smiles"],
        }
        found.append(
            Source(
                kind="value",
                label=f"{compound_id} in {row['assay_id']}",
                facts={name: fact for name, fact in facts.items() if fact != 0},
                sources=tuple(result_source(con, entry["result_id"]) for entry in behind),
            )
        )
    return tuple(found)


def _values(
    con: duckdb.DuckDBPyConnection, compound_id: str, endpoint: str
) -> list[dict[str, Any]]:
    """Return a compound's value in each assay of an endpoint, or in the assay of that name."""
    names = [row["assay_id"] for row in rows_of(con, _ASSAYS, {"endpoint": endpoint})]
    frames = [assay_values(con, assay_id=name) for name in names]
    return [
        {str(name): value for name, value in row.items()}
        for frame in frames
        for row in frame[frame["compound_id"] == compound_id].to_dict("records")
    ]


def compound_source(con: duckdb.DuckDBPyConnection, compound_id: str) -> Source:
    """Return where a registered structure comes from: its rows and the standardiser."""
    row = one_row(con, _COMPOUND, {"compound_id": compound_id})
    if row is None:
        raise NotFoundError("compound", compound_id)
    raw = rows_of(con, _RAW, {"compound_id": compound_id})
    rows = tuple(
        Source(
            kind="row",
            label=f"{entry['file']}:{entry['source_row']}",
            facts={
                "file": entry["file"],
                "row": entry["source_row"],
                "structure": entry["raw_smiles"],
                "name": entry["name"],
                "salt": entry["salt"],
                "stereo": entry["stereo_note"],
            },
        )
        for entry in raw[:_MOST_ROWS]
    )
    facts = {
        "structure": row["structure"] or row["smiles"],
        "key": row["inchikey"],
        "standardiser": row["standardizer"],
        "rows": len(raw),
        **signature(con, "compound", compound_id),
    }
    return Source(kind="compound", label=compound_id, facts=facts, sources=rows)


def curve_source(con: duckdb.DuckDBPyConnection, curve_id: int) -> Source:
    """Return where a curve comes from: what was locked, and every point with its well."""
    row = one_row(con, _CURVE, {"curve_id": curve_id})
    if row is None:
        raise NotFoundError("curve", str(curve_id))
    locked = [name for name in ("bottom", "top", "p_ac50", "hill") if row[f"{name}_locked"]]
    facts = {
        "compound": row["compound_id"],
        "endpoint": row["endpoint"],
        "p value": _censored(row["p_relation"], row["p_value"]),
        "pAC50": row["p_ac50"],
        "hill": row["hill"],
        "locked": ", ".join(locked),
        "r2": row["r2"],
        "class": row["curve_class"],
        "method": f"{row['method']} {row['method_version']}",
        "counts": _counts(row["superseded_by"]),
        "note": row["note"],
        **signature(con, "curve", str(curve_id)),
    }
    points = tuple(_point_source(point) for point in rows_of(con, _POINTS, {"curve_id": curve_id}))
    return Source(kind="curve", label=str(curve_id), facts=facts, sources=points)


def snapshot_source(con: duckdb.DuckDBPyConnection, name: str) -> Source:
    """Return which files a snapshot's results come from."""
    row = one_row(con, "SELECT * FROM snapshot WHERE snapshot = $snapshot", {"snapshot": name})
    if row is None:
        known = [entry["snapshot"] for entry in rows_of(con, "SELECT snapshot FROM snapshot", {})]
        raise NotFoundError("snapshot", name, known=known)
    files = tuple(
        Source(
            kind="rows",
            label=f"{entry['file']}:{entry['first_row']}-{entry['last_row']}",
            facts={"endpoint": entry["endpoint"], "results": entry["results"]},
        )
        for entry in rows_of(con, _SNAPSHOT_FILES, {"snapshot": name})
    )
    facts = {
        "results": row["n_results"],
        "sha256": row["sha256"],
        "note": row["note"],
        **signature(con, "snapshot", name),
    }
    return Source(kind="snapshot", label=name, facts=facts, sources=files)


def _row_source(con: duckdb.DuckDBPyConnection, result_id: int) -> Source:
    row = one_row(con, _ROW, {"result_id": result_id})
    if row is None:
        raise NotFoundError("source row of result", str(result_id))
    file = Source(
        kind="file",
        label=row["file"],
        facts={
            "sha256": row["sha256"],
            "read on": row["read_at"],
            "encoding": row["encoding"],
            "rows taken": row["accepted"],
            "rows rejected": row["rejected"],
            "read as": json.loads(row["mapping"]),
            "bytes": "kept in the project" if row["kept"] else "",
        },
    )
    return Source(
        kind="row",
        label=f"{row['file']}:{row['source_row']}",
        facts={
            "file": row["file"],
            "row": row["source_row"],
            "column": row["source_column"],
            "tested at": f"{row['tested_at_nm']:g} nM" if (row["tested_at_nm"] or 0) > 0 else "",
            "the source says": row["source_note"],
            "value as it stood": row["original"],
            "unit as it stood": row["original_unit"],
            "relation as it stood": row["original_relation"],
            "structure": row["raw_smiles"],
            "name": row["name"],
        },
        sources=(file,),
    )


def _point_source(point: Mapping[str, Any]) -> Source:
    well = ""
    if point["well_row"] is not None:
        well = f"{_row_letters(int(point['well_row']))}{int(point['well_column']):02d}"
    facts = {
        "concentration": f"{point['concentration_m']:.3g} mol/L",
        "response": None if point["response"] is None else f"{point['response']:.4g} %",
        "outlier": point["outlier_reason"],
        "weight": point["weight"],
        "plate": point["barcode"],
        "well": well,
        "signal": point["signal"],
        "run": point["run_id"],
        "run on": point["run_on"],
        "operator": point["operator"],
    }
    sources: tuple[Source, ...] = ()
    if point["file"] is not None and point["source_row"] is not None:
        row = int(point["source_row"])
        sources = (
            Source(
                kind="row",
                label=f"{point['file']}:{row}",
                facts={"file": point["file"], "row": row},
            ),
        )
    return Source(kind="point", label=str(point["ordinal"]), facts=facts, sources=sources)


def _row_letters(row: int) -> str:
    """Return a plate's row as it is printed: 1 is A, 27 is AA."""
    letters = ""
    while row:
        row, rest = divmod(row - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _sign(relation: str | None) -> str:
    return "" if relation in (None, "=") else f"{relation} "


def _censored(relation: str | None, value: float | None) -> str | None:
    return None if value is None else f"{_sign(relation)}{value:.4g}"


def _counts(superseded_by: float | None) -> str:
    if superseded_by is None:
        return ""
    number = int(superseded_by)
    return f"no, {number} took its place" if number > 0 else f"no, restoration {-number}"
