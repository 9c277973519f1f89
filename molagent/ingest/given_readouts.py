"""A guess beside what somebody said of a file: a column, a unit, a scale, an endpoint."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.guess_table import GuessTable
from molagent.ingest.guessed_readouts import VALUE_TITLES
from molagent.ingest.guessed_relations import place_relations, same_words
from molagent.ingest.guessed_values import describe_value, quantity_of
from molagent.ingest.title_words import is_potency, quantity_dimension, read_title
from molagent.ingest.titles import plain_title
from molagent.units import SCALES, split_scale

__all__ = ["READOUT_KEYS", "complete_readouts", "given_readout", "only_value"]

#: What may be said of a file's only readout; all else is said of its layout.
READOUT_KEYS: Final = frozenset(
    (
        *("endpoint", "target", "quantity", "value", "unit", "unit_column", "relation_column"),
        *("dimension", "scale", "outlier_column", "organism", "tested_at", "when", "once_per"),
    )
)


def given_readout(table: GuessTable) -> dict[str, object]:
    """Return the readout of a named column: what is given of it, and the rest as guessed."""
    given = {key: value for key, value in table.given.items() if key in READOUT_KEYS}
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
    quantity = str(given.get("quantity", "")) or quantity_of(table, words)
    entry = describe_value(
        table, words, quantity=quantity, unit_column=str(given.get("unit_column", ""))
    )
    if scale != "class" and not given.get("dimension"):
        dimension = quantity_dimension(quantity, str(entry.get("unit", "")))
        entry |= {"dimension": dimension} if dimension else {}
    if not (entry.get("unit") or entry.get("unit_column") or words.scale in ("p", "class")):
        units = [t for t, stem in table.roles.units.items() if not stem or same_words(stem, words)]
        if len(units) != 1:
            raise FileFormatError(
                f"neither column {title!r} nor an option says the unit",
                place=table.file_name,
                remedy="give --unit, --unit-column or --scale (unit=, unit_column=, scale=)",
            )
        entry["unit_column"] = units[0]
    if "relation_column" not in given:
        place_relations(table, [entry])
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


def only_value(table: GuessTable, smiles: str) -> str:
    """Return the only column that a unit or scale can be meant for that somebody gave."""
    if not any(table.given.get(key) for key in ("unit", "scale", "unit_column")):
        return ""
    free = [title for title in table.header if title not in {smiles, *table.roles.titles}]
    found = [title for title in free if is_potency(table.words[title].quantity)] or [
        title for title in free if plain_title(title) in VALUE_TITLES
    ]
    found = [title for title in found if not table.words[title].beside]
    return found[0] if len(found) == 1 else ""


def complete_readouts(
    table: GuessTable, readouts: list[dict[str, object]]
) -> list[dict[str, object]]:
    """Return the readouts of one endpoint with what is given of it."""
    given = {key: some for key, some in table.given.items() if key in READOUT_KEYS and some}
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
