"""COVID Moonshot's pIC50 forward in time: the whole of a programme, as it was lived.

Dates are those of first shipment (of first order where none was recorded). One-shot trains on what
was shipped before 2021 and predicts everything after; the rolling form predicts each month from
what was known before it. The settings of the models (the share of the kernel that counts get, the
priors of the evidence, the half-life of residuals) were fixed on slices before 2021.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from molagent.errors import FileFormatError
from molagent.learn.censored import expected_readout
from molagent.learn.choice import Material, compare
from molagent.learn.conformal import forward_scales
from molagent.learn.domain import band_names, row_scales
from molagent.learn.embedding import embed
from molagent.learn.evaluation import Z_90, HeldOut, Split
from molagent.learn.kernels import count_features, minmax
from molagent.learn.threads import single_threaded
from molagent.protocols import NullProgress, Progress
from molagent.records import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MODELS", "MoonshotScore", "bench_moonshot", "load_moonshot"]

_RESULTS: Final = "clean_cdd_noncovalent_dates_2023_10_18_filt.csv"
_DATES: Final = "cid_dates.csv"
_SMILES, _NAME, _IC50 = "suspected_SMILES", "Canonical_PostEra_ID", "IC50_(µM)"
_BORDER: Final = "202101"
# The weakest pIC50 that the assay reports: 99.5 uM.
_FLOOR: Final = 4.002
# Months of the training data that are predicted from what came before them, to calibrate on.
_FIRST_MONTH: Final = "202007"

# What is compared: name, candidate of the local models, whether limits enter as limits.
MODELS: Final = {
    "counts, limits as values": ("gp", False),
    "counts": ("gp", True),
    "counts and embedding, limits as values": ("gp+embedding", False),
    "counts and embedding": ("gp+embedding", True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoonshotScore:
    """One model in one form (``one-shot`` or ``rolling``) on compounds shipped from 2021 on.

    Attributes
    ----------
    rmse
        Of all rows, limits as values, against the expected readout of the assay: the convention
        of the anchor.
    r2
        Of the same.
    rmse_measured
        Of rows with a measured value, the predicted potency as it is.
    coverage_90_raw, coverage_90
        Share of all rows inside the 90 % interval, before and after recalibration; a limit is
        inside where the interval reaches past it.
    coverage_90_measured
        The same of measured values only, recalibrated.
    log_score
        Mean log density of values and log probability of limits, recalibrated; higher is better.
    width
        Mean width of the recalibrated interval, log units.
    """

    model: str
    form: str
    n_train: int
    n_test: int
    rmse: float
    r2: float
    rmse_measured: float
    coverage_90_raw: float
    coverage_90: float
    coverage_90_measured: float
    log_score: float
    width: float


def load_moonshot(folder: Path) -> "pd.DataFrame":
    """Return one row a compound: smiles, p_relation, p_value, n_exact, sd, date (``yyyymmdd``).

    Measured values of a compound are averaged; where there are only limits, the tightest stays.

    Raises
    ------
    FileFormatError
        If a file or a column is missing.
    """
    import pandas as pd

    try:
        table = pd.read_csv(folder / _RESULTS)[[_SMILES, _NAME, _IC50]]
        dates = pd.read_csv(folder / _DATES, dtype=str).set_index("CID")
        date = dates["first_shipment_date"].fillna(dates["first_order_date"])
    except (OSError, KeyError) as error:
        raise FileFormatError(
            f"not a folder of COVID Moonshot ({error})",
            place=str(folder),
            remedy=f"give one with {_RESULTS} and {_DATES}",
        ) from error
    text = table[_IC50].astype(str).str.strip()
    table["p_value"] = 6.0 - np.log10(text.str.lstrip("<> ").astype(float))
    # A concentration above means a pIC50 below.
    table["p_relation"] = text.str[0].map({">": "<", "<": ">"}).fillna("=")
    rows = [_one_compound(group) for _, group in table.groupby(_NAME, sort=True)]
    compounds = pd.DataFrame(rows)
    compounds["date"] = compounds["compound_id"].map(date)
    return compounds


def bench_moonshot(
    folder: Path,
    models: Sequence[str] = tuple(MODELS),
    *,
    rolling: bool = True,
    progress: Progress | None = None,
) -> list[MoonshotScore]:
    """Train before 2021, test on 2021 and later; and month by month.

    Parameters
    ----------
    models
        Names of :data:`MODELS`; those with an embedding need the `adme` extra.
    rolling
        Whether to measure the rolling form too.
    """
    frame = load_moonshot(folder).dropna(subset=["date"]).sort_values(["date", "compound_id"])
    shown = progress or NullProgress()
    shown.start("Moonshot", len(models))
    months = frame["date"].str[:6].to_numpy(dtype=str)
    scores: list[MoonshotScore] = []
    for name in models:
        candidate, limits = MODELS[name]
        material, censoring = _material(frame, candidate, limits=limits)
        before = months < _BORDER
        early = _monthly(months, _FIRST_MONTH, _BORDER)
        splits: list[Split] = [*early, (_period(_BORDER), before, ~before)]
        with single_threaded():
            once = compare([candidate], material, splits)[candidate]
        scores.append(_score(name, "one-shot", once, censoring, before))
        if rolling:
            with single_threaded():
                all_months = [*early, *_monthly(months, _BORDER, "999999")]
                monthly = compare([candidate], material, all_months)[candidate]
            scores.append(_score(name, "rolling", monthly, censoring, before))
        shown.advance(note=name)
    shown.finish()
    return scores


def _one_compound(group: "pd.DataFrame") -> dict[str, object]:
    exact = group.loc[group["p_relation"] == "=", "p_value"]
    first = group.iloc[0]
    relation, value = "=", float(exact.mean()) if len(exact) else float("nan")
    if not len(exact):
        relation = str(first["p_relation"])
        values = group.loc[group["p_relation"] == relation, "p_value"]
        value = float(values.min() if relation == "<" else values.max())
    return {
        "compound_id": first[_NAME],
        "smiles": first[_SMILES],
        "p_relation": relation,
        "p_value": value,
        "n_exact": len(exact),
        "sd": float(exact.std()) if len(exact) > 1 else float("nan"),
    }


def _material(
    frame: "pd.DataFrame", candidate: str, *, limits: bool
) -> tuple[Material, npt.NDArray[np.int8]]:
    smiles = frame["smiles"].tolist()
    counts, _ = count_features(smiles)
    embedding = embed(smiles)[0] if "embedding" in candidate else None
    flags = frame["p_relation"].map({"=": 0, ">": 1, "<": -1}).tolist()
    censoring = np.array(flags, dtype=np.int8)
    material = Material(
        kernel=minmax(counts, counts),
        counts=counts,
        embedding=embedding,
        values=frame["p_value"].to_numpy(dtype=np.float64),
        censoring=censoring if limits else np.zeros_like(censoring),
        seed=0,
    )
    return material, censoring


def _period(month: str) -> int:
    """Return months since year 0, so that neighbours differ by one."""
    return 12 * int(month[:4]) + int(month[4:6]) - 1


def _monthly(months: npt.NDArray[np.str_], first: str, end: str) -> list[Split]:
    chosen = [month for month in sorted(set(months.tolist())) if first <= month < end]
    return [(_period(month), months < month, months == month) for month in chosen]


def _score(
    name: str, form: str, rows: HeldOut, censoring: npt.NDArray[np.int8], before: BoolArray
) -> MoonshotScore:
    """Recalibrate each period on the periods before it, and score 2021 and later."""
    std = rows.std.copy()
    for period in np.unique(rows.fold[~before & np.isfinite(rows.mean)]).tolist():
        scales = forward_scales(_measured(rows, censoring, rows.fold < period))
        here = rows.fold == period
        std[here] *= row_scales(band_names(rows.similarity[here]), scales)
    test = ~before & np.isfinite(rows.mean)
    observed, mean, flags = rows.observed[test], rows.mean[test], censoring[test]
    expected = expected_readout(mean, std[test], _FLOOR) if rows.censoring.any() else mean
    error = float(np.sqrt(np.mean((observed - expected) ** 2)))
    exact = flags == 0
    miss = _miss(observed, mean, flags)
    return MoonshotScore(
        model=name,
        form=form,
        n_train=int(before.sum()),
        n_test=len(observed),
        rmse=error,
        r2=1.0 - error**2 / float(np.var(observed)),
        rmse_measured=float(np.sqrt(np.mean((observed - mean)[exact] ** 2))),
        coverage_90_raw=float(np.mean(miss <= Z_90 * rows.std[test])),
        coverage_90=float(np.mean(miss <= Z_90 * std[test])),
        coverage_90_measured=float(np.mean((miss <= Z_90 * std[test])[exact])),
        log_score=_log_score(observed, mean, std[test], flags),
        width=float(np.mean(2 * Z_90 * std[test])),
    )


def _measured(rows: HeldOut, censoring: npt.NDArray[np.int8], chosen: BoolArray) -> HeldOut:
    """Return the chosen rows that were predicted and measured, whatever the model was told."""
    return rows.subset(chosen & np.isfinite(rows.mean) & (censoring == 0))


def _miss(observed: FloatArray, mean: FloatArray, flags: npt.NDArray[np.int8]) -> FloatArray:
    """Return how far an interval has to reach; 0 for a limit the mean is on the right side of."""
    difference = mean - observed
    beyond = np.where(flags > 0, np.minimum(difference, 0.0), difference)
    result: FloatArray = np.abs(np.where(flags < 0, np.maximum(beyond, 0.0), beyond))
    return result


def _log_score(
    observed: FloatArray, mean: FloatArray, std: FloatArray, flags: npt.NDArray[np.int8]
) -> float:
    z = (observed - mean) / std
    density = -0.5 * z**2 - np.log(std) - 0.5 * np.log(2.0 * np.pi)
    side = np.where(flags < 0, log_ndtr(z), log_ndtr(-z))
    return float(np.mean(np.where(flags == 0, density, side)))
