"""What a guessed value is called: its endpoint, its target, its quantity, its unit."""

import re
from typing import Final

from molagent.ingest.guess_table import GuessTable
from molagent.ingest.readouts import endpoint_name
from molagent.ingest.title_words import POTENCIES, TitleWords, is_potency
from molagent.ingest.titles import plain_title
from molagent.units import canonical_unit, dimension_of

__all__ = ["BARE", "STATED", "describe_value", "file_subject", "name_endpoint", "quantity_of"]

STATED: Final = re.compile(rf"(?<![a-z])({'|'.join(POTENCIES)})(?![a-z])", re.IGNORECASE)

_ANY_ACTIVITY: Final = frozenset({"", "activity", "binding", "potency", "response"})

#: Subjects that name nothing.
BARE: Final = frozenset(
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


def describe_value(
    table: GuessTable, words: TitleWords, *, quantity: str = "", unit_column: str = ""
) -> dict[str, object]:
    """Return the plain values of a column's readout, as a layout takes them.

    Parameters
    ----------
    quantity
        What was measured, or ``{column}``; by default what the title or the file's name says.
    unit_column
        The column of units, where the title says none.
    """
    named = quantity or quantity_of(table, words)
    if not named and "value" in table.given:
        # Somebody named the column; what it measures is then the file's name.
        named = words.subject if endpoint_name(words.subject) not in BARE else file_subject(table)
    elif not named:
        named = words.subject or words.title
        table.doubts.append(f"what column {words.title!r} measures is not known by its title")
    if words.is_apparent:
        table.notes.append(
            f"{words.title!r} is an apparent {named}, of this assay's own conditions: it is kept "
            f"apart from {named}"
        )
    roles = table.roles
    if roles.type and not unit_column and words.quantity.lower() in _ANY_ACTIVITY:
        named = f"{{{roles.type}}}"
    in_percent = words.unit == "%" and not words.tested_at
    dose = roles.dose if in_percent and roles.dose and roles.dose_unit else ""
    entry: dict[str, object] = {
        "endpoint": name_endpoint(table, words, named, dose=dose),
        "value": words.title,
        "quantity": named,
        "target": words.target or _target(table, words),
        "organism": f"{{{roles.organism}}}" if roles.organism else "",
        "unit": "" if unit_column else spelled_unit(words.unit),
        "unit_column": unit_column,
        "dimension": words.dimension,
        "scale": words.scale,
        "tested_at": words.tested_at,
        "tested_at_column": dose,
        "tested_at_unit": roles.dose_unit if dose else "",
    }
    return {key: value for key, value in entry.items() if value}


def name_endpoint(table: GuessTable, words: TitleWords, quantity: str, *, dose: str = "") -> str:
    """Return what an endpoint is called: who tells it apart, the subject, the quantity.

    ``{column}`` stands for the texts of columns that name assays, targets, organisms or types, so
    that nothing is pooled unasked; a title without a subject gets the file's name.
    """
    roles = table.roles
    split = [f"{{{title}}}" for title in roles.split]
    in_column = quantity.startswith("{")
    if roles.type and not in_column:
        split.append(f"{{{roles.type}}}")
    potency = is_potency(quantity) or words.scale == "p"
    plain = quantity if in_column else endpoint_name(quantity)
    last = f"p{plain}" if potency and not in_column else plain
    subject = endpoint_name(words.subject)
    told = endpoint_name(words.target)
    if not potency and not in_column and quantity != "inhibition" and subject:
        last = ""  # 'HLM CLint' is one name
    if not (split or told) and subject in BARE:
        subject = endpoint_name(file_subject(table))
    if in_column and not words.target:
        subject = "" if split else endpoint_name(file_subject(table))
    conditions = [_told_by(title) for title in roles.conditions]
    parts = [*split, told, "" if subject in BARE else subject, *conditions, last]
    condition = re.sub("[\u00b5\u03bc]", "u", words.condition)
    parts += [
        endpoint_name(condition),
        f"{{{dose}}}_{spelled_unit(roles.dose_unit).lower()}" if dose else "",
    ]
    return "_".join(part for part in parts if part)


def _told_by(title: str) -> str:
    """Return what a column gives to an endpoint's name: its text, with what a bare number is of."""
    unit = re.search(r"[\[(]\s*([^\])]+?)\s*[\])]\s*$", title)
    before = "ph_" if plain_title(title).endswith("ph") else ""
    behind = f"_{endpoint_name(unit[1])}" if unit and dimension_of(unit[1]) else ""
    return f"{before}{{{title}}}{behind}"


def quantity_of(table: GuessTable, words: TitleWords) -> str:
    """Return what a title says was measured, or the file's name: ``Ki`` of ``jak1_ki.csv``; or ''.

    A file's name speaks of potencies, so it says nothing of a percentage.
    """
    if words.quantity:
        return words.quantity
    if words.unit and dimension_of(words.unit) not in ("concentration", "amount_per_volume"):
        return ""
    found = STATED.search(table.stem.replace("_", " "))
    return next((n for n in POTENCIES if found and n.lower() == found[1].lower()), "")


def file_subject(table: GuessTable) -> str:
    """Return what a file's name says beside the quantity."""
    return re.sub(rf"[_\- ]*p?({'|'.join(POTENCIES)})$", "", table.stem, flags=re.I) or table.stem


def _target(table: GuessTable, words: TitleWords) -> str:
    if table.roles.target:
        return f"{{{table.roles.target}}}"
    if table.given.get("endpoint"):
        return ""  # who named the endpoint did not say more
    if endpoint_name(words.subject) in BARE:
        # 'jak1_ki.csv' is written as TARGET_QUANTITY; any other name of a file is no target.
        subject = file_subject(table)
        return subject.upper() if subject != table.stem else ""
    return words.subject if is_potency(words.quantity) else ""


def spelled_unit(unit: str) -> str:
    return canonical_unit(unit) if dimension_of(unit) == "concentration" else unit
