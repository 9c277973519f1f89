"""A layout guessed from a table's titles and first rows, with what speaks against the guess.

A guess is certain where every rule below gave one answer: one column of structures, and for each
value a known quantity, a unit that the title or a column states, and the relation that belongs to
it. What is not certain is a doubt; a file is stored with doubts only where somebody confirmed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.column_roles import ColumnRoles, find_roles
from molagent.ingest.layouts import Layout, parse_layout
from molagent.ingest.readouts import endpoint_name
from molagent.ingest.structure_columns import find_structure
from molagent.ingest.title_words import (
    POTENCIES,
    TitleWords,
    is_potency,
    quantity_dimension,
    read_title,
)
from molagent.ingest.titles import plain_title
from molagent.units import SCALES, canonical_unit, dimension_of, split_scale

__all__ = ["GuessedLayout", "guess_layout"]

Samples = Mapping[str, Sequence[str]]

# As `plain_title` writes them; earlier ones win.
_VALUES: Final = ("standardvalue", "value", "result", "expmean", "potency", "activityvalue")
_STATED: Final = re.compile(rf"(?<![a-z])({'|'.join(POTENCIES)})(?![a-z])", re.IGNORECASE)
_READOUT: Final = frozenset(
    (
        *("endpoint", "target", "quantity", "value", "unit", "unit_column", "relation_column"),
        *("dimension", "scale", "outlier_column", "organism", "tested_at", "when", "once_per"),
    )
)
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


@dataclass(slots=True)
class _Table:
    """What is known of one table while its layout is put together."""

    header: Sequence[str]
    file_name: str
    roles: ColumnRoles
    words: dict[str, TitleWords]
    given: Mapping[str, object]
    doubts: list[str]

    @property
    def stem(self) -> str:
        return PurePath(self.file_name.removesuffix(".gz")).stem


def guess_layout(
    header: Sequence[str],
    file_name: str,
    samples: Samples | None = None,
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
        do not say so.
    samples
        Title to the texts in the first rows, see `molagent.ingest.structure_columns`.
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
    table = _Table(
        header=header,
        file_name=file_name,
        roles=find_roles(header, blank=blank),
        words={title: read_title(title) for title in header},
        given=given,
        doubts=[],
    )
    smiles = str(given.get("smiles", "")) or _structure(table, texts)
    if "value" not in given and (only := _only_value(table, smiles)):
        table.given = {**given, "value": only}
    if "value" in table.given:
        readouts = [_given_readout(table)]
    else:
        readouts = _completed(table, _readouts(table, smiles, blank))
    layout = _layout(table, smiles, readouts)
    used = {*layout.columns}
    unread = tuple(t for t in header if t not in used and t not in blank)
    return GuessedLayout(
        layout=layout,
        note="" if _all_named(layout, given) else _note(layout, unread),
        doubts=tuple(dict.fromkeys(table.doubts)),
        unread=unread,
    )


def _structure(table: _Table, samples: Samples) -> str:
    if "name_column" in table.given and not any("smiles" in t.lower() for t in table.header):
        return ""
    title, doubts = find_structure(table.header, samples, place=table.file_name)
    if not title:
        raise _not_guessed(table, "structures")
    table.doubts += doubts
    return title


def _layout(table: _Table, smiles: str, readouts: list[dict[str, object]]) -> Layout:
    roles, given = table.roles, table.given
    own = {key: value for key, value in given.items() if key not in _READOUT}
    name = str(own.get("name_column", "")) or (roles.name if roles.name != smiles else "")
    further = (*(t for t in (roles.name, *roles.aliases) if t not in (name, smiles)),)
    values: dict[str, object] = {
        "smiles": smiles,
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


# -- which columns are values --------------------------------------------------------------------


def _readouts(table: _Table, smiles: str, blank: frozenset[str]) -> list[dict[str, object]]:
    taken = {smiles, *table.roles.titles, *blank}
    free = [title for title in table.header if title not in taken]
    stated = [title for title in free if table.words[title].is_result]
    long = _long_value(table, free)
    if not stated and not long:
        raise _not_guessed(table, "values", free)
    for title in free:
        words = table.words[title]
        if is_potency(words.quantity) and not (words.beside or words.is_result or title in long):
            table.doubts.append(f"column {title!r} says no unit and is not read")
    readouts = [_long_readout(table, title) for title in long]
    readouts += _wide_readouts(table, stated, long)
    _place_relations(table, readouts)
    return readouts


def _only_value(table: _Table, smiles: str) -> str:
    """Return the only column that a unit or scale can be meant for that somebody gave."""
    if not any(table.given.get(key) for key in ("unit", "scale", "unit_column")):
        return ""
    free = [title for title in table.header if title not in {smiles, *table.roles.titles}]
    found = [title for title in free if is_potency(table.words[title].quantity)] or [
        title for title in free if plain_title(title) in _VALUES
    ]
    found = [title for title in found if not table.words[title].beside]
    return found[0] if len(found) == 1 else ""


def _completed(table: _Table, readouts: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the readouts of one endpoint with what is given of it."""
    given = {key: some for key, some in table.given.items() if key in _READOUT and some}
    if not given:
        return readouts
    endpoints = {str(entry["endpoint"]) for entry in readouts}
    if len(endpoints) > 1:
        raise FileFormatError(
            f"{', '.join(sorted(given))} is given, but the file holds {len(endpoints)} endpoints "
            f"({', '.join(sorted(endpoints))})",
            place=table.file_name,
            remedy="say which column it is of: --value COLUMN (value=)",
        )
    return [{**entry, **given} for entry in readouts]


