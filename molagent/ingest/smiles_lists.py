"""Lists of SMILES without titles, one structure a line and its name behind it (.smi)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.encodings import open_text, scan_text, wrong_encoding
from molagent.ingest.row_count import RowCount
from molagent.ingest.tables import Row, unreadable
from molagent.ingest.titles import plain_title

__all__ = ["SmilesList", "is_smiles_list", "read_smiles_list"]

_SUFFIXES: Final = (".smi", ".smiles", ".ism", ".can", ".cxsmi")
# A SMILES, perhaps with its extension between bars, and a name.
_LINE: Final = re.compile(r"(?P<smiles>[^\s,]+(?:\s+\|[^|]*\|)?)[\s,]*(?P<name>.*)", re.DOTALL)
_TITLES: Final = ("smiles", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmilesList:
    """A list of structures and names; lines are streamed, numbered from 1."""

    path: Path
    sha256: str
    bytes: int
    encoding: str
    header: tuple[str, ...] = _TITLES
    notes: tuple[str, ...] = ("the file has no titles: structures first, then names",)
    delimiter: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    counted: RowCount = field(default_factory=RowCount, compare=False)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def records(self) -> Iterator[Row]:
        """Yield structure and name of each line; lines of ``#`` are no rows."""
        counted, number = self.counted, 0
        counted.begin()
        try:
            with open_text(self.path, self.encoding) as stream:
                for number, line in enumerate(stream, start=1):
                    text = line.strip()
                    match = _LINE.match(text)
                    if not text or match is None:
                        counted.leave_out(number)
                    elif text.startswith("#") or (not counted.rows and _named(text)):
                        counted.head += 1
                    else:
                        counted.rows += 1
                        yield Row(number, [match["smiles"], match["name"].strip()])
        except UnicodeError as error:
            raise wrong_encoding(self.encoding, error, f"{self.name}:{number + 1}") from error
        except OSError as error:
            raise unreadable(self.path, error) from error
        counted.check(self.name, number)


def is_smiles_list(head: bytes, path: Path) -> bool:
    """Return whether a file is called a list of SMILES and does not begin with titles."""
    if path.suffix.lower() not in _SUFFIXES:
        return False
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    first = lines[0].strip() if lines else ""
    # Titles between tabs or commas are those of a table.
    return not (_named(first) and re.search(r"[\t,;|]", first))


def _named(line: str) -> bool:
    """Return whether a line holds titles."""
    words = re.split(r"[\s,;]+", line.strip())
    return any("smiles" in plain_title(word) or word.lower() == "structure" for word in words)


def read_smiles_list(path: Path) -> SmilesList:
    """Open a list of SMILES.

    Raises
    ------
    FileFormatError
        If it is missing, empty or not text.
    """
    path = Path(path)
    try:
        scanned = scan_text(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not scanned.lines:
        raise FileFormatError(
            "the file is empty", place=path.name, remedy="write one structure a line"
        )
    return SmilesList(
        path=path,
        sha256=scanned.sha256,
        bytes=scanned.bytes,
        encoding=scanned.encoding,
        counted=RowCount(total=scanned.lines),
    )
