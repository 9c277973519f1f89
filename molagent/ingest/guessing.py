"""A layout guessed from a table's titles and first rows, with what speaks against the guess.

A guess is certain where every rule below gave one answer: one column of structures, and for each
value a known quantity, a unit that the title or a column states, and the relation that belongs to
it. What is not certain is a doubt; a file is stored with doubts only where somebody confirmed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from molagent.ingest.column_roles import find_roles
from molagent.ingest.given_readouts import (
    READOUT_KEYS,
    complete_readouts,
    given_readout,
    only_value,
)
from molagent.ingest.guess_table import GuessTable, Samples, not_guessed
from molagent.ingest.guessed_readouts import find_readouts
from molagent.ingest.guessed_values import spelled_unit
from molagent.ingest.layouts import Layout, parse_layout
from molagent.ingest.own_units import unit_in_cells
from molagent.ingest.pooling import doubt_pooling, part_by_medium
from molagent.ingest.readouts import IN_CELL
from molagent.ingest.sdf import MOLBLOCK
from molagent.ingest.structure_columns import (
    find_structure,
    racemates_drawn_pure,
    require_titles,
)
from molagent.ingest.title_words import TitleWords, is_potency, read_title
from molagent.units import dimension_of

__all__ = ["GuessedLayout", "guess_layout"]

_SHOWN: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedLayout:
    """A layout, what it was made of, and what is not certain about it.

    Attributes
    ----------
    note
        The guess in words.
    doubts
        Sentences; none where the guess is certain by the rules of this module.
    unread
        Columns that no part of the layout looks at.
    """

    layout: Layout
    note: str
    doubts: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def guess_layout(
    header: Sequence[str],
    file_name: str,
    samples: Samples | None = None,
    units: Mapping[str, str] | None = None,
    **given: object,
) -> GuessedLayout:
    """Return a layout for a table, and what is not certain about it.

    Every column whose title says a quantity and a unit, or a p scale, is a value. Columns that
    name targets, assays or what was measured tell endpoints apart; several columns of one quantity
    are replicates where their titles number them, and else restate one value.

    Parameters
    ----------
    file_name
        For example ``jak1_ki.csv``: target JAK1, quantity Ki, endpoint jak1_pki, where the titles
        do not say so. Only a name of that form says a target.
    samples
        Title to the texts in the first rows, see `molagent.ingest.structure_columns`.
    units
        Title to the unit that a line below the titles states.
    given
        What is known already: keys of a layout, or of its only readout. The rest is guessed.

    Raises
    ------
    FileFormatError
        If no column looks like structures or values, several hold different molecules, or nothing
        says what was measured.

    Examples
    --------
    >>> found = guess_layout(
    ...     ["Molecule Name", "SMILES", "Mpro: IC50 (uM)", "Mpro: IC50 (uM) Standard Deviation",
    ...      "KSOL (ug/mL)"], "export.csv")
    >>> [(entry.endpoint, entry.unit) for entry in found.layout.readout], found.doubts
    ([('mpro_pic50', 'uM'), ('ksol', 'ug/mL')], ())
    """
    texts = samples or {}
    blank = frozenset(title for title, some in texts.items() if some and not any(some))
    roles = find_roles(header, texts)
    table = GuessTable(
        header=header,
        file_name=file_name,
        roles=roles,
        words={
            title: _with_cell_unit(words, texts, given=title == given.get("value"))
            if not roles.units
            else words
            for title, words in ((title, _read_title(title, units or {})) for title in header)
        },
        given=given,
        samples=texts,
        doubts=[],
    )
    require_titles(header, texts, place=file_name)
    smiles = str(given.get("smiles", "")) or _structure(table, texts)
    part_by_medium(table, smiles)
    if "value" not in given and (only := only_value(table, smiles)):
        table.given = {**given, "value": only}
    if "value" in table.given:
        readouts = [given_readout(table)]
    else:
        readouts = complete_readouts(table, find_readouts(table, smiles, blank))
    readouts = [_apart_by_dose(table, entry) for entry in readouts]
    layout = _layout(table, smiles, readouts)
    used = {*layout.columns}
    doubt_pooling(table, smiles, used)
    table.doubts += racemates_drawn_pure(header, texts, smiles)
    unread = tuple(t for t in header if t not in used and t not in blank)
    return GuessedLayout(
        layout=layout,
        note="" if _all_named(layout, given) else _note(layout, unread, table.notes),
        doubts=tuple(dict.fromkeys(table.doubts)),
        unread=unread,
    )


def _read_title(title: str, units: Mapping[str, str]) -> TitleWords:
    """Read a title, with the unit that stands below it where it says none itself."""
    words = read_title(title)
    if title not in units or words.unit:
        return words
    return replace(read_title(f"{title} ({units[title]})"), title=title)


def _with_cell_unit(words: TitleWords, samples: Samples, *, given: bool) -> TitleWords:
    """Return a title's words with the unit that its cells say, where it says none itself.

    Parameters
    ----------
    given
        Whether somebody named the column as that of the values.
    """
    if words.is_result or not (given or (words.quantity and not words.beside)):
        return words
    kinds = {dimension_of(unit) for unit in unit_in_cells(samples.get(words.title, ()))}
    if kinds == {"percent"}:
        return replace(words, unit="%")
    return (
        replace(words, unit=IN_CELL) if kinds and (given or is_potency(words.quantity)) else words
    )


def _apart_by_dose(table: GuessTable, entry: dict[str, object]) -> dict[str, object]:
    """Return a percentage's readout with an endpoint for each concentration that it was tested at.

    Who names the endpoint of a file of one concentration gets that name.
    """
    dose, unit = table.roles.dose, table.roles.dose_unit
    endpoint, units = str(entry["endpoint"]), table.samples.get(str(entry.get("unit_column")), ())
    kinds = {dimension_of(some) for some in (str(entry.get("unit", "")), *units) if some}
    if not dose or "percent" not in kinds or entry.get("tested_at"):
        return entry
    behind = ""
    if dimension_of(unit) == "concentration":
        behind = f"_{spelled_unit(unit).lower()}"
        entry = {**entry, "tested_at_column": dose, "tested_at_unit": unit}
    else:  # nothing says how much it is, but it differs
        entry = {key: some for key, some in entry.items() if not key.startswith("tested_at")}
    one = len({text for text in table.samples.get(dose, ()) if text}) == 1
    if one or len(kinds) > 1 or f"{{{dose}}}" in endpoint:
        return entry
    table.notes.append(f"each concentration of {dose!r} is an endpoint of its own")
    return {**entry, "endpoint": f"{endpoint}_{{{dose}}}{behind}"}


def _structure(table: GuessTable, samples: Samples) -> str:
    if "name_column" in table.given and not any(
        word in title.lower() for title in table.header for word in ("smiles", "inchi")
    ):
        return ""
    title, doubts = find_structure(table.header, samples, place=table.file_name)
    if not title:
        raise not_guessed(table, "structures")
    table.doubts += doubts
    return title


def _layout(table: GuessTable, smiles: str, readouts: list[dict[str, object]]) -> Layout:
    roles, given = table.roles, table.given
    own = {key: value for key, value in given.items() if key not in READOUT_KEYS}
    name = str(own.get("name_column", "")) or (roles.name if roles.name != smiles else "")
    further = tuple(t for t in (roles.name, *roles.aliases) if t not in ("", name, smiles))
    values: dict[str, object] = {
        "smiles": smiles,
        "drawing_column": _drawing(table, smiles),
        "name_column": name,
        "batch_column": roles.batch if roles.batch not in (name, smiles) else "",
        "document_column": roles.document,
        "aliases": {title: title for title in further},
        "warnings": roles.warnings,
        "upper_column": roles.upper,
        **own,
        "readout": readouts,
    }
    return parse_layout(
        {key: value for key, value in values.items() if value}, place=table.file_name
    )


def _drawing(table: GuessTable, smiles: str) -> str:
    """Return the molblock that a guessed column of SMILES is compared with, '' for none."""
    if table.given.get("smiles") or not smiles or MOLBLOCK not in table.header:
        return ""
    return MOLBLOCK if smiles != MOLBLOCK else ""


def _all_named(layout: Layout, given: Mapping[str, object]) -> bool:
    """Return whether nothing was guessed beside what is given."""
    said = {str(text) for text in given.values()}
    needed = ("value", "endpoint", "quantity")
    return all(name in given for name in needed) and set(layout.columns) <= said


def _note(layout: Layout, unread: Sequence[str], reasons: Sequence[str]) -> str:
    listing = "; ".join(
        f"{entry.endpoint} from {entry.value!r}"
        + (f" in {entry.stated_unit}" if entry.stated_unit else "")
        + (" in the unit of each cell" if entry.unit == IN_CELL else "")
        + (f" (where {entry.restates!r} is blank)" if entry.restates else "")
        + (f" with {entry.relation_column!r}" if entry.relation_column else "")
        for entry in layout.readout
    )
    where = repr(layout.smiles) if layout.smiles else f"the names in {layout.name_column!r}"
    if layout.drawing_column:
        where += f", compared with {layout.drawing_column!r}"
    note = f"guessed: structures from {where}; {listing}"
    if unread:
        shown = ", ".join(repr(title) for title in unread[:_SHOWN])
        more = f" and {len(unread) - _SHOWN} more" if len(unread) > _SHOWN else ""
        note += f"; not read: {shown}{more}"
    return "; ".join((note, *reasons))