def _long_value(table: _Table, free: Sequence[str]) -> list[str]:
    """Return the columns of values whose unit stands in a column of its own."""
    if not table.roles.units:
        return []
    generic = {plain_title(title): title for title in reversed(free)}
    found = next((generic[name] for name in _VALUES if name in generic), "")
    if found and not table.words[found].is_result:
        return [found]
    return [
        title
        for title in free
        if is_potency(table.words[title].quantity)
        and not (table.words[title].beside or table.words[title].is_result)
    ]


def _long_readout(table: _Table, title: str) -> dict[str, object]:
    roles, words = table.roles, table.words[title]
    own = [unit for unit, stem in roles.units.items() if stem and _same(stem, words)]
    noisy = [unit for unit, stem in roles.units.items() if not stem]
    # 'Standard Value' goes with 'Standard Units', 'Value' with 'Units'.
    noisy.sort(key=lambda unit: _prefix(unit) != _prefix(title))
    units = own or noisy
    if not units:
        raise _not_guessed(table, "units")
    quantity = words.quantity if is_potency(words.quantity) else ""
    if roles.type:
        quantity = f"{{{roles.type}}}"
    return _entry(
        table, words, quantity=quantity or _stated_quantity(table, title), unit_column=units[0]
    )


def _prefix(title: str) -> str:
    return re.sub(r"(units?|value)$", "", plain_title(title))


def _stated_quantity(table: _Table, title: str) -> str:
    for text in (title, table.stem):
        if found := _STATED.search(text.replace("_", " ")):
            return next(name for name in POTENCIES if name.lower() == found[1].lower())
    if quantity := str(table.given.get("quantity", "")):
        return quantity
    raise FileFormatError(
        f"neither column {title!r} nor the file's name says what was measured",
        place=table.file_name,
        remedy=f"give the quantity: {', '.join(POTENCIES[:4])}",
    )


def _wide_readouts(
    table: _Table, stated: Sequence[str], long: Sequence[str]
) -> list[dict[str, object]]:
    readouts: list[dict[str, object]] = []
    groups: dict[str, list[str]] = {}
    for title in stated:
        words = table.words[title]
        p_of_long = bool(long) and words.scale == "p" and endpoint_name(words.subject) in _BARE
        key = "" if p_of_long else _endpoint(table, words, words.quantity)
        groups.setdefault(key, []).append(title)
    for key, titles in groups.items():
        if not key:
            first = _long_readout(table, long[0])
            readouts += [
                _restated(table, title, long[0], str(first["endpoint"])) for title in titles
            ]
            continue
        readouts += _one_endpoint(table, titles)
    return readouts


def _one_endpoint(table: _Table, titles: list[str]) -> list[dict[str, object]]:
    """Return the readouts of several columns of one endpoint: repeats, or one value restated."""
    words = [table.words[title] for title in titles]
    if len(words) > 1 and any(word.replicate for word in words):
        repeated = [word for word in words if not word.summary]
        words = repeated or words
    # What is complete goes before the p scale, which is often left blank for bounds.
    words.sort(key=lambda word: word.scale != "linear")
    first = words[0]
    entries = [_entry(table, first)]
    for word in words[1:]:
        is_repeat = word.replicate != first.replicate
        same_unit = (word.unit, word.scale) == (first.unit, first.scale)
        if is_repeat:
            entries.append(_entry(table, word))
            continue
        if same_unit:
            table.doubts.append(
                f"columns {first.title!r} and {word.title!r} say the same and are read as repeats"
            )
            entries.append(_entry(table, word))
            continue
        entries.append(_restated(table, word.title, first.title, str(entries[0]["endpoint"])))
    return entries


def _restated(table: _Table, title: str, first: str, endpoint: str) -> dict[str, object]:
    words = table.words[title]
    quantity = f"{{{table.roles.type}}}" if table.roles.type and not words.subject else ""
    entry = _entry(table, words, quantity=quantity or table.words[first].quantity)
    return {**entry, "endpoint": endpoint, "restates": first}


