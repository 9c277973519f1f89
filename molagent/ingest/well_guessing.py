"""A layout of points or wells guessed from a header."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.layouts import Layout
from molagent.ingest.readouts import Well
from molagent.ingest.titles import find_dose, find_titles
from molagent.units import canonical_unit

__all__ = ["guess_points", "guess_wells"]

# As `plain_title` writes them; earlier ones win.
_POINTS: Final[dict[str, tuple[str, ...]]] = {
    "sample": (
        *("cid", "compound", "compoundid", "compoundname", "sample", "sampleid", "samplename"),
        *("molecule", "moleculename", "cpd", "cpdid", "cmpd", "cmpdid", "substance", "name"),
    ),
    "lot": ("lot", "batch", "batchid", "lotid"),
    "run": ("run", "runid"),
    "assay": ("assay", "protocol", "endpoint", "assayname"),
    "plate": ("plate", "barcode", "platebarcode", "plateid"),
    "outlier": ("outlier", "excluded", "knockedout", "masked"),
    "unit": ("unit", "units", "concunit"),
}
_WELLS: Final[dict[str, tuple[str, ...]]] = {
    "plate": ("barcode", "plate", "plateid", "platebarcode", "platename", "well.plate"),
    "well": ("well", "wellid", "wellposition", "position"),
    "row": ("row", "wellrow", "well.row"),
    "column": ("col", "column", "wellcol", "wellcolumn", "well.col"),
    "signal": (
        *("signal", "value", "rfu", "rlu", "raw", "rawvalue", "rawsignal", "reading"),
        *("fluorescence", "luminescence", "absorbance", "od", "counts", "intensity"),
    ),
    "role": ("role", "type", "welltype", "control", "content"),
    "sample": (
        *("sample", "compound", "compoundid", "sampleid", "samplename", "molecule", "cpd", "cpdid"),
        *("cmpd", "cmpdid", "substance", "name", "cid"),
    ),
    "unit": ("unit", "units", "concunit", "concentrationunit"),
    "run": ("run", "runid"),
}
_RISING: Final = re.compile(r"inhibition|effect|response", re.IGNORECASE)
_FALLING: Final = re.compile(r"activity|remaining|% ?of ?control|viability", re.IGNORECASE)
# What was made of many points: their mean, a potency, a picture.
_SUMMARY: Final = re.compile(
    r"mean|average|deviation|count|[IE]C50|\bKi\b|plot|target", re.IGNORECASE
)


def guess_points(header: Sequence[str], file_name: str) -> tuple[Layout, str]:
    """Return a layout of dose-response points, and a note on what was guessed.

    Raises
    ------
    FileFormatError
        If no column looks like a compound, a concentration with its unit, or a response.

    Examples
    --------
    >>> layout, _ = guess_points(["cid", "concentration_uM", "percent_inhibition"], "a.csv")
    >>> layout.name_column, layout.well.unit, layout.well.response
    ('cid', 'uM', 'percent_inhibition')
    """
    found = find_titles(header, _POINTS)
    dose, unit = find_dose(header)
    single = [title for title in header if not _SUMMARY.search(title)]
    rising = next((title for title in single if _RISING.search(title)), "")
    response = rising or next((title for title in single if _FALLING.search(title)), "")
    _require(
        header,
        file_name,
        {
            "compounds": bool(found["sample"]),
            "concentrations with their unit": bool(dose and (unit or found["unit"])),
            "responses in percent": bool(response),
        },
    )
    well = Well(
        concentration=dose,
        unit=canonical_unit(unit) if unit else "",
        unit_column="" if unit else found["unit"],
        response=response,
        falling=not rising,
        assay_column=found["assay"],
        plate_column=found["plate"],
        outlier_column=found["outlier"],
    )
    layout = Layout(
        table="points",
        name_column=found["sample"],
        batch_column=found["lot"],
        run_column=found["run"],
        well=well,
    )
    said = well.unit or f"column {well.unit_column!r}"
    turned = ", turned over (100 - x)" if well.falling else ""
    return layout, (
        f"guessed: {response!r}{turned} at {dose!r} in {said}, compounds from {found['sample']!r}"
    )


def guess_wells(header: Sequence[str], file_name: str) -> tuple[Layout, str]:
    """Return a layout of the wells of plates, and a note on what was guessed.

    Raises
    ------
    FileFormatError
        If no column looks like a well or a signal.

    Examples
    --------
    >>> guess_wells(["Barcode", "Well", "RFU"], "a.csv")[0].well.signal
    'RFU'
    >>> guess_wells(["Barcode", "Well", "Conc", "RFU"], "a.csv")[1]
    "guessed: signal 'RFU', plate 'Barcode', well 'Well'; not read: 'Conc'"
    """
    found = find_titles(header, _WELLS)
    has_place = bool(found["well"] or (found["row"] and found["column"]))
    _require(
        header,
        file_name,
        {"wells": has_place, "signals": bool(found["signal"])},
        also=", and no plate is drawn",
    )
    dose, unit = find_dose(header)
    if not (unit or found["unit"]):
        dose = ""  # a thousandfold lies between uM and nM: it is left out, and said
    in_parts = not found["well"]
    layout = Layout(
        table="wells",
        name_column=found["sample"],
        run_column=found["run"],
        well=Well(
            signal=found["signal"],
            plate_column=found["plate"],
            position=found["well"],
            row=found["row"] if in_parts else "",
            column=found["column"] if in_parts else "",
            role_column=found["role"],
            concentration=dose,
            unit=canonical_unit(unit) if unit else "",
            unit_column=found["unit"] if dose and not unit else "",
        ),
    )
    told = f", concentrations {dose!r} in {unit or repr(found['unit'])}" if dose else ""
    taken = [title for key, title in found.items() if key != "unit" or dose]
    return layout, (
        f"guessed: signal {found['signal']!r}, plate {found['plate']!r}, "
        f"well {found['well'] or found['row']!r}{told}{_left_out(header, [*taken, dose])}"
    )


def _left_out(header: Sequence[str], taken: Sequence[str]) -> str:
    """Return words for the columns that a guess of wells does not read, '' if there are none."""
    left = [title for title in header if title.strip() and title not in taken]
    return f"; not read: {', '.join(map(repr, left))}" if left else ""


def _require(
    header: Sequence[str], file_name: str, there: Mapping[str, bool], *, also: str = ""
) -> None:
    if lacking := [words for words, is_there in there.items() if not is_there]:
        listing = ", ".join(repr(title) for title in header)
        raise FileFormatError(
            f"no column of {listing} looks like {' or '.join(lacking)}{also}",
            place=file_name,
            remedy="say in a layout which column is what",
        )
