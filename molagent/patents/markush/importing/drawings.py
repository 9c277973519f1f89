"""Drawings with R labels: which atoms carry them, and what is left when they are taken off."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdMolEnumerator

from molagent.errors import FileFormatError

__all__ = [
    "LabelledCore",
    "attachment_of",
    "by_number",
    "expand_links",
    "label_of",
    "number_core",
    "read_drawing",
]

_LABEL: Final = re.compile(r"_?R(\d*)('*)")
_ATTACHMENT: Final = re.compile(r"_?AP(\d+)")
_MOST_ATOMS: Final = 150
_MOST_CORES: Final = 40
_LINKS: Final = "_molLinkNodes"
# Extensions of CXSMILES that change what is meant and that this reader does not follow.
_UNREAD: Final = {
    "RG:": "R groups inside the CXSMILES",
    "LOG:": "R-group logic",
    "Sg:": "polymer and repeat brackets",
    "SgD:": "data attached to brackets",
    "u:": "unsaturation queries",
    "rb:": "ring-bond queries",
    "s:": "substitution queries",
    "C:": "coordinate bonds",
    "H:": "hydrogen bonds",
    "^": "radicals",
}


@dataclass(frozen=True, slots=True)
class LabelledCore:
    """A drawing without its labels.

    Attributes
    ----------
    smiles
        The core, complete with hydrogens; atom map numbers are positions, ``*`` the attachment.
    places
        Label to one tuple of positions an occurrence; several positions where it varies.
    notes
        What was dropped.
    """

    smiles: str
    places: Mapping[str, tuple[tuple[int, ...], ...]]
    notes: tuple[str, ...] = ()


def read_drawing(text: str, *, place: str) -> Chem.Mol:
    """Return the molecule of a CXSMILES after refusing what it says and this reader cannot follow.

    Raises
    ------
    FileFormatError
        Naming the extension or the SMILES.
    """
    smiles, _, extension = text.strip().partition(" ")
    # Labels are free text between dollar signs, and may hold anything.
    features = re.sub(r"\$.*?\$", "", extension.strip().strip("|"))
    for part in features.split(","):
        for mark, words in _UNREAD.items():
            if part.startswith(mark):
                raise FileFormatError(
                    f"{words} ({part}) are not read",
                    place=place,
                    remedy="draw each variant, or write the site by hand",
                )
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(text.strip())
    if mol is None or not smiles:
        raise FileFormatError(
            f"{text!r} is not CXSMILES", place=place, remedy="correct the drawing"
        )
    if mol.GetNumAtoms() > _MOST_ATOMS:
        raise FileFormatError(
            f"the drawing has {mol.GetNumAtoms()} atoms",
            place=place,
            remedy="draw a small molecule",
        )
    return mol


def expand_links(mol: Chem.Mol, *, place: str) -> list[Chem.Mol]:
    """Return a drawing with its repeated atoms (link nodes) written out, shortest first.

    Raises
    ------
    FileFormatError
        If there are too many ways, or RDKit cannot follow them.

    Examples
    --------
    >>> ring = Chem.MolFromSmiles("*C1CCC1 |$_R1;;;;$,LN:2:1.3.1.3|")
    >>> [each.GetNumAtoms() for each in expand_links(ring, place="example")]
    [5, 6, 7]
    """
    if not mol.HasProp(_LINKS):
        return [mol]
    settings = rdMolEnumerator.MolEnumeratorParams(rdMolEnumerator.EnumeratorType.LinkNode)
    with rdBase.BlockLogs():
        try:
            found = rdMolEnumerator.Enumerate(mol, settings)
        except (ValueError, RuntimeError) as error:
            raise FileFormatError(
                f"the repeated atoms cannot be followed ({str(error).strip()})",
                place=place,
                remedy="draw each number of repeats",
            ) from error
    if not 0 < len(found) <= _MOST_CORES:
        raise FileFormatError(
            f"the repeated atoms give {len(found)} cores",
            place=place,
            remedy=f"draw at most {_MOST_CORES}, or write the core with {{braces}} by hand",
        )
    expanded = []
    for each in sorted(found, key=Chem.Mol.GetNumAtoms):
        for atom in each.GetAtoms():
            atom.ClearProp("_QueryIsotope")
        each.ClearProp(_LINKS)
        expanded.append(each)
    return expanded


def label_of(atom: Chem.Atom) -> str:
    """Return the R label of a dummy atom, ``R1``; empty if it has none."""
    if atom.GetAtomicNum() != 0:
        return ""
    for name in ("atomLabel", "dummyLabel"):
        if atom.HasProp(name) and (found := _LABEL.fullmatch(atom.GetProp(name))):
            return f"R{found[1]}{found[2]}"
    if atom.HasProp("_MolFileRLabel"):
        return f"R{atom.GetUnsignedProp('_MolFileRLabel')}"
    return f"R{atom.GetAtomMapNum()}" if atom.GetAtomMapNum() else ""


def attachment_of(atom: Chem.Atom) -> int:
    """Return the number of an attachment point (``_AP1``), 0 for what is none."""
    if atom.GetAtomicNum() != 0:
        return 0
    if atom.HasProp("atomLabel") and (found := _ATTACHMENT.fullmatch(atom.GetProp("atomLabel"))):
        return int(found[1])
    return 0


def number_core(mol: Chem.Mol, *, place: str, attachment: int | None = None) -> LabelledCore:
    """Return a drawing as a core with positions where its labels were.

    Parameters
    ----------
    attachment
        Index of the dummy by which a group hangs on the rest; None for a whole molecule.

    Raises
    ------
    FileFormatError
        Naming the label or atom that cannot become a position.
    """
    if mol.HasProp(_LINKS):
        raise FileFormatError(
            "a repeated atom (link node) inside a group is not read",
            place=place,
            remedy="give one group for each number of repeats",
        )
    occurrences = list(_occurrences(mol, place, attachment))
    if not occurrences and attachment is None:
        raise FileFormatError(
            "the drawing has no R label",
            place=place,
            remedy="label what varies, as in *c1ccccc1 |$_R1;;;;;;$|",
        )
    positions = _number([(label, anchors) for label, anchors, _ in occurrences])
    editable = Chem.RWMol(mol)
    for atom in editable.GetAtoms():
        atom.SetAtomMapNum(positions.get(atom.GetIdx(), 0))
        if atom.GetIsotope() and atom.GetAtomicNum():
            raise FileFormatError(
                f"{atom.GetSymbol()} carries an isotope label",
                place=place,
                remedy="draw it without, and add a deuterium site by hand",
            )
    drawn_stereo = any(
        atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED for atom in mol.GetAtoms()
    ) or any(bond.GetStereo() > Chem.BondStereo.STEREOANY for bond in mol.GetBonds())
    for _, _, dummies in occurrences:
        _replace_by_hydrogen(editable, dummies)
    Chem.RemoveStereochemistry(editable)
    smiles = _finished(editable, attachment, place)
    places: dict[str, list[tuple[int, ...]]] = {}
    for label, anchors, _ in occurrences:
        places.setdefault(label, []).append(tuple(sorted(positions[a] for a in anchors)))
    note = ("stereochemistry of the drawing was dropped, as matching does not look at it",)
    return LabelledCore(
        smiles,
        {label: tuple(places[label]) for label in sorted(places, key=by_number)},
        note if drawn_stereo else (),
    )


def by_number(label: str) -> tuple[int, str]:
    """Return what labels are sorted by: R2 before R10, R2 before R2'."""
    digits = re.sub(r"\D", "", label)
    return (int(digits) if digits else 0, label)


