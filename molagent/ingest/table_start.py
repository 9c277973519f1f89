"""Where a table begins among the first lines of a file: what stands above it, and below its titles.

Above it stand reports' heads, comments and cover lines; right below its titles some programs write
the units of the columns, PubChem what each column is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final, TypeAlias

from molagent.ingest.tables import NumberText
from molagent.ingest.titles import plain_title
from molagent.units import dimension_of

__all__ = ["LOOKED_AT", "TableStart", "find_start"]

#: How many lines are looked at.
LOOKED_AT: Final = 60
Lines: TypeAlias = Sequence[tuple[int, Sequence[str]]]
# As `plain_title` writes them: no word of a preamble or of data.
_STRUCTURES: Final = frozenset(
    {"smiles", "canonicalsmiles", "isomericsmiles", "stdsmiles", "cxsmiles", "smilesstring"}
)
_BESIDE_UNITS: Final = frozenset(
    {*("-", "unit", "units", "n/a", "na", "text", "string", "number", "numeric", "float", "int")}
)
_PUBCHEM: Final = "RESULT_"
_PUBCHEM_UNITS: Final[Mapping[str, str]] = {
    "MOLAR": "M",
    "MILLIMOLAR": "mM",
    "MICROMOLAR": "uM",
    "NANOMOLAR": "nM",
    "PICOMOLAR": "pM",
    "PERCENT": "%",
    "SECOND": "s",
    "MINUTE": "min",
    "HOUR": "h",
}
# A title is shorter; a structure need not be.
_LONGEST_TITLE: Final = 60
_JUDGED_BY: Final = 10
_TABLE_WIDTH: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStart:
    """The titles of a table and the lines that are none of its rows.

    Attributes
    ----------
    header
        Titles; the unit of a line of units behind them: ``IC50 (nM)``.
    header_rows
        The numbers of its lines: two where groups of columns share a title.
    described
        The numbers of the lines below it that describe the columns.
    units
        Title to the unit that such a line states.
    has_structures
        Whether a title is that of a column of structures.
    """

    header: tuple[str, ...]
    header_rows: tuple[int, ...]
    described: frozenset[int] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
    has_structures: bool = False

    def notes(self, *, first: int = 1) -> tuple[str, ...]:
        """Return what the user should know of it; `first` is the file's first filled line."""
        said = []
        if len(self.header_rows) > 1:
            upper, lower = self.header_rows
            said.append(
                f"the header takes lines {upper} and {lower}: group titles stand before ':'"
            )
        elif self.header_rows[0] > first:
            above = self.header_rows[0]
            said.append(f"the header is line {above}; what stands above it was not read")
        if self.described:
            numbers = ", ".join(map(str, sorted(self.described)))
            units = ", ".join(f"{unit} of {title!r}" for title, unit in self.units.items())
            said.append(
                f"line {numbers} below the header describes the columns and is no row"
                + (f": {units}" if units else "")
            )
        return tuple(said)


def find_start(
    lines: Lines, *, wanted: Sequence[str] = (), groups: bool = False, titled: bool = False
) -> TableStart | None:
    """Return where a table begins, None where nothing looks like titles of several columns.

    Parameters
    ----------
    lines
        The first lines with their numbers, blank ones too.
    wanted
        Titles that are known: the line that has all of them is the header.
    groups
        Whether titles may take two lines, groups of columns above the columns.
    titled
        Whether only a line without numbers is one of titles, as on a sheet with text above its
        table; otherwise the first line is taken where nothing better is found.

    Examples
    --------
    >>> start = find_start([(1, ["Run 7"]), (2, ["SMILES", "IC50"]), (3, ["", "nM"]),
    ...                     (4, ["CCO", "10"])])
    >>> start.header, start.header_rows, sorted(start.described)
    (('SMILES', 'IC50 (nM)'), (2,), [3])
    """
    filled = [(number, cells) for number, cells in lines if _count(cells)]
    if not filled:
        return None
    place = _wanted_place(filled, wanted)
    place = _place(filled, titled=titled) if place is None else place
    if place is None:
        return None
    number, cells = filled[place]
    titles = tuple(cell.strip() for cell in _uncommented(cells))
    titles, below = _trimmed(titles) if groups else titles, place + 1
    rows: tuple[int, ...] = (number,)
    under = filled[below][1] if below < len(filled) else ()
    if groups and not _is_units(under, titles) and _is_titles(under) and _has_groups(cells, under):
        titles, rows, below = _joined(cells, under), (number, filled[below][0]), below + 1
    described, units = _description(titles, filled[below:])
    # PubChem's titles are known by name.
    named = (*wanted, *titles) if "PUBCHEM_RESULT_TAG" in titles else wanted
    shown = tuple(_with_unit(title, units, named) for title in titles)
    return TableStart(
        header=shown,
        header_rows=rows,
        described=frozenset(described),
        units={new: units[old] for new, old in zip(shown, titles, strict=True) if old in units},
        has_structures=_names_structures(titles),
    )