def _entry(
    table: _Table, words: TitleWords, *, quantity: str = "", unit_column: str = ""
) -> dict[str, object]:
    named = quantity or words.quantity
    if not named:
        named = _named_by_file(table)
        if not named and "value" in table.given:
            # Somebody named the column; what it measures is then the file's name.
            named = words.subject if endpoint_name(words.subject) not in _BARE else _subject(table)
        elif not named:
            named = words.subject or words.title
            table.doubts.append(f"what column {words.title!r} measures is not known by its title")
    roles = table.roles
    in_percent = words.unit == "%" and not words.tested_at
    dose = roles.dose if in_percent and roles.dose and roles.dose_unit else ""
    entry: dict[str, object] = {
        "endpoint": _endpoint(table, words, named, dose=dose),
        "value": words.title,
        "quantity": named,
        "target": words.target or _target(table, words),
        "organism": f"{{{roles.organism}}}" if roles.organism else "",
        "unit": "" if unit_column else _spelled(words.unit),
        "unit_column": unit_column,
        "dimension": words.dimension,
        "scale": words.scale,
        "tested_at": words.tested_at,
        "tested_at_column": dose,
        "tested_at_unit": roles.dose_unit if dose else "",
    }
    return {key: value for key, value in entry.items() if value}


def _spelled(unit: str) -> str:
    return canonical_unit(unit) if dimension_of(unit) == "concentration" else unit


def _named_by_file(table: _Table) -> str:
    found = _STATED.search(table.stem.replace("_", " "))
    return next((n for n in POTENCIES if found and n.lower() == found[1].lower()), "")


def _target(table: _Table, words: TitleWords) -> str:
    if table.roles.target:
        return f"{{{table.roles.target}}}"
    if endpoint_name(words.subject) in _BARE:
        return _subject(table).upper()
    return words.subject if is_potency(words.quantity) else ""


def _subject(table: _Table) -> str:
    """Return what a file's name says beside the quantity."""
    return re.sub(rf"[_\- ]*p?({'|'.join(POTENCIES)})$", "", table.stem, flags=re.I) or table.stem


def _endpoint(table: _Table, words: TitleWords, quantity: str, *, dose: str = "") -> str:
    roles = table.roles
    split = [f"{{{title}}}" for title in roles.split]
    in_column = quantity.startswith("{")
    potency = is_potency(quantity) or words.scale == "p"
    plain = quantity if in_column else endpoint_name(quantity)
    last = f"p{plain}" if potency and not in_column else plain
    subject = endpoint_name(words.subject)
    told = endpoint_name(words.target)
    if not potency and not in_column and quantity != "inhibition" and subject:
        last = ""  # 'HLM CLint' is one name
    if not (split or told) and subject in _BARE:
        subject = endpoint_name(_subject(table))
    if in_column and not words.target:
        subject = "" if split else endpoint_name(_subject(table))
    parts = [*split, told, "" if subject in _BARE else subject, last]
    condition = re.sub("[\u00b5\u03bc]", "u", words.condition)
    parts += [endpoint_name(condition), f"{{{dose}}}" if dose else ""]
    return "_".join(part for part in parts if part)


_BARE: Final = frozenset(
    {
        "",
        "exp",
        "exp_mean",
        "y",
        "label",
        "class",
        "activity",
        "value",
        "standard_value",
        "result",
        "potency",
        "mean",
    }
)


# -- what belongs to a value ---------------------------------------------------------------------


def _place_relations(table: _Table, readouts: list[dict[str, object]]) -> None:
    """Give each readout the column of its relation, and say of the p scale whose relation it is."""
    molar = {str(entry["endpoint"]) for entry in readouts if entry.get("scale") != "p"}
    general = [title for title, stem in table.roles.relations.items() if not stem]
    used: set[str] = set()
    for entry in readouts:
        words = table.words[str(entry["value"])]
        own = [t for t, stem in table.roles.relations.items() if stem and _same(stem, words)]
        general.sort(key=lambda title: _noise(title) != _noise(str(entry["value"])))
        found = own or general
        if not found:
            continue
        entry["relation_column"] = found[0]
        used.add(found[0])
        if entry.get("scale") == "p":
            stem = table.roles.relations[found[0]]
            of_molar = read_title(stem).scale != "p" if stem else str(entry["endpoint"]) in molar
            if of_molar:
                entry["relation_of"] = "concentration"
    endpoints = {str(entry["endpoint"]) for entry in readouts}
    if used & {*general} and len(endpoints) > 1:
        table.doubts.append(f"column {general[0]!r} is taken as the relation of every value")
    table.doubts += [
        f"column {title!r} looks like a relation and belongs to no value"
        for title, stem in table.roles.relations.items()
        if title not in used and (stem or not used)
    ]


