"""What the structures of a batch have in common, computed once for all of them.

A directed message-passing network (Yang et al. 2019, doi:10.1021/acs.jcim.9b00237) gives every
directed bond a state that depends on nothing but the atoms and bonds within `depth` steps. In a
chemical series, most of these environments occur many times: in 300 JAK inhibitors, 21,362
directed bonds have 1,300 different states after one step and 3,865 after two. Here each different
environment becomes one row, and each row goes through the network once.

The numbers stay the same to the last bit, because a row of a matrix product does not depend on
the other rows (with four rows or more), and because two environments count as equal only where
their neighbours come in the same order, so that every sum is formed in the order of the network.
:class:`molagent.screen.admet.AdmetSuite` checks that on the machine at hand before it relies on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from molagent.screen.admet_kinds import GraphTable, first_rows, pair_codes
from molagent.screen.admet_networks import NORM, STEPS, Network

if TYPE_CHECKING:
    from rdkit import Chem
    from torch import Tensor

__all__ = ["SharedGraphs"]

# Products with fewer rows are rounded otherwise by some BLAS; fewer are filled up with zeros.
_MIN_ROWS: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One step of message passing on the different directed bonds.

    Attributes
    ----------
    incoming, starts
        The states that arrive at each different atom, one run an atom, as indices of the step
        before, and where each run starts.
    atom, reverse, first
        ``D``; for each different directed bond: the atom it leaves, the state of its own reverse
        and its state before the first step.
    """

    incoming: "Tensor"
    starts: "Tensor"
    atom: "Tensor"
    reverse: "Tensor"
    first: "Tensor"


@dataclass(frozen=True, slots=True, eq=False)
class SharedGraphs:
    """The different environments of ``B`` structures, ready for any number of networks.

    Attributes
    ----------
    bonds
        ``D0 x (d_v + d_e)``; features of the different directed bonds.
    steps
        One a step of message passing.
    incoming, starts
        What arrives at each different atom in the end.
    atoms, arrived
        ``A x d_v`` features of the different atom environments, and which sum arrived there.
    members, molecules
        The atoms of the structures, as indices of `atoms`, and where each structure starts.
    """

    bonds: "Tensor"
    steps: tuple[_Step, ...]
    incoming: "Tensor"
    starts: "Tensor"
    atoms: "Tensor"
    arrived: "Tensor"
    members: "Tensor"
    molecules: "Tensor"

    @classmethod
    def of(cls, mols: Sequence["Chem.Mol"]) -> "SharedGraphs":
        """Find the different environments; a structure has at least one atom."""
        import torch

        table = GraphTable.of(mols)
        tensor = torch.from_numpy
        source, reverse = table.source, table.reverse
        first = pair_codes(table.atom_kind[source], table.bond_kind)
        rows = first_rows(first)
        bonds = np.concatenate(
            [
                table.atom_features[table.atom_kind[source[rows]]],
                table.bond_features[table.bond_kind[rows]],
            ],
            axis=1,
        )
        state = first
        steps = []
        for _ in range(STEPS):
            at, incoming, starts = table.arriving(state)
            following = pair_codes(pair_codes(at[source], state[reverse]), first)
            rows = first_rows(following)
            steps.append(
                _Step(
                    tensor(incoming),
                    tensor(starts),
                    tensor(at[source[rows]]),
                    tensor(state[reverse[rows]]),
                    tensor(first[rows]),
                )
            )
            state = following
        at, incoming, starts = table.arriving(state)
        final = pair_codes(at, table.atom_kind)
        rows = first_rows(final)
        return cls(
            tensor(bonds),
            tuple(steps),
            tensor(incoming),
            tensor(starts),
            tensor(table.atom_features[table.atom_kind[rows]]),
            tensor(at[rows]),
            tensor(final),
            tensor(table.molecules),
        )

    def predict(self, network: Network, batch: int) -> "Tensor":
        """Return the network's answers, ``B x tasks``; the readout runs on `batch` at a time."""
        import torch

        rows = torch.split(self.encode(network), batch)
        answers: Tensor = torch.cat([network.readout(part) for part in rows])
        return answers

    def encode(self, network: Network) -> "Tensor":
        """Return what the network's readout sees, ``B x d_h``."""
        import torch

        before = _product(self.bonds, network.bond_in)
        state = before.relu()
        for step in self.steps:
            arrived = _sums(state, step.incoming, step.starts)
            message = arrived[step.atom] - state[step.reverse]
            state = (before[step.first] + _product(message, network.message)).relu_()
        arrived = _sums(state, self.incoming, self.starts)
        joined = torch.cat([self.atoms, arrived[self.arrived]], dim=1)
        atoms = _product(joined, network.atom_out, network.atom_out_bias).relu_()
        return _sums(atoms, self.members, self.molecules) / NORM


def _product(rows: "Tensor", weight: "Tensor", bias: "Tensor | None" = None) -> "Tensor":
    """Apply a linear layer, to no fewer than 32 rows."""
    import torch
    from torch.nn.functional import linear

    if 0 < len(rows) < _MIN_ROWS:
        filled = torch.cat([rows, rows.new_zeros(_MIN_ROWS - len(rows), rows.shape[1])])
        return linear(filled, weight, bias)[: len(rows)]
    return linear(rows, weight, bias)


def _sums(rows: "Tensor", indices: "Tensor", starts: "Tensor") -> "Tensor":
    """Add up rows in the order of `indices`, one sum a start; an empty run is zero."""
    from torch.nn.functional import embedding_bag

    return embedding_bag(indices, rows, starts, mode="sum")
