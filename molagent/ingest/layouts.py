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
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from molagent.errors import ConfigError, FileFormatError, InputError, NotFoundError
from molagent.ingest.notations import decimal_sign
from molagent.ingest.readouts import QUANTITIES, Lookup, Readout, Well
from molagent.ingest.titles import plain_title
from molagent.toml_texts import parse_toml, read_toml
from molagent.units import canonical_unit

__all__ = ["Layout", "load_layout", "match_layout", "parse_layout", "shipped_layouts"]


class Layout(BaseModel):
    """How one kind of file is read.

    Attributes
    ----------
    readout
        The values that each row may hold.
    well
        Of points and wells: what a row says of its well.
    name, describes
        What the layout is called, and what it is for, in the list of layouts.
    table
        ``results``; ``told`` for results of assays that the project has, which name them;
        ``structures`` for designs and registrations; ``orders`` and ``shipments``; ``points`` of
        dose-response curves and ``wells`` of plates, both described by `well`.
    smiles
        Title of the column of structures, SMILES or molblocks; '' where there are only names.
    name_column
        Title of the column of compound names; '' where there are only structures.
    name_system
        Whose names they are: ``PostEra``, ``CDD``, ``ChEMBL``.
    lookups
        Tables to find the structure of a name in, one after the other.
    aliases
        Further names of the compound: whose, and the title of the column.
    batch_column, run_column, document_column
        Titles, or '' where the file has none. What they name is linked to what the project holds,
        and registered where it holds nothing by that name.
    warnings, upper_column
        Columns in which the source itself warns of a value, and of the upper end of a range. What
        stands there is kept with the result, which is suspect for it.
    drawing_column
        A second drawing of each row's molecule, as an SD file's molblock beside its SMILES. A row
        in which the two are different molecules is rejected; one without SMILES is read from it.
    date_column
        Title of the column of dates, or ''.
    order_column
        Title of the column of the names of orders or shipments, or ''.
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
    decimal
        ``.`` or ``,`` (also ``point``, ``comma``) in numbers; '' decides it over each column. The
        other one may part thousands.
    source, licence
        Where the data is from, and under which licence it is used.
    files
        Names this layout is for, with ``*`` for any part of them.
    titles
        Column to what it is called in other files: capitals, blanks and underscores do not count,
        and the first that is there is read. A value's title may state its unit: ``Ki (nM)``.
    optional
        Columns that a file may lack.
    unknown_ids
        Of ``told``: what becomes of a row whose name nobody knows but whose structure can be read.
        ``take`` registers the structure, and the notes say which names that were; ``refuse``
        rejects the row.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    describes: str = ""
    table: Literal["results", "told", "structures", "orders", "shipments", "points", "wells"] = (
        "results"
    )
    smiles: str = ""
    drawing_column: str = ""
    name_column: str = ""
    name_system: str = ""
    lookups: tuple[Lookup, ...] = ()
    batch_column: str = ""
    run_column: str = ""
    date_column: str = ""
    date_format: str = "%Y-%m-%d"
    document_column: str = ""
    warnings: tuple[str, ...] = ()
    upper_column: str = ""
    order_column: str = ""
    order_pattern: str = ""
    lot_column: str = ""
    aliases: dict[str, str] = {}
    supplier: str = ""
    keep: dict[str, tuple[str, ...]] = {}
    skip: dict[str, tuple[str, ...]] = {}
    sheet: str = ""
    delimiter: str = ""
    decimal: Literal["", ".", ","] = ""
    source: str = ""
    licence: str = ""
    files: tuple[str, ...] = ()
    titles: dict[str, tuple[str, ...]] = {}
    optional: tuple[str, ...] = ()
    unknown_ids: Literal["take", "refuse"] = "take"
    readout: tuple[Readout, ...] = ()
    well: Well | None = None

    @field_validator("decimal", mode="before")
    @classmethod
    def _decimal_sign(cls, value: object) -> object:
        return decimal_sign(str(value))

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.smiles or self.name_column or self.table == "wells"):
            raise ValueError("give smiles or name_column")
        if self.holds_values != bool(self.readout):
            raise ValueError("a table of results has readouts, and no other has")
        if nameless := self._nameless():
            raise ValueError(f"{nameless} names a column ''")
        if len(self.delimiter) > 1:
            raise ValueError(f"the delimiter {self.delimiter!r} is not one character")
        try:
            re.compile(self.order_pattern)
        except re.error as error:
            raise ValueError(f"order_pattern {self.order_pattern!r}: {error}") from error
        return self

    def _nameless(self) -> str:
        """Return which key names a column by no title, '' for none."""
        titles = {
            "aliases": self.aliases.values(),
            "warnings": self.warnings,
            "keep": self.keep,
            "skip": self.skip,
            **{
                f"readout.{key}": tuple(getattr(entry, key))
                for entry in self.readout
                for key in ("when", "unless", "once_per")
            },
        }
        return next((key for key, some in titles.items() if "" in some), "")

    @model_validator(mode="after")
    def _check_well(self) -> Self:
        if (self.table in ("points", "wells")) != bool(self.well):
            raise ValueError("a table of points or wells has a well, and no other has")
        if self.well and self.table == "points":
            if not (self.well.concentration and self.well.response and self.name_column):
                raise ValueError("points have name_column, concentration and response")
        elif self.well and not (self.well.signal and (self.well.position or self.well.row)):
            raise ValueError("wells have a signal and a position, or a row and a column")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the file that is looked at."""
        named = (
            *(self.smiles, self.name_column, self.batch_column, self.run_column),
            *(self.date_column, self.document_column, self.order_column, self.lot_column),
            *self.aliases.values(),
            *self.warnings,
            self.upper_column,
            self.drawing_column,
        )
        ours = [title for entry in self.readout for title in entry.columns]
        ours += self.well.columns if self.well else ()
        return tuple(dict.fromkeys(filter(None, [*named, *self.keep, *self.skip, *ours])))

    @property
    def number_columns(self) -> tuple[str, ...]:
        """Titles of the columns of numbers, whose notation is decided over the column."""
        titles = [t for entry in self.readout for t in (entry.value, entry.tested_at_column)]
        if self.well:
            titles += [self.well.concentration, self.well.response, self.well.signal]
        return tuple(dict.fromkeys(filter(None, titles)))

    @property
    def holds_values(self) -> bool:
        """Whether its rows are measured values of compounds."""
        return self.table in ("results", "told")

    @property
    def kind(self) -> str:
        """What the project's list of files says that such a file brought."""
        return {"shipments": "orders", "told": "results", "wells": "plates"}.get(
            self.table, self.table
        )

    @classmethod
    def from_columns(
        cls,
        *,
        smiles: str,
        value: str,
        endpoint: str,
        target: str,
        quantity: str,
        unit: str = "",
        unit_column: str = "",
        relation_column: str = "",
        name_column: str = "",
        source: str = "",
        licence: str = "",
    ) -> "Layout":
        """Return the layout of a file of one potency, as a campaign file describes it.

        Raises
        ------
        ConfigError
            If unit and unit column are both given or both missing, or the unit is not molar, or
            the quantity is none of `QUANTITIES`.
        """
        if quantity not in QUANTITIES:
            raise ConfigError(
                f"unknown quantity {quantity!r}",
                place=endpoint,
                remedy=f"use one of {', '.join(QUANTITIES)}",
            )
        try:
            if unit:
                canonical_unit(unit)
        except InputError as error:
            raise ConfigError(
                error.message, place=endpoint, remedy="use nM, uM, mM or M, or give a layout"
            ) from error
        readout = {
            "endpoint": endpoint,
            "target": target,
            "quantity": quantity,
            "value": value,
            "unit": unit,
            "unit_column": unit_column,
            "relation_column": relation_column,
        }
        return parse_layout(
            {
                "smiles": smiles,
                "name_column": name_column,
                "source": source,
                "licence": licence,
                "readout": [readout],
            },
            place=endpoint,
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
    try:
        values = read_toml(path)
    except FileFormatError as error:
        raise ConfigError(
            f"the layout cannot be read: {error.message}", place=path.name, remedy=error.remedy
        ) from error
    return _layouts(values, path.name)[0]


@cache
def shipped_layouts() -> Mapping[str, Layout]:
    """Return the layouts that ship, by name."""
    layouts: dict[str, Layout] = {}
    for entry in sorted(files("molagent.ingest").joinpath("data").iterdir(), key=lambda p: p.name):
        if entry.name.endswith(".toml"):
            text = entry.read_text(encoding="utf-8")
            for layout in _layouts(parse_toml(text, place=entry.name), entry.name):
                layouts[layout.name] = layout
    return layouts


def match_layout(file_name: str, header: Sequence[str]) -> Layout | None:
    """Return the shipped layout for a file, by its name and columns, or None.

    The file's name must be one that the layout is for, and every column must be there that the
    layout does not call optional; a layout with other titles for its columns is found by those too.
    """
    for layout in shipped_layouts().values():
        named = any(Path(file_name.lower()).match(name.lower()) for name in layout.files)
        if named and _has_columns(layout, header):
            return layout
    return None


def _has_columns(layout: Layout, header: Sequence[str]) -> bool:
    needed = set(layout.columns) - set(layout.optional)
    if needed <= set(header):
        return True
    if not layout.titles:
        return False
    there = {plain_title(title) for title in header}
    return all(
        any(plain_title(name) in there for name in (title, *layout.titles.get(title, ())))
        for title in needed
    )


def _layouts(values: Mapping[str, object], place: str) -> list[Layout]:
    given = values.get("layout")
    entries = given if isinstance(given, list) else [given]
    described = [entry for entry in entries if isinstance(entry, dict)]
    if len(described) < len(entries) or set(values) != {"layout"}:
        raise ConfigError("the file has no [layout]", place=place, remedy="begin it with [layout]")
    return [parse_layout(entry, place=place) for entry in described]
