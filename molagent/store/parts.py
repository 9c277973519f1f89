"""One large file, written part by part in one transaction: memory does not grow with it."""

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from molagent.store.assays import (
    _count_compounds,
    _insert_assays,
    _insert_rows,
    _require_replaceable,
)
from molagent.store.compounds import COMPOUND_COLUMNS, register_compounds
from molagent.store.database import Database
from molagent.store.identities import register_aliases
from molagent.store.receipts import IngestReceipt, IngestResult
from molagent.store.sources import SourceFile, register_source

__all__ = ["write_parts"]


def write_parts(
    db: Database,
    source: SourceFile,
    parts: Iterable[tuple[IngestResult, pd.DataFrame]],
    receipt: IngestReceipt,
    *,
    replaces: str = "",
) -> IngestReceipt:
    """Store the parts of one read file in one transaction: all of them, or on any error none.

    Parameters
    ----------
    source
        The file with its counts over all parts.
    parts
        Results, and the names of their compounds: ``system, alias, inchikey``. Each part has the
        identity and the assays of the whole file.
    receipt
        What the file brings: the answer of its dry run.
    replaces
        See :func:`molagent.store.write_ingest`.

    Returns
    -------
    IngestReceipt
        With ``known`` set, and nothing written, if the same file was stored before with the same
        mapping.
    """
    with db.write(origin=f"ingest {source.name}") as con:
        before = _count_compounds(con)
        registered = False
        for part, names in parts:
            if not registered:
                known = "SELECT 1 FROM source_file WHERE file_id = ?"
                if con.execute(known, [source.file_id]).fetchall():
                    return replace(receipt, known=True)
                _require_replaceable(con, replaces, part)
                _insert_assays(con, part.assays, place=source.name)
                register_source(con, source)
                registered = True
            register_compounds(con, part.compounds[list(COMPOUND_COLUMNS)])
            _insert_rows(con, part, replaces)
            if len(names):
                register_aliases(con, names, file_id=source.file_id)
        flags = dict(
            con.execute(
                "SELECT flag, count(*) FROM result WHERE file_id = ? GROUP BY flag",
                [source.file_id],
            ).fetchall()
        )
        new_compounds = _count_compounds(con) - before
    return replace(
        receipt,
        written=True,
        new_compounds=new_compounds,
        duplicates=flags.get("duplicate", 0),
        conflicts=flags.get("conflict", 0),
    )