def _occurrences(
    mol: Chem.Mol, place: str, attachment: int | None
) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Yield label, the atoms it may stand on, and the dummies drawn for it."""
    varying = {index: ends for bond in mol.GetBonds() for index, ends in _varying_bond(bond, place)}
    for atom in mol.GetAtoms():
        index = atom.GetIdx()
        if atom.GetAtomicNum() != 0 or index == attachment:
            continue
        if index in varying:
            continue
        label = label_of(atom)
        if not label:
            raise FileFormatError(
                f"atom {index + 1} is open and has no R label",
                place=place,
                remedy="label it _R1, _R2, ...",
            )
        anchor = _anchor(atom, label, place)
        if anchor in varying:
            yield label, varying[anchor], (index, anchor)
        else:
            _require_plain(atom, label, place)
            yield label, (anchor,), (index,)


def _anchor(atom: Chem.Atom, label: str, place: str) -> int:
    neighbours = atom.GetNeighbors()
    if len(neighbours) != 1:
        raise FileFormatError(
            f"{label} has {len(neighbours)} bonds; a group here hangs by one",
            place=place,
            remedy="draw the bridge as part of the core, one claim a bridge",
        )
    return int(neighbours[0].GetIdx())


def _require_plain(atom: Chem.Atom, label: str, place: str) -> None:
    """Refuse a label that hangs on another one, or by a double bond."""
    if atom.GetNeighbors()[0].GetAtomicNum() == 0:
        raise FileFormatError(
            f"{label} hangs on another label", place=place, remedy="define one inside the other"
        )
    if atom.GetBonds()[0].GetBondType() != Chem.BondType.SINGLE:
        raise FileFormatError(
            f"{label} hangs by a {str(atom.GetBonds()[0].GetBondType()).lower()} bond",
            place=place,
            remedy="draw the double-bonded atom as part of the core",
        )


def _varying_bond(bond: Chem.Bond, place: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the dummy that stands for several atoms, and these, of a bond that varies."""
    if not bond.HasProp("_MolFileBondEndPts"):
        return
    if bond.HasProp("_MolFileBondAttach") and bond.GetProp("_MolFileBondAttach") != "ANY":
        raise FileFormatError(
            "a bond to several atoms at once (haptic) is not read",
            place=place,
            remedy="draw an ordinary bond",
        )
    numbers = [int(text) for text in re.findall(r"\d+", bond.GetProp("_MolFileBondEndPts"))]
    ends = (bond.GetBeginAtom(), bond.GetEndAtom())
    middle = [a for a in ends if a.GetAtomicNum() == 0 and not label_of(a)]
    labelled = [a for a in ends if label_of(a)]
    if len(middle) != 1 or len(labelled) != 1:
        raise FileFormatError(
            "only an R label may change its position",
            place=place,
            remedy="put an R label there, and what it stands for into the table",
        )
    yield middle[0].GetIdx(), tuple(number - 1 for number in numbers[1:])


