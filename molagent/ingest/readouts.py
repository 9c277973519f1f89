"""What one row of a file may hold: values, wells, and names that another table explains."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from molagent.units import DIMENSIONS, dimension_of, measure, split_scale

__all__ = [
    "FILE",
    "IN_CELL",
    "QUANTITIES",
    "Lookup",
    "Readout",
    "Well",
    "endpoint_name",
    "fill_template",
    "molar_concentration",
    "placeholders",
]

#: What stands for the name of the file, without its endings, in the name of an endpoint.
FILE: Final = "file"
# Concentrations that have a p scale.
QUANTITIES: Final = ("Ki", "IC50", "EC50", "Kd")
#: The unit of a column whose cells say their units: ``5 nM``, ``1.2 uM``.
IN_CELL: Final = "cell"
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_CONCENTRATION: Final = re.compile(r"^(\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*(\S+)$")
_NOT_A_NAME: Final = re.compile(r"[^a-z0-9]+")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Readout(_Part):
    """One value that each row may hold.

    Attributes
    ----------
    endpoint
        Its name; ``{column}`` stands for that column's text: ``{target_chembl_id}_{type}``, and
        ``{file}`` for the file's name without its endings. What comes of it is a lower-case name,
        so that each assay of a long table is its own endpoint.
    value
        Title of the column of values.
    unit, unit_column
        One unit for the file, or the title of a column of units; `IN_CELL` (``cell``) as the unit
        where each value's own cell says it. A unit in the cell goes before both.
    relation_column
        Title of a column of ``=``, ``<`` and ``>``, beside what the value's own cell says.
    quantity
        What was measured: ``IC50``, ``inhibition``; ``{column}`` as above.
    dimension
        One of ``molagent.units.DIMENSIONS``; by default what the unit says. A molar solubility has
        to say ``amount_per_volume``.
    scale
        ``log10`` if the file holds the decadic logarithm of the value, ``-log10`` if it holds that
        turned over, ``p`` for -log10(mol/L), ``class`` for one of two classes, 0 and 1. A unit
        like ``log cm/s`` says it too.
    relation_of
        ``concentration`` if the relation column of a p value speaks of the concentration: ``>``
        there is ``<`` on the p scale.
    restates
        Another readout's column of which this one holds the same value in another unit. It is read
        where that one is blank; where the two contradict each other, both are stored and flagged.
    tested_at, tested_at_column, tested_at_unit
        Of a percentage: the concentration it was measured at, as ``10 uM``; or the column of
        concentrations and their unit.
    when, unless
        Column to the texts with which the readout is taken, or is not taken, from a row; other
        rows pass it by.
    once_per
        Columns that say which rows repeat one value, as a curve's IC50 stands beside each of its
        points: it is read where it stands first.
    outlier_column
        ``true`` there marks a value that the file's owner set aside.
    target, organism
        What was measured on, and of which species; ``{column}`` as above.
    """

    endpoint: str = Field(min_length=1)
    value: str
    quantity: str
    target: str = ""
    unit: str = ""
    unit_column: str = ""
    relation_column: str = ""
    dimension: str = ""
    scale: Literal["linear", "log10", "p", "-log10", "class"] = "linear"
    relation_of: Literal["value", "concentration"] = "value"
    restates: str = ""
    tested_at: str = ""
    tested_at_column: str = ""
    tested_at_unit: str = ""
    when: dict[str, tuple[str, ...]] = {}
    unless: dict[str, tuple[str, ...]] = {}
    once_per: tuple[str, ...] = ()
    outlier_column: str = ""
    organism: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.tested_at:
            molar_concentration(self.tested_at)
        if bool(self.tested_at_column) != bool(self.tested_at_unit):
            raise ValueError(f"{self.endpoint}: give tested_at_column with tested_at_unit")
        if self.scale in ("p", "class"):
            return self
        if bool(self.unit) == bool(self.unit_column):
            raise ValueError(f"{self.endpoint}: give one of unit and unit_column")
        if self.dimension and self.dimension not in DIMENSIONS:
            raise ValueError(f"unknown dimension {self.dimension!r}: use {', '.join(DIMENSIONS)}")
        scale, unit = split_scale(self.unit)
        if self.stated_unit and scale != "p" and not dimension_of(unit):
            raise ValueError(f"unknown unit {self.unit!r} of {self.endpoint}")
        return self

    @property
    def stated_unit(self) -> str:
        """The unit of all values, '' where their cells or a column say it."""
        return "" if self.unit == IN_CELL else self.unit

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the readout looks at."""
        named = (
            *(self.value, self.unit_column, self.relation_column, self.outlier_column),
            self.tested_at_column,
        )
        texts = (self.endpoint, self.quantity, self.target, self.organism)
        used = [title for text in texts for title in placeholders(text)]
        filters = (*self.when, *self.unless, *self.once_per)
        return tuple(dict.fromkeys(filter(None, [*used, *named, *filters])))

    @property
    def endpoint_columns(self) -> tuple[str, ...]:
        """The columns that the endpoint's name is made of."""
        return placeholders(self.endpoint)

    def fitted(self, found: Mapping[str, str], units: Mapping[str, str], only: str) -> Self:
        """Return the readout with the titles of one file.

        Parameters
        ----------
        found
            Title to the one that stands in the file, '' where none does.
        units
            Title of a value to the unit that the file's own title states.
        only
            The endpoint where no column names one.
        """
        unit = units.get(self.value, "")
        named = all(found[title] for title in self.endpoint_columns)
        real = {title: f"{{{there}}}" for title, there in found.items()}
        return self.model_copy(
            update={
                "endpoint": fill_template(self.endpoint, real) if named else only,
                "target": _filled(self.target, real),
                "quantity": _filled(self.quantity, real),
                "organism": _filled(self.organism, real),
                "when": {found[title]: some for title, some in self.when.items() if found[title]},
                "unless": {found[title]: t for title, t in self.unless.items() if found[title]},
                "once_per": tuple(found.get(title) or title for title in self.once_per),
                "restates": found.get(self.restates) or self.restates,
                "tested_at_column": found.get(self.tested_at_column, ""),
                "value": found[self.value],
                "unit": unit or self.unit,
                "unit_column": "" if unit else found.get(self.unit_column, ""),
                "relation_column": found.get(self.relation_column, ""),
                "outlier_column": found.get(self.outlier_column, ""),
            }
        )


