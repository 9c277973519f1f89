"""Bounds of growth that become masks: which blocks, how large, how many rings of which size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.propose.motifs import ATOM_TYPES
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["GrowthLimits", "count_rings", "growth_limits", "plain_limits", "ring_sizes"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class GrowthLimits:
    """What bounds a growing molecule beside valences and exits.

    Parameters
    ----------
    usable
        ``K``: True where the block may be added.
    rings
        ``K``: rings in each block.
    min_heavy_atoms
        A smaller molecule does not stop while it can grow.
    max_rings
        Most rings of the product; None for any number.
    ring_sizes
        Fewest and most atoms of a ring; None for any.
    """

    usable: Bools
    rings: Ints
    min_heavy_atoms: int = 1
    max_rings: int | None = None
    ring_sizes: tuple[int, int] | None = None


def count_rings(atoms: int, bonds: int, parts: int = 1) -> int:
    """Return the number of independent rings: bonds beyond those that hold the parts together.

    Examples
    --------
    >>> count_rings(10, 11)  # naphthalene
    2
    """
    return bonds - atoms + parts if atoms else 0


def _block_rings(vocabulary: MotifVocabulary) -> Ints:
    return np.array([count_rings(b.size, len(b.bonds)) for b in vocabulary.blocks], dtype=np.int64)


def plain_limits(vocabulary: MotifVocabulary, *, charged: bool) -> GrowthLimits:
    """Return no limits but, unless `charged`, that blocks carry no net charge."""
    usable = np.ones_like(vocabulary.neutral) if charged else vocabulary.neutral
    return GrowthLimits(usable=usable, rings=_block_rings(vocabulary))


def growth_limits(
    vocabulary: MotifVocabulary,
    *,
    charged: bool,
    elements: Iterable[str] = (),
    min_heavy_atoms: int = 1,
    max_rings: int | None = None,
    ring_sizes: tuple[int, int] | None = None,
) -> GrowthLimits:
    """Return limits as masks over a vocabulary.

    Parameters
    ----------
    vocabulary
        The blocks.
    charged
        Whether blocks with a net charge may be added.
    elements
        Symbols allowed; none allows all.
    min_heavy_atoms, max_rings, ring_sizes
        See `GrowthLimits`.
    """
    usable = np.ones_like(vocabulary.neutral) if charged else vocabulary.neutral.copy()
    allowed = set(elements) or {kind.symbol for kind in ATOM_TYPES}
    for number, block in enumerate(vocabulary.blocks):
        usable[number] &= {ATOM_TYPES[t].symbol for t in block.atom_types} <= allowed
        if ring_sizes is not None and len(block.bonds) >= block.size > 1:
            mol = Chem.MolFromSmiles(block.smiles)  # must outlive its ring information
            found = mol.GetRingInfo().AtomRings()
            usable[number] &= all(ring_sizes[0] <= len(r) <= ring_sizes[1] for r in found)
    return GrowthLimits(
        usable=usable,
        rings=_block_rings(vocabulary),
        min_heavy_atoms=min_heavy_atoms,
        max_rings=max_rings,
        ring_sizes=ring_sizes,
    )


def ring_sizes(bonds: Sequence[tuple[int, int, int]], atom: int, atoms: int) -> Ints:
    """Return the size of the smallest ring that a bond from `atom` to every other would close.

    Parameters
    ----------
    bonds
        Begin, end, order.
    atom
        One end of the new bond.
    atoms
        Length of the answer; 0 where no ring would form.

    Examples
    --------
    >>> ring_sizes([(0, 1, 1), (1, 2, 1)], 0, 4).tolist()
    [1, 2, 3, 0]
    """
    neighbours: dict[int, list[int]] = {}
    for begin, end, _ in bonds:
        neighbours.setdefault(begin, []).append(end)
        neighbours.setdefault(end, []).append(begin)
    sizes = np.zeros(atoms, dtype=np.int64)
    sizes[atom] = 1
    waiting = deque([atom])
    while waiting:
        here = waiting.popleft()
        for other in neighbours.get(here, ()):
            if not sizes[other]:
                sizes[other] = sizes[here] + 1
                waiting.append(other)
    return sizes
