"""How the numbers of one column are written: decimal point or comma, decided over the column."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from molagent.errors import FileFormatError, InputError
from molagent.ingest.potencies import UNSURE
from molagent.ingest.tables import NumberText
from molagent.ingest.written_numbers import find_number, spelled_plainly

__all__ = ["Notation", "decide_notations", "decimal_sign"]

POINT, COMMA = ".", ","
# Thousands as one group of digits to the next: 1 250, 1'250, and by the other decimal sign.
_GROUPED: Final = {
    POINT: re.compile(r"^[1-9]\d{0,2}(?:(?P<mark>[ ,'])\d{3})(?:(?P=mark)\d{3})*(?:\.\d*)?$"),
    COMMA: re.compile(r"^[1-9]\d{0,2}(?:(?P<mark>[ .'])\d{3})(?:(?P=mark)\d{3})*(?:,\d*)?$"),
}
_UNGROUPED: Final = {
    POINT: re.compile(r"^(?:\d+\.?\d*|\.\d+)$"),
    COMMA: re.compile(r"^(?:\d+,?\d*|,\d+)$"),
}
# Needs no looking at: ASCII digits with at most one point.
_PLAIN: Final = re.compile(r"[<>=~]{0,2} ?[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
# Most numbers of most files: a point that can part no thousands.
_POINT_FOR_SURE: Final = re.compile(r"[<>]?[+-]?(?:\d+\.(?:\d{1,2}|\d{4,9})|0\.\d+)", re.ASCII)
_LEFT_OUT: Final = {
    "spread": "a spread or range behind the value was left out",
    "count": "a number of measurements behind the value was left out",
    "mark": "a mark of a footnote behind the value was left out; look at what it says",
    "thousands": "digits stand in groups of thousands",
    "comma": "numbers have a decimal comma",
}


class Notation:
    """How one column writes numbers, and what was seen of it.

    Parameters
    ----------
    title
        The column's.
    decimal
        ``.`` or ``,``; '' to decide by what is seen.
    place
        The file's name, for errors.
    """

    def __init__(self, title: str, decimal: str = "", *, place: str = "") -> None:
        self.title = title
        self.decimal = decimal
        self._place = place
        self._given = bool(decimal)
        self._seen = {POINT: 0, COMMA: 0}
        self._unsure = 0
        self._lone_points = 0
        self._kept: dict[str, tuple[int, str, str]] = {}

    @property
    def evidence(self) -> tuple[int, int]:
        """How many numbers were seen that have a decimal point, and a decimal comma, for sure."""
        return self._seen[POINT], self._seen[COMMA]

    @property
    def is_open(self) -> bool:
        """Whether numbers were seen that may be read either way, and none that decides it."""
        return not self.decimal and bool(self._unsure)

    def look_at(self, texts: Iterable[str]) -> None:
        """Take evidence from cells."""
        for text in texts:
            if isinstance(text, NumberText) or text.isdigit():
                continue
            if _POINT_FOR_SURE.fullmatch(text):
                self._seen[POINT] += 1
                continue
            plain, _ = spelled_plainly(text)
            # '12.' is of a date: 12. Mai.
            if (number := find_number(plain)) is None or number.digits.endswith("."):
                continue
            readings = {sign: _read(number.digits, sign) for sign in (POINT, COMMA)}
            if readings[POINT] and readings[COMMA]:
                self._unsure += readings[POINT] != readings[COMMA]
            elif sign := next((sign for sign, reading in readings.items() if reading), ""):
                self._seen[sign] += 1

    def decide(self, others: tuple[int, int], *, delimiter: str) -> None:
        """Decide by the column itself, else by the other columns of its file.

        Parameters
        ----------
        others
            Their evidence, as :attr:`evidence`.
        delimiter
            Of the file: where it is ';', commas may be decimal signs and points may part thousands.
        """
        if self.decimal:
            return
        for point, comma in (self.evidence, others):
            if bool(point) != bool(comma):
                self.decimal = POINT if point else COMMA
                return
            if point and comma:
                self.decimal = "mixed"
                return
        self.decimal = "mixed" if self._unsure and delimiter == ";" else ""

    def plain(self, text: str) -> str:
        """Return a cell as a plain number with a decimal point; marked where that is not sure.

        Raises
        ------
        FileFormatError
            If it shows that earlier numbers were read the wrong way.
        """
        if isinstance(text, NumberText) or text.isdigit():
            return text
        if self.decimal == POINT and _PLAIN.fullmatch(text):
            return text
        plain, left_out = spelled_plainly(text)
        if (number := find_number(plain)) is None:
            return text
        digits = self._digits(number.digits, text, number.before.strip("<>=~≤≥ "))
        if not digits:
            legible = any(_read(number.digits, sign) for sign in (POINT, COMMA))
            return f"{text} {UNSURE}" if legible else text
        written = f"{number.before}{digits}{number.rest}"
        if left_out:
            self._keep(left_out, text, written)
        return written

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the column's numbers were read."""
        return tuple(
            f"{self.title!r}: in {count} cell{'s' if count > 1 else ''} {_LEFT_OUT[what]} "
            f"({text.strip()!r} is {plain})"
            for what, (count, text, plain) in self._kept.items()
        )

    def _digits(self, digits: str, text: str, sign: str) -> str:
        point, comma = (_read(digits, sign) for sign in (POINT, COMMA))
        if point == comma:
            found = point
        elif self.decimal == "mixed":
            # 0,5 cannot be thousands, 1,250 may be.
            found = "" if point and comma else point or comma
        elif self.decimal:
            found = comma if self.decimal == COMMA else point
        else:
            found = self._late(point, comma, text)
        if found and found != digits:
            is_comma = "," in digits and found == comma != point
            self._keep("comma" if is_comma else "thousands", text, f"{sign}{found}")
        return found

    def _late(self, point: str, comma: str, text: str) -> str:
        """Read a number before which none decided; the first that does decides for what follows."""
        if point and comma:
            # Nobody has seen a comma: 1.250 is read as it stands, and remembered.
            is_point = "." in point
            self._lone_points += is_point
            return point if is_point else ""
        if comma:
            if self._lone_points:
                raise FileFormatError(
                    f"{text!r} in {self.title!r} has a decimal comma, and numbers above it were "
                    "read with decimal points",
                    place=self._place,
                    remedy="say which it is with decimal (`--decimal`)",
                )
            self.decimal = COMMA
        elif point:
            self.decimal = POINT
        return point or comma

    def _keep(self, what: str, text: str, plain: str) -> None:
        count, *first = self._kept.get(what, (0, text, plain))
        self._kept[what] = (count + 1, str(first[0]), str(first[1]))


