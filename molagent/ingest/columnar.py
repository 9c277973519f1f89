"""Parquet files, read batch by batch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from molagent.errors import FileFormatError
from molagent.ingest.row_count import RowCount
from molagent.ingest.tables import Row, cell_text, file_digest, is_filled

__all__ = ["ParquetTable", "read_parquet"]

_BATCH_ROWS: Final = 4_096
# A text that is not UTF-8 and a date beyond the calendar are found while cells are read.
_DAMAGE: Final = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError)


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
    units: Mapping[str, str] = field(default_factory=dict)
    counted: RowCount = field(default_factory=RowCount, compare=False)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def records(self) -> Iterator[Row]:
        """Yield rows; nested values become their text."""
        import pyarrow.parquet as pq

        number, counted = 0, self.counted
        counted.begin()
        try:
            with pq.ParquetFile(self.path) as parquet:
                for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
                    columns = [_texts(column) for column in batch.columns]
                    for cells in zip(*columns, strict=True):
                        number += 1
                        if is_filled(cells):
                            counted.rows += 1
                            yield Row(number, cells)
                        else:
                            counted.leave_out(number)
        except _DAMAGE as error:
            raise FileFormatError(
                f"the file is damaged ({error})",
                place=f"{self.path.name}:{number + 1}",
                remedy="fetch or write it again",
            ) from error
        counted.check(self.name, number)


def read_parquet(path: Path) -> ParquetTable:
    """Read the schema of a Parquet file.

    Raises
    ------
    FileFormatError
        If it is none, its end is missing, or a column's name is not UTF-8.
    """
    path = Path(path)
    digest, size = file_digest(path)
    try:
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as parquet:
            header = tuple(parquet.schema_arrow.names)
            total = parquet.metadata.num_rows
    except _DAMAGE as error:
        raise FileFormatError(
            f"the file is no Parquet file, or is cut off or damaged ({error})",
            place=path.name,
            remedy="fetch or write it again",
        ) from error
    counted = RowCount(total=total, word="row")
    return ParquetTable(path=path, sha256=digest, bytes=size, header=header, counted=counted)


def _texts(column: pa.Array) -> list[str]:
    return [cell_text(value) for value in column.to_pylist()]
