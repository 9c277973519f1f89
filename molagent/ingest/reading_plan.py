"""How a file will be read, before it is: which layout fits, and which column is what."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import pandas as pd

from molagent.errors import FileFormatError
from molagent.ingest.guessing import GuessedLayout, guess_layout
from molagent.ingest.layouts import Layout, load_layout, match_layout, parse_layout
from molagent.ingest.readouts import FILE, IN_CELL, Readout
from molagent.ingest.smiles_lists import SmilesList
from molagent.ingest.sources import open_table
from molagent.ingest.tables import Table
from molagent.ingest.titles import find_title, find_value, plain_title

__all__ = [
    "Guess",
    "find_layout",
    "fit_layout",
    "open_file",
    "plain_filter",
    "plan_reading",
    "show_layout",
]

Guess: TypeAlias = Callable[[Sequence[str], str], tuple[Layout, str]]
_EXAMPLES: Final = 3
_LIST: Final = Layout(table="structures", smiles="smiles", name_column="name", name_system="name")
# What may be said of a file beside any layout, given or guessed.
_OPTIONS: Final = ("sheet", "delimiter", "decimal")
# Rows that a guess looks at: a file may hold all compounds of one test before those of the next.
_SAMPLED: Final = 1_000
_TITLES: Final = (
    *("smiles", "name_column", "batch_column", "run_column", "date_column"),
    *("document_column", "order_column", "lot_column", "upper_column"),
    "drawing_column",
)


def show_layout(
    path: Path | str, layout: Layout | str | Path | None = None, **columns: object
) -> pd.DataFrame:
    """Return how a file would be read, before reading it.

    Returns
    -------
    pandas.DataFrame
        One row a column of the file: ``column``, ``role`` ('' where it is not read) and
        ``examples``, the first texts that stand there.
    """
    table, found = open_file(Path(path), layout, None, columns)
    chosen = found.layout
    roles = _roles(chosen)
    examples: list[list[str]] = [[] for _ in table.header]
    for row, _ in zip(table.records(), range(50), strict=False):
        for seen, cell in zip(examples, row.cells, strict=False):
            text = cell.strip().splitlines()[0][:40] if cell.strip() else ""
            if text and text not in seen and len(seen) < _EXAMPLES:
                seen.append(text)
    return pd.DataFrame(
        {
            "column": table.header,
            "role": [", ".join(roles.get(title, ())) for title in table.header],
            "examples": [", ".join(seen) for seen in examples],
        }
    )


def find_layout(path: Path | str, **columns: object) -> GuessedLayout:
    """Return how a file would be read beside what is given, and what is not certain of it."""
    return open_file(Path(path), None, None, columns)[1]


def plan_reading(
    path: Path | str,
    layout: Layout | str | Path | None = None,
    *,
    where: Mapping[str, Sequence[str]] | None = None,
    **columns: object,
) -> tuple[Table, Mapping[str, object]]:
    """Return a file's opened table and the mapping that :func:`read_data` would read it with.

    Its SHA-256 and this mapping are what a project knows a file by, so a file that was read before
    is recognised without being read again.
    """
    table, found = open_file(Path(path), layout, where, columns)
    chosen = found.layout
    return table, {**chosen.to_dict(), **({"where": plain_filter(where)} if where else {})}


def open_file(
    path: Path,
    layout: Layout | str | Path | None,
    where: Mapping[str, Sequence[str]] | None,
    columns: Mapping[str, object],
    *,
    guess: Guess | None = None,
    endpoints: Sequence[str] = (),
) -> tuple[Table, GuessedLayout]:
    """Return a file's table and how it is read, in words why so, and what is not certain of it.

    Parameters are those of :func:`molagent.ingest.intake.read_data`.
    """
    if layout is not None and {*columns} - {*_OPTIONS}:
        raise FileFormatError(
            "both a layout and columns are given", place=path.name, remedy="give one of the two"
        )
    options = {key: str(columns[key]) for key in _OPTIONS if columns.get(key)}
    columns = {key: value for key, value in columns.items() if key not in _OPTIONS}
    named = isinstance(layout, str | Path)
    chosen = load_layout(layout) if isinstance(layout, str | Path) else layout
    if chosen is not None:
        kept = {key: str(value) for key in _OPTIONS if (value := getattr(chosen, key))}
        options = {**kept, **options}
    table = open_table(
        path,
        sheet=options.get("sheet", ""),
        delimiter=options.get("delimiter"),
        where=where,
        wanted=_named_titles(columns) if chosen is None else _needed(chosen),
    )
    if chosen is not None:
        note = f"read as the layout {str(layout)!r} says" if named else ""
        found = GuessedLayout(layout=chosen, note=note)
    elif guess is not None:
        given, note = guess(table.header, table.name)
        found = GuessedLayout(layout=given, note=note)
    elif not columns and isinstance(getattr(table, "inner", table), SmilesList):
        found = GuessedLayout(layout=_LIST, note="a list of structures with their names")
    else:
        found = _found_layout(table, columns)
    told = found.layout
    if options:
        told = parse_layout({**told.to_dict(), **options}, place=table.name)
    told = told.model_copy(update={"readout": tuple(_in_file(r, path) for r in told.readout)})
    fitted = fit_layout(told, table.header, endpoints, place=table.name)
    return table, replace(found, layout=fitted)


def _needed(layout: Layout) -> list[str]:
    """Return the titles that a file must have to be read by a layout."""
    if layout.titles:
        return []  # a file may call them otherwise
    return [title for title in layout.columns if title not in layout.optional]


def _named_titles(columns: Mapping[str, object]) -> list[str]:
    """Return the titles that are named beside a guess."""
    named = (*_TITLES, "value", "unit_column", "relation_column", "outlier_column")
    return [title for key in named if isinstance(title := columns.get(key), str) and title]


def fit_layout(
    layout: Layout, header: Sequence[str], endpoints: Sequence[str] = (), *, place: str
) -> Layout:
    """Return a layout with the titles that stand in the header, and none for what is not there.

    Parameters
    ----------
    endpoints
        Those of the project: told results need no column for the only one.

    Raises
    ------
    FileFormatError
        If a column that is needed stands there under none of its names.

    Examples
    --------
    >>> layout = Layout(
    ...     smiles="smiles",
    ...     titles={"value": ("Ki",)},
    ...     readout=[{"endpoint": "jak1_pki", "quantity": "Ki", "value": "value",
    ...               "unit_column": "unit"}],
    ... )
    >>> fitted = fit_layout(layout, ["SMILES", "Ki (nM)"], place="back.csv")
    >>> fitted.smiles, fitted.readout[0].value, fitted.readout[0].unit
    ('SMILES', 'Ki (nM)', 'nM')
    """
    if not (layout.titles or layout.optional):
        return layout
    only = endpoints[0] if layout.table == "told" and len(endpoints) == 1 else ""
    found, units = _find(layout, header)
    named = [entry for entry in layout.readout if only or _is_there(entry, found, layout.optional)]
    spared = {*layout.optional}
    for readout in layout.readout:
        if readout.value in units:
            spared.add(readout.unit_column)
        if only:
            spared.update(readout.endpoint_columns)
    fitted = layout.model_copy(
        update={
            **{field: found.get(getattr(layout, field), "") for field in _TITLES},
            "aliases": {who: found[title] for who, title in layout.aliases.items() if found[title]},
            "warnings": tuple(found[title] for title in layout.warnings if found[title]),
            "keep": {found[title]: some for title, some in layout.keep.items() if found[title]},
            "skip": {found[title]: some for title, some in layout.skip.items() if found[title]},
            "readout": tuple(entry.fitted(found, units, only) for entry in named),
        }
    )
    missing = [title for title, real in found.items() if not real and title not in spared]
    if not (fitted.smiles or fitted.name_column):
        missing.insert(0, f"{layout.name_column} or {layout.smiles}")
    if missing:
        listing = ", ".join(repr(title) for title in header)
        raise FileFormatError(
            f"no column {', '.join(missing)} among {listing}",
            place=place,
            remedy=f"the file is to hold {layout.describes or 'these columns'}",
        )
    return fitted


def _in_file(readout: Readout, path: Path) -> Readout:
    stem = path.name.split(".")[0]
    named = readout.endpoint.replace(f"{{{FILE}}}", stem)
    return readout.model_copy(update={"endpoint": named})


def _is_there(readout: Readout, found: Mapping[str, str], optional: Sequence[str]) -> bool:
    """Return whether a file has a readout: its value and what its endpoint is called by."""
    needed = (readout.value, *readout.endpoint_columns)
    return all(found[title] or title not in optional for title in needed)


def _find(layout: Layout, header: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return title to the one that stands there, and value's title to the unit it states."""
    found: dict[str, str] = {}
    units: dict[str, str] = {}
    values = {readout.value for readout in layout.readout}
    for title in layout.columns:
        names = [plain_title(name) for name in (title, *layout.titles.get(title, ()))]
        if title in header:
            found[title] = title
        elif title in values:
            found[title], unit = find_value(header, names)
            units |= {title: unit} if unit else {}
        else:
            found[title] = find_title(header, names)
    return found, units


