"""Units that stand in the cells of values: how many there are, and which of them count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from molagent.ingest.readings import Reading
from molagent.ingest.written_numbers import find_number, spelled_plainly
from molagent.units import dimension_of, measure

__all__ = ["OwnUnits", "unit_in_cells"]

_SHARE: Final = 0.5
_SHOWN: Final = 40


@dataclass(slots=True)
class OwnUnits:
    """Counts, by column, the cells whose own unit went before the one that is stated."""

    _seen: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def count(self, title: str, text: str, stated: str, reading: Reading) -> None:
        """Look at one cell and what was read of it."""
        if text[-1:].isdigit() or reading.dimension == "class" or reading.unit == stated:
            return
        rest = _unit_of(text)
        if not rest or _canonical(stated) == reading.unit:
            return
        count, first = self._seen.get((title, stated), (0, text.strip()[:_SHOWN]))
        self._seen[title, stated] = (count + 1, first)

    def notes(self) -> Iterator[str]:
        """Yield a sentence for each column that has such cells."""
        for (title, stated), (count, first) in self._seen.items():
            cells = f"{count} cell{'s' if count > 1 else ''}"
            beside = f" and not {stated}" if stated.strip() else ""
            yield f"{title!r}: in {cells} the unit in the cell counts{beside} ({first!r})"


def unit_in_cells(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the units in the cells of a column; none where most cells say none.

    Examples
    --------
    >>> unit_in_cells(["5 nM", ">30µM", "7", ""]), unit_in_cells(["5", "7", "8 nM"])
    (('nM', 'µM'), ())
    """
    given = [text for text in texts if text.strip()]
    units = [unit for text in given if (unit := _unit_of(text))]
    return tuple(dict.fromkeys(units)) if len(units) > _SHARE * len(given) else ()


def _unit_of(text: str) -> str:
    """Return the unit behind a cell's number, '' where there is none that is known."""
    number = find_number(spelled_plainly(text)[0])
    rest = number.rest.strip() if number else ""
    return rest if rest and dimension_of(rest) else ""


def _canonical(stated: str) -> str:
    if not dimension_of(stated):
        return ""
    return measure(1.0, stated, dimension_of(stated), weight=1.0).unit
