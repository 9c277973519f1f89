"""Draw the part of a known molecule that a trace starts from: a core, or two to be linked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from molagent.propose.packed import PackedMolecules

__all__ = ["SeedDraw", "UnpackedMol", "draw_core", "murcko_atoms"]

HALF = 0.5
MURCKO_SHARE, LINK_SHARE = 0.3, 0.3
LARGEST_LINKER = 3


@dataclass(frozen=True, slots=True)
class SeedDraw:
    """Atoms a trace starts from.

    Parameters
    ----------
    atoms
        In the order the policy will see; empty for a trace from nothing.
    link
        For two cores: the atom of the first that bears the linker, the atom of the second, and
        the linker's atom next to the second.
    """

    atoms: list[int] = field(default_factory=list)
    link: tuple[int, int, int] | None = None


@dataclass
class UnpackedMol:
    """One unpacked molecule: atoms, pieces, bonds with their Kekule order plus 4 if aromatic."""

    types: list[int]
    piece: list[int]
    slot: list[int]
    hydrogens: list[int]
    ring: list[int]
    pieces: list[int]
    bonds: list[list[int]]
    neighbours: list[list[tuple[int, int]]] = field(default_factory=list)
    members: list[list[int]] = field(default_factory=list)

    @classmethod
    def unpack(cls, packed: PackedMolecules, index: int) -> UnpackedMol:
        """Return one molecule of many."""
        (a0, b0, p0), (a1, b1, p1) = packed.offsets[index : index + 2].tolist()
        types, piece, slot, hydrogens, ring = packed.atoms[a0:a1].T.tolist()
        pieces, bonds = packed.pieces[p0:p1].tolist(), packed.bonds[b0:b1].tolist()
        plan = cls(types, piece, slot, hydrogens, ring, pieces, bonds)
        plan.neighbours = [[] for _ in plan.types]
        for begin, end, code in plan.bonds:
            plan.neighbours[begin].append((end, code & 3))
            plan.neighbours[end].append((begin, code & 3))
        plan.members = [[] for _ in plan.pieces]
        for atom, piece in enumerate(plan.piece):
            plan.members[piece].append(atom)
        return plan


def murcko_atoms(plan: UnpackedMol) -> set[int]:
    """Return ring and linker atoms (Bemis and Murcko 1996, doi:10.1021/jm9602928)."""
    degree = [len(n) for n in plan.neighbours]
    leaves = [a for a, d in enumerate(degree) if d == 1]
    gone: set[int] = set()
    while leaves:
        atom = leaves.pop()
        gone.add(atom)
        for other, _ in plan.neighbours[atom]:
            degree[other] -= 1
            if degree[other] == 1 and other not in gone:
                leaves.append(other)
    return {a for a in range(len(degree)) if a not in gone}


def _grown_pieces(plan: UnpackedMol, rng: np.random.Generator) -> set[int]:
    """Return the atoms of a random connected set of pieces; often all but one to three."""
    total = len(plan.pieces)
    keep = total - int(rng.integers(1, 4)) if rng.random() < HALF else int(rng.integers(1, total))
    keep = max(1, min(keep, total - 1))
    rings = [p for p in range(total) if any(plan.ring[a] for a in plan.members[p])]
    start = int(rng.choice(rings)) if rings else int(rng.integers(total))
    chosen = {start}
    atoms = set(plan.members[start])
    while len(chosen) < keep:
        border = [o for a in atoms for o, _ in plan.neighbours[a] if o not in atoms]
        piece = plan.piece[border[int(rng.integers(len(border)))]]
        chosen.add(piece)
        atoms.update(plan.members[piece])
    if rng.random() < HALF:
        terminal = [a for a in atoms if len(plan.neighbours[a]) == 1]
        atoms.difference_update(a for a in terminal if rng.random() < HALF)
    return atoms


def draw_core(plan: UnpackedMol, rng: np.random.Generator) -> SeedDraw:
    """Draw a seed whose bonds to the rest are single and acyclic; empty if none was found."""
    if len(plan.pieces) == 1:
        return SeedDraw()
    share = rng.random()
    if share < LINK_SHARE:
        linked = _linked_cores(plan, rng)
        if linked.atoms:
            return linked
    murcko = share >= 1.0 - MURCKO_SHARE
    atoms = murcko_atoms(plan) if murcko else _grown_pieces(plan, rng)
    waiting = list(atoms)
    while waiting:
        for other, order in plan.neighbours[waiting.pop()]:
            if order > 1 and other not in atoms:
                atoms.add(other)
                waiting.append(other)
    if not atoms or len(atoms) == len(plan.types):
        return SeedDraw()
    chosen = list(atoms)
    rng.shuffle(chosen)
    return SeedDraw(chosen)


def _linked_cores(plan: UnpackedMol, rng: np.random.Generator) -> SeedDraw:
    """Take one to three joined pieces as a linker, and two of the parts they hold together.

    Bonds between pieces are single and acyclic, so every part has one bond to the linker.
    """
    joints: list[list[tuple[int, int, int]]] = [[] for _ in plan.pieces]
    for begin, end, _ in plan.bonds:
        first, second = plan.piece[begin], plan.piece[end]
        if first != second:
            joints[first].append((begin, end, second))
            joints[second].append((end, begin, first))
    inner = [piece for piece, around in enumerate(joints) if len(around) > 1]
    if not inner:
        return SeedDraw()
    linker = {inner[int(rng.integers(len(inner)))]}
    for _ in range(int(rng.integers(LARGEST_LINKER))):
        border = [p for piece in linker for _, _, p in joints[piece] if p not in linker]
        # A terminal piece would be a substituent of the linker, and cost it an end.
        border = [p for p in border if len(joints[p]) > 1]
        if border:
            linker.add(border[int(rng.integers(len(border)))])
    ends = [(u, v, p) for piece in sorted(linker) for u, v, p in joints[piece] if p not in linker]
    one, two = rng.choice(len(ends), size=2, replace=False).tolist()
    atoms: list[int] = []
    for _, _, piece in (ends[one], ends[two]):
        part = _part(plan, joints, piece, linker, rng)
        rng.shuffle(part)
        atoms += part
    return SeedDraw(atoms, (ends[one][1], ends[two][1], ends[two][0]))


def _part(
    plan: UnpackedMol,
    joints: list[list[tuple[int, int, int]]],
    piece: int,
    linker: set[int],
    rng: np.random.Generator,
) -> list[int]:
    """Return the atoms of a part that the linker holds, half of the time without its far end."""
    chosen, whole = [piece], rng.random() < HALF
    for near in chosen:
        for _, _, far in joints[near]:
            if far not in linker and far not in chosen and (whole or rng.random() < HALF):
                chosen.append(far)
    return [atom for near in chosen for atom in plan.members[near]]
