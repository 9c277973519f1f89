"""Who a compound is, in layers, and the names that others call it by."""

from typing import Final

import duckdb
import pandas as pd
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from molagent.chem.identity import identity_keys
from molagent.chem.molecules import parse_smiles
from molagent.errors import NotFoundError, StoreError
from molagent.protocols import NullProgress, Progress
from molagent.store.arrow import Rows, as_pandas, frame_of, registered
from molagent.store.database import Database

__all__ = [
    "ALIAS_COLUMNS",
    "fill_identities",
    "find_relatives",
    "load_compounds",
    "register_aliases",
    "resolve_names",
]

ALIAS_COLUMNS: Final = ("system", "alias", "inchikey")

_LACKING: Final = """
SELECT c.compound_id, c.smiles, c.connectivity
FROM compound c LEFT JOIN compound_identity i USING (compound_id)
WHERE i.compound_id IS NULL ORDER BY c.compound_id
"""
_INSERT: Final = """
INSERT INTO compound_identity
    (compound_id, formula, connectivity, stereo_hash, tautomer_hash, stereo_centres,
     undefined_centres, rdkit)
SELECT compound_id, formula, connectivity, stereo_hash, tautomer_hash, stereo_centres,
       undefined_centres, rdkit
FROM identity_frame
WHERE compound_id NOT IN (SELECT compound_id FROM compound_identity)
"""
# From near to far: the nearest layer in which the two agree is told.
_RELATIVES: Final = """
SELECT o.compound_id, coalesce(nullif(c.structure, ''), c.smiles) AS smiles,
       CASE WHEN c.inchikey = mine.inchikey THEN 'substance'
            WHEN o.stereo_hash = i.stereo_hash THEN 'stereo'
            WHEN o.connectivity = i.connectivity THEN 'connectivity'
            ELSE 'tautomer' END AS differs_in,
       o.stereo_centres, o.undefined_centres
FROM compound_identity i
JOIN compound mine USING (compound_id)
JOIN compound_identity o
    ON o.compound_id <> i.compound_id
   AND (o.stereo_hash = i.stereo_hash OR o.connectivity = i.connectivity
        OR o.tautomer_hash = i.tautomer_hash)
JOIN compound c ON c.compound_id = o.compound_id
WHERE i.compound_id = ?
ORDER BY differs_in, o.compound_id
"""
_ALIAS: Final = """
INSERT INTO compound_alias (system, alias, compound_id, file_id)
SELECT DISTINCT f.system, f.alias, c.compound_id, $file_id
FROM alias_frame f
JOIN compound c ON substance_key(c.inchikey, c.substance) = f.inchikey
WHERE NOT EXISTS (
    SELECT 1 FROM compound_alias a
    WHERE a.system = f.system AND a.alias = f.alias AND a.compound_id = c.compound_id
)
"""
_RESOLVE: Final = """
SELECT f.ordinal, f.alias, list(DISTINCT a.compound_id ORDER BY a.compound_id)
           FILTER (a.compound_id IS NOT NULL) AS compound_ids
FROM name_frame f
LEFT JOIN compound_alias a ON a.alias = f.alias AND ($system = '' OR a.system = $system)
GROUP BY f.ordinal, f.alias ORDER BY f.ordinal
"""
_COMPOUNDS: Final = """
SELECT c.compound_id, coalesce(nullif(c.structure, ''), c.smiles) AS structure, c.smiles,
       c.inchikey, c.connectivity, c.scaffold, c.standardizer, c.registered_at,
       i.formula, i.stereo_hash, i.tautomer_hash, i.stereo_centres, i.undefined_centres,
       (SELECT list(DISTINCT a.alias ORDER BY a.alias) FROM compound_alias a
        WHERE a.compound_id = c.compound_id) AS aliases,
       (SELECT count(*) FROM batch b WHERE b.compound_id = c.compound_id) AS n_batches,
       (SELECT count(*) FROM result r
        WHERE r.compound_id = c.compound_id AND r.superseded_by IS NULL) AS n_results
FROM compound c LEFT JOIN compound_identity i USING (compound_id)
ORDER BY c.compound_id
"""


