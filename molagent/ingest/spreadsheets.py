"""XLSX workbooks: several sheets, title lines, merged headers, dates where numbers were typed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from molagent.errors import FileFormatError
from molagent.ingest.row_count import RowCount
from molagent.ingest.table_start import LOOKED_AT, TableStart, find_start
from molagent.ingest.tables import Row, file_digest, is_filled
from molagent.ingest.workbooks import count_rows, open_workbook, sheet_rows

__all__ = ["SheetTable", "read_sheet", "sheet_names"]

_PAIRS: Final = 2  # a name and its value, as on a cover sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """One sheet of a workbook whose header was read; rows are streamed.

    Attributes
    ----------
    header_rows
        The lines that the header takes; two where groups of columns share a merged title, which
        then stands before the column's own: ``Mpro: IC50 (uM)``.
    described
        The lines below it that describe columns.
    units
        Title to the unit that such a line states.
    """

    path: Path
    sha256: str
    bytes: int
    sheet: str
    header: tuple[str, ...]
    header_rows: tuple[int, ...]
    described: frozenset[int] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
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
                if row.number <= self.header_rows[-1] or row.number in self.described:
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


def read_sheet(path: Path, *, sheet: str = "", wanted: Sequence[str] = ()) -> SheetTable:
    """Read the header of one sheet.

    Parameters
    ----------
    path
        An XLSX workbook.
    sheet
        Its name; by default the first that has the titles that are wanted or structures, else the
        first with a table: a cover sheet is passed over.
    wanted
        Titles that the table has.

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
        starts = {
            title: start
            for title in ([sheet] if sheet else titles)
            if (start := _start(book, title, path, wanted)) and len(start.header) > 1
        }
        if not starts:
            raise FileFormatError(
                "no sheet has a header of several columns",
                place=path.name,
                remedy="give the table one line of titles",
            )
        title = _chosen(starts, wanted)
        total = count_rows(book, title, path)
    start = starts[title]
    notes = []
    if not sheet and len(titles) > 1:
        others = ", ".join(repr(entry) for entry in titles if entry != title)
        notes.append(f"sheet {title!r} was read; not read: {others}")
    return SheetTable(
        path=path,
        sha256=digest,
        bytes=size,
        sheet=title,
        header=start.header,
        header_rows=start.header_rows,
        described=start.described,
        units=start.units,
        notes=(*notes, *start.notes()),
        counted=RowCount(total=total, word="row"),
    )


def _start(book: Any, title: str, path: Path, wanted: Sequence[str]) -> TableStart | None:  # noqa: ANN401
    ahead = islice(sheet_rows(book, title, path), LOOKED_AT)
    lines = [(row.number, row.cells) for row in ahead]
    return find_start(lines, wanted=wanted, groups=True, titled=True)


def _chosen(starts: Mapping[str, TableStart], wanted: Sequence[str]) -> str:
    """Return the first sheet with the wanted titles, else with structures, else with a table."""
    for fits in (
        lambda start: bool(wanted) and {*wanted} <= {*start.header},
        lambda start: start.has_structures,
        lambda start: len(start.header) > _PAIRS,
    ):
        for title, start in starts.items():
            if fits(start):
                return title
    return next(iter(starts))