def _wanted_place(filled: Lines, wanted: Sequence[str]) -> int | None:
    """Return which of the filled lines has all titles that are wanted."""
    names = {_spaced(title) for title in wanted}
    for place, (_, cells) in enumerate(filled):
        if names and names <= {_spaced(cell) for cell in _uncommented(cells)}:
            return place
    return None


def _place(filled: Lines, *, titled: bool) -> int | None:
    """Return which of the filled lines are the titles."""
    begin = next(
        (place for place, (_, cells) in enumerate(filled) if not _is_comment(cells)), len(filled)
    )
    if begin and _is_commented_header(filled, begin):
        return begin - 1
    several = [place for place in range(begin, len(filled)) if _count(filled[place][1]) > 1]
    named = [place for place in several if _is_titles(filled[place][1])]
    # A first line with numbers may be titles where nothing stands above a table: 0.1, 1, 10 uM.
    first = [] if titled or begin not in several else [begin]
    for place in named:
        if _names_structures(filled[place][1]):
            return place
    for place in sorted({*named, *first}):
        if _covers(filled[place][1], filled[place + 1 :]):
            return place
    if titled:
        return named[0] if named else None
    return min(begin, len(filled) - 1)


def _is_comment(cells: Sequence[str]) -> bool:
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    return first.startswith("#") or bool(re.match(r"^sep=.?$", first, re.IGNORECASE))


def _is_commented_header(filled: Lines, begin: int) -> bool:
    """Return whether the last comment above the rows holds their titles: '#SMILES,IC50'."""
    cells = _uncommented(filled[begin - 1][1])
    if _count(cells) < 2 or begin >= len(filled):
        return False
    under = filled[begin][1]
    if _names_structures(cells):
        return True
    return len(cells) == len(under) and _is_titles(cells) and not _is_titles(under)


def _uncommented(cells: Sequence[str]) -> list[str]:
    if not cells or not cells[0].lstrip().startswith("#"):
        return list(cells)
    return [cells[0].lstrip().lstrip("#").strip(), *cells[1:]]


def _covers(cells: Sequence[str], below: Lines) -> bool:
    """Return whether the lines below stand under these titles, but for one odd one."""
    judged = [line for _, line in below if not _is_comment(line)][:_JUDGED_BY]
    if not judged:
        return True
    titled = {place for place, cell in enumerate(cells) if cell.strip()}
    beyond = [
        line
        for line in judged
        if {place for place, cell in enumerate(line) if cell.strip()} - titled
    ]
    # A line of few cells above a wide table is a name and its value.
    widest = max(_count(line) for line in judged)
    return len(beyond) <= len(judged) // 10 and 2 * len(titled) > widest


def _names_structures(cells: Sequence[str]) -> bool:
    return (
        any(plain_title(cell.lstrip("# ")) in _STRUCTURES for cell in cells) and _count(cells) > 1
    )


def _description(titles: Sequence[str], below: Lines) -> tuple[list[int], dict[str, str]]:
    """Return the numbers of the lines that describe the columns, and the units they state."""
    described: list[int] = []
    units: dict[str, str] = {}
    for number, cells in below:
        first = next((cell.strip() for cell in cells if cell.strip()), "")
        if first.startswith(_PUBCHEM):
            stated = zip(titles[1:], cells[1:], strict=False) if first.endswith("_UNIT") else ()
            units |= {t: u for t, cell in stated if (u := _PUBCHEM_UNITS.get(cell.strip().upper()))}
        elif not described and _is_units(cells, titles):
            stated = zip(titles, cells, strict=False)
            units |= {title: unit for title, cell in stated if dimension_of(unit := _bare(cell))}
        else:
            break
        described.append(number)
    return described, units


def _is_units(cells: Sequence[str], titles: Sequence[str]) -> bool:
    """Return whether a line states the units of columns; what a row says of itself is none."""
    texts = [_bare(cell) for cell in cells if cell.strip()]
    # ',NA,nM' below 'smiles,value,unit' is a row without a result.
    stated = [
        _bare(cell)
        for title, cell in zip_longest(titles, cells, fillvalue="")
        if not plain_title(title).endswith(("unit", "units", "uom"))
    ]
    return any(map(dimension_of, stated)) and all(
        dimension_of(text) or text.lower() in _BESIDE_UNITS for text in texts
    )


def _bare(cell: str) -> str:
    """Return a unit without the brackets around it."""
    return cell.strip().strip("()[]").strip()


def _with_unit(title: str, units: Mapping[str, str], named: Sequence[str]) -> str:
    known = title not in units or title in named
    return title if known or re.search(r"[(\[]", title) else f"{title} ({units[title]})"


def _count(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _is_titles(cells: Sequence[str]) -> bool:
    return not any(_is_number(cell) for cell in cells if cell.strip())


def _is_number(text: str) -> bool:
    if isinstance(text, NumberText):
        return True
    try:
        float(text.strip().lstrip("<>=~ ").rstrip("%").replace(",", "."))
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
    short = all(len(cell) <= _LONGEST_TITLE for cell in named)  # titles, not structures
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


def _spaced(cell: str) -> str:
    return " ".join(cell.split())


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    titles = [_spaced(cell) for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    return tuple(titles)
