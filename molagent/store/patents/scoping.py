"""Takes a scope of SureChEMBL's bulk files: out of core, patents first, then what they mention."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from molagent.errors import FileFormatError, StoreFullError
from molagent.store.faults import store_error
from molagent.store.patents.scope import Scope

__all__ = ["BulkFile", "ScopedCounts", "set_numbers", "take_scope", "taken_numbers"]

#: Section bit of a field's name; the release's own numbering is read from its ``fields`` file.
FIELD_BITS: Final = {
    "clms": 1,
    "claims": 1,
    "desc": 2,
    "description": 2,
    "abst": 4,
    "abstract": 4,
    "ttl": 8,
    "title": 8,
    "image": 16,
    "molattachment": 32,
    "attachment": 32,
}
_LISTS: Final = ("cpc", "ipcr", "ipc", "assignee")


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkFile:
    """One Parquet file of a release, with the title of each role's column."""

    path: Path
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedCounts:
    """What was taken, and what could not be told.

    Attributes
    ----------
    without_date
        Publications left out because their date is not known and the scope asks for one.
    orphans
        Mentions of a structure that is not in the release's compounds.
    unknown_fields
        Mentions in a section that the release does not name.
    """

    publications: int
    mentions: int
    compounds: int
    without_date: int
    orphans: int
    unknown_fields: int


def take_scope(
    con: duckdb.DuckDBPyConnection, files: Mapping[str, BulkFile], scope: Scope
) -> ScopedCounts:
    """Fill the tables of a build from ``patents``, ``map``, ``compounds`` and ``fields``.

    Raises
    ------
    FileFormatError
        If a file turns out to be damaged.
    StoreFullError
        If there is no room for what is set down on disk.
    """
    without_date = _take_patents(con, files["patents"], scope)
    unknown = _take_mentions(con, files["map"], files.get("fields"))
    orphans = _take_compounds(con, files["compounds"])
    return ScopedCounts(
        publications=_count(con, "SELECT count(*) FROM main.patent"),
        mentions=_count(con, "SELECT count(*) FROM given_mention"),
        compounds=_count(con, "SELECT count(*) FROM given_compound"),
        without_date=without_date,
        orphans=orphans,
        unknown_fields=unknown,
    )


def taken_numbers(con: duckdb.DuckDBPyConnection, batch: int = 100_000) -> Iterator[list[str]]:
    """Yield the numbers of the publications as the release writes them."""
    first = ""
    while rows := con.execute(
        "SELECT DISTINCT given_number FROM main.patent WHERE given_number > ? "
        "ORDER BY given_number LIMIT ?",
        [first, batch],
    ).fetchall():
        yield [number for (number,) in rows]
        first = rows[-1][0]


def set_numbers(con: duckdb.DuckDBPyConnection, changed: Mapping[str, str]) -> None:
    """Set normalised numbers by given ones."""
    if not changed:
        return
    con.register(
        "changed_numbers",
        pa.table({"given": list(changed), "normal": list(changed.values())}),
    )
    con.execute(
        "UPDATE main.patent SET publication_number = normal FROM changed_numbers "
        "WHERE given_number = given"
    )
    con.unregister("changed_numbers")


def _take_patents(con: duckdb.DuckDBPyConnection, file: BulkFile, scope: Scope) -> int:
    # The titles are those of the file's own schema, as identifiers in double quotes.
    exprs = _expressions(con, file)
    _run(
        con,
        file,
        f"""
        CREATE TEMP TABLE candidate AS
        SELECT {exprs["id"]}::BIGINT AS patent_id, {exprs["number"]}::VARCHAR AS number,
               upper(coalesce({exprs["country"]}, left({exprs["number"]}, 2))) AS country,
               {exprs["date"]} AS day, {exprs["family"]} AS family, {exprs["title"]} AS title,
               {exprs["assignee"]} AS assignees, {exprs["cpc"]} AS cpc,
               list_concat({exprs["ipcr"]}, {exprs["ipc"]}) AS ipc
        FROM read_parquet($path)
        WHERE ($cpc = '' OR regexp_matches(array_to_string({exprs["cpc"]}, chr(10)), $cpc))
          AND ($ipc = '' OR regexp_matches(
                  array_to_string(list_concat({exprs["ipcr"]}, {exprs["ipc"]}), chr(10)), $ipc))
          AND (len($countries) = 0 OR list_contains($countries,
                  upper(coalesce({exprs["country"]}, left({exprs["number"]}, 2)))))
          AND (len($assignees) = 0 OR len(list_filter($assignees, lambda name: contains(
                  lower(array_to_string({exprs["assignee"]}, chr(10))), name))) > 0)
          AND ($since IS NULL OR {exprs["date"]} IS NULL OR {exprs["date"]} >= $since)
          AND ($until IS NULL OR {exprs["date"]} IS NULL OR {exprs["date"]} <= $until)
        """,  # noqa: S608
        {
            "path": str(file.path),
            "cpc": scope.cpc_pattern,
            "ipc": scope.ipc_pattern,
            "countries": pa.array(list(scope.countries), pa.string()).to_pylist(),
            "assignees": list(scope.assignees),
            "since": scope.since,
            "until": scope.until,
        },
    )
    dated = bool(scope.since or scope.until)
    _run(
        con,
        file,
        """
        INSERT INTO main.patent BY NAME
        SELECT patent_id, number AS publication_number, number AS given_number, country,
               nullif(regexp_extract(number, '-([A-Z][0-9]?)$', 1), '') AS kind,
               day AS publication_date, nullif(family::VARCHAR, '-1') AS family_id, title,
               assignees, cpc, ipc, NULL AS url
        FROM candidate WHERE NOT $dated OR day IS NOT NULL
        ORDER BY number
        """,
        {"dated": dated},
    )
    without = _count(con, "SELECT count(*) FROM candidate WHERE day IS NULL") if dated else 0
    con.execute("DROP TABLE candidate")
    return without


