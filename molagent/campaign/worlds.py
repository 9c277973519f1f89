"""Joint draws of every endpoint: worlds that the models believe in.

Analogues succeed and fail together in a world, as a model's draws are joint. Endpoints are drawn
independently of each other but for a difference, which goes with what it is subtracted from.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np

from molagent.protocols import Predictor
from molagent.records import FloatArray

__all__ = ["joint_draws", "measured_worlds"]

_DERIVED: Final = "derived"


def joint_draws(
    predictors: Sequence[Predictor], smiles: Sequence[str], *, draws: int, seed: int
) -> dict[str, FloatArray]:
    """Return endpoint to joint draws of the true value, ``draws x N``; NaN is unknown."""
    drawn = {each.endpoint: each.sample(smiles, draws, seed) for each in predictors}
    return _together(predictors, drawn)


def measured_worlds(
    predictors: Sequence[Predictor], smiles: Sequence[str], *, draws: int, seed: int
) -> dict[str, FloatArray]:
    """Return endpoint to joint draws of what would be measured, ``draws x N``; NaN is unknown.

    On top of a joint draw comes the noise of a measurement, each compound its own, so that the
    spread is that of the predictions as they are shown. A difference of two predictions is taken
    world by world, so that its noise is that of the two measurements.
    """
    drawn: dict[str, FloatArray] = {}
    for predictor in predictors:
        latent = predictor.sample(smiles, draws, seed)
        rest = np.maximum(predictor.predict(smiles).std ** 2 - latent.var(axis=0), 0.0)
        noise = np.random.default_rng(_stream(predictor.endpoint, seed)).normal(size=latent.shape)
        drawn[predictor.endpoint] = latent + np.sqrt(rest) * noise
    for predictor in predictors:
        parts = predictor.card.get("derived_from", ())
        if predictor.card.get("kind") == _DERIVED and drawn.keys() >= set(parts):
            minuend, subtrahend = parts
            drawn[predictor.endpoint] = drawn[minuend] - drawn[subtrahend]
    return _together(predictors, drawn)


def _together(
    predictors: Sequence[Predictor], drawn: dict[str, FloatArray]
) -> dict[str, FloatArray]:
    """Let what was learned as a difference err with what it is subtracted from.

    By the correlation that the errors of the two had on held-out compounds; mean and spread stay.
    """
    mixed = dict(drawn)
    for predictor in predictors:
        share = float(predictor.card.get("errors_together", 0.0))
        minuend = next(iter(predictor.card.get("derived_from", ())), "")
        if share and minuend in drawn:
            own = drawn[predictor.endpoint]
            moved = share * _standard(drawn[minuend]) + np.sqrt(1.0 - share**2) * _standard(own)
            said = own.mean(axis=0) + own.std(axis=0) * moved
            mixed[predictor.endpoint] = np.where(np.isnan(said), own, said)
    return mixed


def _standard(values: FloatArray) -> FloatArray:
    """Return draws in standard deviations from their mean, compound by compound."""
    spread = values.std(axis=0)
    standard: FloatArray = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return standard


def _stream(endpoint: str, seed: int) -> int:
    """Return a seed of the endpoint's own for the noise of its measurements."""
    return int.from_bytes(sha256(f"noise of {endpoint}\n{seed}".encode()).digest()[:8])
