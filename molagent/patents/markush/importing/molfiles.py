"""V3000 molfiles with RGROUP blocks, which RDKit reads as no molecule at all.

A small reader of what the format's documentation describes (BIOVIA, CTfile Formats, chapter "The
extended connection table (V3000)"): it cuts the file into the root's connection table and those of
each R group, refuses by name whatever would change what is claimed, and leaves atoms and bonds to
RDKit. Recognised are ``RLOGIC`` (how often a group must occur), ``RGROUPS`` on atoms, ``ATTCHPT``,
``LINKNODE`` (an atom that repeats) and bonds with ``ENDPTS`` (a position that varies).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rdkit import Chem, rdBase

from molagent.errors import FileFormatError
from molagent.patents.markush.importing.checks import CHECKS
from molagent.patents.markush.importing.claims import (
    ClaimImport,
    Origin,
    draft_from_readings,
    number_cores,
)
from molagent.patents.markush.importing.drawings import label_of
from molagent.patents.markush.importing.groups import EntryReading, read_group_mol

__all__ = ["RGroupFile", "import_rgroup_file", "read_rgroup_file"]

_TAG: Final = "M  V30 "
_MOST_LINES: Final = 20_000
_HEADER_LINES: Final = 4
_DEFAULT: Final = ">0"
_OCCURRENCE: Final = re.compile(r"(>|<)?\s*(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class _Logic:
    """``RLOGIC``: which other group this one asks for, what may stand there else, how often."""

    then: int = 0
    rest_hydrogen: bool = False
    occurrence: str = _DEFAULT


@dataclass(slots=True)
class _RGroup:
    number: int
    logic: _Logic = field(default_factory=_Logic)
    tables: list[list[tuple[int, str]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RGroupFile:
    """What a V3000 molfile with R groups shows.

    Attributes
    ----------
    root
        The root structure with its labels.
    groups
        Label to its members.
    optional
        Labels that may be hydrogen.
    notes
        What was assumed.
    """

    root: Chem.Mol
    groups: Mapping[str, Sequence[Chem.Mol]]
    optional: frozenset[str]
    notes: tuple[str, ...] = ()


def import_rgroup_file(text: str, *, origin: Origin) -> ClaimImport:
    """Return a draft claim from a V3000 molfile with RGROUP blocks.

    Parameters
    ----------
    text
        The file.
    origin
        Publication, claim and page; `source` should name the file.

    Raises
    ------
    FileFormatError
        Naming the line and the part of the file that cannot be read.
    """
    place = origin.claim_id
    read = read_rgroup_file(text, place=place)
    cores = number_cores(read.root, place=f"{place}: root structure")
    table: dict[str, list[EntryReading]] = {}
    for label, mols in read.groups.items():
        where = f"{place}: {label}"
        table[label] = [
            read_group_mol(mol, place=where, shown=f"member {number}")
            for number, mol in enumerate(mols, start=1)
        ]
        if label in read.optional:
            table[label].append(EntryReading(present=False))
    said = origin.text or "R-group molfile as imported; the publication's own words were not read."
    return draft_from_readings(cores, table, origin=origin, text=said, notes=read.notes)


def read_rgroup_file(text: str, *, place: str) -> RGroupFile:
    """Return the root and the groups of a V3000 molfile.

    Raises
    ------
    FileFormatError
        If the file is no V3000 molfile with R groups, or holds what this reader does not know.
    """
    cutter = _Cutter()
    for number, line in _lines(text, place):
        cutter.take(number, line, f"{place}:{number}")
    if not cutter.groups:
        raise FileFormatError(
            "the molfile has no RGROUP block",
            place=place,
            remedy="export it as V3000 with R groups, or import CXSMILES with a table",
        )
    root = _read_table(cutter.root, place=f"{place}: root structure")
    members: dict[str, list[Chem.Mol]] = {}
    for group in cutter.groups:
        where = f"{place}: R{group.number}"
        members.setdefault(f"R{group.number}", []).extend(
            _with_attachment(_read_table(table, place=where), where) for table in group.tables
        )
    drawn = Counter(
        label
        for mol in (root, *(mol for mols in members.values() for mol in mols))
        for atom in mol.GetAtoms()
        if (label := label_of(atom))
    )
    optional, notes = set(), []
    for group in cutter.groups:
        label = f"R{group.number}"
        if _may_be_hydrogen(group, drawn[label], f"{place}: {label}"):
            optional.add(label)
        elif group.logic.occurrence == _DEFAULT and drawn[label] > 1:
            notes.append(f"every {label} drawn is taken to be filled, though one would do")
    return RGroupFile(root, members, frozenset(optional), tuple(notes))


def _lines(text: str, place: str) -> Iterator[tuple[int, str]]:
    """Yield line number and content of every ``M  V30`` line, continued lines joined."""
    raw = text.splitlines()
    if len(raw) > _MOST_LINES:
        raise FileFormatError(f"the file has {len(raw)} lines", place=place, remedy="one molecule")
    if len(raw) < _HEADER_LINES or "V3000" not in raw[3]:
        raise FileFormatError(
            "the fourth line does not say V3000",
            place=place,
            remedy="export the drawing as an extended (V3000) molfile",
        )
    pending, began = "", 0
    for number, line in enumerate(raw[_HEADER_LINES:], start=_HEADER_LINES + 1):
        if line.startswith("M  END"):
            return
        if not line.startswith(_TAG.rstrip()):
            if line.strip():
                raise FileFormatError(
                    f"{line.strip()[:40]!r} is no V3000 line",
                    place=f"{place}:{number}",
                    remedy="give one V3000 molfile",
                )
            continue
        content = line[len(_TAG) :].rstrip()
        began = began or number
        if content.endswith("-"):
            pending += content[:-1]
            continue
        yield began, (pending + content).strip()
        pending, began = "", 0
    raise FileFormatError("M  END is missing", place=place, remedy="the file was cut off")


class _Cutter:
    """Sorts the lines of a file into the root's connection table and the R groups."""

    def __init__(self) -> None:
        self.root: list[tuple[int, str]] = []
        self.groups: list[_RGroup] = []
        self._table: list[tuple[int, str]] | None = None
        self._inside: _RGroup | None = None

    def take(self, number: int, line: str, place: str) -> None:
        words = line.split()
        match words[:2]:
            case ["BEGIN", "RGROUP"]:
                self._inside = _RGroup(_integer(words[2:3], place))
                self.groups.append(self._inside)
            case ["END", "RGROUP"]:
                self._inside = None
            case ["BEGIN", "CTAB"]:
                self._table = []
            case ["END", "CTAB"]:
                self._finish()
            case ["RLOGIC", _] if self._inside is not None:
                self._inside.logic = _logic(words[1:], place)
            case _ if self._table is not None:
                self._table.append((number, line))
            case _:
                raise FileFormatError(
                    f"{' '.join(words[:3])!r} is not read",
                    place=place,
                    remedy="leave it out of the export, or write the claim by hand",
                )

    def _finish(self) -> None:
        if self._inside is None:
            self.root = self._table or []
        else:
            self._inside.tables.append(self._table or [])
        self._table = None


