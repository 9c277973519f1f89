"""The kinds of files that patent data comes in, and which of them a file is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError, NotFoundError
from molagent.ingest.patents.bindingdb import BINDINGDB
from molagent.ingest.patents.disclosures import DISCLOSURES, names_documents
from molagent.ingest.patents.patcid import PATCID
from molagent.ingest.patents.sourcekinds import PatentFile, PatentFormat, Rows
from molagent.ingest.patents.webexports import WEB_EXPORT

__all__ = ["FORMATS", "GivenFile", "open_patent_file"]

#: By name, in the order in which a file is asked whether it is one.
FORMATS: Final[Mapping[str, PatentFormat]] = {
    entry.name: entry for entry in (PATCID, BINDINGDB, WEB_EXPORT, DISCLOSURES)
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
    visibility: str = "",
) -> GivenFile:
    """Look what a file is and which of its columns is what.

    Parameters
    ----------
    format
        One of :data:`FORMATS`; guessed from the file if not given.
    document
        For own disclosures without a column that names the document; by default the file's name.
    client
        Whose disclosures are read; rows that say they are somebody else's stop the reading.
    visibility
        ``own`` or ``client`` say that they are disclosures, whatever their columns.

    Raises
    ------
    NotFoundError
        If there is no such format.
    FileFormatError
        If the file cannot be read, or no format fits it.
    """
    if format and format not in FORMATS:
        raise NotFoundError("format of patent data", format, known=FORMATS)
    file = PatentFile(path=Path(path), document=document, client=client)
    private = visibility in ("own", "client")
    chosen = FORMATS[format] if format else DISCLOSURES if private else _recognised(file)
    notes: tuple[str, ...] = ()
    if chosen is DISCLOSURES and not document and not names_documents(file):
        file = replace(file, document=file.path.stem)
        notes = (
            f"no column names the documents: they are called {file.document}, after the file; "
            "--document gives another name",
        )
    columns = chosen.columns(file)
    sha256, size = file.digest
    return GivenFile(
        path=file.path,
        format=chosen,
        sha256=sha256,
        bytes=size,
        guessed=not format,
        columns=columns,
        rows=partial(chosen.rows, file),
        notes=(*file.notes, *notes),
    )


def _recognised(file: PatentFile) -> PatentFormat:
    found = next((entry for entry in FORMATS.values() if entry.recognises(file)), None)
    if found is None:
        raise FileFormatError(
            f"no known kind of patent data has these columns: {', '.join(file.table.header)}",
            place=file.path.name,
            remedy=f"give --format {', '.join(FORMATS)}; own structures with --visibility own",
        )
    return found
