"""Plates in: exports of plate readers, long or drawn as plates, with their layouts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import FileFormatError, InputError
from molagent.ingest.cells import parse_number
from molagent.ingest.intake import read_data
from molagent.ingest.layouts import Layout
from molagent.ingest.notations import Notation, decimal_sign
from molagent.ingest.plate_bare import find_bare_blocks
from molagent.ingest.plate_grids import PLATE_SIZES, Block, find_blocks, read_cells, row_letters
from molagent.ingest.plate_layouts import PlateLayout, read_layout
from molagent.ingest.plate_signals import OVER, choose_reads
from molagent.ingest.potencies import RefusedPotencyError
from molagent.ingest.sources import find_format
from molagent.ingest.tables import file_digest
from molagent.ingest.well_guessing import guess_wells
from molagent.ingest.well_lists import ListedWell, find_listed, refuse_kinetics
from molagent.store.receipts import REJECTION_COLUMNS
from molagent.store.sources import SourceFile

__all__ = ["PlatesFile", "read_plates", "signal_hash"]

_WELL_COLUMNS: Final = (
    *("run_id", "barcode", "well_row", "well_column", "role", "signal", "sample"),
    *("concentration_m", "response", "outlier", "outlier_reason", "source_row"),
)
_LEAST_TWIN: Final = 8  # wells that must agree to the last digit for two plates to be one


@dataclass(frozen=True, kw_only=True, eq=False)
class PlatesFile:
    """A file of plates, read but not stored.

    Attributes
    ----------
    plates
        ``run_id, barcode, n_rows, n_columns, read_order``, one row a plate.
    wells
        ``run_id, barcode, well_row, well_column`` (from 1), ``role``, ``signal`` (NaN where the
        reader gave none), ``sample``, ``concentration_m`` (mol/L), ``response``, ``outlier``,
        ``outlier_reason``, ``source_row``.
    rejections
        ``source_row, kind, reason, raw``; a plate that was refused has one row.
    source
        For the store.
    """

    plates: pd.DataFrame
    wells: pd.DataFrame
    rejections: pd.DataFrame
    source: SourceFile
    notes: tuple[str, ...] = ()


def read_plates(
    path: Path,
    layout: PlateLayout | Path | None = None,
    *,
    run_id: str = "",
    columns: Layout | str | Path | None = None,
    known: Mapping[str, str] | None = None,
    decimal: str = "",
    read: str = "",
) -> PlatesFile:
    """Read a plate export.

    Parameters
    ----------
    path
        A table with one row a well (CSV, TSV, XLSX, Parquet, JSON), or plates drawn as plates
        (96, 384, 1536, smaller ones and parts of them), several of them below or beside each other
        or on several sheets, with the other blocks of a reader's export between them: EnVision,
        BMG MARS, Gen5, i-control, Magellan, SoftMax Pro in the plate format. Of a plate its raw
        reads are taken, not what was calculated from them and not the labels of wells.
    layout
        What is in the wells, where the export does not say; a file or what :func:`read_layout`
        and :func:`controls_layout` return.
    run_id
        The run; by default the file's column, or the file's name without its ending.
    columns
        The layout of a table of wells, or the TOML file of one; guessed from the header if not
        given, and noted.
    decimal
        Decimal sign of the signals, ``.`` or ``,``; '' decides by all of them.
    known
        Signal hash to barcode of plates that were read before, see :func:`signal_hash`.
    read
        A part of the title of the one read that is wanted. By default all are taken; where a plate
        has several, each becomes a run of its own, ``export [Raw Data (620)]``.

    Returns
    -------
    PlatesFile
        A plate with exactly the signals of another, and a barcode that stands for two sets of
        signals, are refused by name; so is a well that stands twice.

    Raises
    ------
    FileFormatError
        If no plate can be found, one is cut off, no block holds signals, or a well has a number
        for each of many times or wavelengths.
    """
    path = Path(path)
    if layout is not None and not isinstance(layout, PlateLayout):
        layout = read_layout(layout)
    wells, mapping, refused, notes = _read(path, columns, decimal)
    wells["run_id"] = (run_id or path.stem) if run_id or "run_id" not in wells else wells["run_id"]
    wells, refused = _of_reads(wells, refused, read, notes, path.name)
    if read:
        mapping["read"] = read
    wells, again = _single_wells(wells)
    wells, twins = _single_plates(wells, known or {}, notes)
    if layout is not None:
        wells = _laid_out(wells, layout)
        mapping["layout"] = layout.name
    wells = _completed(wells)
    if not wells["role"].isin(["pos", "neg"]).any() and len(wells):
        notes.append("no control wells are named: give a layout to normalise and to judge plates")
    rejected = [*refused, *again, *twins]
    rejections = pd.DataFrame(rejected, columns=list(REJECTION_COLUMNS)).sort_values("source_row")
    digest, size = file_digest(path)
    return PlatesFile(
        plates=_plates(wells),
        wells=wells,
        rejections=rejections.reset_index(drop=True),
        source=SourceFile(
            name=path.name,
            sha256=digest,
            bytes=size,
            kind="plates",
            n_rows=len(wells) + len(rejected),
            accepted=len(wells),
            rejected=len(rejected),
            mapping=mapping,
        ),
        notes=tuple(notes),
    )


def signal_hash(wells: pd.DataFrame) -> str:
    """Return the SHA-256 of one plate's signals in the order of its wells; '' if none was read.

    Two plates with one hash are one plate read in twice: no assay repeats itself to the last digit.
    """
    order = wells.sort_values(["well_row", "well_column"])
    signals = np.ascontiguousarray(order["signal"].to_numpy(dtype="<f8", na_value=np.nan))
    return "" if np.isnan(signals).all() else sha256(signals.tobytes()).hexdigest()


_Refused = list[tuple[int, str, str, str]]
_Read = tuple[pd.DataFrame, dict[str, object], _Refused, list[str]]


def _read(path: Path, columns: Layout | str | Path | None, decimal: str) -> _Read:
    if columns is None and find_format(path).name in ("delimited", "xlsx"):
        sheets = read_cells(path)
        drawn: list[tuple[str, Block]] = []
        for sheet, lines in sheets.items():
            place = f"{path.name}{f'[{sheet}]' if sheet else ''}"
            found = [*find_blocks(lines, place=place), *find_bare_blocks(lines, place=place)]
            drawn.extend((sheet, block) for block in sorted(found, key=lambda block: block.line))
        if drawn:
            return _from_drawn(path, sheets, drawn, decimal)
        try:
            return _from_table(path, None, decimal)
        except FileFormatError:
            listed = _from_lists(path, sheets, decimal)
            if listed is None:
                raise
            return listed
    return _from_table(path, columns, decimal)


_DRAWN: Final = ("barcode", "read", "well_row", "well_column", "signal", "source_row")


def _from_table(path: Path, columns: Layout | str | Path | None, decimal: str) -> _Read:
    options = {"decimal": decimal} if decimal else {}
    intake = read_data(path, columns, guess=guess_wells, **options)  # type: ignore[arg-type]
    wells, refused = intake.well_rows("wells")
    barcodes = wells["barcode"] if "barcode" in wells else pd.Series("", index=wells.index)
    wells = wells.assign(
        barcode=barcodes.where(barcodes != "", path.stem), signal=wells["signal"].astype(float)
    )
    return wells, dict(intake.mapping), refused, list(intake.notes)


def _from_drawn(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[str]]],
    drawn: Sequence[tuple[str, Block]],
    decimal: str,
) -> _Read:
    try:
        reads, notes = choose_reads(drawn, path.stem)
    except FileFormatError:
        for lines in sheets.values():
            refuse_kinetics(lines, place=path.name)
        raise
    if not any(entry.kind in ("raw", "named") for entry in reads):
        # What a kinetic read was summed up to is no signal that a reader gave.
        for lines in sheets.values():
            refuse_kinetics(lines, place=path.name)
    cells = [(entry, *well) for entry in reads for well in entry.block.wells()]
    notation = _notation([text for *_, text, _ in cells], decimal, path.name)
    rows: list[tuple[object, ...]] = []
    refused: _Refused = []
    for entry, row, column, text, line in cells:
        well = f"{entry.barcode} {row_letters(row)}{column}"
        signal = _told(text, notation, (line, well), refused)
        rows.append((entry.barcode, entry.read, row, column, signal, line))
    wells = pd.DataFrame(rows, columns=list(_DRAWN))
    notes = [f"{wells['barcode'].nunique()} plates, drawn as plates", *notes, *notation.notes]
    return wells, {"form": "drawn"}, refused, notes


def _from_lists(
    path: Path, sheets: Mapping[str, Sequence[Sequence[str]]], decimal: str
) -> _Read | None:
    """Return the wells of lists below a preamble; None where the file has none."""
    listed: list[ListedWell] = []
    notes: list[str] = []
    for lines in sheets.values():
        found, left = find_listed(lines, place=path.name)
        if not found:
            refuse_kinetics(lines, place=path.name)
        notes.extend(left)
        listed.extend(found)
    if not listed:
        return None
    notation = _notation([well.text for well in listed], decimal, path.name)
    rows: list[tuple[object, ...]] = []
    refused: _Refused = []
    for well in listed:
        barcode = well.barcode or path.stem
        name = f"{barcode} {row_letters(well.row)}{well.column}"
        signal = _told(well.text, notation, (well.line, name), refused)
        place = (barcode, well.read, well.row, well.column)
        rows.append((*place, signal, well.line, well.role, well.sample))
    wells = pd.DataFrame(rows, columns=[*_DRAWN, "role", "sample"])
    titles = ", ".join(map(repr, dict.fromkeys(wells["read"])))
    notes = [f"a list of wells below other lines, signal {titles}", *notes, *notation.notes]
    return wells, {"form": "listed"}, refused, notes


def _notation(texts: Sequence[str], decimal: str, place: str) -> Notation:
    """Return how signals are written, decided over all of them."""
    notation = Notation("signal", decimal_sign(decimal), place=place)
    notation.look_at(texts)
    notation.decide((0, 0), delimiter="")
    return notation


def _told(text: str, notation: Notation, where: tuple[int, str], refused: _Refused) -> float:
    """Return a well's signal, NaN where there is none; what is no number is a rejection."""
    line, well = where
    signal = _signal(notation.plain(text))
    if signal is None:
        words = "the detector was full" if OVER.match(text) else "no number"
        refused.append((line, "value", f"well {well}: {text!r} is {words}", text))
    return float("nan") if signal is None else signal


