"""Targets: what the assays are about."""

from typing import Final

from molagent.errors import StoreError
from molagent.store.arrow import Rows, as_pandas, registered
from molagent.store.database import Database
from molagent.store.frames import TARGET

__all__ = ["register_targets"]

_CLASH: Final = """
SELECT f.target_id, t.uniprot, f.uniprot
FROM target_frame f JOIN target t USING (target_id)
WHERE t.uniprot <> f.uniprot OR t.organism <> f.organism OR t.kind <> f.kind
"""
_REGISTER: Final = """
INSERT INTO target (target_id, name, kind, organism, gene, uniprot, chembl_id)
SELECT target_id, name, kind, organism, gene, uniprot, chembl_id FROM target_frame
WHERE target_id NOT IN (SELECT target_id FROM target)
"""


def register_targets(db: Database, rows: Rows) -> int:
    """Register targets that the project lacks and return how many those were; idempotent.

    Parameters
    ----------
    rows
        Columns `molagent.store.frames.TARGET`: ``target_id, name`` and any of ``kind, organism,
        gene, uniprot, chembl_id``.

    Raises
    ------
    StoreError
        If a target of that id is there with another kind, organism or UniProt accession.
    """
    frame = TARGET.completed(as_pandas(rows))
    with db.write(origin="targets") as con, registered(con, "target_frame", frame):
        for target_id, ours, theirs in con.execute(_CLASH).fetchall():
            raise StoreError(
                f"target {target_id} is in the project with another identity "
                f"({ours or 'no UniProt accession'}, given: {theirs or 'none'})",
                place=str(db.path),
                remedy="give it an id of its own",
            )
        return len(con.execute(f"{_REGISTER} RETURNING target_id").fetchall())
