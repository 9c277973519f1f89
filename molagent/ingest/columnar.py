"""Parquet files, read batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from molagent.errors import FileFormatError
from molagent.ingest.tables import Row, cell_text, file_digest, is_filled

__all__ = ["ParquetTable", "read_parquet"]

_BATCH_ROWS: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetTable:
    """A Parquet file whose schema was read; rows are streamed, numbered from 1."""

    path: Path
    sha256: str
    bytes: int
    header: tuple[str, ...]
    notes: tuple[str, ...] = ()
    encoding: str = "parquet"
    delimiter: str = ""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def records(self) -> Iterator[Row]:
        """Yield rows; nested values become their text."""
        number = 0
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as parquet:
            try:
                for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
                    columns = [_texts(column) for column in batch.columns]
                    for cells in zip(*columns, strict=True):
                        number += 1
                        if is_filled(cells):
                            yield Row(number, cells)
            except (pa.ArrowInvalid, OSError) as error:
                raise FileFormatError(
                    f"the file is damaged ({error})",
                    place=f"{self.path.name}:{number + 1}",
                    remedy="fetch or write it again",
                ) from error


def read_parquet(path: Path) -> ParquetTable:
    """Read the schema of a Parquet file.

    Raises
    ------
    FileFormatError
        If it is none, or its end is missing.
    """
    path = Path(path)
    digest, size = file_digest(path)
    try:
        import pyarrow.parquet as pq

        header = tuple(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileFormatError(
            f"the file is no Parquet file, or is cut off ({error})",
            place=path.name,
            remedy="fetch or write it again",
        ) from error
    return ParquetTable(path=path, sha256=digest, bytes=size, header=header)


def _texts(column: pa.Array) -> list[str]:
    return [cell_text(value) for value in column.to_pylist()]
