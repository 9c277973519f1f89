"""Who belongs to a series at this moment: those that were named, and all that have its core now."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import duckdb
from rdkit import Chem, rdBase

from molagent.errors import StructureError

__all__ = ["compounds_with_core", "members_now", "series_cores"]

# As `define_series` writes a definition; a SMARTS has no spaces.
_DEFINITION: Final = re.compile(r"core (\S+)(?: and \d+ compounds by id)?$")
_SINCE: Final = """
SELECT c.compound_id, c.smiles FROM compound c
WHERE c.compound_id NOT IN (SELECT compound_id FROM series_compound WHERE series = ?)
ORDER BY c.compound_id
"""


def series_cores(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> dict[str, str]:
    """Return the core of each of these series that was defined by one."""
    rows = con.execute("SELECT series, definition FROM series ORDER BY series").fetchall()
    found = {name: _DEFINITION.match(definition) for name, definition in rows}
    return {name: match[1] for name, match in found.items() if match is not None and name in names}


def members_now(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> dict[str, set[str]]:
    """Return each series' compounds: the stored ones, and those with its core that came since.

    Raises
    ------
    StructureError
        If a core or a compound cannot be read: nothing is taken for harmless then.
    """
    cores = series_cores(con, names)
    members = {}
    for name in names:
        rows = con.execute(
            "SELECT compound_id FROM series_compound WHERE series = ?", [name]
        ).fetchall()
        members[name] = {compound_id for (compound_id,) in rows}
        if name in cores:
            since = con.execute(_SINCE, [name]).fetchall()
            members[name] |= compounds_with_core(since, cores[name])
    return members


def compounds_with_core(compounds: Iterable[tuple[str, str]], core: str) -> set[str]:
    """Return the ids of those compounds, given with their SMILES, that have a core.

    Raises
    ------
    StructureError
        If the core or a compound cannot be read.
    """
    with rdBase.BlockLogs():
        pattern: Chem.Mol | None = Chem.MolFromSmarts(core)
        if pattern is None or pattern.GetNumAtoms() == 0:
            raise StructureError(
                f"the core {core!r} cannot be read", remedy="give SMARTS or SMILES"
            )
        found = set()
        for compound_id, smiles in compounds:
            mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
            if mol is None:
                raise StructureError(
                    f"compound {compound_id} cannot be read", remedy="register it anew"
                )
            if mol.HasSubstructMatch(pattern):
                found.add(compound_id)
    return found
