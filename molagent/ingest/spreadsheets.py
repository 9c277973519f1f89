"""XLSX workbooks: several sheets, title lines, merged headers, dates where numbers were typed."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.row_count import RowCount
from molagent.ingest.tables import Row, file_digest, is_filled
from molagent.ingest.workbooks import count_rows, open_workbook, sheet_rows

__all__ = ["SheetTable", "read_sheet", "sheet_names"]

_LOOKED_AT: Final = 20
_MOST_HEADER_ROWS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """One sheet of a workbook whose header was read; rows are streamed.

    Attributes
    ----------
    header_rows
        The lines that the header takes; two where groups of columns share a merged title, which
        then stands before the column's own: ``Mpro: IC50 (uM)``.
    """

    path: Path
    sha256: str
    bytes: int
    sheet: str
    header: tuple[str, ...]
    header_rows: tuple[int, ...]
    notes: tuple[str, ...] = ()
    encoding: str = "xlsx"
    delimiter: str = ""
    counted: RowCount = field(default_factory=RowCount, compare=False)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def records(self) -> Iterator[Row]:
        """Yield the rows below the header, numbered as the spreadsheet numbers them."""
        width, counted, last = len(self.header), self.counted, 0
        counted.begin()
        with closing(open_workbook(self.path)) as book:
            for row in sheet_rows(book, self.sheet, self.path):
                last = row.number
                if row.number <= self.header_rows[-1]:
                    counted.head += 1
                elif not is_filled(row.cells) and not row.fault:
                    counted.leave_out(row.number)
                else:
                    counted.rows += 1
                    padded = [*row.cells, *[""] * (width - len(row.cells))]
                    extra = [cell for cell in padded[width:] if cell.strip()]
                    beyond = f"{extra[0]!r} stands beyond the header's last column" if extra else ""
                    yield Row(row.number, padded[:width], row.fault or beyond)
        counted.check(self.name, last)


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets that hold cells, in order."""
    with closing(open_workbook(Path(path))) as book:
        return tuple(sheet.title for sheet in book.worksheets)


def read_sheet(path: Path, *, sheet: str = "") -> SheetTable:
    """Read the header of one sheet.

    Parameters
    ----------
    path
        An XLSX workbook.
    sheet
        Its name; by default the first sheet with a header and rows.

    Raises
    ------
    FileFormatError
        If the file is no workbook, has no such sheet, or the sheet no header.
    """
    path = Path(path)
    digest, size = file_digest(path)
    with closing(open_workbook(path)) as book:
        titles = [entry.title for entry in book.worksheets]
        if sheet and sheet not in titles:
            raise FileFormatError(
                f"no sheet {sheet!r}; there are {', '.join(map(repr, titles))}",
                place=path.name,
                remedy="name one of these",
            )
        for title in [sheet] if sheet else titles:
            rows_ahead = islice(sheet_rows(book, title, path), _LOOKED_AT)
            head = [(row.number, row.cells) for row in rows_ahead]
            header, rows = _header(head)
            if len(header) > 1:
                break
        else:
            raise FileFormatError(
                "no sheet has a header of several columns",
                place=path.name,
                remedy="give the table one line of titles",
            )
        total = count_rows(book, title, path)
    notes = []
    if not sheet and len(titles) > 1:
        others = ", ".join(repr(entry) for entry in titles if entry != title)
        notes.append(f"sheet {title!r} was read; not read: {others}")
    if len(rows) > 1:
        notes.append(
            f"the header takes lines {rows[0]} and {rows[1]}: group titles stand before ':'"
        )
    elif rows[0] > 1:
        notes.append(f"the header is line {rows[0]}; what stands above it was not read")
    return SheetTable(
        path=path,
        sha256=digest,
        bytes=size,
        sheet=title,
        header=header,
        header_rows=rows,
        notes=tuple(notes),
        counted=RowCount(total=total, word="row"),
    )


def _header(head: Sequence[tuple[int, Sequence[str]]]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Find the header among the first lines: titles above it have one cell, data has numbers."""
    filled = [(number, cells) for number, cells in head if is_filled(cells)]
    for index, (number, cells) in enumerate(filled):
        if _count(cells) < 2 or not _is_titles(cells):  # one cell is a title line
            continue
        below = filled[index + 1] if index + 1 < len(filled) else None
        if below and _is_titles(below[1]) and _has_groups(cells, below[1]):
            return _joined(cells, below[1]), (number, below[0])
        return _trimmed(cells), (number,)
    return (), (0,)


def _count(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _is_titles(cells: Sequence[str]) -> bool:
    return not any(_is_number(cell) for cell in cells if cell.strip())


def _is_number(text: str) -> bool:
    try:
        float(text.strip().lstrip("<>=~ ").rstrip("%"))
    except ValueError:
        return False
    return True


def _has_groups(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Return whether the upper line has gaps where the lower one goes on with other titles."""
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    under = [*lower, *[""] * (width - len(lower))]
    gaps = [index for index in range(1, width) if not above[index].strip() and under[index].strip()]
    uncovered = [index for index in range(width) if not (above[index] + under[index]).strip()]
    named = [cell.strip() for cell in under if cell.strip()]
    # A line of data has text under every title, structures among it; sub-titles are short.
    blank_under = any(not under[index].strip() and above[index].strip() for index in range(width))
    short = all(len(cell) <= 60 for cell in named)  # titles, not structures
    return bool(gaps) and (blank_under or len(gaps) > len(uncovered)) and short


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    width = max(len(upper), len(lower))
    titles, group = [], ""
    for index in range(width):
        above = upper[index].strip() if index < len(upper) else ""
        under = lower[index].strip() if index < len(lower) else ""
        group = above or group
        titles.append(f"{group}: {under}" if group and under else under or above)
    return _trimmed(titles)


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    titles = [" ".join(cell.split()) for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    return tuple(titles)
