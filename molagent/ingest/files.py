"""One file of potencies, read and curated; nothing is stored, so this is the dry run too."""

from functools import partial
from pathlib import Path

import pandas as pd

from molagent.chem.molecules import MAX_HEAVY_ATOMS
from molagent.errors import FileFormatError
from molagent.ingest.curation import CuratedRows, RawRows, curate
from molagent.ingest.mapping import ColumnMapping, guess_mapping
from molagent.ingest.parents import find_parents
from molagent.ingest.readers import TextTable, delimited, read_table
from molagent.ingest.tables import width_fault
from molagent.protocols import Progress
from molagent.store.receipts import ASSAY_COLUMNS, IngestResult

__all__ = ["ingest_file", "ingest_result"]


def ingest_file(
    path: Path,
    mapping: ColumnMapping | None = None,
    progress: Progress | None = None,
    *,
    delimiter: str | None = None,
    workers: int | None = None,
    limit_s: float = 10.0,
    max_atoms: int = MAX_HEAVY_ATOMS,
) -> IngestResult:
    """Read, check and standardise one file of potencies.

    Parameters
    ----------
    path
        CSV, TSV or the like.
    mapping
        Which column is what; guessed from header and file name if not given, and noted.
    delimiter
        One character; found from the first lines if not given.
    workers, limit_s, max_atoms
        See :func:`molagent.ingest.parents.find_parents`.

    Returns
    -------
    IngestResult
        Every row as a result or a rejection; the same for any number of workers.

    Raises
    ------
    FileFormatError
        If the file as a whole cannot be read.
    """
    table = read_table(path, delimiter=delimiter)
    notes = list(table.notes)
    if mapping is None:
        mapping = guess_mapping(table.header, table.name)
        unit = mapping.unit or f"column {mapping.unit_column!r}"
        notes.append(
            f"guessed: {mapping.quantity} of {mapping.target} in {unit} from column "
            f"{mapping.value!r}, structures from {mapping.smiles!r}"
        )
    rows = _raw_rows(table, mapping)
    find = partial(
        find_parents, progress=progress, workers=workers, limit_s=limit_s, max_atoms=max_atoms
    )
    curated = curate(rows, find)
    assay = [getattr(mapping, column) for column in ASSAY_COLUMNS]
    return ingest_result(
        table,
        curated,
        n_rows=len(rows),
        mapping=mapping.to_dict(),
        assays=pd.DataFrame([assay], columns=list(ASSAY_COLUMNS), dtype="str"),
        notes=tuple(notes),
    )


def ingest_result(
    table: TextTable,
    curated: CuratedRows,
    *,
    n_rows: int,
    mapping: dict[str, object],
    assays: pd.DataFrame,
    notes: tuple[str, ...],
) -> IngestResult:
    """Return curated rows together with the file they are from."""
    return IngestResult(
        name=table.name,
        sha256=table.sha256,
        bytes=table.bytes,
        encoding=table.encoding,
        delimiter=table.delimiter,
        mapping=mapping,
        n_rows=n_rows,
        assays=assays,
        compounds=curated.compounds,
        results=curated.results,
        rejections=curated.rejections,
        notes=notes,
    )


def _raw_rows(table: TextTable, mapping: ColumnMapping) -> RawRows:
    smiles, value = table.column(mapping.smiles), table.column(mapping.value)
    unit = table.column(mapping.unit_column) if mapping.unit_column else None
    relation = table.column(mapping.relation_column) if mapping.relation_column else None
    name = table.column(mapping.name_column) if mapping.name_column else None
    rows = RawRows()
    for number, cells in table.rows():
        raw = delimited(cells, table.delimiter)
        if fault := width_fault(cells, len(table.header)):
            rows.refuse(number, "row", fault, raw)
            continue
        rows.add(
            number,
            endpoint=mapping.endpoint,
            raw_smiles=cells[smiles].strip(),
            name="" if name is None else cells[name].strip(),
            original=cells[value],
            relation="" if relation is None else cells[relation],
            unit=mapping.unit if unit is None else cells[unit],
            raw=raw,
        )
    if not len(rows):
        raise FileFormatError(
            "the file has a header and no rows", place=table.name, remedy="give data rows"
        )
    return rows
