"""What a row of results refers to: its vial, its run and its document, found or made known."""

import re
from typing import Final

import duckdb
import pandas as pd

from molagent.store.arrow import frame_of, registered
from molagent.store.assay_protocols import resolve_assays
from molagent.store.batches import register_lots

__all__ = ["REFERENCE_COLUMNS", "link_references"]

# Texts as they stand in the file; missing or '' where it names nothing.
REFERENCE_COLUMNS: Final = ("batch", "run", "document")

_DOI: Final = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE
)
_PATENT: Final = re.compile(r"[A-Z]{2}[- ]?\d{4,}[- ]?[A-Z]\d?")
_NOT_NAMED: Final = "unknown"

# A text is a batch's own id, or what its supplier calls it.
_BATCHES: Final = """
SELECT f.ordinal, c.compound_id, f.inchikey, coalesce(i.batch_id, l.batch_id) AS batch_id
FROM row_frame f
JOIN compound c ON substance_key(c.inchikey, c.substance) = f.inchikey
LEFT JOIN batch i ON i.batch_id = f.batch AND i.compound_id = c.compound_id
LEFT JOIN batch l ON l.lot = f.batch AND l.compound_id = c.compound_id AND l.supplier = $supplier
WHERE f.batch IS NOT NULL ORDER BY f.ordinal
"""
# One run belongs to one assay; where a name is another assay's run, or new to a project, the run
# is called after both. A result says on which day it was measured; a run may have several.
_RUNS: Final = """
SELECT f.ordinal, coalesce(r.run_id, concat(f.assay_id, '/', f.run)) AS run_id
FROM row_frame f LEFT JOIN run r ON r.run_id = f.run AND r.assay_id = f.assay_id
WHERE f.run IS NOT NULL ORDER BY f.ordinal
"""
_NEW_RUNS: Final = """
INSERT INTO run (run_id, assay_id, file_id)
SELECT run_id, any_value(assay_id), $file_id FROM run_frame
WHERE run_id NOT IN (SELECT run_id FROM run) GROUP BY run_id ORDER BY run_id
"""
_DOCUMENTS: Final = """
SELECT f.ordinal, coalesce(i.document_id, min(d.document_id)) AS document_id
FROM row_frame f
LEFT JOIN document i ON i.document_id = f.document
LEFT JOIN document d ON lower(d.doi) = lower(f.doi) OR d.patent_number = f.document
WHERE f.document IS NOT NULL GROUP BY f.ordinal, i.document_id ORDER BY f.ordinal
"""
_NEW_DOCUMENTS: Final = """
INSERT INTO document (document_id, kind, title, doi, patent_number)
SELECT document, any_value(kind), document, any_value(doi),
       CASE WHEN any_value(kind) = 'patent' THEN document END
FROM document_frame GROUP BY document ORDER BY document
"""


def link_references(
    con: duckdb.DuckDBPyConnection,
    results: pd.DataFrame,
    *,
    file_id: str,
    supplier: str = "",
    place: str = "",
) -> pd.DataFrame:
    """Return result rows with the ids of what they name; what the project lacks is registered.

    A second file that names the same vial, run or document gets the same ids.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`; compounds and assays of
        the rows are registered.
    results
        `RESULT_COLUMNS` and any of `REFERENCE_COLUMNS`. A batch is known by its id or, for its
        compound, by the supplier's lot; a run by its name and assay; a document by its id, DOI or
        patent number.
    supplier
        Whose lots the batches are.

    Returns
    -------
    pandas.DataFrame
        Without `REFERENCE_COLUMNS`, with ``batch_id, run_id, document_id`` where there were any.
    """
    given = [name for name in REFERENCE_COLUMNS if name in results.columns]
    if not given:
        return results
    rows = results.reset_index(drop=True)
    answer = rows.drop(columns=given)
    texts = {name: _text(rows[name]) for name in given}
    if any(column.notna().any() for column in texts.values()):
        known = resolve_assays(con, rows["endpoint"], place=place)
        frame = pd.DataFrame(
            {
                "ordinal": range(len(rows)),
                "inchikey": rows["inchikey"],
                "assay_id": rows["endpoint"].map(known),
                "source_row": rows["source_row"],
                **texts,
            }
        )
        for name, link in (("batch", _link_batches), ("run", _link_runs)):
            if name in texts and texts[name].notna().any():
                answer[f"{name}_id"] = link(con, frame, file_id, supplier or _NOT_NAMED)
        if "document" in texts and texts["document"].notna().any():
            answer["document_id"] = _link_documents(con, frame)
    return answer


