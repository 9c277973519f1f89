"""How figures are printed: one JSON object a row."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass

import typer

__all__ = ["show_rows"]


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
