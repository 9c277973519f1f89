"""Grids without row letters: EnVision's plates, SoftMax Pro's sections, bare grids."""

import re
from collections.abc import Sequence
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.plate_grids import (
    PLATE_SIZES,
    Block,
    filled_cells,
    looks_like_number,
    parse_well,
)

__all__ = ["find_bare_blocks"]

_OVER: Final = re.compile(r"^(over|ovrflw|overflow|sat(urated)?|\*+|>\s*max|#+|-)$", re.IGNORECASE)
_SIZES: Final = tuple(size for size in PLATE_SIZES if size >= 12)
_MOLDEV: Final = re.compile(r"^plate:$", re.IGNORECASE)
_END: Final = re.compile(r"^~end", re.IGNORECASE)
_SECTION_CELLS: Final = 6


def find_bare_blocks(lines: Sequence[Sequence[str]], *, place: str) -> list[Block]:
    """Return the grids without row letters, from the top.

    A bare grid counts as a plate only where a blank line stands above it and it has exactly the
    rows and columns of a plate of 96 wells or more.

    Raises
    ------
    FileFormatError
        If a section is a kinetic read, a spectrum or a well scan: many numbers a well.
    """
    blocks: list[Block] = []
    above: list[tuple[str, ...]] = []
    number = 0
    while number < len(lines):
        cells = filled_cells(lines[number])
        if _is_section(cells):
            found, number = _section(lines, number, place)
            blocks.extend(found)
            above = []
            continue
        width = _bare_width(lines, number)
        if width:
            blocks.append(_bare(lines, number, width, tuple(above)))
            above = []
            number += PLATE_SIZES[width]
            continue
        if cells:
            above.append(cells)
        number += 1
    return blocks


def _is_section(cells: Sequence[str]) -> bool:
    """Return whether SoftMax Pro begins a plate here: name, version, format, kind and so on."""
    return (
        len(cells) > _SECTION_CELLS
        and _MOLDEV.match(cells[0]) is not None
        and cells[3].lower().endswith("format")
    )


def _bare_width(lines: Sequence[Sequence[str]], number: int) -> int:
    """Return the columns of the bare grid that begins here, 0 if none does."""
    if number and filled_cells(lines[number - 1]):
        return 0
    width = _numbers(lines[number])
    if width not in _SIZES:
        return 0
    end = number + PLATE_SIZES[width]
    alike = end <= len(lines) and all(_numbers(line) == width for line in lines[number:end])
    longer = end < len(lines) and _numbers(lines[end]) > 0
    return width if alike and not longer else 0


def _numbers(line: Sequence[str]) -> int:
    """Return how many cells a line of numbers has, 0 if it holds something else."""
    cells = [cell.strip() for cell in line]
    while cells and not cells[-1]:
        cells.pop()
    plain = all(not cell or looks_like_number(cell) or _OVER.match(cell) for cell in cells)
    return len(cells) if plain else 0


def _bare(
    lines: Sequence[Sequence[str]], number: int, width: int, above: tuple[tuple[str, ...], ...]
) -> Block:
    rows = lines[number : number + PLATE_SIZES[width]]
    return Block(
        cells=tuple(tuple(cell.strip() for cell in line[:width]) for line in rows),
        above=above,
        line=number + 1,
        row_lines=tuple(range(number + 1, number + 1 + len(rows))),
        rows=tuple(range(1, 1 + len(rows))),
        title=" ".join(filter(None, above[-1])) if above else "",
        note=f"line {number + 1} begins a grid without row letters, taken as A1 at its upper left",
    )