def _noise(title: str) -> str:
    return re.sub(r"(relation|value|operator|type|units?)$", "", plain_title(title))


def _same(stem: str, words: TitleWords) -> bool:
    """Return whether the words before 'Operator' or 'Units' speak of a value."""
    if plain_title(stem) == plain_title(words.title):
        return True
    other = read_title(stem)
    return (
        bool(other.quantity or other.subject)
        and _plain(other.quantity) in ("", _plain(words.quantity))
        and _plain(other.subject) in ("", _plain(words.subject))
        and (other.replicate in ("", words.replicate))
        and (_plain(other.target) in ("", _plain(words.target)))
        and bool(other.quantity or _plain(other.subject) == _plain(words.subject))
    )


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


# -- what the user said --------------------------------------------------------------------------


def _given_readout(table: _Table) -> dict[str, object]:
    """Return the readout of a named column: what is given of it, and the rest as guessed."""
    given = {key: value for key, value in table.given.items() if key in _READOUT}
    title = str(given["value"])
    if title not in table.words:
        table.words[title] = read_title(title)
    words = replace(table.words[title], beside="")
    given |= _given_scale(given, place=title)
    scale, unit = str(given.get("scale", "")), str(given.get("unit", ""))
    words = replace(
        words,
        scale=scale or ("linear" if unit or given.get("unit_column") else words.scale),
        unit=unit or ("" if scale in ("p", "class") else words.unit),
    )
    quantity = str(given.get("quantity", "")) or words.quantity or _named_by_file(table)
    entry = _entry(table, words, quantity=quantity, unit_column=str(given.get("unit_column", "")))
    if scale != "class" and not given.get("dimension"):
        dimension = quantity_dimension(quantity, str(entry.get("unit", "")))
        entry |= {"dimension": dimension} if dimension else {}
    if not (entry.get("unit") or entry.get("unit_column") or words.scale in ("p", "class")):
        units = [t for t, stem in table.roles.units.items() if not stem or _same(stem, words)]
        if len(units) != 1:
            raise FileFormatError(
                f"neither column {title!r} nor an option says the unit",
                place=table.file_name,
                remedy="give --unit, --unit-column or --scale (unit=, unit_column=, scale=)",
            )
        entry["unit_column"] = units[0]
    if "relation_column" not in given:
        _place_relations(table, [entry])
        table.doubts = [doubt for doubt in table.doubts if "relation" not in doubt]
    merged = {**entry, **{key: some for key, some in given.items() if some}}
    return {key: value for key, value in merged.items() if value}


def _given_scale(given: Mapping[str, object], *, place: str) -> dict[str, object]:
    """Return the scale and the unit that somebody gave, where the unit says a scale apart."""
    scale, unit = str(given.get("scale", "")), str(given.get("unit", ""))
    if scale and scale not in SCALES:
        raise FileFormatError(
            f"unknown scale {scale!r}", place=place, remedy=f"use one of {', '.join(SCALES)}"
        )
    spoken, inner = split_scale(unit) if unit else ("linear", "")
    if not scale and spoken != "linear":
        scale, unit = spoken, inner
    return {"scale": scale, "unit": "" if scale in ("p", "class") else unit}


def _not_guessed(table: _Table, missing: str, free: Sequence[str] = ()) -> FileFormatError:
    listing = ", ".join(repr(title) for title in table.header)
    no_unit = [title for title in free if is_potency(table.words[title].quantity)]
    remedy = "name the columns: --smiles, --value, --unit or --scale"
    if no_unit:
        missing, remedy = "units", f"say the unit of {no_unit[0]!r}: --value, --unit or --scale"
    return FileFormatError(
        f"no column of {listing} looks like {missing}", place=table.file_name, remedy=remedy
    )


def _all_named(layout: Layout, given: Mapping[str, object]) -> bool:
    """Return whether nothing was guessed beside what is given."""
    said = {str(text) for text in given.values()}
    needed = ("value", "endpoint", "quantity")
    return all(name in given for name in needed) and set(layout.columns) <= said


def _note(layout: Layout, unread: Sequence[str]) -> str:
    listing = "; ".join(
        f"{entry.endpoint} from {entry.value!r}"
        + (f" in {entry.unit}" if entry.unit else "")
        + (f" (where {entry.restates!r} is blank)" if entry.restates else "")
        + (f" with {entry.relation_column!r}" if entry.relation_column else "")
        for entry in layout.readout
    )
    where = repr(layout.smiles) if layout.smiles else f"the names in {layout.name_column!r}"
    note = f"guessed: structures from {where}; {listing}"
    if unread:
        shown = ", ".join(repr(title) for title in unread[:_SHOWN])
        more = f" and {len(unread) - _SHOWN} more" if len(unread) > _SHOWN else ""
        note += f"; not read: {shown}{more}"
    return note
