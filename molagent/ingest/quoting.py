"""Delimited lines to cells, and which lines each row takes: a quote may run over line ends."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from molagent.errors import FileFormatError

__all__ = ["QuotedRows"]

# Two cells that happen to stand in one line of a comment are no row.
_LEAST_CELLS: Final = 3
_HEADS: Final = 2
# A quote that is not one of a pair.
_CLOSING: Final = re.compile(r'(?<!")"(?:"")*(?!")')


class QuotedRows:
    """Rows of cells with the number of lines that each takes.

    A quote that is never closed takes in the lines behind it, as a comment with line ends does.
    So a row of several lines is taken only if its quotes close as they should and none of its
    further lines is a row by itself.

    Parameters
    ----------
    lines
        With their line ends.
    delimiter
        One character.
    place
        The file's name, for errors.
    """

    def __init__(self, lines: Iterable[str], *, delimiter: str, place: str) -> None:
        self._lines = iter(lines)
        self._delimiter = delimiter
        self._place = place
        self._taken: list[str] = []
        self._ended = False
        # Rows of one line by their width: how many there are, and one of them.
        self._widths: dict[int, int] = {}
        self._samples: dict[int, Sequence[str]] = {}

    def __iter__(self) -> Iterator[tuple[list[str], int]]:
        """Yield the cells of each row and how many lines it took.

        Raises
        ------
        FileFormatError
            If a quote is never closed, or takes in lines that look like rows.
        """
        number = 0
        reader = csv.reader(self._feed(), delimiter=self._delimiter)
        while True:
            self._taken.clear()
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FileFormatError(
                    f"the row cannot be read ({error})",
                    place=f"{self._place}:{number}",
                    remedy="look for a quote that is never closed",
                ) from error
            if len(self._taken) > 1 or self._ended:
                self._require_closed(number)
            elif (width := len(cells)) > 1:
                self._widths[width] = count = self._widths.get(width, 0) + 1
                if count <= _HEADS:  # a header is no sample: its numbers are none
                    self._samples[width] = cells
            yield cells, len(self._taken)

    def _feed(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            yield line
        self._ended = True

    def _require_closed(self, number: int) -> None:
        place = f"{self._place}:{number}"
        try:
            strict = list(csv.reader(self._taken, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            raise FileFormatError(
                f"a quote opens in this row and is not closed as it should ({error}); "
                f"{len(self._taken) - 1} lines behind it would be lost",
                place=place,
                remedy="look for a quote that is never closed, or write it twice inside a cell",
            ) from error
        width = max(self._widths, key=self._widths.__getitem__, default=len(strict[0]))
        sample = self._samples.get(width, ())
        if len(strict[0]) != width:
            raise FileFormatError(
                f"a quote opens in this row and takes in the {len(self._taken) - 1} lines "
                f"behind it, and the row then has {len(strict[0])} cells where others have {width}",
                place=place,
                remedy="look for a quote that is never closed, or write it twice inside a cell",
            )
        if (offset := self._swallowed(width, sample)) is not None:
            raise FileFormatError(
                f"a quote opens in this row and takes in the {len(self._taken) - 1} lines "
                f"behind it, of which line {number + offset} is a row by itself",
                place=place,
                remedy="look for a quote that is never closed, or write it twice inside a cell",
            )

    def _swallowed(self, width: int, sample: Sequence[str]) -> int | None:
        """Return the offset of a line inside a quoted cell that is a row by itself, or None."""
        first, *inner, last = self._taken
        for offset, line in enumerate(inner, start=1):
            if self._is_row(line, width, sample):
                return offset
        # Up to the quote that closes it the last line is text; a comment has few delimiters there.
        text = _CLOSING.split(last, maxsplit=1)[0]
        if self._delimiter in text and self._is_row(last, width, sample, text):
            return len(self._taken) - 1
        # A quote before the first cell leaves that line's own cells inside.
        opened = first.lstrip("\ufeff ")
        if opened.startswith('"') and self._is_row(opened[1:], width, sample):
            return 0
        return None

    def _is_row(self, line: str, width: int, sample: Sequence[str], text: str = "") -> bool:
        """Return whether a line inside a quoted cell has the cells of a row, and is no prose.

        Parameters
        ----------
        text
            The part of the line that is inside the cell; '' for all of it.
        """
        if line.count(self._delimiter) < width - 1:
            return False
        try:
            # A quote closes the cell behind the text; in a row by itself it is but a letter.
            cut = self._delimiter
            (cells,) = (
                csv.reader([line], delimiter=cut, quoting=csv.QUOTE_NONE)
                if text
                else csv.reader([line], delimiter=cut)
            )
        except (csv.Error, ValueError):
            return False
        if len(cells) < max(width, 2):
            return False
        within = cells[: text.count(self._delimiter) + 1] if text else cells
        # In prose a blank follows most commas; two cells in a line may be chance.
        if 2 * sum(cell[:1] == " " for cell in within[1:]) >= len(within) - 1 > 0:
            return False
        numeric = [place for place, cell in enumerate(sample[:width]) if _is_number(cell)]
        return width >= _LEAST_CELLS or any(_is_number(cells[place]) for place in numeric)


def _is_number(text: str) -> bool:
    """Return whether a cell is a number in some notation; a relation or a unit may be beside it."""
    stripped = text.strip().strip('"')
    return bool(stripped) and stripped.lstrip("<>=~+-≤≥ ")[:1].isdigit()
