"""Whether a finished molecule holds a core as it was given; knows nothing of how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from rdkit import Chem

__all__ = ["keeps_core"]

_CIS = {Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS}
_TRANS = {Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS}
_MOST_MATCHES = 10_000


@dataclass(frozen=True)
class _Core:
    """A core with explicit hydrogens, which follow its other atoms."""

    mol: Chem.Mol
    query: Chem.Mol
    exits: dict[int, int]

    @classmethod
    def read(cls, smiles: str) -> _Core:
        part = Chem.MolFromSmiles(smiles)
        query = Chem.RWMol(part)
        for atom in part.GetAtoms():
            if atom.GetAtomicNum() == 0:
                query.ReplaceAtom(atom.GetIdx(), Chem.AtomFromSmarts("*"))
        exits = {
            atom.GetIdx(): sum(n.GetAtomicNum() == 0 for n in atom.GetNeighbors())
            for atom in part.GetAtoms()
            if atom.GetAtomicNum()
        }
        return cls(Chem.AddHs(part), query.GetMol(), exits)


def keeps_core(mol: Chem.Mol, core: str, *, link: bool = False, stereo: bool = False) -> bool:
    """Return whether a molecule holds a core, or two linked ones, and uses every exit once.

    Every atom of the core must have its hydrogens and no bond that it had not, but for one new
    neighbour an exit; without exits in the core, new neighbours may stand in for hydrogens.

    Parameters
    ----------
    mol
        The molecule.
    core
        SMILES with exits.
    link
        Whether `core` is two fragments, which must be apart and joined through new atoms.
    stereo
        Whether stereo marks of the core have to be there, too.

    Examples
    --------
    >>> anisole, cresol = (Chem.MolFromSmiles(s) for s in ("COc1ccccc1", "Cc1ccccc1O"))
    >>> keeps_core(anisole, "[*]Oc1ccccc1"), keeps_core(cresol, "[*]Oc1ccccc1")
    (True, False)
    """
    # Hydrogens follow the heavy atoms, whose numbers stay; patterns are to match heavy atoms only.
    whole = Chem.AddHs(mol)
    cores = [_Core.read(part) for part in core.split(".")]
    places = [_places(mol, whole, part, stereo=stereo) for part in cores]
    if not link:
        return bool(places[0])
    return any(_are_apart(whole, one, two) for one, two in product(*places))


def _are_apart(mol: Chem.Mol, one: frozenset[int], two: frozenset[int]) -> bool:
    if one & two:
        return False
    ends = [{bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} for bond in mol.GetBonds()]
    return not any(pair & one and pair & two for pair in ends)


def _places(mol: Chem.Mol, whole: Chem.Mol, core: _Core, *, stereo: bool) -> list[frozenset[int]]:
    """Return where a core lies, by its heavy atoms."""
    found = []
    for match in mol.GetSubstructMatches(core.query, uniquify=False, maxMatches=_MOST_MATCHES):
        places = frozenset(match[i] for i in core.exits)
        if places in found:
            continue
        fits = all(_fits(whole, core, index, match, places) for index in core.exits)
        if fits and (not stereo or _same_stereo(whole, core.mol, match)):
            found.append(places)
    return found


def _fits(
    mol: Chem.Mol, core: _Core, index: int, match: Sequence[int], places: frozenset[int]
) -> bool:
    """Return whether an atom has the neighbours it had, and the new ones it may have."""
    atom, before = mol.GetAtomWithIdx(match[index]), core.mol.GetAtomWithIdx(index)
    around = list(atom.GetNeighbors())
    inner = sum(n.GetIdx() in places for n in around)
    fresh = sum(n.GetIdx() not in places and n.GetAtomicNum() > 1 for n in around)
    hydrogens = sum(n.GetAtomicNum() == 1 for n in around)
    free = 0 if any(core.exits.values()) else fresh
    return (
        inner == before.GetDegree() - core.exits[index] - _hydrogens(before)
        and hydrogens + free == _hydrogens(before)
        and fresh - free == core.exits[index]
    )


def _hydrogens(atom: Chem.Atom) -> int:
    return sum(n.GetAtomicNum() == 1 for n in atom.GetNeighbors())


def _same_stereo(mol: Chem.Mol, core: Chem.Mol, match: Sequence[int]) -> bool:
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    tetrahedral = {Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW}
    centres = [atom for atom in core.GetAtoms() if atom.GetChiralTag() in tetrahedral]
    bonds = [bond for bond in core.GetBonds() if bond.GetStereo() in _CIS | _TRANS]
    return all(_same_centre(mol, atom, match, ranks) for atom in centres) and all(
        _same_sides(mol, bond, match, ranks) for bond in bonds
    )


def _around(atom: Chem.Atom) -> list[int]:
    return [bond.GetOtherAtomIdx(atom.GetIdx()) for bond in atom.GetBonds()]


def _same_centre(mol: Chem.Mol, before: Chem.Atom, match: Sequence[int], ranks: list[int]) -> bool:
    """Compare a centre's turn, its hydrogen standing where the one unmatched neighbour is."""
    atom = mol.GetAtomWithIdx(match[before.GetIdx()])
    now = _around(atom)
    if atom.GetChiralTag() == Chem.ChiralType.CHI_UNSPECIFIED:
        return len({ranks[n] for n in now}) < len(now)  # a new group made it symmetric
    wanted = [match[n] if n < len(match) else -1 for n in _around(before)]
    left = [n for n in now if n not in wanted]
    wanted = [n if n >= 0 else left.pop() for n in wanted]
    places = [now.index(n) for n in wanted]
    odd = sum(a > b for i, a in enumerate(places) for b in places[i + 1 :]) % 2 == 1
    return bool((atom.GetChiralTag() == before.GetChiralTag()) != odd)


def _same_sides(mol: Chem.Mol, before: Chem.Bond, match: Sequence[int], ranks: list[int]) -> bool:
    """Compare a double bond's sides by the neighbours that define them."""
    ends = [match[before.GetBeginAtomIdx()], match[before.GetEndAtomIdx()]]
    bond = mol.GetBondBetweenAtoms(*ends)
    if bond.GetStereo() not in _CIS | _TRANS:
        around = [[n for n in _around(mol.GetAtomWithIdx(e)) if n not in ends] for e in ends]
        return any(len({ranks[n] for n in side}) < len(side) for side in around)
    holders = {match[n] for n in before.GetStereoAtoms()}
    moved = sum(n not in holders for n in bond.GetStereoAtoms())
    cis = (bond.GetStereo() in _CIS) != (moved % 2 == 1)
    return bool(cis == (before.GetStereo() in _CIS))
