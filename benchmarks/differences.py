"""Selectivity three ways on scaffolds held out: what is said, and what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.likeness import count_features, minmax
from molagent.errors import InputError
from molagent.learn.differences import fit_difference
from molagent.learn.evaluation import Z_90, coverage, rmse
from molagent.learn.posterior import fit_kernel
from molagent.learn.splits import scaffold_folds
from molagent.protocols import Progress
from molagent.records import BoolArray, FloatArray
from molagent.threads import single_threaded

__all__ = ["PAIRS", "DifferenceRow", "bench_differences"]

#: Relatives of which MoleculeACE holds compounds measured on both; JAK1 and JAK2 are the README's.
PAIRS: Final = (
    "JAK1-JAK2",
    "CHEMBL204_Ki-CHEMBL244_Ki",
    "CHEMBL219_Ki-CHEMBL234_Ki",
    "CHEMBL228_Ki-CHEMBL238_Ki",
    "CHEMBL233_Ki-CHEMBL236_Ki",
    "CHEMBL262_Ki-CHEMBL4203_Ki",
)
_JAK: Final = Path("data/jak")
_SHARE: Final = 0.1
_VALUE: Final = "exp_mean [nM]"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """Figures of one way to tell a difference; log units, coverage 0..1.

    Attributes
    ----------
    way
        ``coupled`` (what ships: both assays in one process), ``two models`` (their predictions
        subtracted, errors taken as independent), ``differences alone``.
    pairs
        Compounds with both values, each predicted with its scaffold held out.
    width
        Median width of the 90 % interval.
    said, measured
        Means of the tenth that a chemist would choose by it.
    """

    pair: str
    way: str
    pairs: int
    rmse: float
    coverage_90: float
    width: float
    said: float
    measured: float


def bench_differences(
    folder: Path,
    *,
    pairs: Sequence[str] = PAIRS,
    most: int = 700,
    seed: int = 0,
    progress: Progress,
) -> list[DifferenceRow]:
    """Hold three ways to tell a selectivity against measured ones, each scaffold held out.

    Of MoleculeACE only its training splits are used.

    Parameters
    ----------
    folder
        MoleculeACE's benchmark_data.
    pairs
        Two of its files, joined by a hyphen; the first is subtracted from.
    most
        At most so many compounds with both values, and as many of each assay alone.
    """
    progress.start("selectivity", len(pairs))
    rows: list[DifferenceRow] = []
    for pair in pairs:
        minuend, subtrahend = (_values(folder, name) for name in pair.split("-"))
        rows += _three_ways(pair, minuend, subtrahend, most, seed)
        progress.advance(note=pair)
    progress.finish(f"{len(pairs)} pairs")
    return rows


def _three_ways(
    pair: str,
    minuend: "pd.Series[float]",
    subtrahend: "pd.Series[float]",
    most: int,
    seed: int,
) -> list[DifferenceRow]:
    rng = np.random.default_rng(seed)
    shared = sorted(set(minuend.index) & set(subtrahend.index))
    both = sorted(rng.permutation(shared)[:most])
    alone = [
        sorted(rng.permutation(sorted(set(side.index) - set(shared)))[:most])
        for side in (minuend, subtrahend)
    ]
    sides = [minuend[[*both, *alone[0]]], subtrahend[[*both, *alone[1]]]]
    measured = minuend[both] - subtrahend[both]
    fitted = fit_difference(
        "difference",
        _frame(measured),
        {"minuend": _frame(sides[0]), "subtrahend": _frame(sides[1])},
        target=pair,
        unit="log units",
        source="",
        seed=seed,
    )
    observed: FloatArray = np.asarray(measured, dtype=np.float64)
    # Measured, predicted and standard deviation of rows held out, in the order of the pairs.
    parity = np.array(fitted.card["parity"])
    ways = {"coupled": (parity[:, 1], parity[:, 2])}
    ways |= _plain_ways(both, observed, sides, seed)
    return [_row(pair, way, observed, mean, std) for way, (mean, std) in ways.items()]


def _plain_ways(
    both: Sequence[str],
    measured: FloatArray,
    sides: Sequence["pd.Series[float]"],
    seed: int,
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return what two models, and one of the differences alone, say of each pair held out."""
    smiles = list(dict.fromkeys([*both, *sides[0].index, *sides[1].index]))
    counts, _ = count_features(smiles)
    kernel, folds = minmax(counts, counts), scaffold_folds(smiles, seed=seed)
    known = [side.reindex(smiles).to_numpy(dtype=float) for side in sides]
    known.append(np.concatenate([measured, np.full(len(smiles) - len(both), np.nan)]))
    said = np.full((3, 2, len(both)), np.nan)
    for fold in np.unique(folds):
        test: BoolArray = (folds == fold) & (np.arange(len(smiles)) < len(both))
        for row, values in enumerate(known):
            train = (folds != fold) & np.isfinite(values)
            with single_threaded():
                model = fit_kernel(kernel[np.ix_(train, train)], values[train])
                mean, variance = model.predict(kernel[np.ix_(test, train)])
            said[row, 0, test[: len(both)]] = mean
            noise = model.hyperparameters.noise_variance
            said[row, 1, test[: len(both)]] = np.sqrt(variance + noise)
    (first, first_std), (second, second_std), (alone, alone_std) = said
    return {
        "two models": (first - second, np.hypot(first_std, second_std)),
        "differences alone": (alone, alone_std),
    }


def _row(
    pair: str, way: str, measured: FloatArray, mean: FloatArray, std: FloatArray
) -> DifferenceRow:
    top = np.argsort(-mean, kind="stable")[: max(1, round(_SHARE * len(mean)))]
    return DifferenceRow(
        pair=pair,
        way=way,
        pairs=len(measured),
        rmse=rmse(measured, mean),
        coverage_90=coverage(measured, mean, std),
        width=float(np.median(2.0 * Z_90 * std)),
        said=float(mean[top].mean()),
        measured=float(measured[top].mean()),
    )


def _frame(values: "pd.Series[float]") -> pd.DataFrame:
    return pd.DataFrame(
        {"smiles": values.index, "p_relation": "=", "p_value": values.to_numpy(dtype=float)}
    )


def _values(folder: Path, name: str) -> "pd.Series[float]":
    """Return the p values of a file by structure."""
    is_jak = name.startswith("JAK")
    path = _JAK / f"{name.lower()}_ki.csv" if is_jak else folder / f"{name}.csv"
    if not path.exists():
        raise InputError(
            "there is no such file", place=str(path), remedy="give MoleculeACE's benchmark_data"
        )
    table = pd.read_csv(path)
    table = table if is_jak else table[table["split"] == "train"]
    values = table.assign(p=9.0 - np.log10(table[_VALUE].astype(float)))
    return values.groupby("smiles")["p"].mean()
