"""Drawing rings and ring systems to a plan, as examples of what a claim allows."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molagent.patents.markush.assemble import write_group

__all__ = ["RingPlan", "draw_ring"]

_SMALLEST: Final = 3
_AROMATIC_SIZES: Final = (5, 6)
_BRIDGE: Final = 1
_RING_DEGREE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPlan:
    """What is to be drawn.

    Attributes
    ----------
    size
        Ring atoms in all.
    n_rings
        How many rings.
    single
        Fewest and most atoms of each ring.
    hetero
        Element and how many of it.
    joint
        ``fused``, ``spiro`` or ``bridged``; with one ring it does not matter.
    attach
        Elements by which it may be attached; empty for any.
    carbons
        Fewest and most carbon atoms.
    """

    size: int
    n_rings: int
    single: tuple[int, int]
    hetero: tuple[tuple[str, int], ...]
    aromatic: bool
    joint: str
    attach: tuple[str, ...]
    carbons: tuple[int, int] = (0, 99)


def draw_ring(plan: RingPlan, rng: np.random.Generator) -> str | None:
    """Return a ring to a plan as SMILES with ``*``, None if the choices made do not go together.

    Examples
    --------
    >>> plan = RingPlan(size=6, n_rings=1, single=(3, 99), hetero=(("N", 1),), aromatic=True,
    ...                 joint="fused", attach=())
    >>> draw_ring(plan, np.random.default_rng(1))
    '*c1cccnc1'
    """
    bonds = _skeleton(plan, rng)
    if bonds is None:
        return None
    degrees = np.bincount(np.ravel(bonds), minlength=plan.size)
    symbols = ["C"] * plan.size
    # Atoms that two rings share stay carbon, or nitrogen would have no hydrogen to argue about.
    places = rng.permutation(np.flatnonzero(degrees == _RING_DEGREE)).tolist()
    for symbol, count in plan.hetero:
        for _ in range(count):
            if not places:
                return None
            symbols[places.pop()] = symbol
    if not plan.carbons[0] <= symbols.count("C") <= plan.carbons[1]:
        return None
    return _write(plan, bonds, symbols, rng)


def _skeleton(plan: RingPlan, rng: np.random.Generator) -> list[tuple[int, int]] | None:
    """Return the bonds of a ring system: rings are added to the one before."""
    sizes = _ring_sizes(plan, rng)
    if sizes is None:
        return None
    ring = list(range(sizes[0]))
    bonds = [(ring[i - 1], ring[i]) for i in range(len(ring))]
    following = len(ring)
    for size in sizes[1:]:
        if plan.joint == "spiro":
            first = last = ring[len(ring) // 2]
            n_new = size - 1
        elif plan.joint == "fused":
            start = len(ring) // 2
            first, last, n_new = ring[start], ring[start - 1], size - 2
        else:
            first, last, n_new = ring[0], ring[len(ring) // 2], _BRIDGE
        new = list(range(following, following + n_new))
        following += n_new
        path = [first, *new, last]
        bonds += pairwise(path)
        ring = new if plan.joint == "spiro" else [last, first, *new]
        if plan.joint == "bridged":
            break
    return bonds if following == plan.size else None


def _ring_sizes(plan: RingPlan, rng: np.random.Generator) -> list[int] | None:
    """Return sizes of the single rings that make up the system."""
    low, high = max(plan.single[0], _SMALLEST), plan.single[1]
    if plan.aromatic:
        low, high = max(low, _AROMATIC_SIZES[0]), min(high, _AROMATIC_SIZES[-1])
    if plan.n_rings == 1:
        return [plan.size] if low <= plan.size <= high else None
    if plan.joint == "bridged":
        ring = plan.size - _BRIDGE
        return [ring, 0] if plan.n_rings == _RING_DEGREE and ring >= low + 1 else None
    shared = {"spiro": 1, "fused": 2}[plan.joint]
    total = plan.size + shared * (plan.n_rings - 1)
    sizes = [low] * plan.n_rings
    while sum(sizes) < total:
        open_ = [place for place, size in enumerate(sizes) if size < high]
        if not open_:
            return None
        sizes[int(rng.choice(open_))] += 1
    return sizes if sum(sizes) == total else None


def _write(
    plan: RingPlan, bonds: list[tuple[int, int]], symbols: list[str], rng: np.random.Generator
) -> str | None:
    mol = Chem.RWMol()
    for symbol in symbols:
        atom = Chem.Atom(symbol)
        atom.SetIsAromatic(plan.aromatic)
        mol.AddAtom(atom)
    kind = Chem.BondType.AROMATIC if plan.aromatic else Chem.BondType.SINGLE
    for one, other in bonds:
        mol.AddBond(one, other, kind)
    roots = [i for i, s in enumerate(symbols) if not plan.attach or s in plan.attach]
    roots = [i for i in roots if mol.GetAtomWithIdx(i).GetDegree() == _RING_DEGREE]
    roots = [i for i in roots if symbols[i] in ("C", "N")]
    if not roots:
        return None
    root = int(rng.choice(roots))
    mol.AddBond(root, mol.AddAtom(Chem.Atom(0)), Chem.BondType.SINGLE)
    bearers = [-1]
    if plan.aromatic:
        # Which nitrogen of a five-membered ring carries the hydrogen is a choice.
        bearers += [i for i, s in enumerate(symbols) if s == "N" and i != root]
    drawn = (_sanitize(mol, bearer, aromatic=plan.aromatic) for bearer in bearers)
    return next((smiles for smiles in drawn if smiles), None)


def _sanitize(mol: Chem.RWMol, bearer: int, *, aromatic: bool) -> str | None:
    """Return the ring as SMILES, None if it is not what it was drawn as."""
    drawn = Chem.RWMol(mol)
    if bearer >= 0:
        drawn.GetAtomWithIdx(bearer).SetNumExplicitHs(1)
    with rdBase.BlockLogs():
        if Chem.SanitizeMol(drawn, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
            return None
        if any(a.GetIsAromatic() != aromatic for a in drawn.GetAtoms() if a.GetAtomicNum()):
            return None
        smiles = write_group(drawn)
        return smiles if Chem.MolFromSmiles(smiles) is not None else None
