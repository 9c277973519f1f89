"""DuckDB's errors in molagent's words: who holds the lock, what to do about a full disk."""

import errno
import re
from pathlib import Path
from typing import Final

import duckdb

from molagent.errors import StoreError, StoreFullError, StoreLockedError

__all__ = ["store_error"]

_HOLDER: Final = re.compile(r"lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_LOCKED: Final = (
    "could not set lock",
    "conflicting lock",
    "being used by another process",
    # The same process has it open with other settings, through another Database object.
    "different configuration than existing connections",
)
# A quota (EFBIG) is reported as a full disk (ENOSPC) is: the remedy is the same, make room.
_FULL: Final = (
    "no space left on device",
    "file too large",
    "disk quota exceeded",
    "max_temp_directory_size",
    "not enough space on the disk",
)
_FULL_ERRNO: Final = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
# The second is what DuckDB says of x.csv: it would open a view of the data in memory.
_NOT_A_PROJECT: Final = ("not a valid duckdb database", "cannot launch in-memory database")
# DuckDB 2.0.0, where a transaction rewrites more than a row group of a table with triggers.
_TOO_MANY_REWRITTEN: Final = "checkcardinality"
# Any update of a row that a foreign key points to, in a table with triggers.
_REFERENCED: Final = "still referenced by a foreign key"
_LONGEST_MESSAGE: Final = 400


def store_error(error: duckdb.Error | OSError, path: Path) -> StoreError:
    """Return the store error that says what `error` means for the project file at `path`.

    Examples
    --------
    >>> type(store_error(OSError(28, "No space left on device"), Path("jak.duckdb"))).__name__
    'StoreFullError'
    """
    text = str(error).strip()
    lowered = text.lower()
    if any(sign in lowered for sign in _FULL) or getattr(error, "errno", None) in _FULL_ERRNO:
        return StoreFullError(
            "the disk is full",
            place=str(path),
            remedy="free space and run again; the project file is as it was before",
        )
    if any(sign in lowered for sign in _LOCKED):
        return _locked(text, path)
    if any(sign in lowered for sign in _NOT_A_PROJECT):
        return StoreError(
            "this is not a molagent project file",
            place=str(path),
            remedy="give the path of a project file, or of one that does not exist yet",
        )
    if _TOO_MANY_REWRITTEN in lowered:
        return StoreError(
            "one transaction rewrites more than 120,000 rows of a table of facts",
            place=str(path),
            remedy="do it in several transactions; nothing was changed",
        )
    if _REFERENCED in lowered:
        return StoreError(
            text.split("If this is", maxsplit=1)[0].strip(),
            place=str(path),
            remedy="append a new row: what other rows point to is never changed",
        )
    if "version number" in lowered and "can only read" in lowered:
        return StoreError(
            "the file was written by a newer DuckDB",
            place=str(path),
            remedy="install the molagent version that wrote it",
        )
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[:_LONGEST_MESSAGE]}..."
    return StoreError(text, place=str(path), remedy="nothing was changed")


def _locked(text: str, path: Path) -> StoreLockedError:
    holder = _HOLDER.search(text)
    if holder is None:
        who, remedy = "another connection", "close it and run again"
    else:
        who = f"{Path(holder['program']).name} (PID {holder['pid']})"
        remedy = (
            "wait until it has finished or close that program or notebook kernel, then run again"
        )
    return StoreLockedError(f"the project file is open in {who}", place=str(path), remedy=remedy)
