"""A value and what it was made from, as a tree that prints."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import duckdb
import pandas as pd

from molagent.store.database import frame_of

__all__ = ["Source", "one_row", "rows_of", "signature"]

_LONGEST_TEXT: Final = 72
_IN_LABEL: Final = ("file", "row")
_SIGNATURE: Final = """
SELECT k.actor, k.origin, k.recorded_at, e.action, e.seq
FROM audit_entry e JOIN audit_link k USING (link)
WHERE e.table_name = $table_name AND e.row_key = $row_key ORDER BY e.seq
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One value, or one thing that a value was made from.

    Attributes
    ----------
    kind
        ``value, result, row, file, compound, curve, point, proposal, prediction, model, ...``
    label
        What it is, in a few words.
    facts
        Name to value, in reading order.
    sources
        What it was made from.
    """

    kind: str
    label: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple["Source", ...] = ()

    def __str__(self) -> str:
        """Return the tree as text, one line a thing and its facts behind it."""
        return "\n".join(self._lines("", ""))

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as plain dicts and lists, dates as text: ready for JSON."""
        return {
            "kind": self.kind,
            "label": self.label,
            "facts": {name: _plain(value) for name, value in self.facts.items()},
            "sources": [source.to_dict() for source in self.sources],
        }

    def walk(self) -> Iterator["Source"]:
        """Yield this and everything below it, in reading order."""
        yield self
        for source in self.sources:
            yield from source.walk()

    def rows(self) -> list[tuple[str, int]]:
        """Return the rows of files it comes from: file and 1-based row, each once, in order."""
        found = [
            (str(source.facts["file"]), int(source.facts["row"]))
            for source in self.walk()
            if source.kind == "row"
        ]
        return list(dict.fromkeys(found))

    def _lines(self, first: str, rest: str) -> Iterator[str]:
        told = ", ".join(
            f"{name} {_text(value)}"
            for name, value in self.facts.items()
            if _is_told(value) and not (self.kind == "row" and name in _IN_LABEL)
        )
        yield f"{first}{self.kind} {self.label}" + (f": {told}" if told else "")
        for place, source in enumerate(self.sources):
            last = place == len(self.sources) - 1
            yield from source._lines(  # noqa: SLF001 - its own kind
                rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")
            )


def rows_of(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]
) -> list[dict[str, Any]]:
    """Return the rows of a SELECT as dicts, what is missing as None."""
    frame = frame_of(con, sql, parameters).astype(object)
    return [
        {str(name): None if _is_missing(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def one_row(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]
) -> dict[str, Any] | None:
    """Return the first row of a SELECT, or None."""
    rows = rows_of(con, sql, parameters)
    return rows[0] if rows else None


def signature(con: duckdb.DuckDBPyConnection, table_name: str, row_key: str) -> dict[str, Any]:
    """Return who put a row in, when and with what, and how often it was changed since."""
    entries = rows_of(con, _SIGNATURE, {"table_name": table_name, "row_key": row_key})
    if not entries:
        return {}
    first, *later = entries
    facts = {"by": first["actor"], "on": first["recorded_at"], "with": first["origin"]}
    if first["action"] == "baseline":
        facts["by"] = f"somebody before the audit trail began ({first['actor']} migrated)"
    if later:
        facts["changed since"] = len(later)
    return facts


def _is_missing(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value is pd.NA or value is pd.NaT


def _is_told(value: object) -> bool:
    return value is not None and value not in ("", (), [], {})


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(value, date):  # and instants, which are dates
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value.item() if hasattr(value, "item") else value


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping | list | tuple):
        value = json.dumps(_plain(value), ensure_ascii=False)
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