def fill_identities(db: Database, progress: Progress | None = None) -> int:
    """Compute the identity layers of every compound that lacks them; return how many those were.

    About two milliseconds a compound, so it is a step of its own and not part of every ingest.

    Raises
    ------
    StructureError
        If RDKit cannot read a registered structure.
    """
    lacking = db.query(_LACKING)
    shown = progress or NullProgress()
    shown.start("identities", len(lacking))
    rows = []
    for compound_id, smiles, connectivity in lacking.itertuples(index=False, name=None):
        rows.append({"compound_id": compound_id, "connectivity": connectivity, **_layers(smiles)})
        shown.advance()
    shown.finish()
    if rows:
        with (
            db.write(origin="identities") as con,
            registered(con, "identity_frame", pd.DataFrame(rows)),
        ):
            con.execute(_INSERT)
    return len(rows)


def find_relatives(db: Database, compound_id: str) -> pd.DataFrame:
    """Return compounds that are the same stuff up to stereo, isotopes or tautomeric state.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles, differs_in, stereo_centres, undefined_centres``; empty where there
        are none. `differs_in` is the nearest layer that tells them apart: ``substance``
        (isotopes, a racemate and its enantiomer), ``stereo``, ``connectivity`` (charges) or
        ``tautomer``.

    Raises
    ------
    NotFoundError
        If the compound has no identity layers: it is unknown, or :func:`fill_identities` has not
        run since it was registered.
    """
    frame = db.query(_RELATIVES, [compound_id])
    if frame.empty:
        known = db.query("SELECT 1 FROM compound_identity WHERE compound_id = ?", [compound_id])
        if known.empty:
            raise NotFoundError("compound with identity layers", compound_id, place=db.path.name)
    return frame


def register_aliases(
    con: duckdb.DuckDBPyConnection, rows: Rows, *, file_id: str | None = None
) -> int:
    """Remember by which names others call registered compounds; return how many were new.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`.
    rows
        ``system`` (whose name: 'PostEra'), ``alias`` and ``inchikey``. A name may stand for several
        structures; all of them are kept.
    """
    frame = as_pandas(rows)
    missing = [name for name in ALIAS_COLUMNS if name not in frame.columns]
    if missing:
        raise StoreError(
            f"aliases lack {', '.join(missing)}", remedy=f"give {', '.join(ALIAS_COLUMNS)}"
        )
    before = con.execute("SELECT count(*) FROM compound_alias").fetchall()[0][0]
    with registered(con, "alias_frame", frame[list(ALIAS_COLUMNS)]):
        con.execute(_ALIAS, {"file_id": file_id})
    return int(con.execute("SELECT count(*) FROM compound_alias").fetchall()[0][0] - before)


def resolve_names(db: Database, names: list[str], *, system: str = "") -> pd.DataFrame:
    """Return which compounds each name stands for.

    Returns
    -------
    pandas.DataFrame
        ``alias, compound_ids``, one row a name in input order; `compound_ids` is an empty tuple
        where the name is not known, and has several entries where it is ambiguous.
    """
    given = pd.DataFrame({"ordinal": range(len(names)), "alias": pd.Series(names, dtype="str")})
    with db.read() as con, registered(con, "name_frame", given):
        frame = frame_of(con, _RESOLVE, {"system": system})
    ids = [() if entry is None else entry for entry in frame["compound_ids"]]
    return pd.DataFrame({"alias": frame["alias"], "compound_ids": pd.Series(ids, dtype=object)})


def load_compounds(db: Database) -> pd.DataFrame:
    """Return the registered compounds with their identity, names and counts.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, structure`` (CXSMILES of the substance), ``smiles`` (of its parent),
        ``inchikey, connectivity, scaffold, standardizer, registered_at, formula,
        stereo_hash, tautomer_hash, stereo_centres, undefined_centres, aliases, n_batches,
        n_results``; what :func:`fill_identities` has not computed yet is empty.
    """
    return db.query(_COMPOUNDS)


def _layers(smiles: str) -> dict[str, object]:
    mol = parse_smiles(smiles)
    stereo_hash, tautomer_hash = identity_keys(smiles)
    with rdBase.BlockLogs():
        centres = Chem.FindMolChiralCenters(  # type: ignore[no-untyped-call]
            mol, includeUnassigned=True, useLegacyImplementation=False
        )
    return {
        "formula": str(rdMolDescriptors.CalcMolFormula(mol)),
        "stereo_hash": stereo_hash,
        "tautomer_hash": tautomer_hash,
        "stereo_centres": len(centres),
        "undefined_centres": sum(label == "?" for _, label in centres),
        "rdkit": rdBase.rdkitVersion,
    }
