"""A ChEMBL SQLite dump: activities with their compound, assay, target and document.

The tables and columns are those of the dumps that EMBL-EBI releases (Zdrazil et al. 2024,
doi:10.1093/nar/gkad1004). The file is opened read-only and never written to.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError, NotFoundError
from molagent.ingest.row_count import RowCount
from molagent.ingest.tables import Row, cell_text, file_digest, unreadable

__all__ = ["CHEMBL_COLUMNS", "ChemblDump", "read_chembl_dump"]

# Title of our column to the expression behind it. Only these names reach the SQL.
CHEMBL_COLUMNS: Final[Mapping[str, str]] = {
    "activity_id": "act.activity_id",
    "molecule_chembl_id": "md.chembl_id",
    "canonical_smiles": "cs.canonical_smiles",
    "pref_name": "md.pref_name",
    "type": "act.type",
    "relation": "act.relation",
    "value": "act.value",
    "units": "act.units",
    "text_value": "act.text_value",
    "standard_type": "act.standard_type",
    "standard_relation": "act.standard_relation",
    "standard_value": "act.standard_value",
    "standard_units": "act.standard_units",
    "pchembl_value": "act.pchembl_value",
    "activity_comment": "act.activity_comment",
    "data_validity_comment": "act.data_validity_comment",
    "potential_duplicate": "act.potential_duplicate",
    "assay_chembl_id": "a.chembl_id",
    "assay_type": "a.assay_type",
    "assay_description": "a.description",
    "assay_organism": "a.assay_organism",
    "assay_cell_type": "a.assay_cell_type",
    "bao_format": "a.bao_format",
    "confidence_score": "a.confidence_score",
    "target_chembl_id": "td.chembl_id",
    "target_pref_name": "td.pref_name",
    "target_organism": "td.organism",
    "document_chembl_id": "d.chembl_id",
    "document_year": "d.year",
    "document_doi": "d.doi",
    "document_journal": "d.journal",
    "document_title": "d.title",
    "document_patent_id": "d.patent_id",
}
_TABLES: Final = {
    "activities": "act",
    "assays": "a",
    "target_dictionary": "td",
    "molecule_dictionary": "md",
    "compound_structures": "cs",
    "docs": "d",
}
# Older releases lack some columns; what lacks is read as blank, except what everything hangs on.
_KEYS: Final = {
    "activities": ("activity_id", "assay_id", "molregno", "doc_id"),
    "assays": ("assay_id", "tid", "chembl_id"),
    "target_dictionary": ("tid", "chembl_id"),
    "molecule_dictionary": ("molregno", "chembl_id"),
    "compound_structures": ("molregno", "canonical_smiles"),
    "docs": ("doc_id",),
}
_FROM: Final = """
FROM activities act
JOIN assays a ON a.assay_id = act.assay_id
JOIN molecule_dictionary md ON md.molregno = act.molregno
LEFT JOIN target_dictionary td ON td.tid = a.tid
LEFT JOIN compound_structures cs ON cs.molregno = act.molregno
LEFT JOIN docs d ON d.doc_id = act.doc_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChemblDump:
    """The activities of a dump that a choice keeps; rows are streamed by ``activity_id``."""

    path: Path
    sha256: str
    bytes: int
    where: Mapping[str, Sequence[str]]
    present: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    encoding: str = "sqlite"
    delimiter: str = ""
    header: tuple[str, ...] = field(default=tuple(CHEMBL_COLUMNS))
    units: Mapping[str, str] = field(default_factory=dict)
    counted: RowCount = field(default_factory=RowCount, compare=False)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def records(self) -> Iterator[Row]:
        """Yield the activities; the number of a row is its ``activity_id``."""
        columns = ", ".join(
            expression if title in self.present else "NULL"
            for title, expression in CHEMBL_COLUMNS.items()
        )
        tests, values = ["1 = 1"], []
        for title, wanted in self.where.items():
            marks = ", ".join("?" * len(wanted))
            tests.append(f"{CHEMBL_COLUMNS[title]} IN ({marks})")
            values += list(wanted)
        # Put together from the names in this file; every value is a parameter.
        query = f"SELECT {columns} {_FROM} WHERE {' AND '.join(tests)} ORDER BY act.activity_id"
        self.counted.begin()
        last = 0
        try:
            with closing(_connect(self.path)) as connection:
                for cells in connection.execute(query, values):
                    last = int(cells[0])
                    self.counted.rows += 1
                    yield Row(last, [cell_text(value) for value in cells])
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise FileFormatError(
                f"the database cannot be read ({error})",
                place=f"{self.name}:{last}",
                remedy="fetch it again",
            ) from error


def read_chembl_dump(path: Path, *, where: Mapping[str, Sequence[str]] | None = None) -> ChemblDump:
    """Check a dump's tables.

    Parameters
    ----------
    path
        ``chembl_NN.db``.
    where
        Column of `CHEMBL_COLUMNS` to the values that are kept, for example
        ``{"target_chembl_id": ["CHEMBL203"], "standard_type": ["IC50", "Ki"]}``.

    Raises
    ------
    FileFormatError
        If the file is no ChEMBL dump.
    NotFoundError
        If `where` names a column that is not read.
    """
    path, chosen = Path(path), dict(where or {})
    for title in chosen:
        if title not in CHEMBL_COLUMNS:
            raise NotFoundError("column", title, known=CHEMBL_COLUMNS, place=path.name)
    digest, size = file_digest(path)
    try:
        with closing(_connect(path)) as connection:
            found = {
                table: {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}
                for table in _TABLES
            }
    except sqlite3.Error as error:
        raise FileFormatError(
            f"the file is no SQLite database ({error})", place=path.name, remedy="fetch it again"
        ) from error
    lacking = [
        f"{table}.{column}"
        for table, columns in _KEYS.items()
        for column in columns
        if column not in found[table]
    ]
    if lacking:
        raise FileFormatError(
            f"the database has no {', '.join(lacking)}: it is no ChEMBL dump",
            place=path.name,
            remedy="export the table that you mean as CSV",
        )
    aliased = {alias: found[table] for table, alias in _TABLES.items()}
    present = frozenset(
        title
        for title, expression in CHEMBL_COLUMNS.items()
        if expression.split(".")[1] in aliased[expression.split(".")[0]]
    )
    return ChemblDump(path=path, sha256=digest, bytes=size, where=chosen, present=present)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except (sqlite3.Error, OSError) as error:
        raise unreadable(path, OSError(str(error))) from error
