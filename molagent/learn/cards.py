"""The model card: what a model was trained on, how good it is, and whether to rely on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np

from molagent.learn.domain import (
    band_names,
    band_scales,
    measure_bands,
    recalibrated_coverage,
    row_scales,
)
from molagent.learn.evaluation import HeldOut, evaluate
from molagent.learn.selected import selected_shift
from molagent.records import FloatArray
from molagent.records.reliability import find_doubt

__all__ = ["CardFacts", "build_card", "data_hash", "held_out_calibration", "reliability"]

# The random split fills the near bands, the scaffold split the far ones.
_BAND_SPLITS: Final = ("scaffold", "random")
_PARITY_ROWS: Final = 2000
_HASH_DIGITS: Final = 16
# No assay repeats better than this (log units). Without replicates to tell, a structure that was
# measured once would otherwise be predicted with next to no error.
_LEAST_SD: Final = 0.1
_NOTE: Final = (
    "metrics are of the scaffold split; the spread is recalibrated on held-out residuals, so that"
    " the 90 % interval holds for scaffolds the model has not seen"
)
_NOTE_TIME: Final = (
    "the time split is the one to look at; metrics are of the scaffold split; the spread is"
    " recalibrated on slices predicted from what was measured before them, the latest weighing most"
)
_NOTE_DERIVED: Final = (
    "; learned from both assays together and judged on compounds that both were measured on; what"
    " their errors have in common cancels, so it is not the difference of the two predictions that"
    " stand beside it; 1.0 is ten-fold"
)
_NOTE_LIMITS: Final = (
    "; limits are trained on, so look at the figures with limits: on measured values alone, which"
    " only the stronger compounds have, such a model looks worse than it is"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What is known of the training data before anything is fitted.

    Attributes
    ----------
    derived_from
        What is subtracted from and what is subtracted, where the endpoint is a difference.
    errors_together
        Correlation of a difference's held-out errors with those of what is subtracted from.
    """

    endpoint: str
    target: str
    unit: str
    source: str
    assay: str
    assay_ids: tuple[str, ...] = ()
    n_train: int
    n_censored: int
    n_rejected: int
    data_hash: str
    snapshot: str = ""
    noise_floor: float | None
    derived_from: tuple[str, ...] = ()
    errors_together: float = 0.0


def data_hash(rows: list[tuple[str, str, float]]) -> str:
    """Return 16 hex digits of SHA-256 over sorted ``(smiles, relation, value)`` rows.

    Examples
    --------
    >>> data_hash([("C", "=", 1.0), ("N", "=", 2.0)]) == data_hash([("N", "=", 2.0), ("C", "=", 1)])
    True
    """
    text = "\n".join(sorted(f"{s}\t{r}\t{float(v):.6f}" for s, r, v in rows))
    return sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def reliability(splits: Mapping[str, Mapping[str, float | None]]) -> tuple[bool, str]:
    """Return whether a model may be relied on, and why not.

    The hardest split decides: the time split where there is one, else the scaffold split. The rule
    is that of every model, :func:`molagent.records.reliability.find_doubt`.

    Examples
    --------
    >>> split = {"n": 100, "rmse": 0.9, "rmse_mean": 1.0, "rmse_nearest": 0.8, "r2": 0.19}
    >>> reliability({"scaffold": split})[1]
    'its RMSE 0.90 on the scaffold split is no better than the nearest neighbour (0.80)'
    """
    name = "time" if "time" in splits else "scaffold"
    split = splits.get(name, {})
    # Limits count where there are any: see `evaluate`.
    end = "_with_limits" if "rmse_with_limits" in split else ""
    doubt = find_doubt(
        where=f"the {name} split",
        count=split.get(f"n{end}") or 0,
        error=split.get(f"rmse{end}"),
        baselines={
            "the nearest neighbour": split.get(f"rmse_nearest{end}"),
            "the mean": split.get(f"rmse_mean{end}"),
        },
        r2=split.get(f"r2{end}"),
    )
    return not doubt, doubt


