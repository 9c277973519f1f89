"""The shortlist as files for other programs: SDF, CSV and XLSX."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rdkit import Chem

from molagent.chem.identity import inchikey
from molagent.errors import StructureError
from molagent.formulas import guarded
from molagent.report.content import ReportContent
from molagent.report.drawing import depict
from molagent.report.files import replace_file
from molagent.report.ordering import PROPERTY_HEADS, making_words, pieces
from molagent.report.wording import as_items, as_mapping, is_unknown

__all__ = ["shortlist_rows", "write_csv", "write_purchases", "write_sdf", "write_xlsx"]


def shortlist_rows(content: ReportContent) -> list[dict[str, Any]]:
    """Return one flat mapping a shortlisted compound, in order of rank; None where unknown.

    Every endpoint has three entries: its name (the mean), ``<name>_std`` and
    ``<name>_in_domain``.
    """
    predicted: dict[tuple[str, str], Mapping[Any, Any]] = {
        (str(row["proposal_id"]), str(row["endpoint"])): row
        for row in content.predictions.to_dict("records")
    }
    best = {
        str(row["proposal_id"]): row
        for row in content.overlaps.sort_values("ordinal", ascending=False).to_dict("records")
    }
    properties = content.properties.set_index("proposal_id").to_dict("index")
    rows = []
    for row in content.shortlist.sort_values("rank").to_dict("records"):
        name = str(row["proposal_id"])
        flat: dict[str, Any] = {
            "rank": int(row["rank"]),
            "proposal_id": name,
            "smiles": str(row["smiles"]),
            "inchikey": _inchikey(str(row["smiles"])),
            "desirability": _number(row["desirability"]),
            "acquisition": _number(row["acquisition"]),
        }
        for endpoint in content.endpoints:
            entry = predicted.get((name, endpoint), {})
            flat[endpoint] = _number(entry.get("mean"))
            flat[f"{endpoint}_std"] = _number(entry.get("std"))
            flat[f"{endpoint}_in_domain"] = bool(entry["in_domain"]) if entry else None
        flat |= {
            str(key): _number(value)
            for key, value in properties.get(name, {}).items()
            if key not in flat and key in PROPERTY_HEADS
        }
        making = as_mapping(row["make"])
        flat["order"] = _text(row["order"])
        flat["order_ids"] = " ".join(as_items(row["order_ids"])) or name
        flat["place"] = _text(row["place"])
        flat["state"] = _text(row["state"])
        flat["making"] = making_words(making, row)
        flat["steps"] = making.get("steps") if making.get("how") == "route" else None
        flat["route"] = _text(making.get("route"))
        flat |= {key: _text(row[key]) for key in ("nearest_id", "nearest_smiles")}
        flat["nearest_similarity"] = _number(row["nearest_similarity"])
        measured = as_mapping(row["nearest_values"])
        flat["nearest_values"] = "; ".join(f"{key} {value}" for key, value in measured.items())
        flat["overlap_level"] = _text(row["overlap_level"]) or "not_checked"
        evidence = best.get(name, {})
        flat["publication_number"] = _text(evidence.get("publication_number"))
        flat["searched"] = _text(evidence.get("searched"))
        flat |= {key: _text(row[key]) for key in ("generator", "mode")}
        flat["cycle"] = int(row["cycle"])
        flat["parents"] = " ".join(as_items(row["parents"]))
        flat |= {key: _text(row[key]) for key in ("scaffold", "reason")}
        rows.append(flat)
    return rows


def write_csv(content: ReportContent, path: Path) -> Path:
    """Write the shortlist as UTF-8 CSV; unknown values are empty cells.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    rows = shortlist_rows(content)
    return _write_rows(list(rows[0]) if rows else [], [list(row.values()) for row in rows], path)


def write_purchases(content: ReportContent, path: Path) -> Path:
    """Write the starting materials of the shortlist's routes as UTF-8 CSV.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    heads = ["smiles", "block_id", "name", "compounds", "used_for"]
    rows = [
        [one.smiles, one.block_id, one.name, len(one.used_for), " ".join(one.used_for)]
        for one in pieces(content)
    ]
    return _write_rows(heads, rows, path)


def _write_rows(heads: Sequence[str], rows: Sequence[Sequence[object]], path: Path) -> Path:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    for row in [heads, *rows] if heads else rows:
        writer.writerow([guarded(value) for value in row])
    return replace_file(path, stream.getvalue().encode("utf-8"))


def write_sdf(content: ReportContent, path: Path) -> Path:
    """Write the shortlist as SDF with 2D coordinates; the title line is the proposal's id.

    Raises
    ------
    StructureError
        If a structure cannot be read.
    MolagentError
        If the file cannot be written.
    """
    stream = io.StringIO()
    writer = Chem.SDWriter(stream)
    for row in shortlist_rows(content):
        mol = depict(row["smiles"])
        mol.SetProp("_Name", _one_line(row["proposal_id"]))
        for key, value in row.items():
            if key != "proposal_id" and value is not None and value != "":
                mol.SetProp(key, _one_line(value))
        writer.write(mol)
    writer.close()
    return replace_file(path, stream.getvalue().encode("utf-8"))


def write_xlsx(content: ReportContent, path: Path) -> Path:
    """Write a workbook: the shortlist with drawn structures, objectives and models, provenance.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    # openpyxl takes longer to import than everything else here together.
    from molagent.report.workbook import workbook_bytes

    return replace_file(path, workbook_bytes(content, shortlist_rows(content)))


def _one_line(value: object) -> str:
    # A blank line ends an SDF property, and a line of dollars ends the record.
    return " ".join(str(value).split()).replace("$$$$", "$ $ $ $")


def _inchikey(smiles: str) -> str:
    try:
        return inchikey(smiles)
    except StructureError:
        return ""


def _number(value: object) -> float | None:
    # Four decimals are far below any model's error, and spare the reader 0.9099999999999999.
    return None if is_unknown(value) else round(float(value), 4)  # type: ignore[arg-type]


def _text(value: object) -> str:
    return "" if is_unknown(value) else str(value)
