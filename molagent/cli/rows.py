"""How `molagent bench` prints: one JSON object a row."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path

import typer

__all__ = ["show_rows", "smiles_column"]


def smiles_column(path: Path) -> list[str]:
    """Return the ``smiles`` column of a CSV file."""
    with path.open(newline="", encoding="utf-8") as lines:
        return [row["smiles"] for row in csv.DictReader(lines)]


def show_rows(rows: Iterable[object]) -> None:
    """Print one JSON object a row, so that a figure can be copied and a run compared."""
    for row in rows:
        data = asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
        typer.echo(json.dumps(_rounded(data), ensure_ascii=False))


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {str(key): _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
