"""Curve fits beside a vault's own, curve by curve: COVID Moonshot's counter-screens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.curves import AS_GIVEN, CurveRules, fit_curves
from molagent.errors import FileFormatError
from molagent.ingest.layouts import Layout
from molagent.ingest.points import read_points
from molagent.ingest.readouts import Well
from molagent.ingest.sources import open_table

__all__ = ["VaultAgreement", "bench_vault_curves"]

_BY: Final = ["run_id", "sample", "lot"]
_WITHIN: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assay:
    name: str
    file: str
    concentration: int
    response: int
    ic50: int


# The numbers are the vault's own names of its readouts.
_ASSAYS: Final = (
    _Assay(
        name="rapidfire",
        file="rapidfire_IC50_data.json",
        concentration=564283,
        response=564285,
        ic50=564286,
    ),
    _Assay(
        name="trypsin",
        file="trypsin_data.json",
        concentration=557120,
        response=557121,
        ic50=557122,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultAgreement:
    """One assay, every curve matched to its own published value by run, compound and batch.

    Attributes
    ----------
    exact, within_0_1, within_0_01
        Published ``=`` values, and how many come back, log units.
    bounds, bounds_kept
        Published ``>`` values, and how many are that bound here.
    """

    assay: str
    rules: str
    exact: int
    within_0_1: int
    within_0_01: int
    bounds: int
    bounds_kept: int


def bench_vault_curves(folder: Path) -> tuple[VaultAgreement, ...]:
    """Fit the vault's wells and compare each curve with the fit that the vault stored for it.

    The vault locked both asymptotes (0 and 100 %) and left the slope free: its files say so.

    Parameters
    ----------
    folder
        With the JSON wells of COVID Moonshot's mass spectrometry and trypsin assays.
    """
    found = []
    for assay in _ASSAYS:
        path = Path(folder) / assay.file
        if not path.is_file():
            raise FileFormatError(
                f"no file {assay.file}", place=str(folder), remedy="give the programme's folder"
            )
        layout = Layout(
            table="points",
            name_column="molecule",
            batch_column="batch",
            run_column="run",
            well=Well(
                concentration=f"readouts.{assay.concentration}",
                unit="uM",
                response=f"readouts.{assay.response}",
            ),
        )
        points = read_points(path, layout).points
        published = _published(path, f"readouts.{assay.ic50}")
        for name, rules in (("locked, as given", AS_GIVEN), ("default", CurveRules())):
            curves = fit_curves(points, _BY, rules).curves.merge(published, on=_BY)
            found.append(_agreement(assay.name, name, curves))
    return tuple(found)


def _published(path: Path, readout: str) -> pd.DataFrame:
    table = open_table(path)
    places = {title: place for place, title in enumerate(table.header)}
    modifier = places.get(f"{readout}.modifier")
    rows = [
        (
            *(row.cells[places[title]] for title in ("run", "molecule", "batch")),
            row.cells[places[readout]],
            "" if modifier is None else row.cells[modifier],
        )
        for row in table.records()
    ]
    frame = pd.DataFrame(rows, columns=[*_BY, "ic50", "modifier"])
    number = pd.to_numeric(frame["ic50"], errors="coerce")
    known = frame.assign(published=6.0 - np.log10(number)).dropna(subset=["published"])
    return known.drop_duplicates(_BY)


def _agreement(assay: str, rules: str, curves: pd.DataFrame) -> VaultAgreement:
    exact = curves[curves["modifier"].isin(["", "="])]
    bounds = curves[curves["modifier"] == ">"]
    off = (exact["p_ac50"] - exact["published"]).abs()
    return VaultAgreement(
        assay=assay,
        rules=rules,
        exact=len(exact),
        within_0_1=int((off <= _WITHIN).sum()),
        within_0_01=int((off <= _WITHIN / 10).sum()),
        bounds=len(bounds),
        bounds_kept=int((bounds["p_relation"] == "<").sum()),
    )
