"""SD files: V2000 and V3000 records with their property fields, streamed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.row_count import RowCount
from molagent.ingest.tables import Row, file_digest

__all__ = ["MOLBLOCK", "TITLE", "SdfTable", "read_sdf"]

# Columns that every SD file has beside its fields.
MOLBLOCK: Final = "molblock"
TITLE: Final = "title"
_FIELD: Final = re.compile(r"^>[^<]*<(?P<name>.+?)>")
_END: Final = "$$$$"
_MOL_END: Final = "M  END"
# A record of a small molecule has some hundred lines; one of a hundred thousand is not one.
_MOST_LINES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SdfTable:
    """An SD file whose field names were collected; records are streamed."""

    path: Path
    sha256: str
    bytes: int
    encoding: str
    header: tuple[str, ...]
    notes: tuple[str, ...] = ()
    delimiter: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    counted: RowCount = field(default_factory=RowCount, compare=False)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def records(self) -> Iterator[Row]:
        """Yield the records, numbered from 1; one that is cut off or has no end has a fault."""
        places = {title: place for place, title in enumerate(self.header)}
        counted, number = self.counted, 0
        counted.begin()
        for number, (lines, complete) in enumerate(_blocks(self.path, self.encoding), start=1):
            cells = [""] * len(self.header)
            fault = _fill(cells, lines, places)
            if not complete:
                fault = f"the record is cut off: no {_END} before the end of the file"
            counted.rows += 1
            yield Row(number, cells, fault)
        counted.check(self.name, number)


def read_sdf(path: Path) -> SdfTable:
    """Collect the fields of an SD file.

    Raises
    ------
    FileFormatError
        If the file cannot be read or holds no record.
    """
    path = Path(path)
    digest, size = file_digest(path)
    encoding, n_records, whole = "utf-8", 0, True
    names: dict[str, None] = {}
    for attempt in ("utf-8", "latin-1"):
        encoding, names, n_records = attempt, {}, 0
        try:
            for lines, complete in _blocks(path, encoding):
                n_records += 1
                whole = complete
                names.update(dict.fromkeys(_names(lines)))
        except UnicodeDecodeError:
            continue
        break
    if not n_records:
        raise FileFormatError(
            "the file holds no record", place=path.name, remedy=f"end each record with {_END}"
        )
    notes = []
    if encoding == "latin-1":
        notes.append("the text is not UTF-8 and was read as Latin-1: check accents")
    if not whole:
        notes.append(f"the file is cut off: its last record has no {_END}")
    return SdfTable(
        path=path,
        sha256=digest,
        bytes=size,
        encoding=encoding,
        header=(MOLBLOCK, TITLE, *(name for name in names if name not in (MOLBLOCK, TITLE))),
        notes=tuple(notes),
        counted=RowCount(total=_count_records(path), word="record"),
    )


def _count_records(path: Path) -> int:
    """Count the lines that end a record, in the bytes of the file, and a last one without end."""
    count, goes_on = 0, False
    with path.open("rb") as stream:
        for line in stream:
            for part in line.replace(b"\r\n", b"\n").split(b"\r"):
                if part.startswith(_END.encode()):
                    count, goes_on = count + 1, False
                else:
                    goes_on = goes_on or bool(part.strip())
    return count + goes_on


def _blocks(path: Path, encoding: str) -> Iterator[tuple[list[str], bool]]:
    """Yield each record's lines and whether it was ended; a lone molfile needs no end."""
    lines: list[str] = []
    ended = 0
    with path.open(encoding=encoding, newline=None) as stream:
        for line in stream:
            text = line.rstrip("\n")
            if text.startswith(_END):
                ended += 1
                yield lines, True
                lines = []
                continue
            lines.append(text)
            if len(lines) > _MOST_LINES:
                raise FileFormatError(
                    f"record {ended + 1} has more than {_MOST_LINES:,} lines",
                    place=f"{path.name}:{ended + 1}",
                    remedy=f"end each record with {_END}",
                )
    if any(line.strip() for line in lines):
        alone = ended == 0 and _MOL_END in (line.rstrip() for line in lines) and not _names(lines)
        yield lines, alone


def _names(lines: list[str]) -> list[str]:
    return [name for name, _ in _fields(lines)]


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields after the molblock; one that comes again is numbered: ``Chain (2)``."""
    seen: dict[str, int] = {}
    name, value = "", list[str]()
    for line in [*lines, ""]:
        if line[:1] == ">" and (match := _FIELD.match(line)):
            # A blank field may be followed by the next one at once.
            if name:
                yield name, "\n".join(value)
            given = match["name"]
            seen[given] = seen.get(given, 0) + 1
            name = given if seen[given] == 1 else f"{given} ({seen[given]})"
            value = []
        elif name and line.strip():
            value.append(line.strip())
        elif name:
            yield name, "\n".join(value)
            name = ""


def _fill(cells: list[str], lines: list[str], places: dict[str, int]) -> str:
    end = next((index for index, line in enumerate(lines) if line.rstrip() == _MOL_END), None)
    if end is None:
        return f"the record has no line {_MOL_END!r}"
    cells[places[MOLBLOCK]] = "\n".join(lines[: end + 1])
    cells[places[TITLE]] = lines[0].strip()
    for name, value in _fields(lines[end + 1 :]):
        cells[places[name]] = value
    return ""
