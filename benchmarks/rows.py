"""Structures that a bench takes from a file, and figures printed one JSON object a row."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd

from molagent.cli.structures import smiles_column
from molagent.errors import InputError

__all__ = ["FROM_FILE", "Smiles", "read_smiles_file", "rows_of", "show_rows"]

FROM_FILE = "SMILES; on the command line a file with a column of them"
Smiles = Annotated[Sequence[str], FROM_FILE]


def read_smiles_file(path: Path) -> list[str]:
    """Return the structures of a delimited or Parquet file, from the column called like them.

    Raises
    ------
    InputError
        If the file cannot be read or has no such column.
    """
    if path.suffix != ".parquet":
        return smiles_column(path)
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(f"structures cannot be read ({error})", place=str(path)) from error
    for name in table.columns:
        if str(name).lower() == "smiles":
            return table[name].dropna().astype(str).tolist()
    raise InputError("no column named SMILES", place=str(path), remedy="name the column")


def rows_of(found: object) -> Iterator[object]:
    """Give what a bench returns as rows: records, tables, what has ``rows()``, or many of these.

    A table within a mapping follows its other figures; what a table keeps in ``attrs`` follows it.
    """
    if isinstance(found, pd.DataFrame):
        named = found if isinstance(found.index, pd.RangeIndex) else found.reset_index()
        yield from named.to_dict("records")
        if found.attrs:
            yield found.attrs
    elif isinstance(found, Mapping):
        tables = {name: each for name, each in found.items() if isinstance(each, pd.DataFrame)}
        yield {name: each for name, each in found.items() if name not in tables}
        for table in tables.values():
            yield from rows_of(table)
    elif hasattr(found, "rows"):
        yield from rows_of(found.rows())
    elif isinstance(found, Iterable):
        for each in found:
            yield from rows_of(each)
    else:
        yield found


def show_rows(found: object) -> None:
    """Print one JSON object a row as it comes, so that a figure can be copied and a run compared.

    Floats are rounded to four decimals.
    """
    for row in rows_of(found):
        data = asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
        print(json.dumps(_rounded(data), ensure_ascii=False), flush=True)  # noqa: T201 - its job


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {str(key): _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value if isinstance(value, bool | int | str | None) else str(value)
