"""Predictor benchmarks: accuracy on MoleculeACE."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from molagent.errors import FileFormatError, NotFoundError
from molagent.learn.evaluation import coverage, rmse
from molagent.learn.gaussian_process import GaussianProcess
from molagent.learn.kernels import count_features
from molagent.protocols import NullProgress, Progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AceReport",
    "AceTarget",
    "bench_moleculeace",
]

_COLUMNS = ("smiles", "y", "cliff_mol", "split")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AceReport:
    """MoleculeACE (van Tilborg et al. 2022, doi:10.1021/acs.jcim.2c01073).

    Best means over 30 targets in its authors' table: support vector machine on ECFP 0.675 (cliffs
    0.762).
    """

    targets: tuple[AceTarget, ...]

    @property
    def rmse(self) -> float:
        """Mean RMSE over the targets."""
        return fmean(each.rmse for each in self.targets)

    @property
    def rmse_cliff(self) -> float:
        """Mean RMSE on activity cliffs over the targets that have them."""
        return float(np.nanmean([each.rmse_cliff for each in self.targets]))

    @property
    def coverage_90(self) -> float:
        """Mean coverage of the 90 % interval over the targets."""
        return fmean(each.coverage_90 for each in self.targets)

    @property
    def seconds(self) -> float:
        """Wall seconds, features, fit and prediction together."""
        return sum(each.seconds for each in self.targets)


def bench_moleculeace(
    folder: Path, targets: Sequence[str] | None = None, progress: Progress | None = None
) -> AceReport:
    """Fit the local model on the training rows of each target and score it on the test rows.

    Parameters
    ----------
    folder
        The benchmark's CSV files (``CHEMBL*.csv``: smiles, y, cliff_mol, split).
    targets
        File names without ``.csv``; all of the folder by default.

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
        results.append(_score_target(target, files[target]))
        shown.advance(note=target)
    shown.finish()
    return AceReport(targets=tuple(results))


def _score_target(target: str, path: Path) -> AceTarget:
    table = _read(path)
    start = time.perf_counter()
    counts, _ = count_features(table["smiles"].tolist())
    values = table["y"].to_numpy(dtype=np.float64)
    train = (table["split"] == "train").to_numpy(dtype=bool)
    cliff = (table["cliff_mol"] == 1).to_numpy(dtype=bool)[~train]
    mean, std = GaussianProcess.fit(counts[train], values[train]).predict(counts[~train])
    seconds = time.perf_counter() - start
    observed = values[~train]
    return AceTarget(
        target=target,
        n_train=int(train.sum()),
        n_test=len(observed),
        rmse=rmse(observed, mean),
        rmse_cliff=rmse(observed[cliff], mean[cliff]),
        coverage_90=coverage(observed, mean, std),
        seconds=seconds,
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