def _link_batches(
    con: duckdb.DuckDBPyConnection, frame: pd.DataFrame, file_id: str, supplier: str
) -> pd.Series:
    with registered(con, "row_frame", frame):
        found = frame_of(con, _BATCHES, {"supplier": supplier})
        lacking = found[found["batch_id"].isna()]
        if len(lacking):
            rows = frame.iloc[lacking["ordinal"].to_numpy()]
            lots = pd.DataFrame(
                {
                    "compound_id": lacking["compound_id"].to_numpy(),
                    "supplier": supplier,
                    "lot": rows["batch"].to_numpy(),
                    "source_row": rows["source_row"].to_numpy(),
                }
            )
            register_lots(con, lots.drop_duplicates(["compound_id", "lot"]), file_id=file_id)
            found = frame_of(con, _BATCHES, {"supplier": supplier})
    return _placed(found, "batch_id", len(frame))


def _link_runs(
    con: duckdb.DuckDBPyConnection,
    frame: pd.DataFrame,
    file_id: str,
    supplier: str,  # noqa: ARG001 - as _link_batches
) -> pd.Series:
    with registered(con, "row_frame", frame):
        found = frame_of(con, _RUNS)
    named = frame.iloc[found["ordinal"].to_numpy()].assign(run_id=found["run_id"].to_numpy())
    with registered(con, "run_frame", named[["run_id", "assay_id"]]):
        con.execute(_NEW_RUNS, {"file_id": file_id})
    return _placed(found, "run_id", len(frame))


def _link_documents(con: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> pd.Series:
    kinds = {text: _document_kind(text) for text in frame["document"].dropna().unique()}
    told = frame.assign(
        kind=frame["document"].map({text: kind for text, (kind, _) in kinds.items()}),
        doi=frame["document"].map({text: doi for text, (_, doi) in kinds.items()}).astype("str"),
    )
    told["doi"] = told["doi"].where(told["kind"] == "publication", None)
    with registered(con, "row_frame", told):
        found = frame_of(con, _DOCUMENTS)
    lost = found[found["document_id"].isna()]["ordinal"].to_numpy()
    if len(lost):
        with registered(con, "document_frame", told.iloc[lost][["document", "kind", "doi"]]):
            con.execute(_NEW_DOCUMENTS)
        with registered(con, "row_frame", told):
            found = frame_of(con, _DOCUMENTS)
    return _placed(found, "document_id", len(frame))


def _document_kind(text: str) -> tuple[str, str | None]:
    """Return what a document's name says that it is, and its DOI.

    Examples
    --------
    >>> _document_kind("https://doi.org/10.1021/jm020017n")
    ('publication', '10.1021/jm020017n')
    >>> _document_kind("WO2019123456A1")
    ('patent', None)
    >>> _document_kind("ELN-0042")
    ('report', None)
    """
    if match := _DOI.fullmatch(text):
        return "publication", match[1]
    return ("patent" if _PATENT.fullmatch(text) else "report"), None


def _text(column: pd.Series) -> pd.Series:
    texts = column.astype("object").where(column.notna(), None)
    return texts.map(lambda text: None if text is None or not str(text).strip() else str(text))


def _placed(found: pd.DataFrame, column: str, n_rows: int) -> pd.Series:
    return found.set_index("ordinal")[column].astype(object).reindex(range(n_rows))