def _parity_rows(held_out: HeldOut, std: FloatArray) -> list[list[float]]:
    """Return ``[observed, predicted, std]`` of held-out rows for a plot; at most 2,000, evenly."""
    rows = np.flatnonzero(held_out.done)
    if len(rows) > _PARITY_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, _PARITY_ROWS).astype(np.int64)]
    table = np.column_stack([held_out.observed[rows], held_out.mean[rows], std[rows]])
    return [[round(float(value), 4) for value in row] for row in table]


def held_out_calibration(scaffold: HeldOut) -> tuple[dict[str, Any], dict[str, float]]:
    """Return how the spread is recalibrated on scaffolds held out, and the factor of each band."""
    how = {
        "method": "conformal, on scaffolds held out",
        "coverage_last_slice": None,
        "n_last_slice": 0,
    }
    return how, band_scales(scaffold)


def build_card(
    facts: CardFacts,
    *,
    model_hash: str,
    held_out: Mapping[str, HeldOut],
    scales: Mapping[str, float],
    hyperparameters: Mapping[str, float],
    choice: Mapping[str, Any] | None = None,
    calibration: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the card, JSON-able; its keys are those of ``Predictor.card`` and more.

    Parameters
    ----------
    held_out
        What was predicted of the rows held out, a split each; ``scaffold`` must be there.
    scales
        Factor on the spread in each band of similarity.
    """
    splits = {
        name: {**evaluate(rows), "coverage_90_recalibrated": recalibrated_coverage(rows)}
        for name, rows in held_out.items()
    }
    shown = held_out["scaffold"]
    bands = measure_bands([held_out[name] for name in _BAND_SPLITS if name in held_out], scales)
    reliable, reason = reliability(splits)
    kind = str((choice or {}).get("title", "Gaussian process"))
    scaffold = splits["scaffold"]
    return {
        "endpoint": facts.endpoint,
        "title": f"{facts.target or facts.endpoint}, {kind} on this project's data",
        "unit": facts.unit,
        "kind": "local",
        "n_train": facts.n_train,
        "source": facts.source,
        "model_hash": model_hash,
        "reliable": reliable,
        "reason": reason,
        "metrics": {
            "rmse": scaffold.get("rmse"),
            "r2": scaffold.get("r2"),
            "coverage_90": scaffold.get("coverage_90_recalibrated"),
        },
        "note": (_NOTE_TIME if "time" in splits else _NOTE)
        + (_NOTE_LIMITS if facts.n_censored else "")
        + (_NOTE_DERIVED if facts.derived_from else ""),
        "target": facts.target,
        "assay": facts.assay,
        "assay_ids": list(facts.assay_ids),
        "data_hash": facts.data_hash,
        "snapshot": facts.snapshot,
        "n_censored": facts.n_censored,
        "n_rejected": facts.n_rejected,
        "splits": {name: dict(figures) for name, figures in splits.items()},
        "baselines": {
            "mean": scaffold.get("rmse_mean"),
            "nearest_neighbour": scaffold.get("rmse_nearest"),
        },
        "coverage_90": scaffold.get("coverage_90_recalibrated"),
        "std_scale": dict(scales),
        "std_floor": max(_LEAST_SD, facts.noise_floor or 0.0),
        "domain": bands,
        "noise_floor": facts.noise_floor,
        "selected": selected_shift(shown),
        "parity": _parity_rows(shown, shown.std * row_scales(band_names(shown.similarity), scales)),
        "hyperparameters": dict(hyperparameters),
        "choice": dict(choice or {"chosen": "gp", "boosted": 0.0}),
        "calibration": dict(calibration or {}),
        **_of_difference(facts),
    }


def _of_difference(facts: CardFacts) -> dict[str, Any]:
    """Return what only the card of a difference says."""
    if not facts.derived_from:
        return {}
    return {
        "derived_from": list(facts.derived_from),
        "errors_together": facts.errors_together,
    }