def _logic(words: Sequence[str], place: str) -> _Logic:
    if len(words) < 2:  # thenR and RestH always stand there
        raise FileFormatError(
            f"RLOGIC {' '.join(words)} is incomplete", place=place, remedy="correct the file"
        )
    then, rest = _integer(words[:1], place), _integer(words[1:2], place)
    return _Logic(then, bool(rest), "".join(words[2:]) or _DEFAULT)


def _integer(words: Sequence[str], place: str) -> int:
    if len(words) != 1 or not re.fullmatch(r"-?\d+", words[0]):
        raise FileFormatError(
            f"{' '.join(words) or 'nothing'} is not a number",
            place=place,
            remedy="correct the file",
        )
    return int(words[0])


def _may_be_hydrogen(group: _RGroup, drawn: int, place: str) -> bool:
    """Return whether a label may stay unfilled; refuse logic that cannot be said site by site."""
    if group.logic.then:
        raise FileFormatError(
            f"the condition 'if R{group.number} then R{group.logic.then}' is not read",
            place=place,
            remedy="write it as a proviso by hand",
        )
    counts = _occurrences(group.logic.occurrence, drawn, place)
    if counts == {drawn} or (group.logic.occurrence == _DEFAULT and not group.logic.rest_hydrogen):
        return False
    if counts == set(range(drawn + 1)) and group.logic.rest_hydrogen:
        return True
    if drawn == 1 and counts <= {0, 1}:
        what = "0 or 1 times" if counts == {0, 1} else "never"
    else:
        what = f"{group.logic.occurrence} of {drawn} times"
    rest = "hydrogen" if group.logic.rest_hydrogen else "anything"
    raise FileFormatError(
        f"the occurrence of {what}, else {rest}, is not read",
        place=place,
        remedy="write the site's count by hand",
    )


