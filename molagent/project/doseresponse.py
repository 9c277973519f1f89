"""Plates and dose-response points into a project file, fitted, judged, and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from molagent.errors import InputError, NotFoundError
from molagent.store.curves import CurveReceipt, load_curve_points, load_curves, write_curves
from molagent.store.database import Database
from molagent.store.identities import resolve_names
from molagent.store.plates import (
    PlateReceipt,
    load_plate_qc,
    load_plates,
    load_wells,
    write_plates,
)

if TYPE_CHECKING:
    from molagent.curves import CurveRules
    from molagent.ingest.layouts import Layout
    from molagent.ingest.plate_layouts import PlateLayout
    from molagent.report.page import Picture

__all__ = ["CurveIntake", "DoseResponse"]


@dataclass(frozen=True, eq=False)
class CurveIntake:
    """What one file of points became.

    Attributes
    ----------
    receipt
        Counts of what was stored.
    rejections
        ``source_row, kind, reason, raw``: rows that are no point.
    unknown
        Names of samples that stand for no compound of the project; their curves were not stored.
    ambiguous
        Names that stand for several compounds; their curves were not stored.
    notes
        What the reader guessed.
    """

    receipt: CurveReceipt
    rejections: pd.DataFrame
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The counts in one sentence."""
        lost = len(self.unknown) + len(self.ambiguous)
        text = f"{self.receipt.curves} curves with {self.receipt.points} points stored"
        if self.receipt.known:
            text += f", {self.receipt.known} were there"
        if lost:
            text += f"; {lost} names stand for no single compound of the project"
        return f"{text}; {len(self.rejections)} rows are no points."


