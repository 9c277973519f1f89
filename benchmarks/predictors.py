"""Predictor benchmarks: accuracy on MoleculeACE and on Biogen's ADME endpoints."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from molagent.chem.likeness import count_features, minmax
from molagent.errors import FileFormatError, NotFoundError
from molagent.learn.boosted import BoostedTrees
from molagent.learn.candidates import CANDIDATES, Need
from molagent.learn.choice import Material, choose, compare
from molagent.learn.embedding import embed
from molagent.learn.evaluation import HeldOut, Split, coverage, rmse
from molagent.learn.gaussian_process import GaussianProcess
from molagent.learn.splits import scaffold_folds
from molagent.protocols import NullProgress, Progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ADME_ENDPOINTS",
    "AceReport",
    "AceTarget",
    "AdmeScore",
    "bench_biogen",
    "bench_moleculeace",
    "mean_pearson",
]

_COLUMNS = ("smiles", "y", "cliff_mol", "split")
ADME_ENDPOINTS = ("HLM", "RLM", "MDR1_ER", "Sol", "hPPB", "rPPB")


@dataclass(frozen=True, slots=True, kw_only=True)
class AceTarget:
    """One target of MoleculeACE; errors in log units, on its own test split."""

    target: str
    n_train: int
    n_test: int
    rmse: float
    rmse_cliff: float
    coverage_90: float
    seconds: float
    rmse_consensus: float = float("nan")
    rmse_cliff_consensus: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class AceReport:
    """MoleculeACE (van Tilborg et al. 2022, doi:10.1021/acs.jcim.2c01073).

    Best means over 30 targets in its authors' table: support vector machine on ECFP 0.675 (cliffs
    0.762).
    """

    targets: tuple[AceTarget, ...]

    def rows(self) -> "list[AceTarget | dict[str, object]]":
        """Return a row a target, and one of the means over them."""
        means: dict[str, object] = {
            "targets": len(self.targets),
            "rmse": self.rmse,
            "rmse_cliff": self.rmse_cliff,
            "coverage_90": self.coverage_90,
            "rmse_consensus": self.rmse_consensus,
            "rmse_cliff_consensus": self.rmse_cliff_consensus,
        }
        return [*self.targets, means]

    @property
    def rmse(self) -> float:
        """Mean RMSE over the targets."""
        return fmean(each.rmse for each in self.targets)

    @property
    def rmse_cliff(self) -> float:
        """Mean RMSE on activity cliffs over the targets that have them."""
        return float(np.nanmean([each.rmse_cliff for each in self.targets]))

    @property
    def rmse_consensus(self) -> float:
        """Mean RMSE of the mean of process and boosted trees; NaN where not asked for."""
        return fmean(each.rmse_consensus for each in self.targets)

    @property
    def rmse_cliff_consensus(self) -> float:
        """The same on activity cliffs."""
        return float(np.nanmean([each.rmse_cliff_consensus for each in self.targets]))

    @property
    def coverage_90(self) -> float:
        """Mean coverage of the 90 % interval over the targets."""
        return fmean(each.coverage_90 for each in self.targets)

    @property
    def seconds(self) -> float:
        """Wall seconds, features, fit and prediction together."""
        return sum(each.seconds for each in self.targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmeScore:
    """One ADME endpoint on its test file; figures by candidate."""

    endpoint: str
    n_train: int
    n_test: int
    chosen: str
    pearson: Mapping[str, float]
    rmse: Mapping[str, float]
    coverage_90: Mapping[str, float]


def bench_moleculeace(
    folder: Path,
    targets: Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    consensus: bool = False,
) -> AceReport:
    """Fit the local model on the training rows of each target and score it on the test rows.

    Parameters
    ----------
    folder
        The benchmark's CSV files (``CHEMBL*.csv``: smiles, y, cliff_mol, split).
    targets
        File names without ``.csv``; all of the folder by default.
    consensus
        Whether to fit boosted trees too and score the mean of both beside the process.

    Raises
    ------
    NotFoundError
        If a target has no file.
    """
    files = {path.stem: path for path in sorted(folder.glob("CHEMBL*.csv"))}
    chosen = list(files) if targets is None else list(targets)
    shown = progress or NullProgress()
    shown.start("MoleculeACE", len(chosen))
    results: list[AceTarget] = []
    for target in chosen:
        if target not in files:
            raise NotFoundError("target", target, known=files, place=str(folder))
        results.append(_score_target(target, files[target], consensus=consensus))
        shown.advance(note=target)
    shown.finish()
    return AceReport(targets=tuple(results))


def bench_biogen(
    folder: Path,
    candidates: Sequence[str] = ("gp", "gp+embedding", "consensus+embedding"),
    *,
    endpoints: Sequence[str] = ADME_ENDPOINTS,
    progress: Progress | None = None,
) -> list[AdmeScore]:
    """Fit every candidate on the training file of each endpoint and score it on the test file.

    Which one a user would have got is decided on one scaffold fold of the training file.

    Parameters
    ----------
    folder
        ``ADME_<endpoint>_train.csv`` and ``_test.csv`` (Fang et al. 2023,
        doi:10.1021/acs.jcim.3c00160): smiles, activity (log units).
    candidates
        Of :data:`molagent.learn.choice.CANDIDATES`.
    """
    import pandas as pd

    shown = progress or NullProgress()
    shown.start("Biogen ADME", len(endpoints))
    scores: list[AdmeScore] = []
    for endpoint in endpoints:
        parts = [pd.read_csv(folder / f"ADME_{endpoint}_{part}.csv") for part in ("train", "test")]
        table = pd.concat(parts, ignore_index=True)
        scores.append(_score_adme(endpoint, table, len(parts[0]), candidates))
        shown.advance(note=endpoint)
    shown.finish()
    return scores


def _score_adme(
    endpoint: str, table: "pd.DataFrame", n_train: int, candidates: Sequence[str]
) -> AdmeScore:
    smiles = table["smiles"].tolist()
    counts, _ = count_features(smiles)
    values = table["activity"].to_numpy(dtype=np.float64)
    needed = any(Need.EMBEDDING in CANDIDATES[name].needs for name in candidates)
    material = Material(
        kernel=minmax(counts, counts),
        counts=counts,
        embedding=embed(smiles)[0] if needed else None,
        values=values,
        censoring=np.zeros(len(values), dtype=np.int8),
        seed=0,
    )
    test = np.arange(len(values)) >= n_train
    folds = np.full(len(values), -1, dtype=np.int64)
    folds[:n_train] = scaffold_folds(smiles[:n_train])
    inner: Split = (0, folds > 0, folds == 0)
    chosen, _ = choose(compare(candidates, material, [inner]))
    outer = compare(candidates, material, [(0, ~test, test)])
    figures = {name: _adme_figures(rows.subset(test)) for name, rows in outer.items()}
    return AdmeScore(
        endpoint=endpoint,
        n_train=n_train,
        n_test=int(test.sum()),
        chosen=chosen,
        pearson={name: row[0] for name, row in figures.items()},
        rmse={name: row[1] for name, row in figures.items()},
        coverage_90={name: row[2] for name, row in figures.items()},
    )


def _adme_figures(rows: HeldOut) -> tuple[float, float, float]:
    pearson = float(np.corrcoef(rows.observed, rows.mean)[0, 1])
    held = coverage(rows.observed, rows.mean, rows.std)
    return pearson, rmse(rows.observed, rows.mean), held


def _score_target(target: str, path: Path, *, consensus: bool) -> AceTarget:
    table = _read(path)
    start = time.perf_counter()
    counts, _ = count_features(table["smiles"].tolist())
    values = table["y"].to_numpy(dtype=np.float64)
    train = (table["split"] == "train").to_numpy(dtype=bool)
    cliff = (table["cliff_mol"] == 1).to_numpy(dtype=bool)[~train]
    mean, std = GaussianProcess.fit(counts[train], values[train]).predict(counts[~train])
    seconds = time.perf_counter() - start
    observed = values[~train]
    both = np.full(len(observed), np.nan)
    if consensus:
        both = (mean + BoostedTrees.fit(counts[train], values[train]).predict(counts[~train])) / 2
    return AceTarget(
        target=target,
        n_train=int(train.sum()),
        n_test=len(observed),
        rmse=rmse(observed, mean),
        rmse_cliff=rmse(observed[cliff], mean[cliff]),
        coverage_90=coverage(observed, mean, std),
        seconds=seconds,
        rmse_consensus=rmse(observed, both),
        rmse_cliff_consensus=rmse(observed[cliff], both[cliff]),
    )


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd

    table = pd.read_csv(path)
    if missing := [name for name in _COLUMNS if name not in table.columns]:
        raise FileFormatError(
            f"columns {', '.join(missing)} are missing",
            place=str(path),
            remedy="give the CSV files of MoleculeACE's benchmark_data",
        )
    return table


def mean_pearson(scores: Sequence[AdmeScore]) -> dict[str, object]:
    """Return Pearson's r in the mean of the endpoints: of every candidate, and as chosen."""
    return {
        "endpoints": len(scores),
        "mean_pearson": {
            name: fmean(score.pearson[name] for score in scores) for name in scores[0].pearson
        },
        "chosen": fmean(score.pearson[score.chosen] for score in scores),
    }
