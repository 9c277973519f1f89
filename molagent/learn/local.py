"""A predictor fitted on the project's own measurements of one endpoint."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import rdkit

from molagent.errors import InputError
from molagent.learn.boosted import BoostedTrees, tree_features
from molagent.learn.cards import CardFacts, build_card, parity_rows
from molagent.learn.choice import (
    CANDIDATES,
    Candidate,
    choose,
    choose_share,
    compare,
    estimator,
)
from molagent.learn.conformal import forward_coverage, forward_scales
from molagent.learn.domain import (
    BANDS,
    band_names,
    band_scales,
    measure_bands,
    recalibrated_coverage,
    row_scales,
)
from molagent.learn.evaluation import HeldOut, evaluate, pooled_replicate_sd
from molagent.learn.gaussian_process import GaussianProcess, Posterior, fit_kernel
from molagent.learn.horizon import Ahead, calibrate_ahead, hold_out_ahead
from molagent.learn.kernel_rows import Material, Stack
from molagent.learn.kernels import N_BINS
from molagent.learn.local_predictor import LocalPredictor
from molagent.learn.threads import single_threaded
from molagent.learn.training_set import TrainingSet, make_splits
from molagent.learn.two_part import fit_two_part, has_two_parts
from molagent.learn.two_part_process import TwoPartProcess

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
        where there are fewer than ten limits, those with a second assay where none is given.
    second, second_name
        Another assay of the same target, a row a compound as in `frame`, for the candidates that
        are told one, and its name for the card.

    Raises
    ------
    InputError
        If a column is missing or fewer than five values are measured.
    """
    embeds = any(CANDIDATES[name].embeds for name in candidates if name in CANDIDATES)
    everything = TrainingSet.of(frame, embeds=embeds, place=endpoint)
    other = None if second is None else TrainingSet.of(second, embeds=embeds, place=second_name)
    data = everything.sample(_EXACT_ROWS, seed)
    with single_threaded():
        material = data.material(
            seed, None if other is None else other.sample(_SECOND_ROWS, seed), second_name
        )
        tried = _fitting(candidates, material)
        # Early, so that too few values are an error before any fold is fitted.
        plain = fit_kernel(material.kernel, data.values, data.censoring)
        splits = make_splits(data, seed)
        deciding = "forward" if "forward" in splits else "scaffold"
        judged = compare(tried, material, splits[deciding])
        chosen, figures = choose(judged)
        held_out = {
            name: judged[chosen] if name == deciding else compare([chosen], material, rows)[chosen]
            for name, rows in splits.items()
        }
        model, share = _final_model(CANDIDATES[chosen], material, data, plain)
        ahead = _look_ahead(CANDIDATES[chosen], material, data)
        trees = (
            BoostedTrees.fit(
                tree_features(
                    everything.counts,
                    everything.embedding if CANDIDATES[chosen].embeds else None,
                ),
                everything.values,
                everything.censoring,
                seed=seed,
            )
            if CANDIDATES[chosen].boosted
            else None
        )
    scaffold = held_out["scaffold"]
    calibration, scales = _calibrate(held_out, ahead)
    calibrated = scaffold.std * row_scales(band_names(scaffold.similarity), scales)
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
    hyper = model.hyperparameters
    card = build_card(
        facts,
        model_hash=_model_hash(
            endpoint, everything.hash, seed, chosen, other if CANDIDATES[chosen].second else None
        ),
        splits={
            name: {**evaluate(rows), "coverage_90_recalibrated": recalibrated_coverage(rows)}
            for name, rows in held_out.items()
        },
        scales=scales,
        bands=measure_bands([held_out["scaffold"], held_out["random"]], scales),
        parity=parity_rows(scaffold, calibrated),
        hyperparameters={
            "mean": hyper.mean,
            "signal_variance": hyper.signal_variance,
            "noise_variance": hyper.noise_variance,
            "share_of_counts": share,
        },
        choice={
            "chosen": chosen,
            "title": CANDIDATES[chosen].title,
            "boosted": CANDIDATES[chosen].boosted,
            "split": deciding,
            "compared": figures,
            "n_process": len(data.values),
            "second_assay": second_name if CANDIDATES[chosen].second else "",
            "left_out": [name for name in candidates if name not in tried],
        },
        calibration=calibration,
    )
    return LocalPredictor(model, card, trees=trees)


def _fitting(candidates: Sequence[str], material: Material) -> list[str]:
    """Return the candidates that these data can be fitted with; unknown names stay, to be told."""
    limits = has_two_parts(material.censoring)
    kept = []
    for name in candidates:
        known = CANDIDATES.get(name)
        if known is not None and known.two_part and not limits:
            continue
        if known is not None and known.second and material.second is None:
            continue
        kept.append(name)
    if not kept:
        raise InputError(
            f"none of {', '.join(candidates)} can be fitted on these data",
            remedy="a model in two parts needs ten limits below and ten values, one that is told a"
            " second assay needs `second`; add 'gp'",
        )
    return kept


def _final_model(
    chosen: Candidate, material: Material, data: TrainingSet, plain: Posterior
) -> tuple[GaussianProcess | TwoPartProcess, float]:
    """Return the process on all rows, and the share of the counts in its kernel."""
    everywhere = np.ones(len(data.values), dtype=bool)
    share = choose_share(material, everywhere) if chosen.embeds else 1.0
    if chosen.two_part:
        second = material.second if chosen.second else None
        stack = Stack.of(material, second, embeds=chosen.embeds)
        kernel = stack.kernel(share, np.flatnonzero(everywhere))
        parts = fit_two_part(kernel, stack.values, stack.censoring, stack.tasks, seed=material.seed)
        rows = stack.counts if stack.features is None else stack.features
        return TwoPartProcess(rows, len(data.values), parts, share=share), share
    if chosen.embeds:
        features = data.features
        return GaussianProcess.fit(features, data.values, data.censoring, share=share), share
    return GaussianProcess(data.counts, plain), share


def _look_ahead(chosen: Candidate, material: Material, data: TrainingSet) -> Ahead | None:
    """Return what the chosen model says from each origin in time of everything after it."""
    calendar = data.calendar
    if calendar is None:
        return None
    periods, length = calendar
    return hold_out_ahead(
        estimator(chosen, material),
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
    method = "conformal, on scaffolds held out"
    scales = band_scales(held_out["scaffold"])
    return {"method": method, "coverage_last_slice": None, "n_last_slice": 0}, scales


def _model_hash(
    endpoint: str, training_data: str, seed: int, chosen: str, second: TrainingSet | None
) -> str:
    """Return 16 hex digits over everything that decides what the model says."""
    settings = f"{chosen}, {N_BINS} bins, bands {BANDS}, rdkit {rdkit.__version__}"
    told = [] if second is None else [second.hash]
    text = "\n".join((settings, endpoint, training_data, str(seed), *told))
    return sha256(text.encode()).hexdigest()[:16]