def decimal_sign(text: str) -> str:
    """Return the decimal sign that a text names: ``.``, ``,``, ``point`` or ``comma``; '' for ''.

    Raises
    ------
    InputError
        If it names none.
    """
    sign = {"point": POINT, "comma": COMMA}.get(text.lower(), text)
    if sign not in ("", POINT, COMMA):
        raise InputError(f"the decimal sign {text!r} is neither '.' nor ','")
    return sign


def decide_notations(
    titles: Sequence[str],
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    decimal: str,
    delimiter: str,
    place: str,
) -> Mapping[str, Notation]:
    """Return how the columns of numbers are written.

    Parameters
    ----------
    titles
        Of the columns that hold numbers.
    rows
        The first rows; what is decided by them holds for the others.
    decimal
        Decimal sign of all columns, '' to decide by column.
    """
    places = {title: header.index(title) for title in titles if title in header}
    notations = {title: Notation(title, decimal, place=place) for title in places}
    if decimal:
        return notations
    for title, notation in notations.items():
        notation.look_at(row[places[title]] for row in rows if places[title] < len(row))
    others = _evidence_beside(notations, places, header, rows)
    for notation in notations.values():
        notation.decide(others, delimiter=delimiter)
    return notations


def _evidence_beside(
    notations: Mapping[str, Notation],
    places: Mapping[str, int],
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> tuple[int, int]:
    """Return the evidence of all columns, asked where one of numbers leaves it open."""
    points, commas = (sum(n.evidence[side] for n in notations.values()) for side in (0, 1))
    if any(notation.is_open for notation in notations.values()):
        for place in set(range(len(header))) - set(places.values()):
            beside = Notation(header[place])
            beside.look_at(row[place] for row in rows if place < len(row) and _is_bare(row[place]))
            points += beside.evidence[0]
            commas += beside.evidence[1]
    return points, commas


def _is_bare(text: str) -> bool:
    """Return whether a cell is digits with signs and nothing else: a number, no name."""
    return not isinstance(text, NumberText) and not re.search(r"[^\d.,+\-<>= ]", text.strip())


def _read(digits: str, decimal: str) -> str:
    """Return digits with a decimal point and no groups, '' where they are no such number."""
    if _UNGROUPED[decimal].match(digits):
        return digits.replace(",", ".")
    match = _GROUPED[decimal].match(digits)
    if match is None:
        return ""
    return digits.replace(match["mark"], "").replace(",", ".")
