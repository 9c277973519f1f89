"""Which column says the relation of which value, and on whose scale."""

import re

from molagent.ingest.guess_table import GuessTable
from molagent.ingest.title_words import TitleWords, read_title
from molagent.ingest.titles import plain_title

__all__ = ["place_relations", "same_words"]


def place_relations(table: GuessTable, readouts: list[dict[str, object]]) -> None:
    """Give each readout the column of its relation, and say of the p scale whose relation it is."""
    molar = {str(entry["endpoint"]) for entry in readouts if entry.get("scale") != "p"}
    general = [title for title, stem in table.roles.relations.items() if not stem]
    used: set[str] = set()
    for entry in readouts:
        words = table.words[str(entry["value"])]
        own = [t for t, stem in table.roles.relations.items() if stem and same_words(stem, words)]
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
            else:
                _doubt_side(table, str(entry["value"]), found[0])
    endpoints = {str(entry["endpoint"]) for entry in readouts}
    if used & {*general} and len(endpoints) > 1:
        table.doubts.append(f"column {general[0]!r} is taken as the relation of every value")
    table.doubts += [
        f"column {title!r} looks like a relation and belongs to no value"
        for title, stem in table.roles.relations.items()
        if title not in used and (stem or not used)
    ]


def same_words(stem: str, words: TitleWords) -> bool:
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


def _doubt_side(table: GuessTable, value: str, relation: str) -> None:
    """Doubt a relation beside p values where it calls the weakest ones at least so potent."""
    exact: list[float] = []
    above: list[float] = []
    rows = zip(table.samples.get(value, ()), table.samples.get(relation, ()), strict=False)
    for text, sign in rows:
        plain = sign.strip("'\" ")
        if not text or plain.startswith("<"):
            continue
        try:
            number = float(text)
        except ValueError:
            continue
        (above if plain.startswith(">") else exact).append(number)
    below = any(sign.strip("'\" ").startswith("<") for sign in table.samples.get(relation, ()))
    if above and exact and not below and max(above) <= min(exact):
        table.doubts.append(
            f"column {relation!r} says '>' of the weakest values of {value!r}: is it the relation "
            "of the concentration?"
        )


def _noise(title: str) -> str:
    return re.sub(r"(relation|value|operator|type|units?)$", "", plain_title(title))


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
