"""A general model of an endpoint, corrected by local measurements of the same endpoint.

A model trained on the literature is wrong about a project in a systematic way: another protocol,
another corner of chemistry. What it misses, measured minus predicted, is a smooth function of
structure, and a Gaussian process on these residuals learns it from few points, where a local model
alone would have to learn the whole endpoint (Kennedy and O'Hagan 2001,
doi:10.1111/1467-9868.00294).

Near measured compounds the correction acts in full; far from them it shrinks to the average offset.
It is used only where it lowers the error on scaffolds it has not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from molagent.chem.likeness import Counts, count_features, minmax
from molagent.errors import InputError, ModelError
from molagent.learn.artifact import read_artifact, write_artifact
from molagent.learn.evaluation import Z_90, cross_validate, interval_scale, rmse
from molagent.learn.gaussian_process import GaussianProcess
from molagent.learn.splits import scaffold_folds
from molagent.protocols import Predictor
from molagent.records import BoolArray, FloatArray, PredictionFrame
from molagent.records.reliability import find_doubt
from molagent.threads import single_threaded

__all__ = ["CORRECTED_KIND", "MIN_LOCAL", "CorrectedPredictor", "Correction", "fit_correction"]

CORRECTED_KIND: Final = "molagent-corrected"
_RESIDUALS: Final = "residuals"

#: Fewer local measurements than this do not correct anything.
MIN_LOCAL: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Whether local data correct a general model, measured on a scaffold split.

    Attributes
    ----------
    predictor
        The better of the two: the corrected model where `used`, else the general one.
    used, reason
        Whether it is corrected, and why or why not.
    count
        Measured values it was decided on.
    rmse_before, rmse_offset, rmse_after
        Root mean square error on held-out scaffolds: of the general model, of it after its
        average error was taken off, and of the corrected one; NaN where nothing was fitted.
    coverage_90
        Of the corrected model's 90 % interval on the same rows, its width learned on the other
        folds.
    """

    predictor: Predictor
    used: bool
    reason: str
    count: int
    rmse_before: float
    rmse_offset: float
    rmse_after: float
    coverage_90: float


class CorrectedPredictor:
    """A general model plus a Gaussian process on what it missed.

    Use :func:`fit_correction` or :meth:`load` to make one.
    """

    def __init__(
        self, base: Predictor, residuals: GaussianProcess, scale: float, card: dict[str, Any]
    ) -> None:
        self.base = base
        self.residuals = residuals
        self.endpoint = base.endpoint
        self.card = card
        self._scale = scale

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean and standard deviation of a new local measurement.

        NaN where the general model has no answer.
        """
        frame = self.base.predict(smiles_list)
        counts, known = self._known(smiles_list, frame.mean)
        mean, std = frame.mean.copy(), np.full(len(frame.mean), np.nan)
        mean[~known] = np.nan
        if known.any():
            shift, spread = self.residuals.predict(counts[known])
            mean[known] += shift
            std[known] = self._scale * spread
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=std,
            in_domain=frame.in_domain & known,
            model_hash=str(self.card["model_hash"]),
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return joint draws of the corrected value, ``draws x N``; NaN where unknown."""
        mean = self.base.predict(smiles_list).mean
        counts, known = self._known(smiles_list, mean)
        result = np.full((draws, len(mean)), np.nan)
        if known.any():
            drawn = self.residuals.sample(counts[known], draws, seed)
            center, _ = self.residuals.predict(counts[known])
            result[:, known] = mean[known] + center + self._scale * (drawn - center)
        return result

    def save(self, folder: Path) -> None:
        """Write the correction and its card; the general model is not copied, only its hash."""
        self.residuals.save(folder / _RESIDUALS)
        write_artifact(
            folder,
            kind=CORRECTED_KIND,
            tensors={"scale": np.array([self._scale])},
            manifest={"card": self.card},
        )

    @classmethod
    def load(cls, folder: Path, base: Predictor) -> "CorrectedPredictor":
        """Return the correction saved in `folder`, of the general model it was fitted on.

        Parameters
        ----------
        base
            The general model.

        Raises
        ------
        ModelError
            If nothing readable is there, or `base` is another model than the one corrected.
        """
        tensors, manifest = read_artifact(folder, kind=CORRECTED_KIND)
        card = manifest["card"]
        known = (card["endpoint"], card["correction"]["base_hash"])
        given = (base.endpoint, base.card["model_hash"])
        if given != known:
            raise ModelError(
                f"the correction is of {known[0]} by model {known[1]}, not of {given[0]} by"
                f" {given[1]}",
                place=str(folder),
                remedy="give the general model it was fitted on, or correct again",
            )
        residuals, _ = GaussianProcess.load(folder / _RESIDUALS)
        return cls(base, residuals, float(tensors["scale"][0]), card)

    def _known(self, smiles_list: Sequence[str], mean: FloatArray) -> tuple[Counts, BoolArray]:
        counts, readable = count_features(smiles_list)
        return counts, readable & np.isfinite(mean)


