"""SQL from outside: one SELECT, within limits of time, memory and rows.

A notebook cell, a command line and a role send SQL that nobody has read before. What is run is one
SELECT that calls functions which read; what it may take is bounded while DuckDB works and while
its rows become Arrow and pandas.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb

from molagent.errors import StoreError
from molagent.store.arrow import Parameters, plain_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SelectLimits", "limited", "require_one_select", "select_table", "too_long"]

_ONE: Final = "one SELECT at a time is run, and nothing that is no SELECT"
# Table functions that read what is in the file, or make rows of nothing. Every other one is
# refused: some write files, switch logging on, or run SQL that stands in a text.
_TABLE_FUNCTIONS: Final = frozenset(
    {
        "duckdb_columns",
        "duckdb_constraints",
        "duckdb_databases",
        "duckdb_functions",
        "duckdb_indexes",
        "duckdb_keywords",
        "duckdb_schemas",
        "duckdb_sequences",
        "duckdb_settings",
        "duckdb_tables",
        "duckdb_triggers",
        "duckdb_types",
        "duckdb_variables",
        "duckdb_views",
        "generate_series",
        "json_each",
        "json_tree",
        "pragma_database_size",
        "pragma_show",
        "pragma_storage_info",
        "pragma_table_info",
        "pragma_version",
        "range",
        "repeat",
        "summary",
        "unnest",
    }
)
_REFUSED_FUNCTIONS: Final = frozenset({"currval", "nextval", "write_log"})
# They make one value of any size, outside DuckDB's memory limit and deaf to an interrupt: run only
# where the whole process can be ended.
_GROWING_FUNCTIONS: Final = frozenset(
    {
        "array_resize",
        "bar",
        "format",
        "generate_series",
        "list_resize",
        "lpad",
        "printf",
        "range",
        "regexp_replace",
        "repeat",
        "replace",
        "rpad",
    }
)
_MOST_SQL: Final = 200_000
_BATCH: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectLimits:
    """What one SELECT may take.

    Attributes
    ----------
    timeout_s
        Seconds until it is stopped, the making of its rows included.
    rows
        A longer answer is refused.
    memory_mb
        Memory of DuckDB, in MB.
    answer_mb
        Size of the answer as Arrow rows, in MB; a larger one is refused.
    """

    timeout_s: float = 600.0
    rows: int = 5_000_000
    memory_mb: int = 4_096
    answer_mb: int = 1_024


def require_one_select(con: duckdb.DuckDBPyConnection, sql: str, *, growing: bool = True) -> str:
    """Return the one SELECT that `sql` holds.

    Parameters
    ----------
    growing
        Whether functions may be called that make one value of any size.

    Raises
    ------
    StoreError
        If it holds another statement, several, none, or calls a function that does more than read.
    """
    remedy = "send a single SELECT"
    if len(sql) > _MOST_SQL:
        raise StoreError(f"the statement has {len(sql):,} characters", remedy=remedy)
    statements = con.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise StoreError(_ONE, remedy=remedy)
    query = statements[0].query.strip().rstrip(";")
    (text,) = con.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0]
    try:
        tree = json.loads(text)
    except RecursionError as error:
        raise StoreError("the statement is nested too deep", remedy=remedy) from error
    if tree.get("error"):
        raise StoreError(str(tree.get("error_message", _ONE)), remedy=remedy)
    for name, is_table in _functions(tree):
        refused = (
            _REFUSED_FUNCTIONS if growing or is_table else _REFUSED_FUNCTIONS | _GROWING_FUNCTIONS
        )
        if name in refused or (is_table and name not in _TABLE_FUNCTIONS):
            raise StoreError(
                f"the function {name} is not run here", remedy="read the project's tables and views"
            )
    return query


def select_table(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Parameters = (),
    *,
    limits: SelectLimits,
    growing: bool = True,
) -> pa.Table:
    """Return the rows of one SELECT as an Arrow table.

    Parameters
    ----------
    growing
        See :func:`require_one_select`.

    Raises
    ------
    StoreError
        If `sql` is not one SELECT, is wrong, or takes more than `limits` allow.
    """
    import pyarrow as pa

    query = require_one_select(con, sql, growing=growing)
    with limited(con, limits):
        relation = con.sql(query, params=parameters or None)
        reader = relation.to_arrow_reader(_BATCH)
        names = _different(reader.schema.names)
        batches = []
        rows = size = 0
        for batch in reader:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows > limits.rows:
                raise StoreError(
                    f"the answer has more than {limits.rows} rows",
                    remedy="aggregate, or add a LIMIT",
                )
            if size > limits.answer_mb * 2**20:
                raise StoreError(
                    f"the answer is larger than {limits.answer_mb} MB",
                    remedy="ask for fewer rows or columns",
                )
            batches.append(batch)
        table = pa.Table.from_batches(batches, reader.schema).rename_columns(names)
        return table.cast(plain_schema(table.schema))


@contextlib.contextmanager
def limited(con: duckdb.DuckDBPyConnection, limits: SelectLimits) -> Iterator[None]:
    """Run the block within limits of memory and time, and say in words which of them ended it.

    Raises
    ------
    StoreError
        If the block took longer, or DuckDB needed more memory.
    """
    _limit_memory(con, limits.memory_mb)
    timer = threading.Timer(limits.timeout_s, con.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"the statement needs more than {limits.memory_mb} MB", remedy="ask for less"
        ) from error
    except duckdb.Error as error:
        if isinstance(error, duckdb.InterruptException) or "INTERRUPT" in str(error):
            raise too_long(limits) from error
        raise
    except OSError as error:  # Arrow's word for what DuckDB says while rows are read
        if "interrupt" in str(error).lower():
            raise too_long(limits) from error
        raise StoreError(
            str(error).strip().split("\n", maxsplit=1)[0], remedy="ask for less"
        ) from error
    except MemoryError as error:
        raise StoreError("the answer does not fit into memory", remedy="ask for less") from error
    finally:
        timer.cancel()


def _different(names: Sequence[str]) -> list[str]:
    """Return column names of which none stands twice: ``a, a`` are ``a, a_1``."""
    taken: set[str] = set()
    found = []
    for name in names:
        new, number = name, 0
        while new in taken:
            number += 1
            new = f"{name}_{number}"
        taken.add(new)
        found.append(new)
    return found


def _limit_memory(con: duckdb.DuckDBPyConnection, megabytes: int) -> None:
    # A role's copy has its own limit, and its settings are locked.
    locked = con.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]
    if not locked:
        con.execute(f"SET memory_limit = '{int(megabytes)}MB'")
        con.execute("SET max_temp_directory_size = '16GB'")


def too_long(limits: SelectLimits) -> StoreError:
    """Return the error of a statement that had its time."""
    return StoreError(
        f"the statement took longer than {limits.timeout_s:g} s", remedy="ask for less"
    )


def _functions(tree: object) -> Iterator[tuple[str, bool]]:
    """Yield every function that a parsed statement calls, and whether rows come from it."""
    waiting: list[tuple[object, bool]] = [(tree, False)]
    while waiting:
        node, is_table = waiting.pop()
        if isinstance(node, list):
            waiting.extend((item, is_table) for item in node)
        elif isinstance(node, dict):
            name = node.get("function_name")
            if isinstance(name, str):
                yield name.lower(), is_table
            in_table = node.get("type") == "TABLE_FUNCTION"
            waiting.extend((item, in_table and key == "function") for key, item in node.items())
