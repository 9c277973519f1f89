"""Speed of the ADMET networks beside stock admet-ai, in one process."""

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import TypeVar

import numpy as np

from molagent.screen.admet import AdmetSuite

__all__ = ["AdmetSpeed", "Timing", "bench_admet"]

Answer = TypeVar("Answer")


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
