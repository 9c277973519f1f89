"""A predictor fitted on the project's own measurements of one endpoint."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import rdkit

from molagent.chem.likeness import N_BINS
from molagent.learn.candidates import CANDIDATES, Candidate, Need
from molagent.learn.cards import CardFacts, build_card, held_out_calibration
from molagent.learn.choice import choose, compare, find_candidates, fitting
from molagent.learn.conformal import forward_coverage, forward_scales
from molagent.learn.domain import BANDS
from molagent.learn.evaluation import HeldOut, pooled_replicate_sd
from molagent.learn.horizon import Ahead, calibrate_ahead, hold_out_ahead
from molagent.learn.kernel_rows import Material
from molagent.learn.local_predictor import LocalPredictor
from molagent.learn.training_set import TrainingSet, make_splits
from molagent.threads import single_threaded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LocalPredictor", "fit_local"]

# An exact process takes N^3 time and N^2 memory; beyond this many rows it sees a sample, and the
# boosted trees all of them.
_EXACT_ROWS: Final = 4000
_SECOND_ROWS: Final = 1500
_MIN_FORWARD: Final = 30


def fit_local(
    endpoint: str,
    frame: "pd.DataFrame",
    *,
    target: str,
    unit: str,
    source: str,
    seed: int,
    assay: str = "",
    snapshot: str = "",
    candidates: Sequence[str] = ("gp",),
    second: "pd.DataFrame | None" = None,
    second_name: str = "",
) -> LocalPredictor:
    """Fit one endpoint, measure the model and write its card.

    Parameters
    ----------
    endpoint
        For example ``jak1_pki``.
    frame
        One row a compound: ``smiles``, ``p_relation`` (``= < >`` on the p scale), ``p_value``, and
        where known ``n_exact`` and ``sd`` (replicates behind a value), ``date`` and ``assay_id``.
        Rows with an unreadable structure or without a value are left out and counted in the card.
    target, unit, source, assay, snapshot
        For the card; `snapshot` is the hash of the data snapshot the frame comes from.
    seed
        Of the folds.
    candidates
        Names of :data:`molagent.learn.choice.CANDIDATES`. With several, the best on the rows held
        out forward in time (on new scaffolds, without dates) is taken, and the card says what was
        compared. Those with an embedding need the `adme` extra. Those in two parts are left out
        where there are fewer than ten limits, those with a second assay where none is given, those
        with trees where there are fewer than forty rows.
    second, second_name
        Another assay of the same target, a row a compound as in `frame`, for the candidates that
        are told one, and its name for the card.

    Raises
    ------
    InputError
        If a column is missing or fewer than five values are measured.
    """
    asked = find_candidates(candidates)
    embeds = any(Need.EMBEDDING in each.needs for each in asked)
    chiral = any(Need.STEREO in each.needs for each in asked)
    everything = TrainingSet.of(frame, embeds=embeds, chiral=chiral, place=endpoint)
    other = None if second is None else TrainingSet.of(second, embeds=embeds, place=second_name)
    data = everything.sample(_EXACT_ROWS, seed)
    with single_threaded():
        material = data.material(
            seed, None if other is None else other.sample(_SECOND_ROWS, seed), second_name
        )
        tried = [each.name for each in fitting(asked, material)]
        # Early, so that too few values are an error before any fold is fitted.
        _ = material.plain
        splits = make_splits(data, seed)
        deciding = "forward" if "forward" in splits else "scaffold"
        judged = compare(tried, material, splits[deciding])
        chosen, figures = choose(judged)
        held_out = {
            name: judged[chosen] if name == deciding else compare([chosen], material, rows)[chosen]
            for name, rows in splits.items()
        }
        winner = CANDIDATES[chosen]
        final = winner.final(material, everything)
        ahead = _look_ahead(winner, material, data)
    calibration, scales = _calibrate(held_out, ahead)
    facts = CardFacts(
        endpoint=endpoint,
        target=target,
        unit=unit,
        source=source,
        assay=assay,
        assay_ids=everything.assay_ids,
        n_train=len(everything.values),
        n_censored=int(np.sum(everything.censoring != 0)),
        n_rejected=len(frame) - len(everything.values),
        data_hash=everything.hash,
        snapshot=snapshot,
        noise_floor=pooled_replicate_sd(everything.sd, everything.n_exact),
    )
    hyper = final.process.hyperparameters
    card = build_card(
        facts,
        model_hash=_model_hash(
            endpoint, everything, seed, chosen, candidates, told=() if other is None else (other,)
        ),
        held_out=held_out,
        scales=scales,
        hyperparameters={
            "mean": hyper.mean,
            "signal_variance": hyper.signal_variance,
            "noise_variance": hyper.noise_variance,
            "share_of_counts": final.share,
        },
        choice={
            "chosen": chosen,
            "title": winner.title,
            "boosted": final.boosted,
            "split": deciding,
            "compared": figures,
            "n_process": len(data.values),
            "chiral": Need.STEREO in winner.needs,
            "second_assay": second_name if Need.SECOND in winner.needs else "",
            "left_out": [name for name in candidates if name not in tried],
        },
        calibration=calibration,
    )
    return LocalPredictor(final.process, card, trees=final.trees)


def _look_ahead(chosen: Candidate, material: Material, data: TrainingSet) -> Ahead | None:
    """Return what the chosen model says from each origin in time of everything after it."""
    calendar = data.calendar
    if calendar is None:
        return None
    periods, length = calendar
    return hold_out_ahead(
        chosen.estimate(material),
        material.kernel,
        data.values,
        data.censoring,
        periods,
        np.where(periods < 0, np.nan, periods.astype(np.float64) * length),
    )


def _calibrate(
    held_out: Mapping[str, HeldOut], ahead: Ahead | None
) -> tuple[dict[str, Any], dict[str, float]]:
    """Return how the spread is recalibrated, and the factors for the next compounds."""
    forward = held_out.get("forward")
    if forward is not None and int(forward.done.sum()) >= _MIN_FORWARD:
        last, count = forward_coverage(forward)
        method = "conformal, on slices predicted from what was measured before them, latest first"
        found: dict[str, Any] = {
            "method": method,
            "coverage_last_slice": last,
            "n_last_slice": count,
        }
        if ahead is not None:
            scales, horizon = calibrate_ahead(ahead)
            found["ahead"] = {
                "base_months": horizon.base,
                "growth": horizon.growth,
                "seen_months": horizon.seen,
                "std_scale": scales,
            }
        return found, forward_scales(forward)
    return held_out_calibration(held_out["scaffold"])


def _model_hash(
    endpoint: str,
    data: TrainingSet,
    seed: int,
    chosen: str,
    candidates: Sequence[str],
    *,
    told: Sequence[TrainingSet],
) -> str:
    """Return 16 hex digits over everything that decides what the model and its card say."""
    settings = f"{chosen}, {N_BINS} bins, bands {BANDS}, rdkit {rdkit.__version__}"
    compared = ", ".join(candidates)
    seen = [each.hash + each.circumstances for each in (data, *told)]
    text = "\n".join((settings, compared, endpoint, str(seed), *seen))
    return sha256(text.encode()).hexdigest()[:16]
