"""Registered substances: one compound id for each.

A substance is known by the InChIKey of its parent and, where the parent does not say it all, by a
tag behind a slash (:mod:`molagent.chem.substances`). Frames have both in their column ``inchikey``.
"""

from typing import Final

import duckdb
import pandas as pd

from molagent.errors import StoreError
from molagent.store.database import frame_of, registered

__all__ = ["COMPOUND_COLUMNS", "STRUCTURE", "register_compounds"]

COMPOUND_COLUMNS: Final = ("smiles", "inchikey", "connectivity", "scaffold", "standardizer")
#: A column that may stand beside them: CXSMILES of a substance that is more than its parent.
STRUCTURE: Final = "structure"

# Numbers go on from the highest one given so far, in input order; a structure that comes twice in
# the frame gets its number where it comes first.
_REGISTER: Final = """
INSERT INTO compound
    (compound_id, smiles, inchikey, connectivity, scaffold, standardizer, substance, structure)
WITH incoming AS (
    SELECT * FROM compound_frame
    WHERE inchikey NOT IN (SELECT substance_key(inchikey, substance) FROM compound)
    QUALIFY row_number() OVER (PARTITION BY inchikey ORDER BY ordinal) = 1
),
last AS (
    SELECT coalesce(max(CAST(substr(compound_id, 4) AS BIGINT)), 0) AS number FROM compound
)
SELECT
    format('MA-{:06d}', last.number + row_number() OVER (ORDER BY ordinal)),
    smiles, split_part(inchikey, '/', 1), connectivity, scaffold, standardizer,
    split_part(inchikey, '/', 2), coalesce(structure, '')
FROM incoming, last
ORDER BY ordinal
"""


def register_compounds(con: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> pd.DataFrame:
    """Register substances and return them with their ids; idempotent by their keys.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`.
    frame
        Columns `COMPOUND_COLUMNS`, and `STRUCTURE` if there are substances that are more than their
        parents; the same one may come more than once.

    Returns
    -------
    pandas.DataFrame
        `frame`, in input order, with a first column ``compound_id`` (``MA-000001``).

    Raises
    ------
    StoreError
        If a column is missing.
    """
    missing = [name for name in COMPOUND_COLUMNS if name not in frame.columns]
    if missing:
        raise StoreError(
            f"compounds lack {', '.join(missing)}",
            remedy=f"give the columns {', '.join(COMPOUND_COLUMNS)}",
        )
    if frame.empty:
        return frame.assign(compound_id=pd.Series(dtype="str"))
    structures = frame[STRUCTURE] if STRUCTURE in frame.columns else ""
    numbered = frame[list(COMPOUND_COLUMNS)].assign(structure=structures, ordinal=range(len(frame)))
    with registered(con, "compound_frame", numbered):
        con.execute(_REGISTER)
        ids = frame_of(
            con,
            "SELECT f.ordinal, c.compound_id FROM compound_frame f"
            " JOIN compound c ON substance_key(c.inchikey, c.substance) = f.inchikey"
            " ORDER BY f.ordinal",
        )
    answer = frame.copy()
    answer.insert(0, "compound_id", ids["compound_id"].to_numpy())
    return answer
