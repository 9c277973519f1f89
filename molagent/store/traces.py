"""The search for traces: whether a structure or a name is anywhere in a project file."""

import itertools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import duckdb
import numpy as np

from molagent.store.database import Database
from molagent.store.text_traces import TextTraces

__all__ = ["find_traces", "load_needles"]

# What a series is known by. A part of an identity that other compounds share is no trace of it.
_NEEDLES: Final = """
WITH hidden AS (SELECT unnest($hidden) AS compound_id),
word AS (
    SELECT compound_id, smiles AS text FROM compound
    UNION ALL SELECT compound_id, structure FROM compound
    UNION ALL SELECT compound_id, inchikey FROM compound
    UNION ALL SELECT compound_id, connectivity FROM compound
    UNION ALL SELECT compound_id, scaffold FROM compound
    UNION ALL SELECT compound_id, compound_id FROM compound
    UNION ALL SELECT compound_id, stereo_hash FROM compound_identity
    UNION ALL SELECT compound_id, tautomer_hash FROM compound_identity
    UNION ALL SELECT compound_id, raw_smiles FROM compound_raw
    UNION ALL SELECT compound_id, name FROM compound_raw
    UNION ALL SELECT compound_id, alias FROM compound_alias
    UNION ALL SELECT compound_id, batch_id FROM batch
    UNION ALL SELECT compound_id, sample FROM well WHERE compound_id IS NOT NULL
    UNION ALL SELECT compound_id, smiles FROM order_line WHERE compound_id IS NOT NULL
    UNION ALL SELECT compound_id, name FROM order_line WHERE compound_id IS NOT NULL
)
SELECT DISTINCT trim(text) FROM word
WHERE compound_id IN (FROM hidden) AND trim(text) <> ''
  AND trim(text) NOT IN (
      SELECT trim(text) FROM word WHERE compound_id NOT IN (FROM hidden) AND text IS NOT NULL)
UNION SELECT unnest($series)
ORDER BY 1
"""
_COLUMNS: Final = """
SELECT c.table_name, c.column_name
FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_oid)
WHERE NOT c.internal AND NOT t.temporary
  AND t.estimated_size > 0 AND c.data_type IN ('VARCHAR', 'JSON', 'VARCHAR[]', 'BLOB')
ORDER BY c.table_name LIKE 'audit%', c.table_oid, c.column_index
"""
# A cell is a trace if it is a needle, has one as a word, or (needles of several words) contains
# one. The separators are those of tables, JSON and prose; none is a letter of SMILES.
_SEPARATORS: Final = r"[\s,;\"'|{}<>]+"
_CELLS: Final = """
WITH cell AS (
    SELECT DISTINCT CAST({column} AS VARCHAR) AS text FROM {table} WHERE {column} IS NOT NULL
),
word AS (SELECT text, unnest(string_split_regex(text, $separators)) AS word FROM cell)
SELECT text FROM cell WHERE trim(text) IN (FROM needle)
UNION SELECT text FROM cell WHERE $is_name AND trim(text) IN (FROM weak)
UNION SELECT text FROM word WHERE word IN (FROM needle)
UNION SELECT c.text FROM cell c JOIN phrase p ON contains(c.text, p.phrase)
ORDER BY text LIMIT 5
"""
# What remains and may have a needle as a part: 'AB-1' is no trace where 'AB-12' may stay.
_REMAINING: Final = """
SELECT smiles AS text FROM compound
UNION ALL SELECT structure FROM compound
UNION ALL SELECT scaffold FROM compound
UNION ALL SELECT raw_smiles FROM compound_raw
UNION ALL SELECT name FROM compound_raw WHERE name IS NOT NULL
UNION ALL SELECT alias FROM compound_alias
UNION ALL SELECT lot FROM batch WHERE lot IS NOT NULL
UNION ALL SELECT DISTINCT sample FROM well WHERE sample IS NOT NULL
UNION ALL SELECT name FROM order_line WHERE name IS NOT NULL
UNION ALL SELECT sql FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT sql FROM duckdb_views() WHERE NOT internal
"""
# A compound called '12' is no trace wherever a 12 stands, only where names stand.
_NAME_COLUMNS: Final = ("alias", "lot", "name", "raw_smiles", "sample", "smiles", "validity_reason")
# Structures and hashes of what remains, and what the schema says itself: no free text.
_STRUCTURE_COLUMNS: Final = frozenset(
    {"smiles", "inchikey", "connectivity", "scaffold", "raw_smiles", "stereo_hash"}
    | {"tautomer_hash", "formula", "file_id", "sha256", "salt", "standardizer", "rdkit"}
)
_MOST_A_COLUMN: Final = 5
_SHORTEST: Final = 4
_WORD_BYTES: Final = 8
_MOST_SHOWN: Final = 60


