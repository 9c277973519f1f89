"""Results that come back for proposed or registered compounds: what ``tell`` reads."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from molagent.chem.molecules import MAX_HEAVY_ATOMS
from molagent.errors import FileFormatError
from molagent.ingest.curation import CuratedRows, RawRows, curate
from molagent.ingest.mapping import find_column, find_value_column
from molagent.ingest.parents import find_parents
from molagent.ingest.readers import TextTable, delimited, read_table
from molagent.ingest.tables import width_fault
from molagent.protocols import Progress
from molagent.store.receipts import ASSAY_COLUMNS, IngestResult

__all__ = ["read_results"]

_SHOWN: Final = 5


def read_results(
    path: Path,
    assays: pd.DataFrame,
    structures: Mapping[str, str],
    progress: Progress | None = None,
    *,
    unknown_ids: Literal["take", "refuse"] = "take",
    workers: int | None = None,
    limit_s: float = 10.0,
    max_atoms: int = MAX_HEAVY_ATOMS,
) -> IngestResult:
    """Read a file of results and curate it as any other file of potencies.

    Parameters
    ----------
    path
        Columns: a proposal or compound id, or SMILES, or both; the endpoint (not needed if there
        is one assay); value; unit; relation if it does not stand before the value.
    assays
        The assays a result may belong to: columns `ASSAY_COLUMNS`, as ``load_assays`` gives them.
    structures
        Proposal or compound id to SMILES.
    unknown_ids
        What becomes of a row whose id nobody knows but whose SMILES can be read: ``take`` registers
        the structure, and the notes say which ids that were; ``refuse`` rejects the row.

    Returns
    -------
    IngestResult
        The id stands in the column ``name`` of the results. An unknown endpoint, an unknown id
        without SMILES, and a SMILES that is not the structure of its id, are rejections.

    Raises
    ------
    FileFormatError
        If the file as a whole cannot be read.
    """
    table = read_table(path)
    columns = _find_columns(table, assays)
    find = partial(
        find_parents, progress=progress, workers=workers, limit_s=limit_s, max_atoms=max_atoms
    )
    reader = _Reader(table, columns, tuple(assays["endpoint"]), structures, find, unknown_ids)
    rows = reader.rows()
    curated = curate(rows, find)
    used = assays["endpoint"].isin(set(curated.results["endpoint"]))
    return _ingest_result(
        table,
        curated,
        n_rows=len(rows),
        mapping={
            **asdict(columns),
            **({"unknown_ids": unknown_ids} if unknown_ids == "refuse" else {}),
        },
        assays=assays.loc[used, list(ASSAY_COLUMNS)].reset_index(drop=True),
        notes=(*table.notes, *_strangers(curated.results, structures)),
    )


def _ingest_result(
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


def _strangers(results: pd.DataFrame, structures: Mapping[str, str]) -> tuple[str, ...]:
    """Return a note on the results that were taken by their SMILES under an unknown id."""
    names = results["name"]
    unknown = names[(names != "") & ~names.isin(set(structures))]
    if unknown.empty:
        return ()
    shown = ", ".join(repr(name) for name in unknown.unique()[:_SHOWN])
    more = ", ..." if unknown.nunique() > _SHOWN else ""
    return (
        f"{len(unknown)} results are of {unknown.nunique()} ids that the project does not know "
        f"({shown}{more}): their SMILES were taken; refuse them with unknown_ids='refuse'",
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """Titles; '' where the file has no such column."""

    name: str
    smiles: str
    endpoint: str
    value: str
    unit: str
    unit_column: str
    relation: str


def _find_columns(table: TextTable, assays: pd.DataFrame) -> _Columns:
    header = table.header
    value, unit = find_value_column(header)
    columns = _Columns(
        name=find_column(header, "name_column"),
        smiles=find_column(header, "smiles"),
        endpoint=find_column(header, "endpoint_column"),
        value=value,
        unit=unit,
        unit_column="" if unit else find_column(header, "unit_column"),
        relation=find_column(header, "relation_column"),
    )
    lacking = {
        "proposal_id or smiles": not (columns.name or columns.smiles),
        "endpoint": not columns.endpoint and len(assays) != 1,
        "value": not value,
        "unit": not (unit or columns.unit_column),
    }
    missing = [title for title, absent in lacking.items() if absent]
    if missing:
        listing = ", ".join(repr(title) for title in header)
        raise FileFormatError(
            f"no column {', '.join(missing)} among {listing}",
            place=table.name,
            remedy="a file of results has proposal_id, endpoint, relation, value and unit",
        )
    return columns


class _Reader:
    def __init__(
        self,
        table: TextTable,
        columns: _Columns,
        endpoints: Sequence[str],
        structures: Mapping[str, str],
        find: partial[pd.DataFrame],
        unknown_ids: str,
    ) -> None:
        self._table = table
        self._columns = columns
        self._endpoints = endpoints
        self._structures = structures
        self._find = find
        self._refuses = unknown_ids == "refuse"
        self._places = {
            role: table.column(title)
            for role, title in asdict(columns).items()
            if title and role != "unit"
        }

    def rows(self) -> RawRows:
        rows = RawRows()
        read = [
            (number, cells, delimited(cells, self._table.delimiter))
            for number, cells in self._table.rows()
        ]
        mislabelled = self._mislabelled([cells for _, cells, _ in read])
        for (number, cells, raw), label_fault in zip(read, mislabelled, strict=True):
            kind, reason = self._fault(cells)
            if reason or label_fault:
                rows.refuse(number, kind or "structure", reason or label_fault, raw)
                continue
            name = self._cell(cells, "name")
            rows.add(
                number,
                endpoint=self._endpoint(cells),
                raw_smiles=self._structures.get(name) or self._cell(cells, "smiles"),
                name=name,
                original=self._cell(cells, "value"),
                relation=self._cell(cells, "relation"),
                unit=self._columns.unit or self._cell(cells, "unit_column"),
                raw=raw,
            )
        if not len(rows):
            raise FileFormatError(
                "the file has a header and no rows",
                place=self._table.name,
                remedy="give one row a result",
            )
        return rows

    def _cell(self, cells: Sequence[str], role: str) -> str:
        place = self._places.get(role)
        return "" if place is None or place >= len(cells) else cells[place].strip()

    def _endpoint(self, cells: Sequence[str]) -> str:
        return self._cell(cells, "endpoint") if self._columns.endpoint else self._endpoints[0]

    def _fault(self, cells: Sequence[str]) -> tuple[str, str]:
        if fault := width_fault(cells, len(self._table.header)):
            return "row", fault
        if (endpoint := self._endpoint(cells)) not in self._endpoints:
            known = ", ".join(sorted(self._endpoints))
            return "endpoint", f"no endpoint named {endpoint!r}; known: {known}"
        name = self._cell(cells, "name")
        if name not in self._structures and not self._cell(cells, "smiles"):
            return "structure", f"no proposal or compound named {name!r}, and no SMILES"
        if self._refuses and name and name not in self._structures:
            return "structure", f"no proposal or compound named {name!r}"
        return "", ""

    def _mislabelled(self, lines: Sequence[Sequence[str]]) -> list[str]:
        """Return, for each row with both an id and a SMILES, whether they are different compounds.

        A swapped label is the costliest error of a returned batch: it puts a value on the wrong
        structure without anything looking odd.
        """
        faults = [""] * len(lines)
        pairs = [
            (index, self._structures[name], smiles)
            for index, cells in enumerate(lines)
            if (name := self._cell(cells, "name")) in self._structures
            and (smiles := self._cell(cells, "smiles"))
            and smiles != self._structures[name]
        ]
        if not pairs:
            return faults
        ours = self._find([mine for _, mine, _ in pairs])["inchikey"]
        theirs = self._find([given for _, _, given in pairs])["inchikey"]
        for (index, mine, given), our_key, their_key in zip(pairs, ours, theirs, strict=True):
            if our_key != their_key:
                faults[index] = f"the SMILES {given!r} is not the structure of its id, {mine!r}"
        return faults
