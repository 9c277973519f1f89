"""Opens any file that ingest reads, by what it holds and not by what it is called."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.chembl_dump import read_chembl_dump
from molagent.ingest.columnar import read_parquet
from molagent.ingest.json_records import read_json
from molagent.ingest.packed import open_packed
from molagent.ingest.readers import read_table
from molagent.ingest.sdf import read_sdf
from molagent.ingest.smiles_lists import is_smiles_list, read_smiles_list
from molagent.ingest.spreadsheets import read_sheet
from molagent.ingest.tables import Table, unreadable
from molagent.ingest.workbooks import DAMAGE

__all__ = ["FORMATS", "Choice", "FileFormat", "find_format", "open_table"]

_HEAD_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is said of a file before it is opened, see :func:`open_table`."""

    sheet: str = ""
    delimiter: str | None = None
    where: Mapping[str, Sequence[str]] | None = None
    wanted: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One format: whether a file's first bytes are of it, and what opens it."""

    name: str
    recognises: Callable[[bytes, Path], bool]
    open: Callable[[Path, Choice], Table]


def _is_workbook(head: bytes, path: Path) -> bool:
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except DAMAGE:
        # Cut off: named .xlsx it is refused as a workbook, otherwise as a zip archive.
        return path.suffix.lower() in (".xlsx", ".xlsm")


def _is_json(head: bytes, path: Path) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    # A list of SMILES may begin with an atom in brackets.
    return text[:1] in (b"[", b"{") and path.suffix.lower() not in (".csv", ".tsv", ".txt", ".smi")


def _is_sdf(head: bytes, path: Path) -> bool:
    named = path.suffix.lower() in (".sdf", ".sd", ".mol")
    return named or b"\nM  END" in head.replace(b"\r", b"")


def _open_packed(path: Path, choice: Choice) -> Table:
    def open_inner(inner: Path) -> Table:
        found = find_format(inner)
        if found.name == "gzip":
            raise FileFormatError(
                "the file is packed twice", place=path.name, remedy="unpack it once"
            )
        return found.open(inner, choice)

    return open_packed(path, open_inner)


#: In the order in which a file is asked; the last one takes what is none of the others.
FORMATS: Final = (
    FileFormat("gzip", lambda head, _: head[:2] == b"\x1f\x8b", _open_packed),
    FileFormat("parquet", lambda head, _: head[:4] == b"PAR1", lambda p, _: read_parquet(p)),
    FileFormat(
        "chembl",
        lambda head, _: head.startswith(b"SQLite format 3\x00"),
        lambda p, choice: read_chembl_dump(p, where=choice.where),
    ),
    FileFormat(
        "xlsx",
        _is_workbook,
        lambda p, choice: read_sheet(p, sheet=choice.sheet, wanted=choice.wanted),
    ),
    FileFormat("json", _is_json, lambda p, _: read_json(p)),
    FileFormat("sdf", _is_sdf, lambda p, _: read_sdf(p)),
    FileFormat("smiles", is_smiles_list, lambda p, _: read_smiles_list(p)),
    FileFormat(
        "delimited",
        lambda *_: True,
        lambda p, choice: read_table(p, delimiter=choice.delimiter, wanted=choice.wanted),
    ),
)


def find_format(path: Path) -> FileFormat:
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
    return next(entry for entry in FORMATS if entry.recognises(head, path))


def open_table(
    path: Path,
    *,
    sheet: str = "",
    delimiter: str | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    wanted: Sequence[str] = (),
) -> Table:
    """Read the header of a file.

    Parameters
    ----------
    path
        Delimited text, XLSX, SDF, Parquet, JSON, a list of SMILES (.smi), or a ChEMBL SQLite dump;
        each of them also packed by gzip.
    sheet
        Of a workbook; by default the first with a header and rows.
    delimiter
        Of delimited text; found from the first lines if not given.
    where
        Of a ChEMBL dump: column to the values that are kept. Other files are filtered by the
        mapping that reads them.
    wanted
        Titles that the table has, to find where it begins and on which sheet.

    Raises
    ------
    FileFormatError
        If the file cannot be read as what it is.
    """
    path = Path(path)
    found = find_format(path)
    if sheet and found.name not in ("xlsx", "gzip"):
        raise FileFormatError(
            f"a sheet {sheet!r} is named, but the file is {found.name}",
            place=path.name,
            remedy="leave the sheet out",
        )
    return found.open(path, Choice(sheet=sheet, delimiter=delimiter, where=where, wanted=wanted))
