"""Opens any file that ingest reads, by what it holds and not by what it is called."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.chembl_dump import read_chembl_dump
from molagent.ingest.columnar import read_parquet
from molagent.ingest.json_records import read_json
from molagent.ingest.readers import read_table
from molagent.ingest.sdf import read_sdf
from molagent.ingest.spreadsheets import read_sheet
from molagent.ingest.tables import Table, unreadable

__all__ = ["FORMATS", "find_format", "open_table"]

FORMATS: Final = ("delimited", "xlsx", "sdf", "parquet", "json", "chembl")
_HEAD_BYTES: Final = 1 << 16


def find_format(path: Path) -> str:
    """Return which of `FORMATS` a file is, by its first bytes.

    Raises
    ------
    FileFormatError
        If the file cannot be read.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3\x00"):
        return "chembl"
    if head.startswith(b"PK\x03\x04") and _is_workbook(path):
        return "xlsx"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"[", b"{") and path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return "json"
    if b"\nM  END" in head.replace(b"\r", b"") or path.suffix.lower() in (".sdf", ".sd", ".mol"):
        return "sdf"
    return "delimited"


def open_table(
    path: Path,
    *,
    sheet: str = "",
    delimiter: str | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
) -> Table:
    """Read the header of a file.

    Parameters
    ----------
    path
        Delimited text, XLSX, SDF, Parquet, JSON, or a ChEMBL SQLite dump.
    sheet
        Of a workbook; by default the first with a header and rows.
    delimiter
        Of delimited text; found from the first lines if not given.
    where
        Of a ChEMBL dump: column to the values that are kept. Other files are filtered by the
        mapping that reads them.

    Raises
    ------
    FileFormatError
        If the file cannot be read as what it is.
    """
    path = Path(path)
    found = find_format(path)
    if sheet and found != "xlsx":
        raise FileFormatError(
            f"a sheet {sheet!r} is named, but the file is {found}",
            place=path.name,
            remedy="leave the sheet out",
        )
    match found:
        case "xlsx":
            return read_sheet(path, sheet=sheet)
        case "sdf":
            return read_sdf(path)
        case "parquet":
            return read_parquet(path)
        case "json":
            return read_json(path)
        case "chembl":
            return read_chembl_dump(path, where=where)
        case _:
            return read_table(path, delimiter=delimiter)


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        # Cut off: named .xlsx it is refused as a workbook, otherwise as a zip archive.
        return path.suffix.lower() in (".xlsx", ".xlsm")