def plain_filter(where: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return a filter's texts as they are stored with the file, in an order of their own."""
    return {title: sorted(values) for title, values in where.items()}


def _found_layout(table: Table, columns: Mapping[str, object]) -> GuessedLayout:
    """Return the layout that ships for a file, or one guessed beside what is given."""
    if columns.get("table", "results") != "results" or "readout" in columns:
        return GuessedLayout(layout=parse_layout(columns), note="")
    shipped = None if columns else match_layout(table.name, table.header)
    if shipped is not None:
        note = f"read as the layout {shipped.name!r} says: name and columns fit"
        return GuessedLayout(layout=shipped, note=note)
    return guess_layout(table.header, table.name, _samples(table), table.units, **columns)


def _samples(table: Table) -> dict[str, list[str]]:
    """Return the texts of the first rows by column, '' for a blank cell."""
    rows = [row.cells for row in itertools.islice(table.records(), _SAMPLED) if not row.fault]
    return {
        title: [row[place].strip() if place < len(row) else "" for row in rows]
        for place, title in enumerate(table.header)
    }


def _roles(layout: Layout) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}
    named = {
        "structure": layout.smiles,
        "structure, compared": layout.drawing_column,
        "name": layout.name_column,
        "batch": layout.batch_column,
        "run": layout.run_column,
        "date": layout.date_column,
        "document": layout.document_column,
        "order": layout.order_column,
        "lot": layout.lot_column,
        "upper end": layout.upper_column,
        **{f"warning ({title})": title for title in layout.warnings},
        **{f"name ({system})": title for system, title in layout.aliases.items()},
    }
    for role, title in named.items():
        if title:
            roles.setdefault(title, []).append(role)
    for readout in layout.readout:
        unit = f" in {readout.stated_unit}" if readout.stated_unit else ""
        unit += " in the unit of each cell" if readout.unit == IN_CELL else ""
        unit += f" on the {readout.scale} scale" if readout.scale != "linear" else ""
        unit += f" where {readout.restates!r} is blank" if readout.restates else ""
        unit += f" at {readout.tested_at}" if readout.tested_at else ""
        roles.setdefault(readout.value, []).append(f"{readout.endpoint}{unit}")
        for role, title in (
            ("unit", readout.unit_column),
            ("relation", readout.relation_column),
            ("set aside", readout.outlier_column),
            ("tested at", readout.tested_at_column),
            *(("endpoint", title) for title in readout.endpoint_columns),
        ):
            if title and role not in roles.get(title, ()):
                roles.setdefault(title, []).append(role)
    return roles