def _take_mentions(con: duckdb.DuckDBPyConnection, file: BulkFile, fields: BulkFile | None) -> int:
    con.execute("CREATE TEMP TABLE field (field_id BIGINT, bit UTINYINT)")
    if fields is None:
        rows = [(1, 2), (2, 1), (3, 4), (4, 8), (5, 16), (6, 32)]
        con.executemany("INSERT INTO field VALUES (?, ?)", rows)
    else:
        con.register(
            "field_bits",
            pa.table(
                {
                    "name": list(FIELD_BITS),
                    "bit": pa.array(list(FIELD_BITS.values()), pa.uint8()),
                }
            ),
        )
        _run(
            con,
            fields,
            f"INSERT INTO field SELECT f.{_quoted(fields.columns['id'])}, b.bit "  # noqa: S608
            "FROM read_parquet($path) f JOIN field_bits b "
            f"ON b.name = lower(trim(f.{_quoted(fields.columns['name'])}))",
            {"path": str(fields.path)},
        )
        con.unregister("field_bits")
    patent, compound, section = (
        _quoted(file.columns[role]) for role in ("patent", "compound", "field")
    )
    _run(
        con,
        file,
        f"""
        INSERT INTO given_mention
        SELECT patent_id, source_no, bits,
               CASE WHEN bits & 15 <> 0 THEN 'text' WHEN bits & 16 <> 0 THEN 'image'
                    WHEN bits & 32 <> 0 THEN 'attachment' ELSE 'text' END, NULL, NULL
        FROM (
            SELECT m.{patent} AS patent_id, m.{compound} AS source_no,
                   bit_or(coalesce(f.bit, 0)::UTINYINT) AS bits
            FROM read_parquet($path) m
            SEMI JOIN main.patent p ON p.patent_id = m.{patent}
            LEFT JOIN field f ON f.field_id = m.{section}
            GROUP BY ALL
        )
        """,  # noqa: S608
        {"path": str(file.path)},
    )
    con.execute("DROP TABLE field")
    return _count(con, "SELECT count(*) FROM given_mention WHERE sections = 0")


def _take_compounds(con: duckdb.DuckDBPyConnection, file: BulkFile) -> int:
    number, smiles = _quoted(file.columns["id"]), _quoted(file.columns["smiles"])
    _run(
        con,
        file,
        f"""
        INSERT INTO given_compound
        SELECT c.{number}, 'SCHEMBL' || c.{number}, coalesce(c.{smiles}, '')
        FROM read_parquet($path) c
        SEMI JOIN given_mention m ON m.source_no = c.{number}
        """,  # noqa: S608
        {"path": str(file.path)},
    )
    return _count(
        con,
        "SELECT count(*) FROM given_mention m ANTI JOIN given_compound c USING (source_no)",
    )


def _expressions(con: duckdb.DuckDBPyConnection, file: BulkFile) -> dict[str, str]:
    """Return SQL for each role of ``patents``, whatever type the file gives it."""
    types = {
        name: str(kind)
        for name, kind, *_ in _run(
            con, file, "DESCRIBE SELECT * FROM read_parquet($path)", {"path": str(file.path)}
        )
    }
    exprs: dict[str, str] = {}
    for role in ("id", "number", "country", "family", "title", "date", *_LISTS):
        title = file.columns.get(role)
        column = _quoted(title) if title else "NULL"
        kind = types.get(title or "", "")
        if role in _LISTS:
            listed = column if kind.endswith("[]") else f"list_value({column})"
            exprs[role] = (
                f"coalesce(list_filter({listed}, lambda entry: entry IS NOT NULL), [])::VARCHAR[]"
                if title
                else "[]::VARCHAR[]"
            )
        elif role == "date":
            exprs[role] = _date(column, kind) if title else "NULL::DATE"
        else:
            exprs[role] = f"{column}::VARCHAR" if role != "id" else column
    return exprs


def _date(column: str, kind: str) -> str:
    if "INT" in kind:  # 20090716
        return f"try_strptime({column}::VARCHAR, '%Y%m%d')::DATE"
    return f"try_cast({column} AS DATE)"


def _quoted(title: str) -> str:
    return '"' + title.replace('"', '""') + '"'


def _run(
    con: duckdb.DuckDBPyConnection, file: BulkFile, sql: str, parameters: dict[str, object]
) -> list[tuple]:  # type: ignore[type-arg]
    try:
        return con.execute(sql, parameters).fetchall()
    except duckdb.Error as error:
        translated = store_error(error, file.path)
        if isinstance(translated, StoreFullError) or isinstance(error, duckdb.OutOfMemoryException):
            raise translated from error
        raise FileFormatError(
            f"the file cannot be read ({str(error).splitlines()[0]})",
            place=str(file.path),
            remedy="fetch it again, and compare its size and checksum",
        ) from error


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((found,),) = con.execute(sql).fetchall()
    return int(found)