class DoseResponse:
    """Raw plates and curves of one project file.

    Parameters
    ----------
    db
        The project file.
    """

    def __init__(self, db: Database) -> None:
        self.db = db

    def ingest_points(
        self,
        path: Path | str,
        endpoint: str,
        *,
        columns: "Layout | str | Path | None" = None,
        where: Mapping[str, Sequence[str]] | None = None,
        rules: "CurveRules | None" = None,
        report: bool = False,
        **options: str,
    ) -> CurveIntake:
        """Read dose-response points, fit a curve to each series and store both.

        Parameters
        ----------
        path
            Any table with one row a point.
        endpoint
            What the curves measure; it must be known to the project.
        columns
            Which column is what: a layout of points, or the TOML file of one; guessed from the
            header if not given, and noted.
        where
            Column to the texts that are kept: ``{"assay": ["fluorescence"]}``.
        rules
            What is locked, bounds, outliers; kept with every curve. By default 0 and 100 % are
            locked, and a curve whose points refute that reports nothing until
            ``CurveRules(ic50="relative")`` or ``"absolute"`` says which half effect is meant.
        report
            Also write the potencies of the fits as results of the endpoint.
        options
            ``decimal`` (``.`` or ``,``), ``sheet`` and ``delimiter`` of the file.

        Raises
        ------
        NotFoundError
            If the project has no such endpoint.
        FileFormatError
            If the file cannot be read as points.
        """
        from molagent.curves import fit_curves
        from molagent.ingest.points import read_points

        found = read_points(Path(path), columns, where=where, **options)
        names = sorted(set(found.points["sample"].astype(str)))
        resolved = resolve_names(self.db, names)
        ids = {
            str(alias): tuple(compounds)
            for alias, compounds in zip(resolved["alias"], resolved["compound_ids"], strict=True)
        }
        single = {name: entry[0] for name, entry in ids.items() if len(entry) == 1}
        points = found.points.assign(compound_id=found.points["sample"].astype(str).map(single))
        points = points[points["compound_id"].notna()]
        unknown = tuple(name for name in names if not ids.get(name))
        ambiguous = tuple(name for name in names if len(ids.get(name, ())) > 1)
        if points.empty:
            raise InputError(
                f"none of the {len(names)} samples, {names[0]!r} and so on, is a known compound",
                place=found.source.name,
                remedy="ingest the structures with their names first",
            )
        fits = fit_curves(points, [*found.by, "compound_id"], rules)
        curves, kept = fits.stored(endpoint)
        receipt = write_curves(
            self.db, found.source, curves, kept, rejections=found.rejections, report=report
        )
        notes = (*found.notes, *_undecided(curves))
        return CurveIntake(receipt, found.rejections, unknown, ambiguous, notes)

    def ingest_plates(
        self,
        path: Path | str,
        endpoint: str,
        *,
        layout: "PlateLayout | Path | None" = None,
        columns: "Layout | str | Path | None" = None,
        run_id: str = "",
        decimal: str = "",
        read: str = "",
        names_of: str = "",
    ) -> tuple[PlateReceipt, pd.DataFrame]:
        """Read a plate export, put its wells between the controls, judge the plates, store all.

        Parameters
        ----------
        path
            One row a well, or plates drawn as plates.
        endpoint
            What the plates measure; it must be known to the project.
        layout
            What is in which well, where the export does not say; a file, or what
            :func:`molagent.ingest.plate_layouts.controls_layout` returns.
        columns
            Which column is what: a layout of wells, or the TOML file of one; guessed from the
            header if not given.
        run_id
            The run; by default the file's column, or the file's name.
        decimal
            Decimal sign of the signals, ``.`` or ``,``; decided over all of them if not given.
        read
            A part of the title of the one read that is wanted, where an export has several: by
            default each becomes a run of its own.
        names_of
            Whose names the samples have, as the project's aliases know them; ``CDD molecule``.
            By default any name that stands for one compound only.

        Returns
        -------
        receipt, rejections
        """
        from molagent.curves import normalise, plate_quality
        from molagent.ingest.plates import read_plates

        known = self.db.query(
            "SELECT signal_hash, any_value(barcode) AS barcode FROM plate "
            "GROUP BY signal_hash ORDER BY signal_hash"
        )
        found = read_plates(
            Path(path),
            layout,
            run_id=run_id,
            columns=columns,
            decimal=decimal,
            read=read,
            known=dict(zip(known["signal_hash"], known["barcode"], strict=True)),
        )
        by = ["run_id", "barcode"]
        wells = normalise(found.wells, by)
        quality = plate_quality(wells, by)
        runs = pd.DataFrame({"run_id": sorted(set(found.plates["run_id"]))}).assign(
            endpoint=endpoint
        )
        receipt = write_plates(
            self.db,
            found.source,
            runs=runs,
            plates=found.plates,
            wells=wells,
            quality=quality,
            alias_system=names_of,
            rejections=found.rejections,
        )
        return replace(receipt, notes=found.notes), found.rejections

    def curves(self, endpoint: str = "", *, compound_id: str = "") -> pd.DataFrame:
        """Return the fitted curves of one endpoint or compound, or all."""
        return load_curves(self.db, endpoint, compound_id=compound_id)

    def plates(self) -> pd.DataFrame:
        """Return the plates with their run and newest verdict."""
        return load_plates(self.db)

    def quality(self) -> pd.DataFrame:
        """Return Z', signal to background, CVs and drift of every plate."""
        return load_plate_qc(self.db)

    def show_curve(self, compound_id: str, endpoint: str) -> "Picture":
        """Show a compound's curves of one endpoint: points, fit, interval, what was set aside.

        Raises
        ------
        NotFoundError
            If it has none.
        """
        curves = self.curves(endpoint, compound_id=compound_id)
        if curves.empty:
            raise NotFoundError("curve", f"{compound_id} in {endpoint}", place=self.db.path.name)
        return self.show_curves(curves, label="batch_id" if len(curves) > 1 else "compound_id")

    def show_curves(self, curves: pd.DataFrame, *, label: str = "compound_id") -> "Picture":
        """Show some rows of :meth:`curves` as a page of small plots."""
        from molagent.report.curvegrid import curve_grid
        from molagent.report.page import drawing

        points = load_curve_points(self.db, [int(number) for number in curves["curve_id"]])
        drawn = curve_grid(curves.assign(curve=curves["curve_id"]), points, label=label)
        return drawing("Curves", drawn)

    def show_plate(self, run_id: str, barcode: str) -> "Picture":
        """Show a plate as a heat map with its controls and its verdict."""
        from molagent.report.page import drawing
        from molagent.report.plate import plate_map

        wells = load_wells(self.db, run_id=run_id, barcode=barcode)
        if wells.empty:
            raise NotFoundError("plate", f"{barcode} of run {run_id}", place=self.db.path.name)
        quality = self.quality()
        mine = quality[(quality["run_id"] == run_id) & (quality["barcode"] == barcode)]
        newest = {str(key): value for row in mine.to_dict("records") for key, value in row.items()}
        return drawing(f"Plate {barcode}", plate_map(wells, newest or None))


def _undecided(curves: pd.DataFrame) -> list[str]:
    """Return a note on curves that level off elsewhere than at the controls, if no one chose."""
    partial = curves[(curves["curve_class"] == "partial") & curves["p_value"].isna()]
    if partial.empty:
        return []
    first = partial.iloc[0]
    return [
        f"{len(partial)} curves level off elsewhere than the controls say and report nothing, the "
        f"first of {first['compound_id']} ({first['note']}). Say --ic50 relative (half of the "
        "curve's own way) or --ic50 absolute (50 % between the controls)"
    ]
