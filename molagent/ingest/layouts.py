"""How a file is read: which column is a structure, a name, a value, a unit; as TOML or in code.

A layout is data. Those that ship are TOML files in ``molagent/ingest/data``; a project's own are
files of the same form::

    [layout]
    name = "cdd_vault"
    smiles = "suspected_SMILES"
    name_column = "Canonical_PostEra_ID"

    [[layout.readout]]
    endpoint = "mpro_pic50"
    target = "SARS-CoV-2 Mpro"
    quantity = "IC50"
    value = "IC50_(µM)"
    unit = "uM"
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from molagent.errors import ConfigError, NotFoundError
from molagent.ingest.mapping import QUANTITIES, ColumnMapping
from molagent.units import DIMENSIONS, dimension_of

__all__ = [
    "Layout",
    "Lookup",
    "Readout",
    "fill_template",
    "load_layout",
    "match_layout",
    "parse_layout",
    "shipped_layouts",
]

_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_NOT_A_NAME: Final = re.compile(r"[^a-z0-9]+")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Readout(_Model):
    """One value that each row may hold.

    Attributes
    ----------
    endpoint
        Its name; ``{column}`` stands for that column's text: ``{target_chembl_id}_{type}``. What
        comes of it is a lower-case name, so that each assay of a long table is its own endpoint.
    value
        Title of the column of values.
    unit, unit_column
        One unit for the file, or the title of a column of units.
    relation_column
        Title of a column of ``=``, ``<`` and ``>``, beside what the value's own cell says.
    quantity
        What was measured: ``IC50``, ``inhibition``; ``{column}`` as above.
    dimension
        One of ``molagent.units.DIMENSIONS``; by default what the unit says. A molar solubility has
        to say ``amount_per_volume``.
    scale
        ``log10`` if the file holds the decadic logarithm of the value, ``p`` if it holds
        -log10(mol/L).
    when
        Column to the texts with which the readout is taken from a row; other rows pass it by.
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
    scale: Literal["linear", "log10", "p"] = "linear"
    when: dict[str, tuple[str, ...]] = {}
    once_per: tuple[str, ...] = ()
    outlier_column: str = ""
    organism: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.scale == "p":
            return self
        if bool(self.unit) == bool(self.unit_column):
            raise ValueError(f"{self.endpoint}: give one of unit and unit_column")
        if self.dimension and self.dimension not in DIMENSIONS:
            raise ValueError(f"unknown dimension {self.dimension!r}: use {', '.join(DIMENSIONS)}")
        if self.unit and not dimension_of(self.unit):
            raise ValueError(f"unknown unit {self.unit!r} of {self.endpoint}")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the readout looks at."""
        named = (self.value, self.unit_column, self.relation_column, self.outlier_column)
        texts = (self.endpoint, self.quantity, self.target, self.organism)
        used = [title for text in texts for title in _PLACEHOLDER.findall(text)]
        return tuple(dict.fromkeys(filter(None, [*named, *used, *self.when, *self.once_per])))


class Lookup(_Model):
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


class Layout(_Model):
    """How one kind of file is read.

    Attributes
    ----------
    name, describes
        What the layout is called, and what it is for, in the list of layouts.
    table
        ``results``; ``structures`` for designs and registrations; ``orders`` and ``shipments``.
    smiles, name_column
        Title of the structure (SMILES or molblock) and of the compound's name; one may be ''.
    name_system
        Whose names they are: ``PostEra``, ``CDD``, ``ChEMBL``.
    lookups
        Tables to find the structure of a name in, one after the other.
    aliases
        Further names of the compound: whose, and the title of the column.
    batch_column, run_column, date_column, document_column, order_column
        Titles, or '' where the file has none. What a result's batch, run and document columns name
        is linked to what the project holds, and registered where it holds nothing by that name.
    order_pattern
        A regular expression with the groups ``date`` and ``supplier`` for the names of orders or
        shipments in ``order_column``, of which a cell may hold several, separated by commas.
    lot_column
        Of shipments: what the supplier calls the stuff, as many in a cell as there are shipments.
    supplier
        Of batches and orders: a name, where neither pattern nor column says it.
    date_format
        Of ``date_column`` and of the dates in an order's name, as ``strptime`` reads it.
    keep, skip
        Column to the texts that a row must, or must not, have there; '' stands for blank. Rows that
        are left out this way are counted.
    sheet
        Of a workbook: which sheet; '' is the first.
    delimiter
        One character; '' finds it out.
    source, licence
        Where the data is from, and under which licence it is used.
    files
        Names this layout is for, with ``*`` for any part of them.
    """

    name: str = ""
    describes: str = ""
    table: Literal["results", "structures", "orders", "shipments"] = "results"
    smiles: str = ""
    name_column: str = ""
    name_system: str = ""
    lookups: tuple[Lookup, ...] = ()
    batch_column: str = ""
    run_column: str = ""
    date_column: str = ""
    date_format: str = "%Y-%m-%d"
    document_column: str = ""
    order_column: str = ""
    order_pattern: str = ""
    lot_column: str = ""
    aliases: dict[str, str] = {}
    supplier: str = ""
    keep: dict[str, tuple[str, ...]] = {}
    skip: dict[str, tuple[str, ...]] = {}
    sheet: str = ""
    delimiter: str = ""
    source: str = ""
    licence: str = ""
    files: tuple[str, ...] = ()
    readout: tuple[Readout, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.smiles or self.name_column):
            raise ValueError("give smiles or name_column")
        if (self.table == "results") != bool(self.readout):
            raise ValueError("a table of results has readouts, and no other has")
        if len(self.delimiter) > 1:
            raise ValueError(f"the delimiter {self.delimiter!r} is not one character")
        try:
            re.compile(self.order_pattern)
        except re.error as error:
            raise ValueError(f"order_pattern {self.order_pattern!r}: {error}") from error
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the file that is looked at."""
        named = (
            *(self.smiles, self.name_column, self.batch_column, self.run_column),
            *(self.date_column, self.document_column, self.order_column, self.lot_column),
            *self.aliases.values(),
        )
        ours = [title for entry in self.readout for title in entry.columns]
        return tuple(dict.fromkeys(filter(None, [*named, *self.keep, *self.skip, *ours])))

    @classmethod
    def from_columns(cls, mapping: ColumnMapping) -> Self:
        """Return the layout of a file of one potency."""
        readout = Readout(
            endpoint=mapping.endpoint,
            target=mapping.target,
            quantity=mapping.quantity,
            value=mapping.value,
            unit=mapping.unit,
            unit_column=mapping.unit_column,
            relation_column=mapping.relation_column,
        )
        return cls(
            smiles=mapping.smiles,
            name_column=mapping.name_column,
            source=mapping.source,
            licence=mapping.licence,
            readout=(readout,),
        )

    def to_dict(self) -> dict[str, object]:
        """Return what is not default as plain values, as it is stored with the file."""
        return self.model_dump(mode="json", exclude_defaults=True)


