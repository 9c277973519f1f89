"""How ordinary a structure is: how often the environments of its atoms occur in real compounds.

The reference are measured compounds, drugs and purchasable compounds (``data/environments.npz``,
made by ``data/precedent_tables.py``, which says of what).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from molagent.chem.environments import atom_environments, uncharged
from molagent.chem.molecules import parse_smiles
from molagent.errors import ModelError

__all__ = ["PROBE", "EnvironmentCounts", "environment_counts", "precedent"]

#: What the table's identifiers are checked by: its environments stand in the table.
PROBE: Final = "CC(=O)Oc1ccccc1C(=O)NCc1cc[nH]c1"


@dataclass(frozen=True, slots=True, eq=False)
class EnvironmentCounts:
    """In how many real compounds each radius-2 environment was seen.

    Attributes
    ----------
    environments
        ``N``; identifiers, ascending.
    counts
        ``N``; number of compounds.
    less
        Identifier to a number that is taken off its count: of compounds that are to be unknown.
    """

    environments: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.uint16]
    less: Mapping[int, int]

    def precedent(self, mol: Chem.Mol) -> float:
        """Return the mean of log10(1 + count) over the atoms; NaN for a molecule without atoms."""
        found = np.array(atom_environments(uncharged(mol)), dtype=np.uint32)
        if not found.size:
            return float("nan")
        places = np.minimum(np.searchsorted(self.environments, found), len(self.environments) - 1)
        counts = np.where(self.environments[places] == found, self.counts[places], 0).astype(float)
        if self.less:
            counts -= [self.less.get(each, 0) for each in found.tolist()]
        return float(np.log10(1.0 + np.maximum(counts, 0.0)).mean())

    def without(self, smiles_list: Sequence[str]) -> "EnvironmentCounts":
        """Return the counts as if these structures had not been in the reference."""
        less: dict[int, int] = dict(self.less)
        for smiles in dict.fromkeys(smiles_list):
            for each in set(atom_environments(uncharged(parse_smiles(smiles)))):
                less[each] = less.get(each, 0) + 1
        return EnvironmentCounts(self.environments, self.counts, less)


def precedent(mol: Chem.Mol) -> float:
    """Return the mean log10 of one more than the count of each atom's radius-2 environment.

    0 where no environment was ever seen, about 3 for an ordinary drug, NaN without atoms.

    Raises
    ------
    ModelError
        If the packaged table was made by an RDKit that numbers environments in another way.

    Examples
    --------
    >>> aspirin, odd = (Chem.MolFromSmiles(s) for s in ("CC(=O)Oc1ccccc1C(=O)O", "C1=NN=C1OSN"))
    >>> precedent(aspirin) > 2.0 > precedent(odd)
    True
    """
    return environment_counts().precedent(mol)


@cache
def environment_counts() -> EnvironmentCounts:
    """Return the packaged table."""
    path = resources.files("molagent.chem") / "data" / "environments.npz"
    with resources.as_file(path) as file, np.load(file, allow_pickle=False) as table:
        probe, environments, counts = table["probe"], table["environments"], table["counts"]
    now = atom_environments(Chem.MolFromSmiles(PROBE))
    if now != probe.tolist():
        raise ModelError(
            "this RDKit numbers the environments of atoms in another way than the table",
            place="chem/data/environments.npz",
            remedy="install the RDKit of requirements.lock, or make the table again",
        )
    return EnvironmentCounts(environments, counts, {})