def _of_reads(
    wells: pd.DataFrame, refused: _Refused, wanted: str, notes: list[str], name: str
) -> tuple[pd.DataFrame, _Refused]:
    """Keep the read that is wanted, or give each of several a run of its own."""
    if "read" not in wells:
        if wanted:
            raise FileFormatError(
                f"a read {wanted!r} is named, but the table has one signal",
                place=name,
                remedy="leave the read out",
            )
        return wells, refused
    titles = list(dict.fromkeys(wells["read"]))
    if wanted:
        found = [title for title in titles if wanted.lower() in title.lower()]
        if len(found) != 1:
            raise FileFormatError(
                f"{'several reads are' if found else 'no read is'} called {wanted!r}; there are "
                f"{', '.join(map(repr, titles))}",
                place=name,
                remedy="name one of these",
            )
        kept = wells["read"] == found[0]
        lines = set(wells.loc[kept, "source_row"])
        refused = [entry for entry in refused if entry[0] in lines]
        return wells[kept].drop(columns="read").reset_index(drop=True), refused
    several = wells.groupby("barcode")["read"].nunique().max() > 1
    if several:
        runs = wells["run_id"] + " [" + wells["read"] + "]"
        wells = wells.assign(run_id=runs)
        shown = ", ".join(map(repr, titles))
        notes.append(f"{len(titles)} reads, each a run of its own: {shown}; --read takes one")
    return wells.drop(columns="read"), refused