def _section(lines: Sequence[Sequence[str]], number: int, place: str) -> tuple[list[Block], int]:
    """Return the raw reads of one plate of SoftMax Pro, and the line after its section."""
    cells = [cell.strip() for cell in lines[number]]
    name, form, kind, mode, content = cells[1], cells[3], cells[4], cells[5], cells[6]
    end = number + 1
    while end < len(lines) and not _END.match(lines[end][0].strip() if lines[end] else ""):
        end += 1
    if kind.lower() != "endpoint":
        raise FileFormatError(
            f"plate {name!r} is a {kind.lower()} read: many numbers a well",
            place=f"{place}:{number + 1}",
            remedy="export its reduced values, one a well, as a table of well and value",
        )
    title = f"{mode} {content}".strip()
    if "plate" not in form.lower():
        return _in_columns(lines, number + 1, (name, title)), end + 1
    grids = _grids(lines, number + 1, end)
    first_row = _first_row(cells, grids, f"{place}:{number + 1}")
    blocks = [
        Block(
            cells=grid,
            above=((f"Barcode: {name}",),),
            line=number + 2,
            row_lines=tuple(range(number + 3, number + 3 + len(grid))),
            rows=tuple(range(first_row, first_row + len(grid))),
            note="" if _is_whole(grid) else "a part of a plate, as SoftMax Pro says which",
            read=title if len(grids) == 1 else f"{title} {count}",
            title=title,
        )
        for count, grid in enumerate(grids, start=1)
    ]
    return blocks, end + 1


def _in_columns(lines: Sequence[Sequence[str]], header: int, said: tuple[str, str]) -> list[Block]:
    """Return the reads of a section with a column a well: titles A1, A2 and on, and one line."""
    name, title = said
    reads: list[dict[tuple[int, int], str]] = []
    values = lines[header + 1] if header + 1 < len(lines) else []
    for text, value in zip(lines[header], values, strict=False):
        try:
            well = parse_well(text)
        except ValueError:
            continue
        read = next((wells for wells in reads if well not in wells), None)
        if read is None:
            read = {}
            reads.append(read)
        read[well] = value.strip()
    blocks = []
    for count, wells in enumerate(reads, start=1):
        rows = sorted({row for row, _ in wells})
        columns = range(1, 1 + max(column for _, column in wells))
        blocks.append(
            Block(
                cells=tuple(tuple(wells.get((row, c), "") for c in columns) for row in rows),
                above=((f"Barcode: {name}",),),
                line=header + 1,
                row_lines=(header + 2,) * len(rows),
                rows=tuple(rows),
                read=title if len(reads) == 1 else f"{title} {count}",
                title=title,
            )
        )
    return blocks


_Grid = tuple[tuple[str, ...], ...]


def _first_row(cells: Sequence[str], grids: Sequence[_Grid], place: str) -> int:
    """Return the first row of the lines, by the part that was read.

    It is told by five numbers: first column, columns, wells of the plate, first row, rows.

    Raises
    ------
    FileFormatError
        If the values do not stand where these numbers say.
    """
    sizes = {str(rows * columns): rows for columns, rows in PLATE_SIZES.items()}
    for at in range(len(cells) - 1, 8, -1):
        told = cells[at - 2 : at + 3]
        if cells[at] not in sizes or len(told) < 5 or not all(map(str.isdecimal, told)):
            continue
        first_column, _, _, first_row, n_rows = map(int, told)
        n_lines = max(map(len, grids), default=0)
        starts = {
            min((row.index(text) for row in grid for text in row if text), default=0)
            for grid in grids
        }
        if starts and starts != {first_column - 1}:
            break
        if n_lines == sizes[cells[at]]:
            return 1
        if n_lines == n_rows:
            return first_row
        break
    else:
        return 1
    raise FileFormatError(
        "a part of a plate whose wells cannot be told",
        place=place,
        remedy="export the whole plate, or a table of well and value",
    )


def _is_whole(grid: _Grid) -> bool:
    return PLATE_SIZES.get(max(map(len, grid), default=0)) == len(grid)


def _grids(lines: Sequence[Sequence[str]], begin: int, end: int) -> list[_Grid]:
    """Return the grids of the section's first table, side by side; what follows is calculated."""
    if begin >= end:
        return []
    header = [cell.strip() for cell in lines[begin]]
    last = begin + 1
    while last < end and filled_cells(lines[last]):
        last += 1
    grids = []
    for start in [place for place, cell in enumerate(header) if cell == "1"]:
        width = 1
        while header[start + width : start + width + 1] == [str(width + 1)]:
            width += 1
        rows = [
            [cell.strip() for cell in line[start : start + width]]
            for line in lines[begin + 1 : last]
        ]
        used = max((place + 1 for row in rows for place, text in enumerate(row) if text), default=0)
        grids.append(tuple((*row[:used], *[""] * (used - len(row))) for row in rows))
    return grids
