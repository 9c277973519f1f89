"""Values that publications report, as literature assays of a project.

They take the way of every other file: a table with file and row of the source in it, a layout, the
parsers of relations and units, curation and receipts. So the same release read again changes
nothing, and a value's trace ends at the row of BindingDB's file.
"""

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd

from molagent.errors import InputError
from molagent.formulas import guarded
from molagent.ingest.intake import Intake, read_data
from molagent.ingest.layouts import Layout
from molagent.ingest.readouts import Readout
from molagent.protocols import Progress
from molagent.store.database import Database
from molagent.store.documents import register_documents
from molagent.store.ingests import write_parts
from molagent.store.patents.reader import PatentStore
from molagent.store.receipts import IngestReceipt, IngestResult

__all__ = ["ACTIVITY_COLUMNS", "activity_layout", "store_activities", "write_activities"]

ACTIVITY_COLUMNS: Final = (
    "smiles",
    "name",
    "source_id",
    "publication_number",
    "publication_date",
    "target",
    "organism",
    "quantity",
    "original",
    "unit",
    "assay",
    "reference",
    "place",
)
_POTENCIES: Final = ("Ki", "IC50", "Kd", "EC50")
_RATES: Final = ("kon", "koff")
_HEADER_ROWS: Final = 1


def write_activities(store: PatentStore, path: Path, *, publication: str = "") -> int:
    """Write a release's values as CSV, `ACTIVITY_COLUMNS`, and return how many there are.

    Rows are sorted, so that the same release gives the same bytes.
    """
    frame = store.activities(publication)
    # Example 22 of one publication is not that of another.
    frame["name"] = [
        number if _is_blank(label) else f"{number}, {label}"
        for number, label in zip(frame["publication_number"], frame["label"], strict=True)
    ]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(ACTIVITY_COLUMNS)
        for row in frame[list(ACTIVITY_COLUMNS)].itertuples(index=False, name=None):
            writer.writerow(["" if _is_blank(value) else guarded(str(value)) for value in row])
    return len(frame)


def activity_layout(store: PatentStore) -> Layout:
    """Return how such a file is read: one endpoint a target and quantity."""
    return Layout(
        name="patent_activities",
        smiles="smiles",
        name_column="name",
        name_system="patent",
        document_column="publication_number",
        source=f"{store.release.release}; {store.release.source}",
        licence=store.release.licence,
        readout=tuple(
            Readout(
                endpoint=endpoint,
                target="{target}",
                quantity="{quantity}",
                organism="{organism}",
                value="original",
                unit_column="unit",
                when={"quantity": quantities},
            )
            for endpoint, quantities in (
                ("{target}_p{quantity}", _POTENCIES),
                ("{target}_{quantity}", _RATES),
            )
        ),
    )


def store_activities(
    db: Database,
    folder: Path | str,
    *,
    publication: str = "",
    workers: int | None = None,
    progress: Progress | None = None,
) -> IngestReceipt:
    """Store a release's measured values in a project, each linked to its publication.

    The table they are read from is kept in the project: it has the file and row of each value.

    Parameters
    ----------
    db
        The project, migrated.
    folder
        Release folder.
    publication
        Only values of this normalised number.

    Raises
    ------
    FileFormatError
        If the release is not whole.
    InputError
        If it reports no values.
    """
    with PatentStore.open(folder) as store, tempfile.TemporaryDirectory() as workplace:
        name = f"{publication or Path(folder).resolve().name}_activities.csv"
        path = Path(workplace) / name
        if not write_activities(store, path, publication=publication):
            raise InputError(
                f"the release reports no values{f' of {publication}' if publication else ''}",
                place=str(folder),
                remedy="import BindingDB's file of the publication first",
            )
        table = pd.read_csv(path, dtype="str", keep_default_na=False)
        layout = activity_layout(store)
        intake = read_data(path, layout, workers=workers, progress=progress)
        numbers = table["publication_number"].unique().tolist()
        headers = store.find_publications(numbers)
        documents = pd.DataFrame(
            [
                {
                    "document_id": number,
                    "kind": "patent",
                    "title": headers[number].title or number,
                    "authors": "; ".join(headers[number].assignees) or None,
                    "year": day.year if (day := headers[number].publication_date) else None,
                    "patent_number": number,
                    "uri": headers[number].url,
                    "licence": store.release.licence,
                }
                for number in numbers
            ]
        )
        register_documents(db, documents)
        return write_parts(
            db,
            intake.source,
            _linked(intake, table, store.manifest.kind),
            intake.receipt,
            raw=path,
        )


def _linked(
    intake: Intake, table: pd.DataFrame, system: str
) -> Iterator[tuple[IngestResult, pd.DataFrame]]:
    """Yield the parts with each result's document, and names with the source's ids among them."""
    for part, names in intake.named_parts():
        # Rows count from the header, which is row 1.
        given = table.iloc[part.results["source_row"].to_numpy() - _HEADER_ROWS - 1]
        number, source_id = (
            pd.Series(given[column].to_numpy(), index=part.results.index, dtype="str")
            for column in ("publication_number", "source_id")
        )
        ids = pd.DataFrame(
            {"system": system, "alias": source_id, "inchikey": part.results["inchikey"]}
        )
        named = names.rename(columns={"name": "alias"})[["system", "alias", "inchikey"]]
        yield (
            replace(part, results=part.results.assign(document_id=number)),
            pd.concat([named, ids[ids["alias"] != ""]], ignore_index=True).drop_duplicates(),
        )


def _is_blank(value: object) -> bool:
    return value is None or value != value or str(value) == "NaT"  # noqa: PLR0124 - NaN
