"""Ring systems and bonds that nobody has made before, by ChEMBL and the project's own compounds.

A ring system has precedent where ChEMBL holds it, or the project has measured it. A bond has
precedent where the environments at its two ends meet about as often as chance would have them:
their pointwise mutual information, as LACAN takes it (Dehaen, doi:10.26434/chemrxiv.15001196), is
the share of ChEMBL's bonds that join the two over the product of the shares of each. Far below 1
they avoid each other. What is in the tables, under which licence, is in ``data/precedent.md``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from molagent.chem.environments import bonded_pairs, uncharged
from molagent.chem.molecules import readable_mol
from molagent.chem.ring_systems import ring_systems, ring_systems_as_drawn
from molagent.records import Judgement, Verdict
from molagent.screen.judging import remembering

__all__ = ["LEAST_INFORMATION", "PrecedentFilter"]

#: The least pointwise mutual information (a ratio, 1 for chance) of a bond with precedent.
LEAST_INFORMATION: Final = 0.05
_MASK: Final = (1 << 64) - 1
# Two variants of the hash of Fowler, Noll and Vo: where it starts, and what it multiplies by.
_HASHES: Final = (
    (14_695_981_039_346_656_037, 1_099_511_628_211),
    (6_281_386_704_453_804_504, 245_453_790_232),
)
_NAMED: Final = 2


class PrecedentFilter:
    """Fails structures with a ring system or a bond that has no precedent.

    Parameters
    ----------
    own
        SMILES of the project's measured compounds: what was made here has precedent.
    least
        Least pointwise mutual information of a bond.

    Examples
    --------
    >>> spiro = "O=C1NCCC12CNCc1ccccc12"
    >>> PrecedentFilter().judge([spiro])[0].reason
    'ring system without precedent: O=C1NCCC12CNCc1ccccc12'
    >>> PrecedentFilter(own=[spiro]).judge([spiro])[0].verdict.value
    'pass'
    """

    def __init__(self, own: Sequence[str] = (), *, least: float = LEAST_INFORMATION) -> None:
        self.name = "precedent"
        self.least = least
        mols = [uncharged(mol) for mol in map(readable_mol, dict.fromkeys(own)) if mol is not None]
        self._rings = frozenset(ring for mol in mols for ring in ring_systems(mol))
        self._pairs = frozenset(pair for mol in mols for pair in bonded_pairs(mol))
        self._judged = remembering(self.name, self._judge)

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure; UNKNOWN where it cannot be read."""
        return [self._judged(smiles) for smiles in smiles_list]

    def _judge(self, mol: Chem.Mol) -> Judgement:
        neutral = uncharged(mol)
        rings, bonds = list(self._new_rings(neutral)), list(self._new_bonds(neutral))
        said = [f"ring system without precedent: {ring}" for ring in rings[:_NAMED]]
        said += [f"bond without precedent: {bond}" for bond in bonds[:_NAMED]]
        return Judgement(
            filter=self.name,
            verdict=Verdict.FAIL if said else Verdict.PASS,
            reason="; ".join(said),
            evidence=(*(f"ring: {ring}" for ring in rings), *(f"bond: {bond}" for bond in bonds)),
        )

    def _new_rings(self, mol: Chem.Mol) -> Iterator[str]:
        new = [r for r in ring_systems(mol) if not (r in self._rings or _published(r))]
        # ChEMBL's are held as they were drawn: some with their stereo alone.
        if new and all(map(_published, ring_systems_as_drawn(mol))):
            return
        yield from new

    def _new_bonds(self, mol: Chem.Mol) -> Iterator[str]:
        table = _pair_table()
        seen: set[tuple[int, int]] = set()
        for bond, pair in zip(mol.GetBonds(), bonded_pairs(mol), strict=True):
            if pair in self._pairs or pair in seen:
                continue
            if table.information(*pair) < self.least:
                seen.add(pair)
                yield _around(mol, bond)


@dataclass(frozen=True, slots=True, eq=False)
class _PairTable:
    """How often environments and their pairs were seen among ChEMBL's bonds."""

    places: dict[int, int]
    environment_counts: npt.NDArray[np.uint32]
    pairs: npt.NDArray[np.int64]
    pair_counts: npt.NDArray[np.uint32]
    bonds: int

    def information(self, one: int, two: int) -> float:
        """Return the pointwise mutual information, a ratio; 0 where the pair was never seen."""
        first, second = self.places.get(one), self.places.get(two)
        if first is None or second is None:
            return 0.0
        key = first * len(self.places) + second
        row = int(np.searchsorted(self.pairs, key))
        if row == len(self.pairs) or self.pairs[row] != key:
            return 0.0
        met = float(self.pair_counts[row])
        counts = self.environment_counts
        # Each bond has two ends: the share of an environment is over twice the bonds.
        expected = float(counts[first]) * float(counts[second]) / (4.0 * self.bonds)
        return met / expected


@cache
def _pair_table() -> _PairTable:
    table = _arrays()
    known = table["environments"].tolist()
    size = len(known)
    return _PairTable(
        places={identifier: place for place, identifier in enumerate(known)},
        environment_counts=table["environment_counts"],
        pairs=table["first"].astype(np.int64) * size + table["second"],
        pair_counts=table["pair_counts"],
        bonds=int(table["bonds"][0]),
    )


@cache
def _published(ring: str) -> bool:
    """Return whether ChEMBL holds a ring system: by a Bloom filter, one in 30,000 wrongly."""
    table = _arrays()
    hashes, size = (int(each) for each in table["ring_shape"])
    first, second = (_hash(ring, start, factor) for start, factor in _HASHES)
    places = [((first + turn * second) & _MASK) % size for turn in range(hashes)]
    bits = table["ring_bits"]
    return all(bits[place // 8] >> (place % 8) & 1 for place in places)


def _hash(text: str, start: int, factor: int) -> int:
    value = start
    for byte in text.encode():
        value = ((value ^ byte) * factor) & _MASK
    return value


def _around(mol: Chem.Mol, bond: Chem.Bond) -> str:
    """Return a bond with the neighbours of its ends as SMILES."""
    ends = bond.GetBeginAtom(), bond.GetEndAtom()
    near = {atom.GetIdx() for end in ends for atom in (end, *end.GetNeighbors())}
    return Chem.MolFragmentToSmiles(mol, sorted(near))


@cache
def _arrays() -> dict[str, npt.NDArray[Any]]:
    path = resources.files("molagent.screen") / "data" / "precedent.npz"
    with resources.as_file(path) as file, np.load(file, allow_pickle=False) as table:
        return {name: table[name] for name in table.files}
