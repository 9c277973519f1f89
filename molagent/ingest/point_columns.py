"""Which column of a points file is what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from molagent.errors import FileFormatError
from molagent.ingest.titles import find_dose, find_titles
from molagent.units import canonical_unit

__all__ = ["PointColumns", "guess_points"]

_TITLES: Final[dict[str, tuple[str, ...]]] = {
    "sample": (
        *("cid", "compound", "compoundid", "compoundname", "sample", "sampleid"),
        *("molecule", "moleculename", "name"),
    ),
    "lot": ("lot", "batch", "batchid", "lotid"),
    "run": ("run", "runid"),
    "assay": ("assay", "protocol", "endpoint", "assayname"),
    "plate": ("plate", "barcode", "platebarcode", "plateid"),
    "outlier": ("outlier", "excluded", "knockedout", "masked"),
    "unit": ("unit", "units", "concunit"),
}
_RISING: Final = re.compile(r"inhibition|effect|response", re.IGNORECASE)
_FALLING: Final = re.compile(r"activity|remaining|% ?of ?control|viability", re.IGNORECASE)
# What was made of many points: their mean, a potency, a picture.
_SUMMARY: Final = re.compile(
    r"mean|average|deviation|count|[IE]C50|\bKi\b|plot|target", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointColumns:
    """Which column of a points file is what; '' where the file has none.

    Attributes
    ----------
    concentration, unit
        Its column, and the unit of its numbers (``uM``) or the column that says so.
    response, falling
        Percent. `falling` turns it over (100 - x): remaining activity, percent of control.
    scale
        ``fraction`` multiplies by 100; ``auto`` decides by the values and says so in a note.
    well_row, well_column, first_well
        Where the well's place stands in columns of its own, and what the first is called there (0
        or 1).
    where
        Rows are kept if each of these columns has one of these texts.
    """

    sample: str
    concentration: str
    response: str
    unit: str = "uM"
    unit_column: str = ""
    falling: bool = False
    scale: Literal["percent", "fraction", "auto"] = "auto"
    outlier: str = ""
    lot: str = ""
    run: str = ""
    assay: str = ""
    plate: str = ""
    well_row: str = ""
    well_column: str = ""
    first_well: int = 0
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)


def guess_points(header: Sequence[str], file_name: str) -> PointColumns:
    """Return which column is what, from the titles.

    Raises
    ------
    FileFormatError
        If no column looks like a compound, a concentration with its unit, or a response.

    Examples
    --------
    >>> guess_points(["cid", "concentration_uM", "percent_inhibition"], "a.csv").unit
    'uM'
    """
    found = find_titles(header, _TITLES)
    dose, unit = find_dose(header)
    single = [title for title in header if not _SUMMARY.search(title)]
    response = next((title for title in single if _RISING.search(title)), "")
    falling = "" if response else next((title for title in single if _FALLING.search(title)), "")
    lacking = [
        words
        for words, there in (
            ("compounds", found["sample"]),
            ("concentrations with their unit", dose and (unit or found["unit"])),
            ("responses in percent", response or falling),
        )
        if not there
    ]
    if lacking:
        listing = ", ".join(repr(title) for title in header)
        raise FileFormatError(
            f"no column of {listing} looks like {' or '.join(lacking)}",
            place=file_name,
            remedy="name the columns with PointColumns",
        )
    return PointColumns(
        sample=found["sample"],
        lot=found["lot"],
        run=found["run"],
        assay=found["assay"],
        plate=found["plate"],
        outlier=found["outlier"],
        concentration=dose,
        unit=canonical_unit(unit) if unit else "",
        unit_column="" if unit else found["unit"],
        response=response or falling,
        falling=bool(falling),
    )