def _filled(template: str, real: Mapping[str, str]) -> str:
    """Return a template with a file's own titles; without the columns that it lacks."""
    return fill_template(template, {title: t if t != "{}" else "" for title, t in real.items()})


@lru_cache(maxsize=1_024)
def molar_concentration(text: str) -> float:
    """Return a concentration like ``10 uM`` in nM.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> molar_concentration("10 µM")
    10000.0
    """
    match = _CONCENTRATION.match(text.strip())
    if match is None or dimension_of(match[2]) != "concentration":
        raise ValueError(f"{text!r} is no concentration like '10 uM'")
    return measure(float(match[1].replace(",", ".")), match[2], "concentration").standard_value


class Well(_Part):
    """What a row of dose-response points, or of the wells of plates, says of its well.

    Titles; '' where the file has none. The compound, its lot and the run are the layout's own
    `name_column`, `batch_column` and `run_column`.

    Attributes
    ----------
    concentration, unit, unit_column
        Its column, and the unit of its numbers (``uM``) or the column that says so.
    response, falling
        Percent. `falling` turns it over (100 - x): remaining activity, percent of control.
    scale
        ``fraction`` multiplies by 100; ``auto`` decides by the values and says so in a note.
    signal
        What the reader counted.
    role_column
        Control or sample, in the words of ``molagent.ingest.plate_layouts.ROLE_WORDS``.
    assay_column, plate_column
        Which assay and which plate, where several stand in one file.
    position, row, column, first_well
        The well's place: texts like ``A01``; or a row and a column, numbers or letters, of which
        the first is called `first_well` (0 or 1) where they are numbers.
    outlier_column
        ``true`` there marks a point that the file's owner set aside.
    """

    concentration: str = ""
    unit: str = ""
    unit_column: str = ""
    response: str = ""
    falling: bool = False
    scale: Literal["percent", "fraction", "auto"] = "auto"
    signal: str = ""
    role_column: str = ""
    assay_column: str = ""
    plate_column: str = ""
    position: str = ""
    row: str = ""
    column: str = ""
    first_well: Literal[0, 1] = 1
    outlier_column: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.concentration and bool(self.unit) == bool(self.unit_column):
            raise ValueError("concentrations have one of unit and unit_column")
        if self.unit and dimension_of(self.unit) != "concentration":
            raise ValueError(f"unknown concentration unit {self.unit!r}")
        if bool(self.row) != bool(self.column):
            raise ValueError("give both row and column, or a position")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is looked at."""
        named = (
            *(self.concentration, self.unit_column, self.response, self.signal),
            *(self.role_column, self.assay_column, self.plate_column, self.position),
            *(self.row, self.column, self.outlier_column),
        )
        return tuple(filter(None, named))


class Lookup(_Part):
    """A table in which a name stands for another name, or at last for a structure.

    Attributes
    ----------
    file
        Beside the file that is read.
    key, value
        Titles: what the name is looked up in, and what it stands for.
    """

    file: str
    key: str
    value: str


def placeholders(template: str) -> tuple[str, ...]:
    """Return the columns that a template names; ``{file}`` is the file's name and no column.

    Examples
    --------
    >>> placeholders("{target}_{type}")
    ('target', 'type')
    """
    return tuple(name for name in _PLACEHOLDER.findall(template) if name != FILE)


def fill_template(template: str, cells: Mapping[str, str]) -> str:
    """Return a template with the text of columns in it.

    Examples
    --------
    >>> fill_template("{target}_{type}", {"target": "CHEMBL203", "type": "IC50"})
    'CHEMBL203_IC50'
    """
    if "{" not in template:
        return template
    return _PLACEHOLDER.sub(
        lambda match: match[0] if match[1] == FILE else cells.get(match[1], "").strip(), template
    )


@lru_cache(maxsize=8_192)
def endpoint_name(text: str) -> str:
    """Return a text as the name of an endpoint: lower case, digits and underscores."""
    return _NOT_A_NAME.sub("_", text.lower()).strip("_")