def _number(found: list[tuple[str, tuple[int, ...]]]) -> dict[int, int]:
    """Give every atom that carries a label a position, the label's own number where it is free."""
    positions: dict[int, int] = {}
    taken: set[int] = set()
    fixed = [(label, anchors) for label, anchors in found if len(anchors) == 1]
    for label, (anchor,) in fixed:
        digits = re.sub(r"\D", "", label)
        if anchor not in positions and digits and int(digits) and int(digits) not in taken:
            positions[anchor] = int(digits)
            taken.add(int(digits))
    following = max(taken, default=0) + 1
    for _, anchors in found:
        for anchor in anchors:
            if anchor not in positions:
                positions[anchor] = following
                following += 1
    return positions


def _replace_by_hydrogen(mol: Chem.RWMol, dummies: tuple[int, ...]) -> None:
    """Turn the dummy on an atom into hydrogen; what stands for several atoms is cut loose."""
    if len(dummies) > 1:
        mol.RemoveBond(*dummies)
    for index in dummies:
        # A new atom: one read from a molfile is a query, and RDKit keeps its hydrogens.
        mol.ReplaceAtom(index, Chem.Atom(1))


def _finished(mol: Chem.RWMol, attachment: int | None, place: str) -> str:
    if attachment is not None:
        mol.ReplaceAtom(attachment, Chem.Atom(0))
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(mol)
            plain = Chem.RemoveHs(_without_loose_hydrogen(mol))
        except (Chem.MolSanitizeException, ValueError) as error:
            raise FileFormatError(
                f"the core cannot exist as drawn ({str(error).strip()})",
                place=place,
                remedy="correct the drawing",
            ) from error
    if attachment is None:
        return str(Chem.MolToSmiles(plain))
    root = next(atom.GetIdx() for atom in plain.GetAtoms() if atom.GetAtomicNum() == 0)
    return str(Chem.MolToSmiles(plain, rootedAtAtom=root))


def _without_loose_hydrogen(mol: Chem.RWMol) -> Chem.RWMol:
    loose = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 1 and not a.GetDegree()]
    for index in sorted(loose, reverse=True):
        mol.RemoveAtom(index)
    return mol
