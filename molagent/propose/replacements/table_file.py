"""A table of replacements on disk, and the one that ships with molagent.

An ``.npz`` of plain arrays; nothing in it is code.
"""

from __future__ import annotations

import json
import zipfile
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from molagent.errors import FileFormatError
from molagent.propose.replacements.places import RADII
from molagent.propose.replacements.table import ReplacementTable

__all__ = ["default_table", "load_table", "save_table"]

# 1: three radii, keys as `places` makes them.
_FORMAT: Final = 1


def save_table(table: ReplacementTable, path: Path) -> None:
    """Write a table."""
    header = {"format": _FORMAT, "radii": list(RADII), "sources": list(table.sources)}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        header=_bytes(json.dumps(header)),
        parts=_bytes("\n".join(table.parts)),
        keys=table.keys,
        starts=table.starts,
        which=table.which,
        compounds=table.compounds,
    )


def load_table(path: Path) -> ReplacementTable:
    """Read a table.

    Raises
    ------
    FileFormatError
        If the file is missing, or was not written by `save_table` of this version.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            content = {name: arrays[name] for name in arrays.files}
        header = json.loads(_text(content["header"]))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise FileFormatError(
            f"a table of replacements cannot be read ({error})",
            place=str(path),
            remedy="make one with `molagent train replacements`",
        ) from error
    if header["format"] != _FORMAT or tuple(header["radii"]) != RADII:
        raise FileFormatError(
            "the table of replacements is of another version of molagent",
            place=str(path),
            remedy="make it anew with `molagent train replacements`",
        )
    return ReplacementTable(
        parts=tuple(_text(content["parts"]).split("\n")),
        keys=content["keys"],
        starts=content["starts"],
        which=content["which"],
        compounds=content["compounds"],
        sources=tuple(header["sources"]),
    )


@cache
def default_table() -> ReplacementTable:
    """Return the table that ships; its `sources` say what it was counted from.

    Examples
    --------
    >>> "*OC" in default_table().parts
    True
    """
    place = resources.files(__package__) / "data" / "replacements.npz"
    with resources.as_file(place) as path:
        return load_table(path)


def _bytes(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    return array.tobytes().decode()
