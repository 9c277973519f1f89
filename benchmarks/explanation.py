"""Whether atom contributions say what they claim: models of a property whose atoms are known.

Crippen's logP is a sum over atoms (Wildman and Crippen 1999, doi:10.1021/ci990307l). A model that
is trained on the sums alone is asked for its contributions, and these are held against the true
ones, atom by atom.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rdkit.Chem import rdMolDescriptors

from benchmarks.rows import Smiles
from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError
from molagent.learn.evaluation import rmse
from molagent.learn.explanation import AtomContributions, kernel_contributions, masked_contributions
from molagent.learn.gaussian_process import GaussianProcess
from molagent.learn.local import LocalPredictor, fit_local
from molagent.protocols import Predictor
from molagent.records import FloatArray

__all__ = ["ContributionReport", "bench_contributions"]

_FEWEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionReport:
    """How well contributions recover the truth.

    Attributes
    ----------
    n_train, n_test
        Structures the model learned, and structures that were explained.
    rmse
        Of the model itself on the latter, in logP units.
    within
        Mean over structures of the rank correlation of an atom's contribution with its true one.
    worst
        The tenth percentile of that.
    groups
        Correlation of the contributions of rings and substituents, over all structures.
    sign
        Share of groups that truly lie apart from the structure's mean by 0.3 and more whose
        contribution lies on the same side of it.
    """

    method: str
    n_train: int
    n_test: int
    rmse: float
    within: float
    worst: float
    groups: float
    sign: float


def bench_contributions(
    data: Smiles, *, count: int = 1_000, test: int = 60, seed: int = 0
) -> tuple[ContributionReport, ...]:
    """Train a Gaussian process on Crippen's logP and compare its contributions with the truth.

    Parameters
    ----------
    data
        Real structures, at least 100.
    count
        How many of the first are used.
    test
        How many of them are held out and explained.

    Returns
    -------
    tuple
        A report for the exact shares and one for masking, of the same model and structures.

    Raises
    ------
    InputError
        If there are fewer than 100 structures beside the held-out ones.
    """
    import pandas as pd

    smiles_list = data[:count]
    order = np.random.default_rng(seed).permutation(len(smiles_list)).tolist()
    held = [smiles_list[row] for row in order[:test]]
    kept = [smiles_list[row] for row in order[test:]]
    if len(kept) < _FEWEST:
        raise InputError(f"{len(kept)} structures are too few", remedy="give at least 100 more")
    frame = pd.DataFrame(
        {"smiles": kept, "p_relation": "=", "p_value": [float(_crippen(s).sum()) for s in kept]}
    )
    predictor = fit_local(
        "logp", frame, target="", unit="log units", source="Crippen's logP", seed=seed
    )
    return tuple(_report(method, predictor, held, len(kept)) for method in ("kernel", "masking"))


def _report(
    method: str, predictor: LocalPredictor, held: Sequence[str], n_train: int
) -> ContributionReport:
    found = [_explained(method, predictor, smiles) for smiles in held]
    truths = [_crippen(smiles) for smiles in held]
    # Both are taken apart from the structure's mean: what tells its parts from each other.
    within = [
        _rank_correlation(each.atoms, truth) for each, truth in zip(found, truths, strict=True)
    ]
    shares, true = (np.concatenate(parts) for parts in _by_group(found, truths))
    apart = np.abs(true) >= 0.3  # a difference that a chemist would name
    predicted = np.array([each.predicted for each in found])
    return ContributionReport(
        method=method,
        n_train=n_train,
        n_test=len(held),
        rmse=rmse(np.array([truth.sum() for truth in truths]), predicted),
        within=float(np.nanmean(within)),
        worst=float(np.nanpercentile(within, 10)),
        groups=float(np.corrcoef(shares, true)[0, 1]),
        sign=float(np.mean(np.sign(shares[apart]) == np.sign(true[apart]))),
    )


def _explained(method: str, predictor: Predictor, smiles: str) -> AtomContributions:
    model = predictor.model if isinstance(predictor, LocalPredictor) else None
    if method == "kernel" and isinstance(model, GaussianProcess):
        return kernel_contributions(model, predictor, smiles)
    return masked_contributions(predictor, smiles)


def _crippen(smiles: str) -> FloatArray:
    """Return each atom's contribution to logP, that of its hydrogens included."""
    from rdkit import Chem

    mol = parse_smiles(smiles)
    full = Chem.AddHs(mol)
    parts = np.array([part[0] for part in rdMolDescriptors._CalcCrippenContribs(full)])  # noqa: SLF001
    heavy = parts[: mol.GetNumAtoms()].copy()
    for atom in list(full.GetAtoms())[mol.GetNumAtoms() :]:
        heavy[atom.GetNeighbors()[0].GetIdx()] += parts[atom.GetIdx()]
    return heavy


def _by_group(
    found: Sequence[AtomContributions], truths: Sequence[FloatArray]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return group values, each less what its atoms would have at the structure's mean."""
    shares, true = [], []
    for each, truth in zip(found, truths, strict=True):
        sizes = np.array([len(group.atoms) for group in each.groups], dtype=np.float64)
        own = np.array([group.value for group in each.groups])
        real = np.array([truth[list(group.atoms)].sum() for group in each.groups])
        shares.append(own - sizes * own.sum() / sizes.sum())
        true.append(real - sizes * real.sum() / sizes.sum())
    return shares, true


def _rank_correlation(left: FloatArray, right: FloatArray) -> float:
    from scipy.stats import rankdata

    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(left), rankdata(right))[0, 1])
