"""Rows of text to results and rejections: every row ends as one or the other, with its reason."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from molagent.ingest.potencies import Potency, RefusedPotencyError, parse_potency
from molagent.store.assays import CONFLICT_LOG_UNITS
from molagent.store.compounds import COMPOUND_COLUMNS
from molagent.store.receipts import REJECTION_COLUMNS, RESULT_COLUMNS

__all__ = ["CuratedRows", "RawRows", "curate", "flag_repeats"]

_POTENCY_COLUMNS: Final = ("relation", "value", "unit", "p_value", "p_relation")


@dataclass(slots=True)
class RawRows:
    """What the mapped columns of a file say, one list a column, and the rows refused so far.

    ``raw`` is the whole row as it was read.
    """

    source_row: list[int] = field(default_factory=list)
    endpoint: list[str] = field(default_factory=list)
    raw_smiles: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    original: list[str] = field(default_factory=list)
    relation: list[str] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    refused: list[tuple[int, str, str, str]] = field(default_factory=list)

    def add(
        self,
        source_row: int,
        *,
        endpoint: str,
        raw_smiles: str,
        name: str,
        original: str,
        relation: str,
        unit: str,
        raw: str,
    ) -> None:
        """Take one row."""
        self.source_row.append(source_row)
        self.endpoint.append(endpoint)
        self.raw_smiles.append(raw_smiles)
        self.name.append(name)
        self.original.append(original)
        self.relation.append(relation)
        self.unit.append(unit)
        self.raw.append(raw)

    def refuse(self, source_row: int, kind: str, reason: str, raw: str) -> None:
        """Refuse one row before curation."""
        self.refused.append((source_row, kind, reason, raw))

    def __len__(self) -> int:
        """Return how many rows were read, refused ones included."""
        return len(self.source_row) + len(self.refused)


@dataclass(frozen=True, slots=True)
class CuratedRows:
    """Results and rejections in file order, and the distinct parents in order of appearance."""

    compounds: pd.DataFrame
    results: pd.DataFrame
    rejections: pd.DataFrame


def curate(rows: RawRows, find: Callable[[list[str]], pd.DataFrame]) -> CuratedRows:
    """Read potencies, standardise structures and flag repeated measurements.

    Parameters
    ----------
    rows
        The file's rows.
    find
        Gives the parents of raw structures, as ``find_parents`` does.
    """
    refused = list(rows.refused)
    potencies: list[tuple[int, Potency]] = []
    for index, original in enumerate(rows.original):
        try:
            potency = parse_potency(original, rows.unit[index], rows.relation[index])
        except RefusedPotencyError as error:
            refused.append((rows.source_row[index], error.kind, str(error), rows.raw[index]))
        else:
            potencies.append((index, potency))
    kept = [index for index, _ in potencies]
    parents = find([rows.raw_smiles[index] for index in kept])
    has_parent = (parents["reason"] == "").to_numpy()
    refused += [
        (rows.source_row[index], "structure", reason, rows.raw[index])
        for index, reason in zip(kept, parents["reason"], strict=True)
        if reason
    ]
    results = pd.DataFrame(
        {
            "source_row": pd.Series([rows.source_row[index] for index in kept], dtype="int64"),
            "endpoint": _text(rows.endpoint[index] for index in kept),
            "inchikey": parents["inchikey"],
            "raw_smiles": _text(rows.raw_smiles[index] for index in kept),
            "name": _text(rows.name[index] for index in kept),
            "original": _text(rows.original[index] for index in kept),
            **{
                column: pd.Series([getattr(potency, column) for _, potency in potencies])
                for column in _POTENCY_COLUMNS
            },
        }
    )[has_parent].reset_index(drop=True)
    results["flag"] = flag_repeats(results)
    return CuratedRows(
        compounds=parents.loc[has_parent, list(COMPOUND_COLUMNS)]
        .drop_duplicates("inchikey")
        .reset_index(drop=True),
        results=results[list(RESULT_COLUMNS)],
        rejections=_rejections(refused),
    )


def flag_repeats(results: pd.DataFrame) -> pd.Series:
    """Return '' or a flag for each result; nothing is dropped.

    ``duplicate`` marks every row after the first of the same parent and endpoint; ``conflict``
    marks all exact rows of a group whose p values are more than a log unit apart.
    """
    keys = ["inchikey", "endpoint"]
    flags = pd.Series("", index=results.index, dtype="str")
    flags[results.duplicated(keys)] = "duplicate"
    exact = results[results["p_relation"] == "="]
    grouped = exact.groupby(keys)["p_value"]
    spread = grouped.transform("max") - grouped.transform("min")
    flags[spread.index[spread > CONFLICT_LOG_UNITS]] = "conflict"
    return flags


def _rejections(refused: list[tuple[int, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(sorted(refused), columns=list(REJECTION_COLUMNS))
    return frame.astype({"source_row": "int64", "kind": "str", "reason": "str", "raw": "str"})


def _text(values: object) -> pd.Series:
    return pd.Series(list(values), dtype="str")  # type: ignore[call-overload]
