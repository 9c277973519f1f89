"""What a substance is beyond its parent: isotopes, enhanced stereo, an axis.

The parent (:mod:`molagent.chem.standardize`) says which atoms are bonded how. A racemate, one
unknown enantiomer of it, a deuterated drug and an atropisomer are other substances of the same
parent, and their values are never averaged with its own.

A substance is known by the set of stereoisomers that it is made of, each by its InChIKey: so a
racemate drawn the other way round is the same racemate, and a meso compound drawn as a racemate is
the meso compound. One unknown enantiomer is another substance when it is drawn the other way round:
so laboratories write the two peaks of a column, and these are two compounds. What InChI does not
know, an axis that does not turn, stands beside the key.
"""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from rdkit import Chem, rdBase

from molagent.chem.parents import parent_and_stripped
from molagent.chem.standardize import standard_parent

__all__ = ["Substance", "is_more_than_its_parent", "substance_of", "told_groups"]

_AND: Final = Chem.StereoGroupType.STEREO_AND
_OR: Final = Chem.StereoGroupType.STEREO_OR
_CW: Final = Chem.BondStereo.STEREOATROPCW
_AXES: Final = {_CW: Chem.BondStereo.STEREOATROPCCW, Chem.BondStereo.STEREOATROPCCW: _CW}
_FLAG: Final = "_MolFileChiralFlag"
# `|r|` of CXSMILES says what a chiral flag of 0 says.
_RELATIVE_FLAG: Final = re.compile(r"\|(?:[^|]*,)?r(?:,[^|]*)?\|")
# Each group doubles the stereoisomers: 256 take a quarter of a second.
_MOST_GROUPS: Final = 8
_TAG_DIGITS: Final = 12
_WRITTEN: Final = Chem.CXSmilesFields.CX_ENHANCEDSTEREO | Chem.CXSmilesFields.CX_BOND_ATROPISOMER
_Group: TypeAlias = tuple[Chem.StereoGroupType, tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Substance:
    """One substance of a parent.

    Attributes
    ----------
    parent
        Canonical SMILES of the parent.
    key
        The parent's InChIKey; behind a slash a tag, where the parent does not say it all.
    structure
        CXSMILES with isotopes, stereo groups and axes; '' where the parent says it all.
    note
        Why something was merged with the parent that could not be told apart; '' else.
    """

    parent: str
    key: str
    structure: str = ""
    note: str = ""


def told_groups(mol: Chem.Mol, text: str = "") -> Chem.Mol:
    """Return a molecule whose chiral flag of 0 is written into its stereo groups.

    Where a molblock has stereo groups, its flag says what the centres in none of them are: 0 means
    racemic. A molblock without any group is left as it is drawn, because most programs write 0
    whatever they mean.

    Parameters
    ----------
    text
        The CXSMILES that it was read from: its ``r`` is that flag.
    """
    if _RELATIVE_FLAG.search(text):
        mol = Chem.Mol(mol)
        mol.SetIntProp(_FLAG, 0)
    if not mol.GetStereoGroups() or not mol.HasProp(_FLAG) or mol.GetIntProp(_FLAG):
        return mol
    told = Chem.Mol(mol)
    Chem.TranslateChiralFlagToStereoGroups(told, _AND)
    return told


def is_more_than_its_parent(mol: Chem.Mol) -> bool:
    """Return whether a structure, as given, may be another substance than its plain parent.

    Examples
    --------
    >>> is_more_than_its_parent(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))
    False
    >>> is_more_than_its_parent(Chem.MolFromSmiles("C[C@H](N)C(=O)O |&1:1|"))
    True
    """
    return (
        any(group.GetGroupType() in (_AND, _OR) for group in mol.GetStereoGroups())
        or any(atom.GetIsotope() for atom in mol.GetAtoms())
        or any(bond.GetStereo() in _AXES for bond in mol.GetBonds())
    )


def substance_of(given: Chem.Mol, parent: str, inchikey: str) -> Substance:
    """Return which substance a structure is.

    Parameters
    ----------
    given
        The sanitised molecule as it was read, with isotopes, stereo groups and axes, salts and all.
    parent, inchikey
        Its standardised parent, and the key of that.

    Raises
    ------
    ValueError, RuntimeError, rdkit.Chem.MolSanitizeException, molagent.errors.StructureError
        As standardisation raises them.

    Examples
    --------
    Alanine as a racemate, drawn either way, is one substance, and neither enantiomer:

    >>> parent, key = "C[C@H](N)C(=O)O", "QNAYBMKLOCPYGJ-REOHCLBHSA-N"
    >>> drawn = [Chem.MolFromSmiles(f"C[C@{h}H](N)C(=O)O |&1:1|") for h in ("", "@")]
    >>> first, other = (substance_of(mol, parent, key).key for mol in drawn)
    >>> first == other != key
    True
    """
    if not is_more_than_its_parent(given):
        return Substance(parent, inchikey)
    with rdBase.BlockLogs():
        standard = _standard(given)
        if standard is None:
            return Substance(
                parent, inchikey, note="isotopes or stereo groups could not be followed"
            )
        _drop_axes_that_turn(standard)
        groups = _groups(standard)
        if len(groups) > _MOST_GROUPS:
            note = f"more than {_MOST_GROUPS} stereo groups: taken as drawn"
            return Substance(parent, inchikey, note=note)
        members = _members(standard, groups)
        named = _as_drawn(members, groups)
        identity = _identity(members, groups, named)
        first = min(named.values())
        # Of a mixture the same stereoisomer is always drawn, of one unknown isomer the one given.
        drawn = next(flips for flips, member in named.items() if member == first)
        shown = _flipped(standard, groups, drawn)
        if len(members) > 1:
            parent, mol = standard_parent(Chem.MolToSmiles(_without_isotopes(shown)))
            inchikey = str(Chem.MolToInchiKey(mol))  # type: ignore[no-untyped-call]
        if identity == json.dumps(inchikey):
            return Substance(parent, inchikey)
        tag = sha256(identity.encode()).hexdigest()[:_TAG_DIGITS]
        return Substance(parent, f"{inchikey}/{tag}", _written(shown))


def _standard(given: Chem.Mol) -> Chem.Mol | None:
    """Return the standardised parent with its isotopes, groups and axes; None where that fails."""
    kept, _ = parent_and_stripped(given, keep_isotopes=True)
    mol: Chem.Mol | None = Chem.MolFromSmiles(_written(kept))
    return mol


def _written(mol: Chem.Mol) -> str:
    """Return the CXSMILES; a relative group stays as it is drawn, which RDKit would turn."""
    params = Chem.SmilesWriteParams()
    if any(kind == _OR for kind, _, _ in _groups(mol)):
        Chem.MolToSmiles(mol)
        order = json.loads(mol.GetProp("_smilesAtomOutputOrder").replace(",]", "]"))
        mol = Chem.RenumberAtoms(mol, order)
        params.canonical = False  # type: ignore[assignment]  # RDKit's stub is wrong
    return str(Chem.MolToCXSmiles(mol, params, _WRITTEN))


def _groups(mol: Chem.Mol) -> list[_Group]:
    """Return the racemic and relative groups: kind, centres, axes; not those without either."""
    found = []
    for group in mol.GetStereoGroups():
        atoms = tuple(
            atom.GetIdx()
            for atom in group.GetAtoms()
            if atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED
        )
        bonds = tuple(bond.GetIdx() for bond in group.GetBonds() if bond.GetStereo() in _AXES)
        if group.GetGroupType() in (_AND, _OR) and (atoms or bonds):
            found.append((group.GetGroupType(), atoms, bonds))
    return found


def _members(mol: Chem.Mol, groups: list[_Group]) -> dict[tuple[bool, ...], str]:
    """Return the key of each stereoisomer that the groups leave open, by the groups flipped."""
    return {
        flips: _member_key(_flipped(mol, groups, flips))
        for flips in itertools.product((False, True), repeat=len(groups))
    }


def _flipped(mol: Chem.Mol, groups: list[_Group], flips: tuple[bool, ...]) -> Chem.Mol:
    other = Chem.Mol(mol)
    for (_, atoms, bonds), is_flipped in zip(groups, flips, strict=True):
        if not is_flipped:
            continue
        for index in atoms:
            other.GetAtomWithIdx(index).InvertChirality()
        for index in bonds:
            bond = other.GetBondWithIdx(index)
            bond.SetStereo(_AXES[bond.GetStereo()])
    return other


def _as_drawn(
    members: dict[tuple[bool, ...], str], groups: list[_Group]
) -> dict[tuple[bool, ...], str]:
    """Return the stereoisomers in which no relative group is turned."""
    return {
        flips: key
        for flips, key in members.items()
        if not any(flip for flip, (kind, _, _) in zip(flips, groups, strict=True) if kind == _OR)
    }


def _identity(
    members: dict[tuple[bool, ...], str],
    groups: list[_Group],
    drawn: dict[tuple[bool, ...], str],
) -> str:
    """Return what a substance is made of as JSON: a key, a list (all of them), or one of lists."""
    choices: dict[tuple[bool, ...], set[str]] = {}
    for flips, key in members.items():
        choice = tuple(
            flip for flip, (kind, _, _) in zip(flips, groups, strict=True) if kind == _OR
        )
        choices.setdefault(choice, set()).add(key)
    mixtures = sorted({tuple(sorted(keys)) for keys in choices.values()})
    if len(mixtures) > 1:
        return json.dumps({"one of": mixtures, "drawn": sorted(drawn.values())})
    return json.dumps(mixtures[0] if len(mixtures[0]) > 1 else mixtures[0][0])


def _member_key(mol: Chem.Mol) -> str:
    key = str(Chem.MolToInchiKey(mol))  # type: ignore[no-untyped-call]
    axes = sorted(_axes(mol))
    return f"{key} {' '.join(axes)}" if axes else key


def _axes(mol: Chem.Mol) -> Iterator[str]:
    """Yield each axis and which way it turns, in words that do not depend on the atoms' order."""
    bonds = [bond for bond in mol.GetBonds() if bond.GetStereo() in _AXES]
    if not bonds:
        return
    ranks = _ranks(mol)
    for bond in bonds:
        clockwise = bond.GetStereo() == _CW
        for end, other in _ends(bond):
            beside = _beside(end, other)
            # RDKit tells the turn between the neighbours of the lowest index.
            highest = max(beside, key=ranks.__getitem__)
            clockwise ^= highest != min(beside)
        pair = sorted((ranks[bond.GetBeginAtomIdx()], ranks[bond.GetEndAtomIdx()]))
        yield f"{pair[0]}-{pair[1]}{'+' if clockwise else '-'}"


def _drop_axes_that_turn(mol: Chem.Mol) -> None:
    """Forget axes between ends that look the same from both sides: a wedge there says nothing."""
    ranks = _ranks(mol)
    for bond in mol.GetBonds():
        if bond.GetStereo() in _AXES and any(
            len({ranks[index] for index in _beside(end, other)}) < len(_beside(end, other))
            for end, other in _ends(bond)
        ):
            bond.SetStereo(Chem.BondStereo.STEREONONE)


def _ranks(mol: Chem.Mol) -> list[int]:
    """Return the atoms' canonical ranks, equal ones tied, whatever turns around an axis."""
    plain = Chem.Mol(mol)
    for bond in plain.GetBonds():
        if bond.GetStereo() in _AXES:
            bond.SetStereo(Chem.BondStereo.STEREONONE)
    plain.ClearProp("_smilesAtomOutputOrder")
    return list(Chem.CanonicalRankAtoms(plain, breakTies=False))


def _ends(bond: Chem.Bond) -> tuple[tuple[Chem.Atom, Chem.Atom], tuple[Chem.Atom, Chem.Atom]]:
    begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
    return (begin, end), (end, begin)


def _beside(end: Chem.Atom, other: Chem.Atom) -> list[int]:
    return [atom.GetIdx() for atom in end.GetNeighbors() if atom.GetIdx() != other.GetIdx()]


def _without_isotopes(mol: Chem.Mol) -> Chem.Mol:
    plain = Chem.Mol(mol)
    for atom in plain.GetAtoms():
        atom.SetIsotope(0)
    return Chem.RemoveHs(plain)
