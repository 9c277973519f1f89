"""Which file is what: the formats that patent data comes in, guessed from the file itself."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from molagent.errors import FileFormatError, NotFoundError
from molagent.ingest.patents.bindingdb import bindingdb_columns, bindingdb_rows, is_bindingdb
from molagent.ingest.patents.disclosures import (
    disclosure_columns,
    disclosure_rows,
    is_disclosure,
)
from molagent.ingest.patents.patcid import is_patcid, patcid_rows
from molagent.ingest.patents.rows import GivenRow, RefusedRow, SkippedRow
from molagent.ingest.patents.webexports import (
    is_web_export,
    web_export_columns,
    web_export_rows,
)
from molagent.ingest.sources import open_table
from molagent.ingest.tables import Table, file_digest, unreadable

__all__ = ["FORMATS", "GivenFile", "PatentFormat", "open_patent_file"]

Rows: TypeAlias = Iterator[GivenRow | RefusedRow | SkippedRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatentFormat:
    """A kind of file.

    Attributes
    ----------
    licence
        The line that stands beside every answer from it.
    own
        Its documents need no publication number.
    """

    name: str
    title: str
    licence: str
    own: bool = False


FORMATS: Final[Mapping[str, PatentFormat]] = {
    entry.name: entry
    for entry in (
        PatentFormat(
            name="bindingdb",
            title="BindingDB",
            licence="BindingDB, curated rows CC BY 3.0",
        ),
        PatentFormat(
            name="patcid",
            title="PatCID",
            licence="PatCID, doi:10.5281/zenodo.10572870; terms as stated with the dataset",
        ),
        PatentFormat(
            name="surechembl-export",
            title="SureChEMBL web export",
            licence="SureChEMBL; CC BY-SA 3.0 (exports before 2025) or CC BY 4.0",
        ),
        PatentFormat(name="disclosures", title="disclosures", licence="confidential", own=True),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A file whose format and columns are known; nothing else of it was read.

    Attributes
    ----------
    columns
        Role to title, for the user to see.
    rows
        Reads it, from the beginning each time.
    """

    path: Path
    format: PatentFormat
    sha256: str
    bytes: int
    guessed: bool
    columns: Mapping[str, str]
    rows: Callable[[], Rows]
    notes: tuple[str, ...] = ()


def open_patent_file(
    path: Path | str,
    format: str = "",  # noqa: A002 - the option's name
    *,
    document: str = "",
    client: str = "",
) -> GivenFile:
    """Look what a file is and which of its columns is what.

    Parameters
    ----------
    format
        One of :data:`FORMATS`; guessed from the file if not given.
    document
        For own disclosures without a column that names the document.
    client
        Whose disclosures are read; rows that say they are somebody else's stop the reading.

    Raises
    ------
    NotFoundError
        If there is no such format.
    FileFormatError
        If the file cannot be read, or no format fits it.
    """
    path = Path(path)
    if format and format not in FORMATS:
        raise NotFoundError("format of patent data", format, known=FORMATS)
    if format == "patcid" or (not format and is_patcid(_first_line(path))):
        digest, size = file_digest(path)
        return GivenFile(
            path=path,
            format=FORMATS["patcid"],
            sha256=digest,
            bytes=size,
            guessed=not format,
            columns={},
            rows=partial(patcid_rows, path),
        )
    table = open_table(path)
    name = format or _guess(table.header, document)
    if not name:
        raise FileFormatError(
            f"no known kind of patent data has these columns: {', '.join(table.header)}",
            place=path.name,
            remedy=f"give the format: {', '.join(FORMATS)}",
        )
    columns, rows = _reading(name, table, document, client)
    return GivenFile(
        path=path,
        format=FORMATS[name],
        sha256=table.sha256,
        bytes=table.bytes,
        guessed=not format,
        columns=columns,
        rows=rows,
        notes=tuple(table.notes),
    )


def _reading(
    name: str, table: Table, document: str, client: str
) -> tuple[Mapping[str, str], Callable[[], Rows]]:
    if name == "bindingdb":
        return bindingdb_columns(table), partial(bindingdb_rows, table)
    if name == "surechembl-export":
        return web_export_columns(table), partial(web_export_rows, table)
    return disclosure_columns(table, document), partial(disclosure_rows, table, document, client)


def _guess(header: tuple[str, ...], document: str) -> str:
    if is_bindingdb(header):
        return "bindingdb"
    if is_web_export(header):
        return "surechembl-export"
    return "disclosures" if document or is_disclosure(header) else ""


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.readline(1 << 22).decode("utf-8", "replace")
    except OSError as error:
        raise unreadable(path, error) from error
