"""Lists of wells below a preamble: BMG, Magellan, i-control. Kinetic reads are refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from molagent.errors import FileFormatError, InputError
from molagent.ingest.plate_grids import filled_cells, looks_like_number, parse_well
from molagent.ingest.plate_layouts import parse_role
from molagent.ingest.plate_names import find_barcode
from molagent.ingest.plate_signals import OVER, signal_kind
from molagent.ingest.titles import plain_title

__all__ = ["ListedWell", "find_listed", "refuse_kinetics"]

_WELL: Final = ("well", "wells", "wellposition", "wellpositions", "position", "wellname")
_ROW: Final = ("wellrow", "row")
_COLUMN: Final = ("wellcol", "wellcolumn", "col", "column")
_PLATE: Final = ("barcode", "platebarcode", "plateid", "plate", "platename")
_CONTENT: Final = ("content", "type", "welltype", "role", "layout")
_SAMPLE: Final = ("sample", "sampleid", "samplename", "name", "compound", "compoundid")
_CODE: Final = re.compile(r"\s+[A-Z]+\d*$")  # Sample X1, Blank B, Negative control N
_SECONDS: Final = re.compile(r"^\d+(\.\d+)?\s*(s|ms|min|h)\b", re.IGNORECASE)
_FEWEST_WELLS_ACROSS: Final = 3
_LINES_BELOW_TITLES: Final = 3
_KINDS: Final = ("raw", "named", "plain", "derived")


@dataclass(frozen=True, slots=True)
class ListedWell:
    """One number of one well: its plate ('' if the list names none), read, role and line."""

    barcode: str
    read: str
    row: int
    column: int
    text: str
    role: str
    sample: str
    line: int


@dataclass(frozen=True, slots=True)
class _Titles:
    """Places of the columns; -1 for none."""

    well: int
    row: int
    column: int
    plate: int
    content: int
    sample: int


def find_listed(
    lines: Sequence[Sequence[str]], *, place: str
) -> tuple[list[ListedWell], list[str]]:
    """Return the wells of the lists of a sheet, and notes on columns that were not read.

    Raises
    ------
    FileFormatError
        If a list has a number a time for each well.
    """
    wells: list[ListedWell] = []
    notes: list[str] = []
    above: list[tuple[str, ...]] = []
    number = 0
    while number < len(lines):
        cells = filled_cells(lines[number])
        titles = _titles(cells)
        first = _first_well(lines, number + 1, titles) if titles else 0
        if titles is None or not first:
            if cells:
                above.append(cells)
            number += 1
            continue
        last = first
        while last < len(lines) and _well(lines[last], titles):
            last += 1
        rows = lines[first:last]
        _refuse_times(lines[number + 1 : first], f"{place}:{number + 1}")
        chosen, left = _columns(cells, rows, titles)
        if len({cells[at] for at in chosen}) < len(chosen):
            raise _kinetic(f"{place}:{number + 1}", len(chosen))
        if left:
            notes.append(f"not read: {', '.join(map(repr, left))}")
        wells.extend(_listed(rows, first, titles, [(at, cells[at]) for at in chosen], above))
        above = []
        number = last
    return wells, notes


def refuse_kinetics(lines: Sequence[Sequence[str]], *, place: str) -> None:
    """Refuse a table with wells in its header and a line a time.

    Raises
    ------
    FileFormatError
        If there is one, with its line.
    """
    for number, line in enumerate(lines):
        across = [cell.strip() for cell in line]
        if sum(map(_is_well, across)) >= _FEWEST_WELLS_ACROSS:
            count = 0
            while number + count + 1 < len(lines) and any(
                looks_like_number(cell.strip()) for cell in lines[number + count + 1]
            ):
                count += 1
            if count:
                raise _kinetic(f"{place}:{number + 1}", count)
        if across and across[0].lower().startswith(("cycle nr", "cycles / well", "zyklen")):
            raise _kinetic(f"{place}:{number + 1}", sum(map(looks_like_number, across)))


def _kinetic(place: str, count: int) -> FileFormatError:
    return FileFormatError(
        f"a kinetic read, {count} times a well: no single signal",
        place=place,
        remedy="export the end point, or one value a well (mean, slope)",
    )


def _titles(cells: Sequence[str]) -> _Titles | None:
    plain = [plain_title(cell) for cell in cells]

    def at(names: Sequence[str]) -> int:
        return next((plain.index(name) for name in names if name in plain), -1)

    found = _Titles(at(_WELL), at(_ROW), at(_COLUMN), at(_PLATE), at(_CONTENT), at(_SAMPLE))
    has_place = found.well >= 0 or (found.row >= 0 and found.column >= 0)
    return found if has_place and sum(map(bool, plain)) > 1 else None


def _first_well(lines: Sequence[Sequence[str]], begin: int, titles: _Titles) -> int:
    """Return the line of the first well; 0 if none follows the titles closely."""
    for number in range(begin, min(begin + _LINES_BELOW_TITLES, len(lines))):
        if _well(lines[number], titles):
            return number
    return 0


def _well(line: Sequence[str], titles: _Titles) -> tuple[int, int] | None:
    def cell(at: int) -> str:
        return line[at].strip() if 0 <= at < len(line) else ""

    text = cell(titles.well) if titles.well >= 0 else f"{cell(titles.row)}{cell(titles.column)}"
    try:
        return parse_well(text)
    except ValueError:
        return None


def _is_well(text: str) -> bool:
    try:
        parse_well(text)
    except ValueError:
        return False
    return True


def _refuse_times(between: Sequence[Sequence[str]], place: str) -> None:
    """Refuse a list with a line of several times between titles and wells."""
    for line in between:
        cells = [cell.strip() for cell in line if cell.strip()]
        times = [cell for cell in cells if _SECONDS.match(cell) or looks_like_number(cell)]
        if len(set(times)) > 1:
            raise _kinetic(place, len(times))


def _columns(
    titles: Sequence[str], rows: Sequence[Sequence[str]], known: _Titles
) -> tuple[list[int], list[str]]:
    """Return the columns of the best kind of signal, and the titles of the other numbers."""
    kinds: dict[int, str] = {}
    taken = {known.well, known.row, known.column, known.plate, known.content, known.sample}
    for at, title in enumerate(titles):
        texts = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
        numbers = sum(looks_like_number(text) or bool(OVER.match(text)) for text in texts)
        if at not in taken and title and texts and 2 * numbers > len(texts):
            kinds[at] = signal_kind(title)
    for kind in _KINDS:
        chosen = [at for at, found in kinds.items() if found == kind]
        if chosen:
            return chosen, [titles[at] for at in kinds if at not in chosen]
    return [], [titles[at] for at in kinds]


def _listed(
    rows: Sequence[Sequence[str]],
    first: int,
    titles: _Titles,
    columns: Sequence[tuple[int, str]],
    above: Sequence[tuple[str, ...]],
) -> list[ListedWell]:
    def cell(row: Sequence[str], at: int) -> str:
        return row[at].strip() if 0 <= at < len(row) else ""

    name = find_barcode(above)
    wells: list[ListedWell] = []
    for number, row in enumerate(rows, start=first + 1):
        place = _well(row, titles)
        role, sample = _content(cell(row, titles.content))
        sample = cell(row, titles.sample) or sample
        if place is None:
            continue
        barcode = cell(row, titles.plate) or name
        wells.extend(
            ListedWell(barcode, title, place[0], place[1], cell(row, at), role, sample, number)
            for at, title in columns
        )
    return wells


def _content(text: str) -> tuple[str, str]:
    """Return role and sample; a word that means neither control nor blank names the sample."""
    for words in (text, _CODE.sub("", text)):
        try:
            role = parse_role(words)
        except InputError:
            continue
        return role, text if role in ("sample", "ref") else ""
    return "sample", text
