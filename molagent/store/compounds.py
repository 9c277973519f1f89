"""Registered parents: one compound id per InChIKey."""

from typing import Final

import duckdb
import pandas as pd

from molagent.errors import StoreError
from molagent.store.database import frame_of, registered

__all__ = ["COMPOUND_COLUMNS", "register_compounds"]

COMPOUND_COLUMNS: Final = ("smiles", "inchikey", "connectivity", "scaffold", "standardizer")

# Numbers go on from the highest one given so far, in input order; a structure that comes twice in
# the frame gets its number where it comes first.
_REGISTER: Final = """
INSERT INTO compound (compound_id, smiles, inchikey, connectivity, scaffold, standardizer)
WITH incoming AS (
    SELECT * FROM compound_frame
    WHERE inchikey NOT IN (SELECT inchikey FROM compound)
    QUALIFY row_number() OVER (PARTITION BY inchikey ORDER BY ordinal) = 1
),
last AS (
    SELECT coalesce(max(CAST(substr(compound_id, 4) AS BIGINT)), 0) AS number FROM compound
)
SELECT
    format('MA-{:06d}', last.number + row_number() OVER (ORDER BY ordinal)),
    smiles, inchikey, connectivity, scaffold, standardizer
FROM incoming, last
ORDER BY ordinal
"""


def register_compounds(con: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> pd.DataFrame:
    """Register standardised parents and return them with their ids; idempotent by InChIKey.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`.
    frame
        Columns `COMPOUND_COLUMNS`; the same structure may come more than once.

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
    numbered = frame[list(COMPOUND_COLUMNS)].assign(ordinal=range(len(frame)))
    with registered(con, "compound_frame", numbered):
        con.execute(_REGISTER)
        ids = frame_of(
            con,
            "SELECT f.ordinal, c.compound_id FROM compound_frame f JOIN compound c USING (inchikey)"
            " ORDER BY f.ordinal",
        )
    answer = frame.copy()
    answer.insert(0, "compound_id", ids["compound_id"].to_numpy())
    return answer
