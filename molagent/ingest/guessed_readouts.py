"""Which columns of a table are values, and which of them are repeats of one."""

import re
from collections.abc import Sequence
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.guess_table import GuessTable, not_guessed
from molagent.ingest.guessed_relations import place_relations, same_words
from molagent.ingest.guessed_values import (
    BARE,
    STATED,
    describe_value,
    name_endpoint,
    quantity_of,
)
from molagent.ingest.readouts import endpoint_name
from molagent.ingest.title_words import POTENCIES, TitleWords, is_potency
from molagent.ingest.titles import plain_title

__all__ = ["VALUE_TITLES", "find_readouts"]

# As `plain_title` writes them; earlier ones win.
VALUE_TITLES: Final = (
    "standardvalue",
    "value",
    "result",
    "expmean",
    "potency",
    "activityvalue",
    "activity",
    "affinity",
    "measurement",
)


def find_readouts(table: GuessTable, smiles: str, blank: frozenset[str]) -> list[dict[str, object]]:
    """Return the readouts of a table, each with its relation; what is not certain is a doubt.

    Raises
    ------
    FileFormatError
        If no column looks like values, or nothing says what was measured or in which unit.
    """
    taken = {smiles, *table.roles.titles, *blank}
    free = [title for title in table.header if title not in taken]
    stated = [title for title in free if table.words[title].is_result]
    long = _long_value(table, free)
    if not stated and not long:
        raise not_guessed(table, "values", free)
    for title in free:
        words = table.words[title]
        if is_potency(words.quantity) and not (words.beside or words.is_result or title in long):
            table.doubts.append(f"column {title!r} says no unit and is not read")
    stated = _known(table, stated, long)
    readouts = [_long_readout(table, title) for title in long]
    readouts += _wide_readouts(table, stated, long)
    place_relations(table, readouts)
    return readouts


def _known(table: GuessTable, stated: Sequence[str], long: Sequence[str]) -> list[str]:
    """Return the columns of which it is known what they measure; all where nothing is certain."""
    known = [title for title in stated if table.roles.type or table.words[title].quantity]
    # Where titles say it the file's name says nothing of the others: 'ATP (uM)' in jak1_ic50.csv.
    known = known or [title for title in stated if quantity_of(table, table.words[title])]
    if not (known or long):
        return list(stated)
    table.notes += [
        f"{title!r} is left out: its title does not say what was measured"
        for title in stated
        if title not in known
    ]
    return known


def _long_value(table: GuessTable, free: Sequence[str]) -> list[str]:
    """Return the columns of values whose unit stands in a column of its own."""
    if not table.roles.units:
        return []
    generic = {plain_title(title): title for title in reversed(free)}
    found = next((generic[name] for name in VALUE_TITLES if name in generic), "")
    if found and not table.words[found].is_result:
        return [found]
    return [
        title
        for title in free
        if is_potency(table.words[title].quantity)
        and not (table.words[title].beside or table.words[title].is_result)
    ]


def _long_readout(table: GuessTable, title: str) -> dict[str, object]:
    roles, words = table.roles, table.words[title]
    own = [unit for unit, stem in roles.units.items() if stem and same_words(stem, words)]
    noisy = [unit for unit, stem in roles.units.items() if not stem]
    # 'Standard Value' goes with 'Standard Units', 'Value' with 'Units'.
    noisy.sort(key=lambda unit: _prefix(unit) != _prefix(title))
    units = own or noisy
    if not units:
        raise not_guessed(table, "units")
    quantity = words.quantity if is_potency(words.quantity) else ""
    if roles.type:
        quantity = f"{{{roles.type}}}"
    return describe_value(
        table, words, quantity=quantity or _stated_quantity(table, title), unit_column=units[0]
    )


def _prefix(title: str) -> str:
    return re.sub(r"(units?|value)$", "", plain_title(title))


def _stated_quantity(table: GuessTable, title: str) -> str:
    for text in (title, table.stem):
        if found := STATED.search(text.replace("_", " ")):
            return next(name for name in POTENCIES if name.lower() == found[1].lower())
    if quantity := str(table.given.get("quantity", "")):
        return quantity
    raise FileFormatError(
        f"neither column {title!r} nor the file's name says what was measured",
        place=table.file_name,
        remedy=f"give the quantity: {', '.join(POTENCIES[:4])}",
    )


def _wide_readouts(
    table: GuessTable, stated: Sequence[str], long: Sequence[str]
) -> list[dict[str, object]]:
    readouts: list[dict[str, object]] = []
    groups: dict[str, list[str]] = {}
    for title in stated:
        words = table.words[title]
        p_of_long = bool(long) and words.scale == "p" and endpoint_name(words.subject) in BARE
        key = "" if p_of_long else name_endpoint(table, words, words.quantity)
        groups.setdefault(key, []).append(title)
    for key, titles in groups.items():
        if not key:
            first = _long_readout(table, long[0])
            readouts += [_restated(table, title, first) for title in titles]
            continue
        readouts += _onename_endpoint(table, titles)
    return readouts


def _onename_endpoint(table: GuessTable, titles: list[str]) -> list[dict[str, object]]:
    """Return the readouts of several columns of one endpoint: repeats, or one value restated."""
    words = [table.words[title] for title in titles]
    if len(words) > 1 and any(word.replicate for word in words):
        repeated = [word for word in words if not word.summary]
        words = repeated or words
    # What is complete goes before the p scale, which is often left blank for bounds.
    words.sort(key=lambda word: (word.scale != "linear", bool(word.summary)))
    first = words[0]
    words = [word for word in words if not _other_mean(table, word, words)]
    entries = [describe_value(table, first)]
    for word in words[1:]:
        is_repeat = word.replicate != first.replicate
        same_unit = (word.unit, word.scale) == (first.unit, first.scale)
        if is_repeat:
            entries.append(describe_value(table, word))
            continue
        if same_unit and bool(word.summary) != bool(first.summary):
            mean, single = (word, first) if word.summary else (first, word)
            table.doubts.append(
                f"{mean.title!r} is not read: a {mean.summary} is no further measurement beside "
                f"{single.title!r}; to take it instead name it with --value (value=)"
            )
            continue
        if same_unit:
            table.doubts.append(
                f"columns {first.title!r} and {word.title!r} say the same and are read as repeats"
            )
            entries.append(describe_value(table, word))
            continue
        entries.append(_restated(table, word.title, entries[0]))
    return entries


def _other_mean(table: GuessTable, word: TitleWords, words: Sequence[TitleWords]) -> bool:
    """Return whether a mean stands before this one, which is of the same measurements."""
    means = [other for other in words if other.summary and other.scale == word.scale]
    if not word.summary or means[0].summary == word.summary:
        return False
    table.notes.append(f"{word.title!r} is left out: {means[0].title!r} is of the same values")
    return True


def _restated(table: GuessTable, title: str, first: dict[str, object]) -> dict[str, object]:
    """Return the readout of a column that says in another unit what the first one says."""
    entry = describe_value(table, table.words[title], quantity=str(first["quantity"]))
    return {**entry, "endpoint": first["endpoint"], "restates": first["value"]}
