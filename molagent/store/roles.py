"""Roles: what an agent or a client may see of a project, and nothing else.

DuckDB has no users. A role's rows and columns are therefore copied into a database in memory that
holds nothing else, the project file is let go, and only then does foreign SQL run: no file, setting
or extension can be reached from there, and there is nothing beside the allowed rows to find.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

import duckdb
import pandas as pd

from molagent.closing import Closing
from molagent.errors import InputError, StoreError
from molagent.store.aggregates import assay_values
from molagent.store.arrow import as_pandas, registered
from molagent.store.database import Database
from molagent.store.faults import store_error
from molagent.store.one_select import SelectLimits, select_table
from molagent.store.series import require_series
from molagent.store.series_members import members_now

__all__ = ["AGENT", "CLIENT", "ROLE_TABLES", "Role", "RoleView"]

# Tables that a role may name, with what their rows are filtered by. ``result_agg`` is no table of
# the project: it holds one value a compound and assay, by the rule that everything else reads.
ROLE_TABLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "assay": ("endpoint",),
        "batch": ("compound_id",),
        "compound": ("compound_id",),
        "compound_alias": ("compound_id",),
        "curve": ("compound_id", "assay_id"),
        "result": ("compound_id", "assay_id"),
        "result_agg": ("compound_id", "assay_id"),
        "result_current": ("compound_id", "assay_id"),
    }
)
_ONE_VALUE: Final = "result_agg"
_VALUES: Final = (
    "compound_id",
    "endpoint",
    "assay_id",
    "relation",
    "value",
    "unit",
    "p_relation",
    "p_value",
    "n",
    "n_exact",
    "sd",
)
_ALLOWED: Final = """
CREATE TEMP TABLE allowed_compound AS
SELECT compound_id FROM project.compound
WHERE (len($series) = 0 OR compound_id IN (SELECT unnest($named)))
  AND compound_id NOT IN (SELECT unnest($hidden))
"""
_ALLOWED_ASSAYS: Final = """
CREATE TEMP TABLE allowed_assay AS
SELECT assay_id, endpoint FROM project.assay
WHERE len($endpoints) = 0 OR endpoint IN (SELECT unnest($endpoints))
"""
_FILTERS: Final = {
    "compound_id": "compound_id IN (SELECT compound_id FROM allowed_compound)",
    "assay_id": "assay_id IN (SELECT assay_id FROM allowed_assay)",
    "endpoint": "endpoint IN (SELECT endpoint FROM allowed_assay)",
}
_MEMORY_MB: Final = 1_024
_LOCKS: Final = (
    "DETACH project",
    "SET enable_external_access = false",
    "SET allow_community_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    f"SET memory_limit = '{_MEMORY_MB}MB'",
    "SET threads = 1",
    "SET lock_configuration = true",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one kind of reader may see.

    Attributes
    ----------
    columns
        Table (one of `ROLE_TABLES`) to the columns that are shown; nothing else exists for the
        role.
    endpoints
        Only results of these; of all where empty.
    series
        Only compounds of these series; where empty, all compounds that are in no confidential
        series. A confidential series is seen only by a role that names it.
    max_rows
        Longer answers are refused.
    timeout_s
        Longer statements are stopped.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    endpoints: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    max_rows: int = 10_000
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse a role that names a table no role may see."""
        for table, columns in self.columns.items():
            if table not in ROLE_TABLES or not columns:
                raise InputError(
                    f"role {self.name!r} asks for {', '.join(columns) or 'no column'} of {table}",
                    remedy=f"name columns of {', '.join(ROLE_TABLES)}",
                )


# An agent reads ids, counts and numbers, never a structure or a name somebody gave it.
AGENT: Final = Role(
    name="agent",
    columns={
        "assay": ("assay_id", "endpoint", "target", "quantity"),
        "result_agg": _VALUES,
        "result_current": (
            "result_id",
            "compound_id",
            "endpoint",
            "relation",
            "value",
            "unit",
            "validity",
            "flag",
        ),
    },
)
# A client reads structures and values of the series they own: name it with `dataclasses.replace`.
CLIENT: Final = Role(
    name="client",
    columns={
        "assay": ("assay_id", "endpoint", "target", "quantity"),
        "compound": ("compound_id", "smiles", "inchikey"),
        "result_agg": (*_VALUES, "smiles"),
    },
)


