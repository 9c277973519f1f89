"""Predictor benchmarks: accuracy on MoleculeACE, speed of the ADMET networks."""

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from molagent.errors import FileFormatError, NotFoundError
from molagent.learn.evaluation import coverage, rmse
from molagent.learn.gaussian_process import GaussianProcess
from molagent.learn.kernels import count_features
from molagent.protocols import NullProgress, Progress
from molagent.screen.admet import AdmetSuite

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AceReport",
    "AceTarget",
    "AdmetSpeed",
    "Timing",
    "bench_admet",
    "bench_moleculeace",
]

Answer = TypeVar("Answer")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Wall and processor seconds; on a busy machine only the second says something."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmetSpeed:
    """The ADMET networks here and in stock admet-ai, in one process, models loaded.

    Attributes
    ----------
    stock, stock_one_thread
        Stock as it comes, and with torch held to one thread as it is here.
    identical
        Whether every number of every endpoint is the same to the last bit.
    """

    count: int
    here: Timing
    stock: Timing
    stock_one_thread: Timing
    identical: bool


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


def bench_admet(smiles_list: Sequence[str]) -> AdmetSpeed:
    """Time this package's networks beside stock admet-ai on the same structures."""
    import pandas as pd
    import torch

    suite = AdmetSuite()
    suite.predict(["CCO"])  # loads the networks
    table, here = _timed(lambda: suite.predict(smiles_list))
    with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        # What Lightning's trainer and an old importlib call warn of is not ours to mend.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        from admet_ai import ADMETModel

        stock = ADMETModel(drugbank_path=None, include_physchem=False, num_workers=0)
        answer, as_it_comes = _timed(lambda: stock.predict(list(smiles_list)))
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        _, one_thread = _timed(lambda: stock.predict(list(smiles_list)))
        torch.set_num_threads(threads)
    expected = np.asarray(pd.DataFrame(answer))
    return AdmetSpeed(
        count=len(smiles_list),
        here=here,
        stock=as_it_comes,
        stock_one_thread=one_thread,
        identical=bool(expected.shape == table.mean.shape and (expected == table.mean).all()),
    )


def _timed(work: Callable[[], Answer]) -> tuple[Answer, Timing]:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, Timing(wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)


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