def _occurrences(text: str, drawn: int, place: str) -> set[int]:
    """Return how often a label may be filled, of `drawn` places."""
    allowed: set[int] = set()
    for part in text.split(","):
        found = _OCCURRENCE.fullmatch(part.strip())
        if found is None:
            raise FileFormatError(
                f"occurrence {text!r} is not read", place=place, remedy="correct RLOGIC"
            )
        sign, low, high = found[1], int(found[2]), int(found[3] or found[2])
        if sign == ">":
            allowed |= set(range(low + 1, drawn + 1))
        elif sign == "<":
            allowed |= set(range(low))
        else:
            allowed |= set(range(low, high + 1))
    return {count for count in allowed if count <= drawn}


def _read_table(lines: Sequence[tuple[int, str]], *, place: str) -> Chem.Mol:
    """Return one connection table as RDKit reads it, after refusing what it would drop."""
    section = ""
    for number, line in lines:
        words = line.split()
        where = f"{place}, line {number}"
        if words[0] in ("BEGIN", "END"):
            section = words[1] if words[0] == "BEGIN" else ""
        if section not in CHECKS:
            raise FileFormatError(
                f"a block {section} is not read", place=where, remedy="draw it without"
            )
        if words[0] not in ("BEGIN", "END"):
            CHECKS[section](line, where)
    body = "".join(f"{_TAG}{line}\n" for line in _short_lines(line for _, line in lines))
    block = (
        "\n  molagent\n\n  0  0  0     0  0            999 V3000\n"
        f"{_TAG}BEGIN CTAB\n{body}{_TAG}END CTAB\nM  END\n"
    )
    with rdBase.BlockLogs():
        mol = Chem.MolFromMolBlock(block, sanitize=True, removeHs=False)
    if mol is None:
        raise FileFormatError(
            "the connection table cannot be read", place=place, remedy="check valences and counts"
        )
    return mol


def _short_lines(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines of at most 80 characters, continued as the format has it."""
    room = 80 - len(_TAG) - 1
    for line in lines:
        while len(line) > room:
            yield f"{line[:room]}-"
            line = line[room:]  # noqa: PLW2901 - what is left of it
        yield line


def _with_attachment(mol: Chem.Mol, place: str) -> Chem.Mol:
    """Return a group with ``*`` bonded to its attachment atom."""
    points = [
        (atom.GetIdx(), atom.GetIntProp("molAttchpt"))
        for atom in mol.GetAtoms()
        if atom.HasProp("molAttchpt")
    ]
    drawn = [a for a in mol.GetAtoms() if a.HasProp("_fromAttchpt")]
    if drawn and not points:
        return mol
    if len(points) != 1 or points[0][1] != 1:
        raise FileFormatError(
            f"a group with {len(points)} attachment points is not read"
            if len(points) != 1
            else f"attachment point {points[0][1]} is not read",
            place=place,
            remedy="draw a bridge as part of the root, one claim a bridge",
        )
    editable = Chem.RWMol(mol)
    anchor = editable.GetAtomWithIdx(points[0][0])
    anchor.ClearProp("molAttchpt")
    if anchor.GetNumExplicitHs():
        anchor.SetNumExplicitHs(anchor.GetNumExplicitHs() - 1)
    dummy = editable.AddAtom(Chem.Atom(0))
    editable.AddBond(points[0][0], dummy, Chem.BondType.SINGLE)
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(editable)
        except (Chem.MolSanitizeException, ValueError) as error:
            raise FileFormatError(
                f"the group has no room for its attachment ({str(error).strip()})",
                place=place,
                remedy="correct the drawing",
            ) from error
    return editable.GetMol()
