"""Small changes of a structure a chemist would think of: groups exchanged, single atoms changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from rdkit import Chem, rdBase

from molagent.patents.markush.groups import Group, group_smiles
from molagent.patents.markush.sentences import named_groups

__all__ = ["Change", "change_atoms", "exchange_group"]

# What medicinal chemistry puts there most often; "H" takes the group off.
_COMMON: Final = (
    *("H", "*F", "*Cl", "*Br", "*C", "*CC", "*C(C)C", "*CCC", "*CC(C)C", "*C(C)(C)C", "*CCCC"),
    *("*CCCCC", "*CC(C)(C)C", "*CCCCCC", "*CCCCCCC", "*C1CC1", "*C1CCC1", "*C1CCCC1", "*C1CCCCC1"),
    *("*C(F)F", "*C(F)(F)F", "*CC(F)(F)F", "*O", "*OC", "*OCC", "*OC(C)C", "*OCCC", "*OC1CC1"),
    *("*OCCCCC", "*OC(F)F", "*OC(F)(F)F", "*OCC(F)(F)F", "*OCCOC", "*SC", "*S(C)(=O)=O"),
    *("*S(N)(=O)=O", "*C#N", "*C(N)=O", "*C(=O)NC", "*C(=O)O", "*C(C)=O", "*N", "*NC", "*N(C)C"),
    *(
        "*NC(C)=O",
        "*NS(C)(=O)=O",
        "*CO",
        "*COC",
        "*CN",
        "*CCO",
        "*C1COC1",
        "*C1CCOCC1",
        "*N1CCOCC1",
    ),
    *("*N1CCCC1", "*C#C", "*C=C", "*c1ccccc1", "*c1cccnc1", "*Cc1ccccc1"),
)
# A change may not bring in a group that a chemist would not make: counted before and after.
_UNWANTED: Final = (
    "[N,O,S]-[N,O;!$(N(=O)=O);!$(N-S(=O)=O)]",
    "[OX2][CX4H2][F,Cl,Br]",
    "[OX2][CX4H1]([F,Cl,Br])[#6]",
    "[NX3;!$(N-C=O);!$(N-S(=O)=O)][CX4][F,Cl,Br]",
    "[OX2H1,NX3H1,NX3H2;!R;!$(N-C=O)][CX4][OX2,NX3;!$(N-C=O)]",
    "[CX3]=[CX3][OH,NH2]",
    "[#7,#8]-[#6H0,#6H1,#6H2;!R]=[#6;!R]",
    "[#7,#8,#16]-[F,Cl,Br]",
    "[NX3]C#N",
    "[NX3,OX2]C(=O)[OH]",
    "n:n:n",
    "[#7][CX4][#7;!$(N-C=O)]",
)
_BECOMES: Final = MappingProxyType({6: (7, 8), 7: (6, 8), 8: (7, 6, 16), 16: (8, 6)})
# Small, but seldom what somebody wants instead: phenols and anilines are metabolised.
_LIABLE: Final = frozenset({"*O", "*N"})
_LIABILITY: Final = 2
_SYMBOLS: Final = MappingProxyType({6: "C", 7: "N", 8: "O", 9: "F", 16: "S"})
_VALENCE: Final = MappingProxyType({6: 4, 7: 3, 8: 2, 16: 2})
_CARBON: Final = 6


@dataclass(frozen=True, slots=True)
class Change:
    """A structure and what was changed to get it.

    Attributes
    ----------
    words
        What was changed.
    cost
        Heavy atoms that came, went or became another element.
    """

    smiles: str
    words: str
    cost: int


def exchange_group(mol: Chem.Mol, group: Group) -> list[Change]:
    """Return the structures with a group exchanged for a common one, or taken off."""
    if group.bond != 1.0:
        return []
    now, found = group_smiles(group), []
    labelled = all(group.atom(index).GetAtomicNum() == 1 for index in group.atoms)
    for new in ("H",) if labelled else _COMMON:
        if new == now:
            continue
        smiles = _exchanged(mol, group, new)
        if smiles and not _is_unwanted(mol, smiles):
            found.append(
                Change(smiles, f"{named_groups(now)} → {named_groups(new)}", _cost(now, new))
            )
    return found


def change_atoms(mol: Chem.Mol, atoms: Sequence[int], *, whole: str = "") -> list[Change]:
    """Return the structures with one of some atoms changed: another element, or F or CH3 on it.

    Parameters
    ----------
    whole
        The group that the atoms are, for the words.
    """
    found = []
    for index in atoms:
        for editable, words in _variants(mol, index):
            smiles = _finished(editable)
            if smiles and not _is_unwanted(mol, smiles):
                where = f" in {named_groups(whole)}" if whole else f" ({_place(mol, index)})"
                found.append(Change(smiles, words + where, 1))
    return found


def _variants(mol: Chem.Mol, index: int) -> Iterator[tuple[Chem.RWMol, str]]:
    atom = mol.GetAtomWithIdx(index)
    if atom.GetFormalCharge() or atom.GetAtomicNum() not in _BECOMES:
        return
    hydrogens = atom.GetTotalNumHs()
    symbol = atom.GetSymbol()
    if hydrogens and (atom.GetAtomicNum() == _CARBON):
        yield _with_atom(mol, index, 9), f"F on {_written(symbol, hydrogens)}"
    if hydrogens:
        yield _with_atom(mol, index, _CARBON), f"CH3 on {_written(symbol, hydrogens)}"
    for number in _BECOMES[atom.GetAtomicNum()]:
        if atom.GetIsAromatic() and (hydrogens == 0 or (atom.GetAtomicNum(), number) != (6, 7)):
            continue
        if _VALENCE[number] >= atom.GetTotalValence() - hydrogens:
            editable = Chem.RWMol(mol)
            changed = editable.GetAtomWithIdx(index)
            changed.SetAtomicNum(number)
            changed.SetNumExplicitHs(0)
            changed.SetNoImplicit(atom.GetIsAromatic())
            changed.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
            yield editable, f"{_written(symbol, hydrogens)} becomes {_SYMBOLS[number]}"


def _written(symbol: str, hydrogens: int) -> str:
    return symbol + ("" if not hydrogens else "H" if hydrogens == 1 else f"H{hydrogens}")


def _place(mol: Chem.Mol, index: int) -> str:
    """Say where an atom of the core is by its ring."""
    rings = [len(ring) for ring in mol.GetRingInfo().AtomRings() if index in ring]
    if not rings:
        return "chain of the core"
    kind = "aromatic " if mol.GetAtomWithIdx(index).GetIsAromatic() else ""
    return f"{kind}{min(rings)}-ring of the core"


def _with_atom(mol: Chem.Mol, index: int, number: int) -> Chem.RWMol:
    editable = Chem.RWMol(mol)
    atom = editable.GetAtomWithIdx(index)
    if atom.GetNumExplicitHs():
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
    atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    editable.AddBond(index, editable.AddAtom(Chem.Atom(number)), Chem.BondType.SINGLE)
    return editable


def _exchanged(mol: Chem.Mol, group: Group, new: str) -> str:
    editable = Chem.RWMol(mol)
    offset = editable.GetNumAtoms()
    gone = set(group.atoms)
    if new == "H":
        editable.AddBond(group.anchor, editable.AddAtom(Chem.Atom(1)), Chem.BondType.SINGLE)
    else:
        part = Chem.MolFromSmiles(new)
        dummy = next(atom for atom in part.GetAtoms() if atom.GetAtomicNum() == 0)
        editable.InsertMol(part)
        root = offset + dummy.GetNeighbors()[0].GetIdx()
        editable.AddBond(group.anchor, root, Chem.BondType.SINGLE)
        gone.add(offset + dummy.GetIdx())
    # The order of neighbours is another one: a mark of chirality would say something else.
    editable.GetAtomWithIdx(group.anchor).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for index in sorted(gone, reverse=True):
        editable.RemoveAtom(index)
    return _finished(editable)


def _finished(editable: Chem.RWMol) -> str:
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(editable)
            return str(Chem.MolToSmiles(Chem.RemoveHs(editable)))
        except (Chem.MolSanitizeException, ValueError):
            return ""


@cache
def _patterns() -> tuple[Chem.Mol, ...]:
    return tuple(Chem.MolFromSmarts(text) for text in _UNWANTED)


def _is_unwanted(before: Chem.Mol, smiles: str) -> bool:
    after = Chem.MolFromSmiles(smiles)
    return any(
        len(after.GetSubstructMatches(pattern)) > len(before.GetSubstructMatches(pattern))
        for pattern in _patterns()
    )


@cache
def _cost(old: str, new: str) -> int:
    """Return how many atoms go and come between two groups that keep what they share at the root.

    Examples
    --------
    >>> _cost("*OC", "*OC(F)F"), _cost("*OC", "*Cl")
    (2, 3)
    """
    if new == "H":
        return int(Chem.MolFromSmiles(old).GetNumHeavyAtoms())
    before, after = Chem.MolFromSmiles(old), Chem.MolFromSmiles(new)
    shared = _shared(_dummy(before), None, _dummy(after), None) - 1
    size = int(before.GetNumHeavyAtoms() + after.GetNumHeavyAtoms() - 2 * shared)
    return size + (_LIABILITY if new in _LIABLE else 0)


def _dummy(mol: Chem.Mol) -> Chem.Atom:
    return next(atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0)


def _shared(
    first: Chem.Atom,
    from_first: int | None,
    second: Chem.Atom,
    from_second: int | None,
    depth: int = 8,
) -> int:
    """Return how many atoms two groups have in common, walking out from where they hang."""
    if first.GetAtomicNum() != second.GetAtomicNum() or depth == 0:
        return 0
    if first.GetIsAromatic() != second.GetIsAromatic():
        return 0
    left = [a for a in first.GetNeighbors() if a.GetIdx() != from_first]
    right = [a for a in second.GetNeighbors() if a.GetIdx() != from_second]
    total = 1
    for atom in left:
        scored = [
            (_shared(atom, first.GetIdx(), other, second.GetIdx(), depth - 1), -place)
            for place, other in enumerate(right)
        ]
        best, place = max(scored, default=(0, 0))
        if best:
            total += best
            right.pop(-place)
    return total
