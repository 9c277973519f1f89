"""Series: named sets of compounds, by which a role sees data and an export leaves data out."""

from collections.abc import Sequence
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import InputError, NotFoundError
from molagent.store.database import Database
from molagent.store.series_members import compounds_with_core

__all__ = ["define_series", "load_series", "require_series"]

_COMPOUNDS: Final = "SELECT compound_id, smiles FROM compound ORDER BY compound_id"
_SERIES: Final = """
SELECT s.series, s.confidential, s.definition, s.defined_at, count(c.compound_id) AS n_compounds
FROM series s LEFT JOIN series_compound c USING (series)
GROUP BY ALL ORDER BY s.series
"""


def define_series(
    db: Database,
    name: str,
    *,
    core: str = "",
    compound_ids: Sequence[str] = (),
    confidential: bool = False,
) -> int:
    """Name a set of compounds, or define it anew, and return how many they are.

    The set holds the compounds registered now. An export and a role ask the core again, so that
    compounds that came in since are of the series, too; those named by id are what they are.

    Parameters
    ----------
    core
        SMARTS or SMILES that every compound of the series contains.
    compound_ids
        Compounds that belong to it whatever their structure.
    confidential
        What no role sees that does not name it.

    Raises
    ------
    InputError
        If there is no name, or neither a core nor a compound is given, or nothing is in it.
    StructureError
        If the core cannot be read.
    NotFoundError
        If there is no such compound.
    """
    if not name.strip() or not (core or compound_ids):
        raise InputError(
            f"series {name!r} is not defined by anything",
            remedy="give a name and a core, or compound ids",
        )
    known = db.query(_COMPOUNDS)
    found = set(compound_ids)
    unknown = sorted(found - set(known["compound_id"]))
    if unknown:
        raise NotFoundError("compound", unknown[0], place=db.path.name)
    if core:
        pairs = zip(known["compound_id"], known["smiles"], strict=True)
        found |= compounds_with_core(pairs, core)
    if not found:
        raise InputError(f"no compound has the core {core}", remedy="check the core")
    definition = " and ".join(
        text
        for text in (
            f"core {core}" if core else "",
            f"{len(set(compound_ids))} compounds by id" if compound_ids else "",
        )
        if text
    )
    with db.write(origin=f"define series {name}") as con:
        con.execute("DELETE FROM series_compound WHERE series = ?", [name])
        con.execute("DELETE FROM series WHERE series = ?", [name])
        con.execute(
            "INSERT INTO series (series, confidential, definition) VALUES (?, ?, ?)",
            [name, confidential, definition],
        )
        con.execute(
            "INSERT INTO series_compound SELECT ?, unnest(?) ORDER BY 2", [name, sorted(found)]
        )
    return len(found)


def load_series(db: Database) -> pd.DataFrame:
    """Return the series: ``series, confidential, definition, defined_at, n_compounds``."""
    return db.query(_SERIES)


def require_series(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Raise unless every name is a series.

    Raises
    ------
    NotFoundError
        If one is not; the error lists the known ones.
    """
    known = [row[0] for row in con.execute("SELECT series FROM series").fetchall()]
    for name in names:
        if name not in known:
            raise NotFoundError("series", name, known=known)