def _signal(text: str) -> float | None:
    """Return the signal, NaN where a well was not read, None where the text is something else."""
    try:
        value = parse_number(text, "signal")
    except RefusedPotencyError:
        return None
    return float("nan") if value is None else value


def _single_wells(wells: pd.DataFrame) -> tuple[pd.DataFrame, _Refused]:
    place = ["run_id", "barcode", "well_row", "well_column"]
    again = wells.duplicated(place)
    if not again.any():
        return wells, []
    first = wells.drop_duplicates(place).set_index(place)["signal"]
    refused: _Refused = []
    for row in wells[again].to_dict("records"):
        before, now = first.loc[tuple(row[name] for name in place)], row["signal"]
        well = f"{row['barcode']} {row_letters(int(row['well_row']))}{row['well_column']}"
        words = "again" if before == now else f"again, with {now:g} after {before:g}"
        kind = "duplicate" if before == now else "conflict"
        refused.append((int(row["source_row"]), kind, f"well {well} {words}", ""))
    return wells[~again].reset_index(drop=True), refused


def _single_plates(
    wells: pd.DataFrame, known: Mapping[str, str], notes: list[str]
) -> tuple[pd.DataFrame, _Refused]:
    seen = dict(known)
    refused: _Refused = []
    kept = []
    for (_, barcode), part in wells.groupby(["run_id", "barcode"], sort=False):
        digest = signal_hash(part)
        if digest and digest in seen and part["signal"].notna().sum() >= _LEAST_TWIN:
            words = f"plate {barcode} has exactly the signals of plate {seen[digest]}"
            refused.append((int(part["source_row"].iloc[0]), "duplicate", words, str(barcode)))
            notes.append(f"{words}: it was left out")
            continue
        seen[digest] = str(barcode)
        kept.append(part)
    return (pd.concat(kept, ignore_index=True) if kept else wells.iloc[:0]), refused