@dataclass(slots=True)
class RoleView(Closing):
    """A database in memory that holds what one role may see of a project at this moment.

    Use it as a context manager, or close it.

    Examples
    --------
    ::

        with RoleView.open(db, AGENT) as view:
            view.query("SELECT endpoint, count(*) AS n FROM result_agg GROUP BY endpoint")
    """

    role: Role
    _con: duckdb.DuckDBPyConnection = field(repr=False)

    @classmethod
    def open(cls, db: Database, role: Role) -> Self:
        """Copy what `role` may see.

        Raises
        ------
        InputError
            If the role names a column that its table lacks.
        NotFoundError
            If it names a series that is not there.
        StoreError
            If the project cannot be read.
        """
        with db.read() as checked:
            require_series(checked, role.series)
            members = members_now(checked, _asked_series(checked, role))
        con = duckdb.connect(":memory:")
        try:
            _fill(con, db, role, members)
            for statement in _LOCKS:
                con.execute(statement)
        except duckdb.Error as error:
            con.close()
            raise store_error(error, db.path) from error
        except BaseException:
            con.close()
            raise
        return cls(role, con)

    def query(self, sql: str) -> pd.DataFrame:
        """Return the rows of one statement.

        Raises
        ------
        StoreError
            If the statement fails, reaches for what is not there, takes too long or returns more
            rows than the role may have at once.
        """
        limits = SelectLimits(
            timeout_s=self.role.timeout_s, rows=self.role.max_rows, memory_mb=_MEMORY_MB
        )
        try:
            return as_pandas(select_table(self._con, sql, limits=limits, growing=False))
        except duckdb.Error as error:
            raise StoreError(
                str(error).strip().split("\n", maxsplit=1)[0],
                remedy=f"role {self.role.name!r} sees {self.tables}",
            ) from error

    @property
    def tables(self) -> str:
        """The tables and columns of the role, in one line."""
        return "; ".join(
            f"{table} ({', '.join(columns)})" for table, columns in self.role.columns.items()
        )

    def close(self) -> None:
        """Forget the copy."""
        self._con.close()


def _asked_series(con: duckdb.DuckDBPyConnection, role: Role) -> list[str]:
    """Return the series that decide what a role sees: its own, and the confidential ones."""
    rows = con.execute("SELECT series FROM series WHERE confidential ORDER BY series").fetchall()
    return [*dict.fromkeys([*role.series, *(name for (name,) in rows)])]


def _fill(
    con: duckdb.DuckDBPyConnection, db: Database, role: Role, members: Mapping[str, set[str]]
) -> None:
    con.execute("SET python_enable_replacements = false")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    path = str(db.path).replace("'", "''")
    con.execute(f"ATTACH '{path}' AS project (READ_ONLY)")
    named = set[str]().union(*(members[name] for name in role.series))
    hidden = set[str]().union(*(ids for name, ids in members.items() if name not in role.series))
    parameters = {"series": list(role.series), "named": sorted(named), "hidden": sorted(hidden)}
    con.execute(_ALLOWED, parameters)
    con.execute(_ALLOWED_ASSAYS, {"endpoints": list(role.endpoints)})
    if _ONE_VALUE in role.columns:
        with db.read() as project:
            values = assay_values(project).drop(columns="assay_ids")
        with registered(con, "value_frame", values):
            con.execute(f"CREATE TEMP TABLE {_ONE_VALUE} AS SELECT * FROM value_frame")  # noqa: S608 - a constant
    for table, columns in role.columns.items():
        place = "temp" if table == _ONE_VALUE else "project"
        known = {
            row[0]
            for row in con.execute(
                "SELECT column_name FROM duckdb_columns() WHERE database_name = ? "
                "AND table_name = ?",
                [place, table],
            ).fetchall()
        }
        unknown = sorted(set(columns) - known)
        if unknown:
            raise InputError(
                f"role {role.name!r} asks for column {unknown[0]} of {table}",
                remedy=f"its columns are {', '.join(sorted(known))}",
            )
        # Names from the catalogue above, values bound: nothing of a caller is pasted.
        where = " AND ".join(_FILTERS[name] for name in ROLE_TABLES[table])
        con.execute(
            f"CREATE TABLE main.{table} AS SELECT {', '.join(columns)} "  # noqa: S608
            f"FROM {place}.{table} WHERE {where}"
        )
    con.execute("DROP TABLE allowed_compound; DROP TABLE allowed_assay")
    con.execute(f"DROP TABLE IF EXISTS temp.{_ONE_VALUE}")
