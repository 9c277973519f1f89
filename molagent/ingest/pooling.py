"""Whether rows that would be pooled differ in a column that nothing is known of."""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from molagent.ingest.guess_table import GuessTable
from molagent.ingest.title_words import POTENCIES
from molagent.units import dimension_of

__all__ = ["doubt_pooling", "part_by_medium"]

# Differ from row to row of one compound without making another assay of it.
_OF_ONE_ROW: Final = re.compile(
    r"(?<![a-z])(?:comments?|remarks?|notes?|bemerkung(?:en)?|dates?|datum|day|year|rep|replicates?|"
    r"repeats?|runs?|plates?|wells?|row|column|position|index|operator|user|analyst|chemist|"
    r"scientist|authors?|doi|pmid|pubmed|patent|journal|reference|citation|url|link|curation|"
    r"source|institution|entry|barcode|vial|aliquot|sample|split|fold|set|"
    r"ids?|no|nr|number|lot|batch|status|qc|valid(?:ity)?|flag|outlier|hill|slope|r2|error)"
    r"(?![a-z])",
    re.I,
)
# Of what stands beside a result these are held constant in an assay.
_HELD: Final = frozenset(
    {"conc", "concentration", "dose", "time", "temp", "temperature", "ph", "version"}
)
_MOST: Final = 20
_SEVERAL: Final = 2
_SHOWN: Final = 5


def part_by_medium(table: GuessTable, smiles: str) -> None:
    """Tell assays apart by pH or temperature where one compound's rows differ in it."""
    found = [
        title
        for title in table.roles.medium
        if all(table.samples.get(title, ())) and _differs(table, smiles, title)
    ]
    table.roles = replace(table.roles, conditions=(*table.roles.conditions, *found))


def doubt_pooling(table: GuessTable, smiles: str, used: Collection[str]) -> None:
    """Doubt a guess that pools rows of one compound which differ in a column that is not read.

    Parameters
    ----------
    used
        Columns that the layout looks at: what tells assays apart is among them.
    """
    if table.given.get("endpoint"):
        _doubt_types(table, used)
        _doubt_units(table, used)
        return  # who named the endpoint said that all rows are of it
    for title in table.header:
        beside = table.words[title].beside.lower()
        if title in {*used, *table.roles.titles} or (beside and beside not in _HELD):
            continue
        if beside not in _HELD and _OF_ONE_ROW.search(title):
            continue
        if _few(table, title) and _differs(table, smiles, title):
            table.doubts.append(f"one compound's rows differ in {title!r}, and are pooled")


def _doubt_types(table: GuessTable, used: Collection[str]) -> None:
    """Doubt one endpoint for a column of types that says what was measured: IC50, Ki, inhibition.

    A target or an assay may be pooled by who names the endpoint, an IC50 and a percentage never.
    """
    title = table.roles.type
    texts = list(dict.fromkeys(filter(None, table.samples.get(title, ()))))
    if title in used or len({text.lower() for text in texts}) < _SEVERAL:
        return
    listing = ", ".join(repr(text) for text in texts[:_SHOWN])
    more = ", ..." if len(texts) > _SHOWN else ""
    table.doubts.append(
        f"{title!r} says that rows are of {listing}{more}, and all are taken as "
        f"{table.given['endpoint']}: {_apart_by(table, title)}"
    )


def _doubt_units(table: GuessTable, used: Collection[str]) -> None:
    """Doubt one endpoint for units of percentages and of potencies, where no quantity is named."""
    if table.given.get("quantity"):
        return  # a row of another kind is rejected for it
    for title in table.roles.units:
        texts = dict.fromkeys(filter(None, table.samples.get(title, ())))
        kinds = {dimension_of(text): text for text in texts if dimension_of(text)}
        if title in used and {"percent", "concentration"} <= {*kinds}:
            by = next((name for name in (table.roles.type, *table.roles.split) if name), "")
            table.doubts.append(
                f"{title!r} holds {kinds['percent']} and {kinds['concentration']}, and all rows "
                f"are taken as {table.given['endpoint']}: "
                + (_apart_by(table, by) if by else "say the quantity that is meant: --quantity")
            )


def _apart_by(table: GuessTable, title: str) -> str:
    """Return how the rows of a column's texts become endpoints of their own."""
    endpoint = re.sub(rf"_p?({'|'.join(POTENCIES)})$", "", str(table.given["endpoint"]), flags=re.I)
    how = f"tell them apart with --endpoint '{endpoint}_{{{title}}}'"
    return f"{how} --quantity '{{{title}}}'" if title == table.roles.type else how


def _few(table: GuessTable, title: str) -> bool:
    texts = [text for text in table.samples.get(title, ()) if text]
    # A measurement hardly ever comes twice; what was held constant comes again and again.
    fewest = 0 if table.words[title].is_result else 2
    return 1 < len({*texts}) <= min(_MOST, max(fewest, len(texts) // 2))


def _differs(table: GuessTable, smiles: str, title: str) -> bool:
    return any(_parts(table, key, title) for key in (smiles, table.roles.name) if key)


def _parts(table: GuessTable, compound: str, title: str) -> bool:
    roles = table.roles
    told: dict[tuple[str, ...], set[str]] = defaultdict(set)
    apart = [*roles.split, *roles.conditions, *filter(None, [roles.type, roles.dose])]
    columns = [table.samples.get(name, ()) for name in (compound, *apart)]
    for place, text in enumerate(table.samples.get(title, ())):
        key = tuple(column[place] if place < len(column) else "" for column in columns)
        if text and key[0]:
            told[key].add(text)
    return any(len(texts) > 1 for texts in told.values())