def fit_correction(
    base: Predictor,
    smiles_list: Sequence[str],
    values: FloatArray,
    *,
    censoring: npt.NDArray[np.int8] | None = None,
    seed: int = 0,
) -> Correction:
    """Correct a general model by local measurements, if that helps on new scaffolds.

    Parameters
    ----------
    base
        A regression model of the same endpoint, in the unit of `values`.
    smiles_list, values
        ``N`` local measurements (or limits); rows that are unknown to either side are left out.
    censoring
        ``N``; 0 for a measured value, +1 where the true value lies above, -1 where it lies below.
    seed
        Of the folds.

    Raises
    ------
    InputError
        If `base` gives probabilities, which no measurement of a continuous endpoint corrects.
    """
    if base.card["kind"] == "classification":
        raise InputError(
            f"{base.endpoint} is a probability",
            remedy="correct a regression endpoint, or fit a local model",
        )
    flags = np.zeros(len(values), dtype=np.int8) if censoring is None else censoring
    counts, readable = count_features(smiles_list)
    predicted = base.predict(smiles_list).mean
    known = readable & np.isfinite(predicted) & np.isfinite(values)
    if (measured := int((known & (flags == 0)).sum())) < MIN_LOCAL:
        return _unused(base, measured, f"{measured} measured values are fewer than {MIN_LOCAL}")
    residuals = (values - predicted)[known]
    flags, counts = flags[known], counts[known]
    kept = [smiles for smiles, ok in zip(smiles_list, known, strict=True) if ok]
    folds = scaffold_folds(kept, seed=seed)
    with single_threaded():
        held_out = cross_validate(minmax(counts, counts), residuals, flags, folds)
    rows = held_out.done
    if not rows.any():
        return _unused(base, measured, "too few scaffolds to hold any out")
    observed, mean, std = held_out.observed[rows], held_out.mean[rows], held_out.std[rows]
    before = rmse(observed, np.zeros_like(observed))
    after = rmse(observed, mean)
    errors = (observed - mean) / std
    scale = interval_scale(errors)
    used = after < before
    verb = "falls" if used else "does not fall"
    reason = f"RMSE on held-out scaffolds {verb}: {before:.2f} as it comes, {after:.2f} corrected"
    figures = {
        "count": measured,
        "rmse_before": before,
        "rmse_offset": rmse(observed, held_out.baseline_mean[rows]),
        "rmse_after": after,
        "coverage_90": _coverage(errors, held_out.fold[rows]),
    }
    if not used:
        return Correction(predictor=base, used=False, reason=reason, **figures)  # type: ignore[arg-type]
    local = values[known][rows]
    doubt = find_doubt(
        where="the scaffolds held out of the local measurements",
        count=len(local),
        error=after,
        baselines={"their mean": float(local.std())},
        r2=1.0 - after**2 / float(local.var()) if local.var() > 0 else float("nan"),
    )
    card = _card(base, kept, residuals, figures, reason) | {"reliable": not doubt, "reason": doubt}
    model = GaussianProcess.fit(counts, residuals, flags)
    corrected = CorrectedPredictor(base, model, scale, card)
    return Correction(predictor=corrected, used=True, reason=reason, **figures)  # type: ignore[arg-type]


def _coverage(errors: FloatArray, folds: npt.NDArray[np.int64]) -> float:
    """Return the share of errors inside the interval, widened by what the other folds say."""
    inside = []
    for fold in np.unique(folds).tolist():
        others = errors[folds != fold]
        scale = interval_scale(others) if len(others) else 1.0
        inside.append(np.abs(errors[folds == fold]) <= Z_90 * scale)
    return float(np.mean(np.concatenate(inside)))


def _unused(base: Predictor, count: int, reason: str) -> Correction:
    nan = float("nan")
    return Correction(
        predictor=base,
        used=False,
        reason=reason,
        count=count,
        rmse_before=nan,
        rmse_offset=nan,
        rmse_after=nan,
        coverage_90=nan,
    )


def _card(
    base: Predictor,
    smiles_list: Sequence[str],
    residuals: FloatArray,
    figures: dict[str, Any],
    reason: str,
) -> dict[str, Any]:
    text = [str(base.card["model_hash"])]
    text += [f"{s}\t{r!r}" for s, r in zip(smiles_list, residuals.tolist(), strict=True)]
    note = f"{base.card['note']}; corrected by {len(smiles_list)} local measurements ({reason})"
    hashed = sha256("\n".join(text).encode()).hexdigest()[:16]
    return {
        **base.card,
        "endpoint": base.endpoint,
        "model_hash": hashed,
        "n_train": len(smiles_list),
        "correction": {**figures, "reason": reason, "base_hash": base.card["model_hash"]},
        "note": note,
    }
