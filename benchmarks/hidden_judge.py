"""A world whose truth is known: a hidden judge says what a compound would be worth if it was made.

The judge is the mean of a random forest (torsion counts, MACCS keys, descriptors) and a support
vector regression (path fingerprints): classes of models and of features that no campaign uses, on
compounds that the campaign does not see. What is measured is the judge's potency plus the noise of
an assay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from sklearn.ensemble import RandomForestRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from benchmarks.chemistry import read_measured
from molagent.chem.descriptors import descriptor_table
from molagent.chem.molecules import parse_smiles
from molagent.config import ObjectiveConfig
from molagent.records import FloatArray
from molagent.select.desirability import combine

__all__ = ["NOISE", "HiddenJudge", "World"]

#: Standard deviation of a measurement, log units.
NOISE: Final = 0.2
_BITS: Final = 1024
# What a project starts with: compounds of the lower part of what exists, as early in a programme.
_LOWER_PART: Final = 0.7
_PERCENTILES: Final = (20, 99.5)
_TREES: Final = 300


class HiddenJudge:
    """The true potency of any structure.

    Parameters
    ----------
    smiles_list, p_values
        Measured compounds that no campaign sees.
    seed
        Of the forest.
    """

    def __init__(self, smiles_list: Sequence[str], p_values: FloatArray, *, seed: int) -> None:
        self._scaler = StandardScaler().fit(_counted(smiles_list))
        self._forest = RandomForestRegressor(_TREES, random_state=seed, n_jobs=1)
        self._forest.fit(self._scaler.transform(_counted(smiles_list)), p_values)
        self._mean = float(p_values.mean())
        self._machine = SVR(C=3.0, epsilon=0.1, gamma="scale")
        self._machine.fit(_paths(smiles_list), p_values - self._mean)
        self._said: dict[str, float] = {}

    def potency(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return the true potency of structures, p scale."""
        fresh = [each for each in dict.fromkeys(smiles_list) if each not in self._said]
        if fresh:
            forest = self._forest.predict(self._scaler.transform(_counted(fresh)))
            machine = self._mean + self._machine.predict(_paths(fresh))
            self._said.update(zip(fresh, ((forest + machine) / 2.0).tolist(), strict=True))
        return np.array([self._said[each] for each in smiles_list])


@dataclass(frozen=True)
class World:
    """A target, its judge and the profile of a project.

    Attributes
    ----------
    public
        Every compound that was measured, in any laboratory.
    known
        Those that a campaign may start from; the judge was not fitted on them.
    """

    target: str
    public: tuple[str, ...]
    known: tuple[str, ...]
    judge: HiddenJudge

    @classmethod
    def of(cls, folder: Path, target: str, *, seed: int) -> "World":
        """Split a file of MoleculeACE in halves: the judge's and the campaign's."""
        table = read_measured(folder / f"{target}.csv").drop_duplicates("smiles")
        order = np.random.default_rng(seed).permutation(len(table))
        hidden = table.iloc[order[: len(table) // 2]]
        return cls(
            target,
            tuple(table["smiles"]),
            tuple(table.iloc[order[len(table) // 2 :]]["smiles"]),
            HiddenJudge(list(hidden["smiles"]), hidden["p_value"].to_numpy(float), seed=seed),
        )

    def start(self, count: int, *, seed: int) -> pd.DataFrame:
        """Return compounds of the lower part with a measured value: ``smiles``, ``p_value``."""
        truth = self.judge.potency(self.known)
        lower = np.flatnonzero(truth <= np.quantile(truth, _LOWER_PART))
        rng = np.random.default_rng(seed)
        rows = np.sort(rng.choice(lower, min(count, len(lower)), replace=False))
        smiles = [self.known[row] for row in rows]
        return pd.DataFrame({"smiles": smiles, "p_value": self.measure(smiles, seed=seed)})

    def measure(self, smiles_list: Sequence[str], *, seed: int) -> FloatArray:
        """Return what an assay would say, p scale."""
        noise = np.random.default_rng([seed, 7]).normal(0.0, NOISE, len(smiles_list))
        measured: FloatArray = self.judge.potency(smiles_list) + noise
        return measured

    def worth(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return the true desirability of structures, 0..1."""
        return self.worth_of(self.judge.potency(smiles_list), smiles_list)

    def worth_of(
        self, potencies: Sequence[float] | FloatArray, smiles: Sequence[str]
    ) -> FloatArray:
        """Return the desirability of structures with given potencies, 0..1."""
        table = descriptor_table(smiles, ["logp", "tpsa"])
        values = {name: table[name].to_numpy(float) for name in ("logp", "tpsa")}
        objectives = [ObjectiveConfig(**each) for each in self.profile]
        return combine(objectives, {**values, "potency": np.asarray(potencies, dtype=float)})[0]

    def hits(self, smiles_list: Sequence[str]) -> int:
        """Return how many structures have a true potency that the profile calls a hit."""
        mark = ObjectiveConfig(**self.profile[0]).mark
        return int((self.judge.potency(smiles_list) >= mark).sum())

    def possible(self, count: int) -> float:
        """Return the mean of the best `count` compounds that exist."""
        return float(np.sort(self.worth(self.public))[-count:].mean())

    @cached_property
    def profile(self) -> list[dict[str, Any]]:
        """What the project wants: potency as the best that exist have, and no grease."""
        truth = self.judge.potency(self.public)
        low, high = np.percentile(truth, _PERCENTILES).round(1)
        return [
            {"name": "potency", "endpoint": "potency", "direction": "maximise", "low": low,
             "high": high, "weight": 2.0},
            {"name": "lipophilicity", "endpoint": "logp", "direction": "minimise", "low": 4.0,
             "high": 6.0},
            {"name": "polar surface", "endpoint": "tpsa", "direction": "minimise", "low": 120.0,
             "high": 160.0},
        ]  # fmt: skip


def _counted(smiles_list: Sequence[str]) -> FloatArray:
    generator = rdFingerprintGenerator.GetTopologicalTorsionGenerator(fpSize=_BITS)
    mols = [parse_smiles(each) for each in smiles_list]
    torsions = np.array([generator.GetCountFingerprintAsNumPy(mol) for mol in mols], dtype=float)
    keys = np.array(
        [_bits(rdMolDescriptors.GetMACCSKeysFingerprint(mol)) for mol in mols], dtype=float
    )
    return np.hstack([np.log1p(torsions), keys, descriptor_table(smiles_list).to_numpy(float)])


def _paths(smiles_list: Sequence[str]) -> FloatArray:
    generator = rdFingerprintGenerator.GetRDKitFPGenerator(fpSize=2 * _BITS, maxPath=6)
    mols = [parse_smiles(each) for each in smiles_list]
    return np.array([generator.GetFingerprintAsNumPy(mol) for mol in mols], dtype=float)


def _bits(vector: DataStructs.ExplicitBitVect) -> FloatArray:
    bits = np.zeros(vector.GetNumBits())
    DataStructs.ConvertToNumpyArray(vector, bits)
    return bits
