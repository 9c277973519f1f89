"""Arrow and pandas at the border of the file, both ways, whole or in bounded memory."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, cast

from molagent.errors import StoreError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "BATCH_ROWS",
    "Parameters",
    "Rows",
    "as_pandas",
    "frame_of",
    "plain_schema",
    "reader_of",
    "registered",
    "table_of",
]

Parameters: TypeAlias = Sequence[object] | Mapping[str, object]
Rows: TypeAlias = "pd.DataFrame | pa.Table"

BATCH_ROWS: Final = 65_536
# An answer below this stays in memory; above it is set down in a temporary file.
_SPOOL_BYTES: Final = 32 * 2**20


def table_of(con: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters = ()) -> pa.Table:
    """Return the rows of one SELECT as an Arrow table: enums as text, sums as numbers.

    Raises
    ------
    StoreError
        If the statement returns no rows, such as an UPDATE.
    """
    table: pa.Table = _relation(con, sql, parameters).to_arrow_table()
    return table.cast(plain_schema(table.schema))


def frame_of(con: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
    """Return the rows of one SELECT as a frame: lists as tuples, enums as text, no text as None.

    Through Arrow: ``.df()`` of DuckDB 2.0.0 trips over a deprecation of pandas 3.1.
    """
    return as_pandas(table_of(con, sql, parameters))


def reader_of(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Parameters = (),
    *,
    batch_rows: int = BATCH_ROWS,
) -> pa.RecordBatchReader:
    """Return a reader of one SELECT's rows that outlives the connection.

    The rows are read now, batch by batch, and set down outside the project file: in memory while
    they are few, else in a nameless temporary file that is gone with the reader. So the project
    is free for others while the caller works through an answer larger than memory, and what it
    reads is one state of the project, not several.

    Raises
    ------
    StoreError
        If `batch_rows` is not positive or the statement returns no rows.
    """
    import pyarrow as pa

    if batch_rows < 1:
        raise StoreError(f"batches of {batch_rows} rows", remedy="give at least 1")
    source = _relation(con, sql, parameters).to_arrow_reader(batch_rows)
    schema = plain_schema(source.schema)
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in source:
        held.append(batch.cast(schema))
        size += batch.nbytes
        if size > _SPOOL_BYTES:
            return _spooled(schema, held, source)
    return pa.RecordBatchReader.from_batches(schema, held)


def as_pandas(rows: Rows) -> pd.DataFrame:
    """Return rows as a frame: lists as tuples, absent text as None.

    Examples
    --------
    >>> import pyarrow as pa
    >>> as_pandas(pa.table({"ids": [["MA-000001"], None]}))["ids"].tolist()
    [('MA-000001',), None]
    """
    import pandas as pd
    import pyarrow as pa

    if isinstance(rows, pd.DataFrame):
        return rows
    table = rows.cast(plain_schema(rows.schema))
    frame: pd.DataFrame = table.to_pandas()
    for column in table.schema:
        cells = table[column.name]
        if pa.types.is_list(column.type):
            values = [None if cell is None else tuple(cell) for cell in cells.to_pylist()]
        elif pa.types.is_string(column.type) and cells.null_count:
            # None, where pandas would say NaN: a record's field takes it.
            values = cells.to_pylist()
        else:
            continue
        frame[column.name] = pd.Series(values, index=frame.index, dtype=object)
    return frame


@contextlib.contextmanager
def registered(con: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> Iterator[None]:
    """Let SQL in the block read `rows` as a table; NaN and None are NULL, tuples are lists.

    Raises
    ------
    StoreError
        If a column mixes types that no table column can hold.
    """
    import pandas as pd
    import pyarrow as pa

    try:
        table = (
            pa.Table.from_pandas(rows, preserve_index=False)
            if isinstance(rows, pd.DataFrame)
            else rows
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise StoreError(
            f"a column cannot be stored ({error})", remedy="give one type a column"
        ) from error
    held = _Held(table)
    con.register(name, held)
    yield
    # Not in a finally: an aborted transaction refuses this too and would hide the first error.
    con.unregister(name)
    held.release()


class _Held:
    """A table that SQL can read until it is released.

    A transaction remembers what was registered in it until it ends, and would keep every part of
    a large file in memory.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table: pa.Table | None = table
        self._schema = table.schema

    def release(self) -> None:
        self._table = None

    def __arrow_c_schema__(self) -> object:
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self._table is None:
            raise StoreError("rows were read after they were let go")
        return self._table.__arrow_c_stream__(requested_schema)


def _relation(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters
) -> duckdb.DuckDBPyRelation:
    relation = con.sql(sql, params=parameters or None)
    if relation is None:
        raise StoreError("the statement returns no rows", remedy="query() is for SELECT")
    return relation


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Give enums as text, and DuckDB's sums of integers as floats: Decimals would surprise."""
    import pyarrow as pa

    fields = []
    for column in schema:
        if pa.types.is_dictionary(column.type):
            plain = column.with_type(pa.string())
        elif pa.types.is_decimal(column.type):
            plain = column.with_type(pa.float64())
        else:
            plain = column
        fields.append(plain)
    return pa.schema(fields)


def _spooled(
    schema: pa.Schema, held: list[pa.RecordBatch], rest: pa.RecordBatchReader
) -> pa.RecordBatchReader:
    import pyarrow as pa

    # Nameless, so that a killed process leaves nothing behind.
    spool = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115
    try:
        with pa.ipc.new_stream(spool, schema) as writer:
            for batch in held:
                writer.write_batch(batch)
            held.clear()
            for batch in rest:
                writer.write_batch(batch.cast(schema))
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    batches = _read_back(spool)
    next(batches)
    return pa.RecordBatchReader.from_batches(schema, batches)


def _read_back(spool: BinaryIO) -> Iterator[pa.RecordBatch | None]:
    import pyarrow as pa

    with spool:
        # The first step enters the block, so that the file is closed also where a caller stops
        # before the first batch.
        yield None
        yield from pa.ipc.open_stream(spool)
