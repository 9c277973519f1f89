"""Partial molecules: a batch of graphs that grow in step, and the products they become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.distances import TokenDistances
from molagent.propose.limits import GrowthLimits, count_rings, plain_limits
from molagent.propose.links import Linking
from molagent.propose.motifs import ATOM_TYPES
from molagent.propose.seeds import SeedGraph
from molagent.propose.trace import CLOSE, JOIN
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["Actions", "GrowingMolecules"]

Ints = NDArray[np.int64]

_BOND_TYPES = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}
_NUMBERS = tuple(kind.atomic_number for kind in ATOM_TYPES)


@dataclass(frozen=True, slots=True)
class Actions:
    """One action for each of ``B`` rows.

    Parameters
    ----------
    focus
        Existing atom that receives the bond; ignored for the first block without a core.
    block
        What is added; the number of blocks plus `CLOSE` or `JOIN` means ring closure or join.
    attach
        Atom of the block that makes the bond.
    order
        Bond order, 1 to 3.
    """

    focus: Ints
    block: Ints
    attach: Ints
    order: Ints


class GrowingMolecules:
    """``B`` molecules that grow in step, each from the same core.

    Parameters
    ----------
    seed
        The core, two cores to be linked, or `EMPTY_SEED`.
    vocabulary
        Blocks that can be added.
    rows
        Number of molecules ``B``.
    max_heavy_atoms
        Largest molecule ``A``.
    charged
        Whether blocks with a net charge may be added; `limits` go before it.
    limits
        What else bounds growth.

    Attributes
    ----------
    available
        ``B x A`` open valence that the constraints leave.
    unmet
        ``B x A`` exit vectors that still must be used.
    node
        ``B x A`` step in which the atom was added, plus one; 0 for the core.
    slot
        ``B x A`` vocabulary slot of added atoms.
    branch
        ``B x A`` step at which the atom's branch left the core; rings close within a branch.
    distances
        Between tokens and from tokens to the core.
    """

    def __init__(
        self,
        seed: SeedGraph,
        vocabulary: MotifVocabulary,
        rows: int,
        max_heavy_atoms: int,
        *,
        charged: bool = True,
        limits: GrowthLimits | None = None,
    ) -> None:
        if max_heavy_atoms < max(seed.size, 1):
            raise InputError(f"max_heavy_atoms {max_heavy_atoms} is below the core's {seed.size}")
        self.seed, self.vocabulary = seed, vocabulary
        self.limit = max_heavy_atoms
        self.limits = limits or plain_limits(vocabulary, charged=charged)
        self.rings = np.full(rows, count_rings(seed.size, len(seed.bonds), 2 if seed.link else 1))
        self.linking = None if seed.link is None else Linking(seed.link, rows, max_heavy_atoms)
        self.fresh = np.add.reduceat(vocabulary.slot_open, vocabulary.offsets)
        self.steps = 0
        size = seed.size
        self.available = np.zeros((rows, self.limit), dtype=np.int64)
        self.available[:, :size] = seed.atoms[:, 1]
        self.unmet = np.zeros_like(self.available)
        self.unmet[:, :size] = seed.required
        self.used = np.zeros_like(self.available)
        self.node = np.zeros_like(self.available)
        self.slot = np.zeros_like(self.available)
        self.branch = np.zeros_like(self.available)
        self.kind = np.zeros_like(self.available)
        self.kind[:, :size] = seed.atoms[:, 0]
        self.heavy = np.full(rows, size, dtype=np.int64)
        self.last = np.full(rows, -1, dtype=np.int64)
        self.bonded = np.zeros((rows, self.limit), dtype=np.bool_)
        self.bonds: list[list[tuple[int, int, int]]] = [list(seed.kekule) for _ in range(rows)]
        self.distances = TokenDistances(seed.distance, rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.heavy)

    @property
    def at_root(self) -> bool:
        """True while nothing exists that a block could be bonded to."""
        return self.seed.size == 0 and self.steps == 0

    def apply(self, actions: Actions) -> None:
        """Carry out one action in every row; the caller has kept to the masks."""
        root, blocks = self.at_root, len(self.vocabulary.sizes)
        self._measure(actions)
        self.steps += 1
        rows = zip(
            actions.focus.tolist(),
            actions.block.tolist(),
            actions.attach.tolist(),
            actions.order.tolist(),
            strict=True,
        )
        for row, (focus, block, attach, order) in enumerate(rows):
            if block == blocks + JOIN:
                self._join(row, focus)
            elif block == blocks + CLOSE:
                last = int(self.last[row])
                self._bond(row, focus, last, order)
                self.bonded[row, focus] = True
                self.rings[row] += 1
            else:
                first = root or focus < self.seed.size
                branch = self.steps if first else int(self.branch[row, focus])
                base = int(self.heavy[row])
                self._place(row, block, branch)
                if self.linking is not None:
                    self.linking.extend(row, focus, base, int(self.heavy[row]))
                if not root:
                    self._bond(row, focus, base + attach, order)
                    self.bonded[row, focus] = True

    def _place(self, row: int, block: int, branch: int) -> None:
        motif = self.vocabulary.blocks[block]
        base = int(self.heavy[row])
        end = base + motif.size
        offset = int(self.vocabulary.offsets[block])
        self.available[row, base:end] = motif.open_valence
        self.kind[row, base:end] = motif.atom_types
        self.slot[row, base:end] = range(offset, offset + motif.size)
        self.node[row, base:end] = self.steps
        self.branch[row, base:end] = branch
        self.bonds[row] += [(base + b, base + e, order) for b, e, order in motif.bonds]
        self.heavy[row] = end
        self.rings[row] += self.limits.rings[block]
        self.last[row] = base if motif.size == 1 else -1
        self.bonded[row] = False

    def _join(self, row: int, focus: int) -> None:
        """Bond an atom of the linker to the second core; its exit is no open valence."""
        assert self.linking is not None  # noqa: S101 - for the type checker
        end = self.linking.link.end
        self.bonds[row].append((focus, end, 1))
        self.available[row, focus] -= 1
        self.used[row, [focus, end]] += 1
        self.linking.joined[row] = True
        self.last[row] = -1

    def _bond(self, row: int, focus: int, other: int, order: int) -> None:
        self.bonds[row].append((focus, other, order))
        for atom in (focus, other):
            self.available[row, atom] -= order
            self.used[row, atom] += 1
        if self.unmet[row, focus] > 0:
            self.unmet[row, focus] -= 1

    def focus_distances(self, focus: Ints) -> tuple[Ints, Ints]:
        """Return distances from the focus to tokens, ``B x T``, and to the core, ``B x S``."""
        node = self.node[np.arange(len(self)), focus]
        return self.distances.look(node, None if self.at_root else focus)

    def _measure(self, actions: Actions) -> None:
        """Append the new token's distance rows."""
        if self.at_root:
            self.distances.append(*self.focus_distances(actions.focus), further=0)
            return
        blocks = len(self.vocabulary.sizes)
        source = np.where(actions.block == blocks + CLOSE, self.last, actions.focus)
        tokens, seed = self.focus_distances(source)
        if self.linking is not None:  # a join stands beside the second core, too
            joining = actions.block == blocks + JOIN
            far = self.seed.distance[self.linking.link.end].astype(np.int64)
            seed = np.where(joining[:, None], np.minimum(seed, far), seed)
        self.distances.append(tokens, seed, further=1)

    def keep(self, rows: Ints) -> None:
        """Drop all rows but `rows`."""
        for name in (
            "available",
            "unmet",
            "used",
            "node",
            "slot",
            "branch",
            "kind",
            "heavy",
            "last",
            "rings",
            "bonded",
        ):
            setattr(self, name, getattr(self, name)[rows])
        self.distances.keep(rows)
        if self.linking is not None:
            self.linking.keep(rows)
        self.bonds = [self.bonds[i] for i in rows.tolist()]

    def to_mol(self, row: int) -> Chem.Mol:
        """Return one molecule, sanitised.

        Raises
        ------
        rdkit.Chem.MolSanitizeException
            If RDKit refuses the graph; the masks are there to make this impossible.
        """
        mol = Chem.RWMol()
        for kind in self.kind[row, : self.heavy[row]].tolist():
            atom = Chem.Atom(_NUMBERS[kind])
            atom.SetFormalCharge(ATOM_TYPES[kind].charge)
            mol.AddAtom(atom)
        for begin, end, order in self.bonds[row]:
            mol.AddBond(begin, end, _BOND_TYPES[order])
        if self.seed.stereo is not None:
            return self.seed.stereo.mark(mol, self.seed.size)
        Chem.SanitizeMol(mol)
        return mol
