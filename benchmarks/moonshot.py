"""COVID Moonshot's pIC50 forward in time: the whole of a programme, as it was lived.

Dates are those of first shipment (of first order where none was recorded). One-shot trains on what
was shipped before 2021 and predicts everything after; the rolling form predicts each month from
what was known before it. *Every choice is made on slices before 2021*: :func:`bench_origins` trains
to the end of a month of 2020 and predicts the rest of that year, and reads nothing later.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.moonshot_data import load_moonshot, load_rapidfire
from benchmarks.moonshot_task import (
    BORDER,
    MODELS,
    MoonshotScore,
    MoonshotTask,
    Reports,
    months_since,
    relation_flags,
    score_rows,
)
from molagent.learn.candidates import CANDIDATES, Need
from molagent.learn.evaluation import rmse
from molagent.learn.local import fit_local
from molagent.protocols import NullProgress, Progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MODELS",
    "MoonshotScore",
    "bench_floors",
    "bench_moonshot",
    "bench_origins",
    "bench_product",
    "load_moonshot",
]

_ORIGINS: Final = ("202008", "202009", "202010")


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
    frame = load_moonshot(folder).dropna(subset=["date"])
    second = load_rapidfire(folder)
    shown = progress or NullProgress()
    shown.start("Moonshot", len(models))
    scores: list[MoonshotScore] = []
    for name in models:
        task = MoonshotTask.of(name, frame, second)
        scores.append(task.ahead(BORDER, "one-shot"))
        if rolling:
            scores.append(task.rolling())
        shown.advance(note=name)
    shown.finish()
    return scores


def bench_origins(
    folder: Path,
    models: Sequence[str] = tuple(MODELS),
    *,
    origins: Sequence[str] = _ORIGINS,
    progress: Progress | None = None,
) -> list[MoonshotScore]:
    """Train to the end of months of 2020 and test on the rest of 2020: what choices are made on.

    Nothing shipped in 2021 or later is read into a model, a calibration or a score.

    Parameters
    ----------
    models
        As :func:`bench_moonshot`.
    origins
        Last month trained on, ``yyyymm``.
    """
    frame = load_moonshot(folder).dropna(subset=["date"])
    frame = frame[frame["date"].str[:6] < BORDER]
    second = load_rapidfire(folder)
    second = second[second["date"].str[:6] < BORDER]
    shown = progress or NullProgress()
    shown.start("Moonshot within 2020", len(models))
    scores: list[MoonshotScore] = []
    for name in models:
        task = MoonshotTask.of(name, frame, second)
        for origin in origins:
            after = min(month for month in task.months.tolist() if month > origin)
            scores.append(task.ahead(after, f"to {origin}"))
        shown.advance(note=name)
    shown.finish()
    return scores


def bench_product(
    folder: Path, candidates: Sequence[str] = ("gp", "consensus", "boosted")
) -> MoonshotScore:
    """Let the product choose, fit and calibrate a model before 2021, and ask it about later ones.

    No name of a model is given: :func:`~molagent.learn.local.fit_local` compares its usual
    candidates on slices before 2021 and takes what its rule takes. Each later compound is asked
    about at the months that lay between.

    Parameters
    ----------
    candidates
        What is compared; the default is that of training a project's models. Those that are told a
        second assay get the RapidFire assay.

    Returns
    -------
    MoonshotScore
        ``model`` is the name of the candidate chosen; the spread before recalibration is not told.
    """
    frame = load_moonshot(folder).dropna(subset=["date"]).sort_values(["date", "compound_id"])
    early = frame["date"].str[:6] < BORDER
    second = load_rapidfire(folder)
    predictor = fit_local(
        "mpro_pic50",
        frame[early],
        target="SARS-CoV-2 main protease",
        unit="pIC50",
        source="COVID Moonshot",
        seed=0,
        candidates=candidates,
        second=second[second["date"].str[:6] < BORDER],
        second_name="RapidFire",
    )
    last = max(months_since(date) for date in frame.loc[early, "date"].tolist())
    late = frame[~early]
    mean, std = np.full(len(late), np.nan), np.full(len(late), np.nan)
    months = np.array([months_since(date) - last for date in late["date"].tolist()])
    for ahead in np.unique(months).tolist():
        here = months == ahead
        asked = late.loc[here, "smiles"].tolist()
        said = predictor.predict(asked, months_ahead=float(ahead))
        mean[here], std[here] = said.mean, said.std
    chosen = str(predictor.card["choice"]["chosen"])
    return score_rows(
        chosen,
        "one-shot, chosen before",
        Reports(late["p_value"].to_numpy(dtype=np.float64), relation_flags(late)),
        mean,
        std,
        latent=Need.LIMITS not in CANDIDATES[chosen].needs,
        raw=None,
        n_train=int(early.sum()),
        growth=float(predictor.card["calibration"]["ahead"]["growth"]),
    )


def bench_floors(folder: Path, model: str = "counts") -> "pd.DataFrame":
    """Return what the one-shot error is made of: baselines, and a model told what nobody knew.

    The rows that say ``oracle`` use the answers of the test slice. They are bounds, no results.

    Returns
    -------
    pandas.DataFrame
        ``what, rmse``, of compounds from 2021 on, limits as values.
    """
    import pandas as pd

    frame = load_moonshot(folder).dropna(subset=["date"])
    task = MoonshotTask.of(model, frame, load_rapidfire(folder))
    before = task.months < BORDER
    rows = task.predict([(0, before, ~before)])
    test = ~before & np.isfinite(rows.mean)
    observed = rows.observed[test]
    said = task.readout(rows.mean[test], rows.std[test])
    slope, shift = np.polyfit(said, observed, 1)
    monthly = task.rolling().rmse
    gap = observed - said
    found = {
        "mean of what was known": rmse(observed, rows.baseline_mean[test]),
        "nearest neighbour": rmse(observed, rows.baseline_nearest[test]),
        f"{model}, as fitted": rmse(observed, said),
        f"{model}, oracle shift by {gap.mean():+.2f}": rmse(observed, said + gap.mean()),
        f"{model}, oracle line (slope {slope:.2f})": rmse(observed, slope * said + shift),
        "oracle mean of the test slice": float(observed.std()),
        f"{model}, month by month": monthly,
    }
    for name, lowest, highest in (("out", 0.0, 0.45), ("near", 0.45, 0.65), ("in", 0.65, 1.1)):
        band = (rows.similarity[test] >= lowest) & (rows.similarity[test] < highest)
        label = f"{model}, band {name}: n = {int(band.sum())}, bias {gap[band].mean():+.2f}"
        found[label] = rmse(observed[band], said[band])
    return pd.DataFrame({"what": list(found), "rmse": list(found.values())})
