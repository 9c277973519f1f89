"""Files packed by gzip, unpacked to a temporary file within bounds and read as what they hold."""

import gzip
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.row_count import RowCount
from molagent.ingest.tables import Row, Table, file_digest

__all__ = ["PackedTable", "open_packed"]

_CHUNK: Final = 1 << 20
_LARGEST: Final = 16 << 30
# Text shrinks to a tenth; what shrinks to less than this was made to fill a disk.
_RATIO: Final = 200
_FLOOR: Final = 64 << 20


class PackedTable:
    """A packed file: name, hash and size are its own, everything else is of what it holds."""

    def __init__(self, path: Path, inner: Table) -> None:
        self.name = path.name
        self.sha256, self.bytes = file_digest(path)
        self.encoding = inner.encoding
        self.delimiter = inner.delimiter
        self.header = inner.header
        self.units = inner.units
        self.notes = inner.notes
        self.inner = inner

    @property
    def counted(self) -> RowCount:
        """Where the lines went."""
        return self.inner.counted

    def records(self) -> Iterator[Row]:
        """Yield the rows."""
        return self.inner.records()


def open_packed(path: Path, open_inner: Callable[[Path], Table]) -> PackedTable:
    """Unpack a file and open what it holds; the copy lives as long as the table.

    Raises
    ------
    FileFormatError
        If it is cut off or damaged, or unpacks to more than a file of data.
    """
    folder = Path(tempfile.mkdtemp(prefix="molagent-packed-"))
    inner_name = path.name[: -len(".gz")] if path.suffix.lower() == ".gz" else path.name
    try:
        _unpack(path, folder / inner_name)
        table = PackedTable(path, open_inner(folder / inner_name))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(table, shutil.rmtree, folder, ignore_errors=True)
    return table


def _unpack(path: Path, target: Path) -> None:
    most = min(_LARGEST, max(_FLOOR, _RATIO * path.stat().st_size))
    size = 0
    try:
        with gzip.open(path) as packed, target.open("wb") as out:
            while piece := packed.read(_CHUNK):
                size += len(piece)
                if size > most:
                    raise FileFormatError(
                        f"the file unpacks to more than {most >> 20:,} MiB",
                        place=path.name,
                        remedy="unpack it first, and look at it",
                    )
                out.write(piece)
    except (EOFError, zlib.error, OSError) as error:
        raise FileFormatError(
            f"the file cannot be unpacked ({error})", place=path.name, remedy="fetch it again"
        ) from error
