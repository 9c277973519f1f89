"""What the rows of a file hold once they are read, and what they say against each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from molagent.ingest.readers import delimited
from molagent.ingest.readings import Reading
from molagent.ingest.wells import WellRow

__all__ = ["Assay", "Chunk", "StructureRow", "ValueRow", "contradict"]

# One value in two units differs by what rounding takes: half of the last digit of pIC50 5.1.
_ROUNDED_P: Final = 0.06
_ROUNDED: Final = 0.05


@dataclass(frozen=True, slots=True)
class Assay:
    """One endpoint that a file brings values of; the source is '' where the layout says it."""

    endpoint: str
    target: str
    quantity: str
    dimension: str
    standard_unit: str
    organism: str
    source: str = ""
    licence: str = ""


@dataclass(slots=True)
class ValueRow:
    """One value of one row, before its structure is standardised.

    `beside` is what the row itself draws, where its name stands for a structure already; `drawn` a
    second drawing of its structure;
    `contradicts` a sentence about another column of the row that says the same in another way;
    `restates` that other value, where the compound's weight is needed to compare the two.
    """

    source_row: int
    endpoint: str
    structure: str
    name: str
    original: str
    original_unit: str
    original_relation: str
    reading: Reading
    set_aside: bool
    measured_on: date | None
    batch: str = ""
    run: str = ""
    document: str = ""
    beside: str = ""
    drawn: str = ""
    aliases: tuple[tuple[str, str], ...] = ()
    source_column: str = ""
    scale: str = "linear"
    tested_at_nm: float = math.nan
    source_note: str = ""
    contradicts: str = ""
    restates: "ValueRow | None" = None


@dataclass(slots=True)
class StructureRow:
    """One row that brings a structure and no value, with its further names and orders."""

    source_row: int
    structure: str
    name: str
    aliases: tuple[tuple[str, str], ...]
    orders: tuple[str, ...]
    lots: tuple[str, ...]
    on: date | None


@dataclass(slots=True)
class Chunk:
    """The readings of some rows, and what was refused of them.

    ``strangers`` are the rows whose own structure was taken under an id that nobody knows.
    ``refused`` holds source row, field ('' for the whole row), kind and reason; ``cells`` keeps
    each row as it was read until its fate is known.
    """

    readings: list[ValueRow] = field(default_factory=list)
    structures: list[StructureRow] = field(default_factory=list)
    wells: list[WellRow] = field(default_factory=list)
    refused: list[tuple[int, str, str, str]] = field(default_factory=list)
    strangers: set[int] = field(default_factory=set)
    cells: dict[int, Sequence[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many rows were read."""
        return len(self.cells)

    def raw(self, source_row: int, delimiter: str) -> str:
        """Return a row as one line of text."""
        return delimited(list(self.cells[source_row]), delimiter or ",")


def contradict(value: ValueRow, first: ValueRow, weight: float = 1.0) -> bool:
    """Say of both values that they contradict each other; return False where they agree.

    Parameters
    ----------
    weight
        The compound's in g/mol: of any two values by weight it does not matter.
    """
    ours, theirs = (
        row.reading.weighed(weight) if math.isnan(row.reading.standard_value) else row.reading
        for row in (value, first)
    )
    if ours.dimension == "concentration" == theirs.dimension:
        agree = math.isclose(ours.p_value, theirs.p_value, abs_tol=_ROUNDED_P)
    else:
        agree = math.isclose(ours.standard_value, theirs.standard_value, rel_tol=_ROUNDED)
    # A bound is often left away on the p scale; another bound is said.
    if agree and ours.relation in ("=", theirs.relation):
        return False
    for one, other in ((value, first), (first, value)):
        one.contradicts = (
            f"{one.source_column!r} says {one.original.strip()!r}, {other.source_column!r} "
            f"{other.original.strip()!r}"
        )
    return True
