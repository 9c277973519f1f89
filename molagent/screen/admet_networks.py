"""The ten networks of admet-ai as their weights: message passing over directed bonds, a readout.

Each is chemprop's network for molecules (Heid et al. 2024, doi:10.1021/acs.jcim.3c01250) with three
layers of 300. The weights come with molagent as safetensors, which hold numbers and no code.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from molagent.screen.admet_kinds import GraphTable

if TYPE_CHECKING:
    from rdkit import Chem
    from torch import Tensor

__all__ = ["NORM", "STEPS", "Network", "load_ensemble"]

STEPS: Final = 2
# The sum over the atoms of a structure is divided by it, whatever the structure's size.
NORM: Final = 100.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Network:
    """One network; ``d`` is 300, a row of features comes in and a row of answers goes out.

    Attributes
    ----------
    bond_in, message
        ``d x 86`` and ``d x d``; into the state of a directed bond, and from what arrives.
    atom_out, atom_out_bias
        ``d x 372`` and ``d``; from an atom and what arrives there in the end.
    hidden, hidden_bias, last, last_bias
        The readout's two layers.
    mean, scale
        Of a regression's training values; None for a classifier, whose answers are probabilities.
    """

    bond_in: "Tensor"
    message: "Tensor"
    atom_out: "Tensor"
    atom_out_bias: "Tensor"
    hidden: "Tensor"
    hidden_bias: "Tensor"
    last: "Tensor"
    last_bias: "Tensor"
    mean: "Tensor | None" = None
    scale: "Tensor | None" = None

    def readout(self, structures: "Tensor") -> "Tensor":
        """Return the answers, ``B x tasks``, from what the structures came to, ``B x d``."""
        from torch.nn.functional import linear

        inner = linear(structures, self.hidden, self.hidden_bias).relu()
        answers = linear(inner, self.last, self.last_bias)
        if self.mean is None or self.scale is None:
            return answers.sigmoid()
        return answers * self.scale + self.mean

    def answer(self, mols: Sequence["Chem.Mol"]) -> "Tensor":
        """Return the answers about one batch, ``B x tasks``, each atom and bond computed."""
        import torch
        from torch.nn.functional import linear

        table = GraphTable.of(mols)
        atoms = torch.from_numpy(table.atom_features[table.atom_kind])
        bonds = torch.from_numpy(table.bond_features[table.bond_kind])
        source, reverse = torch.from_numpy(table.source), torch.from_numpy(table.reverse)
        target = source[reverse]
        first = linear(torch.cat([atoms[source], bonds], dim=1), self.bond_in)
        state = first.relu()
        for _ in range(STEPS):
            arriving = _sums(state, target, len(atoms))[source] - state[reverse]
            state = (first + linear(arriving, self.message)).relu()
        joined = torch.cat([atoms, _sums(state, target, len(atoms))], dim=1)
        out = linear(joined, self.atom_out, self.atom_out_bias).relu()
        sizes = np.diff(np.append(table.molecules, len(table.atom_kind)))
        owner = torch.from_numpy(np.repeat(np.arange(len(mols)), sizes))
        return self.readout(_sums(out, owner, len(mols)) / NORM)


def load_ensemble(path: Path) -> tuple[tuple[str, ...], tuple[Network, ...]]:
    """Return the endpoints of an ensemble, in the order of its answers, and its networks."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        names = json.loads(file.metadata()["endpoints"])
        tensors: dict[str, dict[str, Tensor]] = {}
        for key in file.keys():  # noqa: SIM118 - not a mapping
            number, _, name = key.partition(".")
            tensors.setdefault(number, {})[name] = file.get_tensor(key)
    return tuple(names), tuple(Network(**tensors[number]) for number in sorted(tensors))


def _sums(rows: "Tensor", owner: "Tensor", count: int) -> "Tensor":
    """Add up the rows of each owner, in their order; without any it is zero."""
    index = owner.unsqueeze(1).repeat(1, rows.shape[1])
    zeros = rows.new_zeros(count, rows.shape[1])
    return zeros.scatter_reduce_(0, index, rows, reduce="sum", include_self=False)