def parse_layout(values: Mapping[str, object], *, place: str = "layout") -> Layout:
    """Return the layout that plain values describe.

    Raises
    ------
    ConfigError
        If a key is unknown or a value does not fit.

    Examples
    --------
    >>> layout = parse_layout(
    ...     {
    ...         "smiles": "SMILES",
    ...         "readout": [{"endpoint": "sol", "quantity": "solubility", "value": "S",
    ...                      "unit": "ug/mL"}],
    ...     }
    ... )
    >>> layout.columns
    ('SMILES', 'S')
    """
    try:
        return Layout.model_validate(dict(values))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'layout'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ConfigError(faults, place=place, remedy="correct the layout") from error


def load_layout(name_or_path: str | Path) -> Layout:
    """Return a layout that ships, by its name, or the one in a TOML file.

    Raises
    ------
    NotFoundError
        If there is neither.
    ConfigError
        If the file is not TOML or does not describe a layout.
    """
    shipped = shipped_layouts()
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    path = Path(name_or_path)
    if not path.is_file():
        raise NotFoundError("layout", str(name_or_path), known=shipped)
    return _parse_toml(path.read_text(encoding="utf-8"), path.name)[0]


@cache
def shipped_layouts() -> Mapping[str, Layout]:
    """Return the layouts that ship, by name."""
    layouts: dict[str, Layout] = {}
    for entry in sorted(files("molagent.ingest").joinpath("data").iterdir(), key=lambda p: p.name):
        if entry.name.endswith(".toml"):
            for layout in _parse_toml(entry.read_text(encoding="utf-8"), entry.name):
                layouts[layout.name] = layout
    return layouts


def match_layout(file_name: str, header: Sequence[str]) -> Layout | None:
    """Return the shipped layout for a file, by its name and columns, or None.

    The file's name must be one that the layout is for, and every column must be there.
    """
    for layout in shipped_layouts().values():
        named = any(Path(file_name).match(pattern) for pattern in layout.files)
        if named and set(layout.columns) <= set(header):
            return layout
    return None


def fill_template(template: str, cells: Mapping[str, str]) -> str:
    """Return a template with the text of columns in it.

    Examples
    --------
    >>> fill_template("{target}_{type}", {"target": "CHEMBL203", "type": "IC50"})
    'CHEMBL203_IC50'
    """
    return _PLACEHOLDER.sub(lambda match: cells.get(match[1], "").strip(), template)


def endpoint_name(text: str) -> str:
    """Return a text as the name of an endpoint: lower case, digits and underscores."""
    return _NOT_A_NAME.sub("_", text.lower()).strip("_")


def is_potency(quantity: str) -> bool:
    """Return whether a quantity is a concentration with a p scale."""
    return quantity.lower() in {known.lower() for known in QUANTITIES}


def _parse_toml(text: str, place: str) -> list[Layout]:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"the layout is not TOML ({error})", place=place, remedy="correct the file"
        ) from error
    given = values.get("layout")
    entries = given if isinstance(given, list) else [given]
    described = [entry for entry in entries if isinstance(entry, dict)]
    if len(described) < len(entries) or set(values) != {"layout"}:
        raise ConfigError("the file has no [layout]", place=place, remedy="begin it with [layout]")
    return [parse_layout(entry, place=place) for entry in described]
