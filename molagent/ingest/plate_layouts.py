"""What is in which well: control, compound and concentration, from a layout file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from molagent.errors import FileFormatError, InputError
from molagent.ingest.cells import parse_number
from molagent.ingest.plate_grids import Block, find_blocks, parse_well, read_cells, row_letters
from molagent.ingest.potencies import RefusedPotencyError
from molagent.units import MOLAR_PER_UNIT, canonical_unit

__all__ = ["ROLE_WORDS", "PlateLayout", "controls_layout", "parse_role", "read_layout"]

# "High" and "low control" are left out: half of the field means the signal, half the effect.
ROLE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "sample": ("sample", "compound", "cmpd", "test", "unknown", "s", "x"),
    "pos": (
        *("pos", "positive", "positive control", "full inhibition", "100%", "p", "pc"),
        *("no enzyme", "max inhibition", "inhibitor control"),
    ),
    "neg": (
        *("neg", "negative", "negative control", "no inhibition", "uninhibited", "0%", "n", "nc"),
        *("dmso", "vehicle", "solvent", "neutral", "neutral control"),
    ),
    "ref": ("ref", "reference", "reference compound", "standard", "r"),
    "empty": ("empty", "", "blank", "none", "-", "e", "buffer"),
}
_ROLES: Final = {word: role for role, words in ROLE_WORDS.items() for word in words}
_AMBIGUOUS: Final = re.compile(r"^(high|low|max|min|hc|lc)\b", re.IGNORECASE)
_CONCENTRATION: Final = re.compile(r"conc|dose", re.IGNORECASE)
_UNIT: Final = re.compile(r"[\[(]\s*([munpf\u00b5\u03bc]?M)\s*[\])]|_([munpf]M)\b")
_COLUMNS: Final = ("barcode", "well_row", "well_column", "role", "sample", "concentration_m")


@dataclass(frozen=True, slots=True)
class PlateLayout:
    """Columns `barcode` ('' for every plate), ``well_row``, ``well_column``, ``role``,
    ``sample`` and ``concentration_m``; one row a well."""  # noqa: D205, D209

    wells: pd.DataFrame
    name: str = ""

    def of_plate(self, barcode: str) -> pd.DataFrame:
        """Return the wells of one plate: its own layout, or the one for every plate."""
        own = self.wells[self.wells["barcode"] == barcode]
        return own if len(own) else self.wells[self.wells["barcode"] == ""]


def parse_role(text: str) -> str:
    """Return the role that a word stands for.

    Raises
    ------
    InputError
        If the word is none, or stands for opposite things in different houses.

    Examples
    --------
    >>> parse_role("DMSO"), parse_role("Positive Control"), parse_role("")
    ('neg', 'pos', 'empty')
    """
    word = re.sub(r"[\s_\-]+", " ", text.strip().lower()).strip()
    if word in _ROLES:
        return _ROLES[word]
    if _AMBIGUOUS.match(word):
        raise InputError(
            f"{text!r} may mean the signal or the effect",
            remedy="write pos (full effect) or neg (no effect)",
        )
    raise InputError(f"no role {text!r}", remedy=f"use one of {', '.join(ROLE_WORDS)}")


def controls_layout(
    pos: Sequence[int], neg: Sequence[int], *, n_rows: int = 16, n_columns: int = 24
) -> PlateLayout:
    """Return the layout of plates whose controls fill whole columns, all else samples.

    Parameters
    ----------
    pos, neg
        Columns, from 1.

    Examples
    --------
    >>> layout = controls_layout([1, 23], [2, 24])
    >>> layout.wells["role"].value_counts().to_dict()
    {'sample': 320, 'pos': 32, 'neg': 32}
    """
    roles = {**dict.fromkeys(pos, "pos"), **dict.fromkeys(neg, "neg")}
    both = sorted(set(pos) & set(neg))
    if both or not all(1 <= column <= n_columns for column in roles):
        raise InputError(
            f"columns {both or sorted(roles)} cannot be controls of a plate of {n_columns}",
            remedy="name each control column once, from 1",
        )
    rows = [
        ("", row, column, roles.get(column, "sample"), "", float("nan"))
        for row in range(1, n_rows + 1)
        for column in range(1, n_columns + 1)
    ]
    return PlateLayout(pd.DataFrame(rows, columns=list(_COLUMNS)), "controls in columns")


def read_layout(path: Path, *, unit: str = "uM") -> PlateLayout:
    """Read a layout drawn as plates, or as a table with one row a well.

    Parameters
    ----------
    path
        CSV, TSV or XLSX. Plates: a block of roles, and optionally blocks of samples and of
        concentrations; the line above a block says which. In a block of its own without such a
        line, words for controls are controls and every other text is a sample. A table: ``well``,
        ``role``, and optionally ``sample``, ``concentration`` and ``barcode``.
    unit
        Of concentrations whose title names none.

    Raises
    ------
    FileFormatError
        If it is neither, or a role is not known; the error names the well.
    """
    path = Path(path)
    frames = []
    for lines in read_cells(path).values():
        blocks = find_blocks(lines, place=path.name)
        if blocks:
            frames.append(_from_blocks(blocks, path.name, unit))
        elif any(any(cell.strip() for cell in line) for line in lines):
            frames.append(_from_table(lines, path.name, unit))
    if not frames:
        raise FileFormatError("the layout is empty", place=path.name, remedy="give a role a well")
    wells = pd.concat(frames, ignore_index=True)
    twice = wells[wells.duplicated(["barcode", "well_row", "well_column"])]
    if len(twice):
        first = twice.iloc[0]
        well = f"{row_letters(int(first['well_row']))}{first['well_column']}"
        raise FileFormatError(
            f"the layout has well {well} twice", place=path.name, remedy="keep one of them"
        )
    return PlateLayout(wells, path.name)


def _from_blocks(blocks: Sequence[Block], name: str, unit: str) -> pd.DataFrame:
    wells: dict[tuple[str, int, int], dict[str, object]] = {}
    for block in blocks:
        kind = _kind(block.label)
        stated = _UNIT.search(block.label)
        factor = _factor((stated[1] or stated[2]) if stated else unit, name)
        for row, column, text, line in block.wells():
            place = f"{name}:{line}, well {row_letters(row)}{column}"
            key = (block.barcode, row, column)
            entry = wells.setdefault(key, dict(zip(_COLUMNS, (*key, None, "", None), strict=True)))
            entry |= _entry(kind, text, factor, place)
    frame = pd.DataFrame(list(wells.values()), columns=list(_COLUMNS))
    named = frame["sample"] != ""
    frame["role"] = frame["role"].astype(object)
    missing = frame["role"].isna()
    frame.loc[missing & named, "role"] = "sample"
    frame.loc[missing & ~named, "role"] = "empty"
    return frame.astype({"concentration_m": "float64"})


def _kind(label: str) -> str:
    last = label.rsplit("|", 1)[-1].lower()
    if _CONCENTRATION.search(last):
        return "concentration"
    if re.search(r"sample|compound|molecule|substance", last):
        return "sample"
    return "role" if re.search(r"role|type|control|layout", last) else "mixed"


def _entry(kind: str, text: str, factor: float, place: str) -> dict[str, object]:
    if kind == "concentration":
        return {"concentration_m": _molar(text, factor, place)}
    if kind == "sample":
        return {"sample": text.strip()}
    try:
        return {"role": parse_role(text)}
    except InputError as error:
        if kind == "mixed" and not _AMBIGUOUS.match(text.strip()):
            return {"role": "sample", "sample": text.strip()}
        raise FileFormatError(error.message, place=place, remedy=error.remedy) from error


def _from_table(lines: Sequence[Sequence[str]], name: str, unit: str) -> pd.DataFrame:
    filled = [(n, line) for n, line in enumerate(lines, start=1) if any(c.strip() for c in line)]
    titles = [cell.strip() for cell in filled[0][1]]
    plain = [re.sub(r"[\s_\-]", "", title).lower() for title in titles]
    places = {
        role: next((i for i, title in enumerate(plain) if title in names), None)
        for role, names in (
            ("well", ("well", "wellid", "position", "wellposition")),
            ("role", ("role", "type", "welltype", "control", "content")),
            ("sample", ("sample", "compound", "compoundid", "sampleid", "molecule", "name")),
            ("barcode", ("barcode", "plate", "plateid", "platebarcode")),
        )
    }
    dose = next((i for i, title in enumerate(titles) if _CONCENTRATION.search(title)), None)
    if places["well"] is None or (places["role"] is None and places["sample"] is None):
        raise FileFormatError(
            "the layout is neither drawn as a plate nor a table with well and role",
            place=name,
            remedy="give columns well (A01), role, and optionally sample and concentration",
        )
    stated = _UNIT.search(titles[dose]) if dose is not None else None
    factor = _factor((stated[1] or stated[2]) if stated else unit, name)
    rows = []
    for number, line in filled[1:]:
        place = f"{name}:{number}"

        def text(role: str, line: Sequence[str] = line) -> str:
            at = places[role]
            return line[at].strip() if at is not None and at < len(line) else ""

        try:
            row, column = parse_well(text("well"))
            role = (
                parse_role(text("role"))
                if places["role"] is not None
                else ("sample" if text("sample") else "empty")
            )
        except (ValueError, InputError) as error:
            words = error.message if isinstance(error, InputError) else str(error)
            raise FileFormatError(words, place=place, remedy="correct the layout") from error
        molar = None
        if dose is not None and dose < len(line):
            molar = _molar(line[dose], factor, place)
        rows.append((text("barcode"), row, column, role, text("sample"), molar))
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.astype({"concentration_m": "float64"})


def _molar(text: str, factor: float, place: str) -> float | None:
    try:
        value = parse_number(text, "concentration")
    except RefusedPotencyError:
        value = -1.0
    if value is not None and value < 0:
        raise FileFormatError(
            f"{text!r} is no concentration", place=place, remedy="give a number above zero"
        )
    return value * factor if value else None


def _factor(unit: str, name: str) -> float:
    try:
        return MOLAR_PER_UNIT[canonical_unit(unit)]
    except InputError as error:
        raise FileFormatError(error.message, place=name, remedy=error.remedy) from error
