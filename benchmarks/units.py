"""The parser of values and units against ChEMBL's own standardised values."""

from pathlib import Path

import numpy as np
import pandas as pd

from molagent.ingest.potencies import RefusedPotencyError
from molagent.ingest.readings import parse_reading
from molagent.ingest.sources import open_table
from molagent.ingest.tables import column_place

__all__ = ["units_against_chembl"]

# ChEMBL rounds what it standardises to two or three digits.
_AGREES_WITHIN = 0.01
_COLUMNS = ("value", "units", "relation", "standard_value", "standard_units")


def units_against_chembl(path: Path) -> dict[str, object]:
    """Compare what we make of original values and units with ChEMBL's standard values.

    Parameters
    ----------
    path
        A table of raw ChEMBL activities with ``value, units, relation, standard_value,
        standard_units``, such as TeachOpenCADD's ``EGFR_bioactivities_CHEMBL27.csv``.

    Returns
    -------
    dict
        ``rows``, ``parsed``, ``agreeing`` (within 0.01 log units of a standard value in nM),
        ``share`` (of the parsed), ``worst`` (largest difference in log units), ``refused`` (a frame
        of ``kind, reason, rows``, the most frequent first) and ``differing`` (a frame of those
        parsed that do not agree: ``row, value, units, ours_nm, standard_nm``).
    """
    table = open_table(path)
    places = [column_place(table.header, name, place=table.name) for name in _COLUMNS]
    refused: list[tuple[str, str]] = []
    parsed: list[tuple[int, str, str, float, float]] = []
    for row in table.records():
        value, unit, relation, standard, standard_unit = (row.cells[place] for place in places)
        try:
            reading = parse_reading(value, unit, relation, dimension="concentration")
        except RefusedPotencyError as error:
            refused.append((error.kind, str(error)))
            continue
        theirs = float(standard) if standard_unit == "nM" and standard else np.nan
        parsed.append((row.number, value, unit, reading.standard_value, theirs))
    frame = pd.DataFrame(parsed, columns=["row", "value", "units", "ours_nm", "standard_nm"])
    apart = np.abs(np.log10(frame["ours_nm"]) - np.log10(frame["standard_nm"]))
    agrees = apart <= _AGREES_WITHIN
    reasons = pd.DataFrame(refused, columns=["kind", "reason"])
    counted = reasons.value_counts().rename("rows").reset_index()
    return {
        "rows": len(parsed) + len(refused),
        "parsed": len(parsed),
        "agreeing": int(agrees.sum()),
        "share": float(agrees.mean()),
        "worst": float(apart.max()),
        "refused": counted,
        "differing": frame[~agrees],
    }
