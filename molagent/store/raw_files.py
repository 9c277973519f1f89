"""The bytes of a file as they were read, kept compressed beside what was read from them.

Keeping them is a choice: they make the project larger, and an export without a confidential series
leaves them out. A file is known by the SHA-256 of its bytes, which is checked when it is read back.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.store.database import Database

__all__ = [
    "RawFile",
    "find_raw_problems",
    "keep_raw_file",
    "load_raw_file",
    "load_raw_files",
    "put_raw_file",
    "write_raw_file",
]

_CODEC: Final = "zlib"
_PART_BYTES: Final = 4 << 20

_KEEP: Final = """
INSERT INTO raw_file (sha256, name, bytes, stored, codec, parts) VALUES (?, ?, ?, ?, ?, ?)
"""
_PARTS: Final = "SELECT content FROM raw_part WHERE sha256 = ? AND part = ?"
_FILES: Final = """
SELECT r.sha256, r.name, r.bytes, r.stored, r.codec, r.parts, r.kept_at,
       count(s.file_id) AS sources
FROM raw_file r LEFT JOIN source_file s USING (sha256)
GROUP BY ALL ORDER BY r.kept_at, r.name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """One kept file.

    Attributes
    ----------
    sha256
        Of the bytes as they were read.
    bytes, stored
        Size before and after compression.
    parts
        Pieces of at most 4 MiB that it is kept in.
    known
        True if it was kept before: nothing changed.
    """

    sha256: str
    name: str
    bytes: int
    stored: int
    parts: int
    known: bool = False


def keep_raw_file(db: Database, path: Path) -> RawFile:
    """Keep a file's bytes in the project, as :func:`put_raw_file` does, in their own transaction.

    Raises
    ------
    InputError
        If there is no such file.
    StoreError
        If the file changes while it is read.
    """
    with db.write(origin=f"keep {Path(path).name}") as con:
        return put_raw_file(con, path)


def put_raw_file(con: duckdb.DuckDBPyConnection, path: Path) -> RawFile:
    """Keep a file's bytes in the caller's transaction; the same bytes twice change nothing.

    The file is read piece by piece, so a large one needs no memory to speak of.

    Raises
    ------
    InputError
        If there is no such file.
    StoreError
        If the file changes while it is read.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("there is no such file", place=str(path), remedy="check the path")
    digest = _hash_of(path)
    known = _find(con, digest)
    if known is not None:
        return known
    stored, parts, read = 0, 0, sha256()
    for part, block in enumerate(_blocks(path)):
        read.update(block)
        content = zlib.compress(block, 6)
        con.execute("INSERT INTO raw_part VALUES (?, ?, ?)", [digest, part, content])
        stored, parts = stored + len(content), part + 1
    if read.hexdigest() != digest:
        raise StoreError("the file changed while it was read", place=str(path))
    size = path.stat().st_size
    con.execute(_KEEP, [digest, path.name, size, stored, _CODEC, parts])
    return RawFile(sha256=digest, name=path.name, bytes=size, stored=stored, parts=parts)


def load_raw_files(db: Database) -> pd.DataFrame:
    """Return the kept files.

    Returns
    -------
    pandas.DataFrame
        ``sha256, name, bytes, stored, codec, parts, kept_at, sources``; `sources` is how many
        readings of the file (one a mapping) are in the project.
    """
    return db.query(_FILES)


def load_raw_file(db: Database, digest: str) -> bytes:
    """Return a kept file's bytes.

    Parameters
    ----------
    digest
        SHA-256 of the bytes, as :func:`load_raw_files` and ``source_file.sha256`` give it.

    Raises
    ------
    NotFoundError
        If it was not kept.
    StoreError
        If what is kept is not what was read.
    """
    with db.read() as con:
        return b"".join(_checked(con, digest, db.path))


def write_raw_file(db: Database, digest: str, path: Path) -> None:
    """Write a kept file back to disk, piece by piece; as :func:`load_raw_file` otherwise.

    Nothing is left at `path` if the check fails.
    """
    path = Path(path)
    try:
        with db.read() as con, path.open("xb") as stream:
            for block in _checked(con, digest, db.path):
                stream.write(block)
    except FileExistsError as error:
        raise InputError(
            "there is such a file already", place=str(path), remedy="give another path"
        ) from error
    except OSError as error:
        path.unlink(missing_ok=True)
        raise InputError(
            f"the file cannot be written ({error.strerror})",
            place=str(path),
            remedy="give a path in a folder that is there",
        ) from error
    except (NotFoundError, StoreError):
        path.unlink(missing_ok=True)
        raise


def find_raw_problems(con: duckdb.DuckDBPyConnection, place: Path) -> Iterator[tuple[str, str]]:
    """Read every kept file and yield what is wrong: its SHA-256 and a sentence."""
    for (digest,) in con.execute("SELECT sha256 FROM raw_file ORDER BY kept_at").fetchall():
        try:
            for _ in _checked(con, digest, place):
                pass
        except StoreError as error:
            yield digest, error.message


def _find(con: duckdb.DuckDBPyConnection, digest: str) -> RawFile | None:
    rows = con.execute(
        "SELECT name, bytes, stored, parts FROM raw_file WHERE sha256 = ?", [digest]
    ).fetchall()
    if not rows:
        return None
    name, size, stored, parts = rows[0]
    return RawFile(sha256=digest, name=name, bytes=size, stored=stored, parts=parts, known=True)


def _hash_of(path: Path) -> str:
    digest = sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the file in pieces; an empty file is one empty piece."""
    with path.open("rb") as stream:
        yield stream.read(_PART_BYTES)
        while block := stream.read(_PART_BYTES):
            yield block


def _checked(con: duckdb.DuckDBPyConnection, digest: str, place: Path) -> Iterator[bytes]:
    """Yield a file's pieces and raise at the end if they are not what was read."""
    kept = _find(con, digest)
    if kept is None:
        known = [row[0] for row in con.execute("SELECT sha256 FROM raw_file").fetchall()]
        raise NotFoundError("raw file", digest, known=known, place=place.name)
    read = sha256()
    for part in range(kept.parts):
        rows = con.execute(_PARTS, [digest, part]).fetchall()
        try:
            block = zlib.decompress(rows[0][0])
        except (IndexError, zlib.error) as error:
            raise _broken(kept, place, f"part {part} cannot be read") from error
        read.update(block)
        yield block
    if read.hexdigest() != digest:
        raise _broken(kept, place, "its bytes are not those that were read")


def _broken(kept: RawFile, place: Path, reason: str) -> StoreError:
    return StoreError(
        f"the kept file {kept.name} was changed: {reason}",
        place=str(place),
        remedy="take the project file from a backup",
    )