def load_needles(
    con: duckdb.DuckDBPyConnection, series: Sequence[str], hidden: Iterable[str]
) -> tuple[str, ...]:
    """Return what the compounds of some series are known by, and no other compound is.

    Parameters
    ----------
    hidden
        Ids of their compounds.

    Structures as registered and as they stood in files, InChIKeys and their first blocks,
    registration hashes, ids, batches, names and aliases, and the names of the series.
    """
    parameters = {"series": list(series), "hidden": sorted(hidden)}
    rows = con.execute(_NEEDLES, parameters).fetchall()
    return tuple(text for (text,) in rows)


def find_traces(path: Path, needles: Iterable[str], texts: TextTraces | None = None) -> list[str]:
    """Search a project file for texts: its cells through SQL, then the bytes of the file.

    Parameters
    ----------
    needles
        Texts. Numbers, and texts of less than four letters, are looked for only as a whole cell
        of a column of names. The bytes are searched for those of 8 bytes and more that no
        remaining structure or name, and no word of the schema has as a part; a compressed column
        hides texts from the bytes, not from the cells.
    texts
        What is looked for in free text besides: names in any spelling, structures in any notation.

    Returns
    -------
    list of str
        ``table.column: text`` and ``byte 12345: text``, at most five a column; empty if there is
        no trace.
    """
    wanted = sorted(set(needles))
    if not wanted:
        return []
    found = []
    with Database(path).read() as con:
        weak = [text for text in wanted if text.isdecimal() or len(text) < _SHORTEST]
        strong = sorted(set(wanted) - set(weak))
        phrases = [text for text in strong if re.search(_SEPARATORS, text)]
        for name, words in (("needle", strong), ("weak", weak), ("phrase", phrases)):
            con.execute(
                f"CREATE TEMP TABLE {name} AS SELECT unnest(?::VARCHAR[]) AS {name}", [words]
            )
        for table, column in con.execute(_COLUMNS).fetchall():
            sql = _CELLS.format(table=f'"{table}"', column=f'"{column}"')
            parameters = {"separators": _SEPARATORS, "is_name": column in _NAME_COLUMNS}
            rows = con.execute(sql, parameters).fetchall()
            found += [f"{table}.{column}: {text[:_MOST_SHOWN]}" for (text,) in rows]
            if texts is not None and not rows and column not in _STRUCTURE_COLUMNS:
                found += _in_text(con, table, column, texts)
        rest = "\n".join(str(text) for (text,) in con.execute(_REMAINING).fetchall())
    in_bytes = [
        word.encode() for word in strong if len(word.encode()) >= _WORD_BYTES and word not in rest
    ]
    return found + _find_bytes(path, in_bytes)


def _in_text(
    con: duckdb.DuckDBPyConnection, table: str, column: str, texts: TextTraces
) -> list[str]:
    sql = f'SELECT DISTINCT CAST("{column}" AS VARCHAR) FROM "{table}" WHERE "{column}" IS NOT NULL'  # noqa: S608
    cells = (text for (text,) in con.execute(sql).fetchall())
    hits = (f"{table}.{column}: {text[:_MOST_SHOWN]}" for text in cells if texts.found_in(text))
    return list(itertools.islice(hits, _MOST_A_COLUMN))


def _find_bytes(path: Path, needles: Sequence[bytes]) -> list[str]:
    """Find any of the needles: candidates by their first 8 bytes at once, then one by one."""
    if not needles:
        return []
    starts = np.unique(np.array([word[:_WORD_BYTES] for word in needles]).view("<u8"))
    pattern = re.compile(b"|".join(map(re.escape, sorted(needles, key=len, reverse=True))))
    content = np.memmap(path, dtype=np.uint8, mode="r")
    found = []
    for shift in range(_WORD_BYTES):
        count = (len(content) - shift) // _WORD_BYTES
        words = content[shift : shift + count * _WORD_BYTES].view("<u8")
        for place in np.flatnonzero(np.isin(words, starts)).tolist():
            offset = shift + place * _WORD_BYTES
            longest = max(map(len, needles))
            match = pattern.match(content[offset : offset + longest].tobytes())
            if match:
                found.append(f"byte {offset}: {match[0].decode(errors='replace')[:_MOST_SHOWN]}")
    return found