def _laid_out(wells: pd.DataFrame, layout: PlateLayout) -> pd.DataFrame:
    parts = []
    place = ["well_row", "well_column"]
    for barcode, part in wells.groupby("barcode", sort=False):
        given = layout.of_plate(str(barcode)).set_index(place)
        keys = pd.MultiIndex.from_frame(part[place])
        outside = given.index.difference(keys)
        size = _size(part)
        beyond = [key for key in outside if key[0] > size[0] or key[1] > size[1]]
        if beyond:
            row, column = beyond[0]
            raise FileFormatError(
                f"the layout has a well {row_letters(row)}{column}, plate {barcode} is "
                f"{size[0]} x {size[1]}",
                place=layout.name,
                remedy="give the layout of this plate size",
            )
        found = given.reindex(keys)
        laid = part.copy()
        laid["role"] = found["role"].fillna("empty").to_numpy()
        for name in ("sample", "concentration_m"):
            # What the export itself says of a well holds; the layout fills the rest.
            own = part[name] if name in part else pd.Series(None, index=part.index, dtype=object)
            blank = own.isna() | (own == "")
            laid[name] = np.where(blank, found[name].to_numpy(), own.to_numpy())
        parts.append(laid)
    return pd.concat(parts, ignore_index=True) if parts else wells


def _completed(wells: pd.DataFrame) -> pd.DataFrame:
    frame = wells.copy()
    if "sample" not in frame:
        frame["sample"] = ""
    frame["sample"] = frame["sample"].fillna("").astype(str)
    if "role" not in frame:
        frame["role"] = np.where(frame["sample"] != "", "sample", "empty")
    for name in ("concentration_m", "response"):
        frame[name] = frame[name].astype(float) if name in frame else np.nan
    if "outlier" not in frame:
        frame["outlier"], frame["outlier_reason"] = False, ""
    return frame[list(_WELL_COLUMNS)].reset_index(drop=True)


def _plates(wells: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (run, barcode, *_size(part), order)
        for order, ((run, barcode), part) in enumerate(
            wells.groupby(["run_id", "barcode"], sort=False), start=1
        )
    ]
    names = ["run_id", "barcode", "n_rows", "n_columns", "read_order"]
    return pd.DataFrame(rows, columns=names)


def _size(part: pd.DataFrame) -> tuple[int, int]:
    """Return the smallest plate that is made and holds every well."""
    rows, columns = int(part["well_row"].max()), int(part["well_column"].max())
    for n_columns, n_rows in sorted(PLATE_SIZES.items()):
        # Below 96 wells nobody screens: three wells of a table are not a plate of twelve.
        if n_columns >= 12 and rows <= n_rows and columns <= n_columns:
            return n_rows, n_columns
    raise InputError(
        f"well {row_letters(rows)}{columns} is on no plate that is made",
        place=str(part["barcode"].iloc[0]),
        remedy="check the well's row and column",
    )
