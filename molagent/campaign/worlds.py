"""Joint draws of every endpoint: worlds that the models believe in.

Analogues succeed and fail together in a world, as a model's draws are joint. Endpoints are drawn
independently of each other but for a difference, which goes with what it is subtracted from, and
its mirror: where ``a`` less ``b`` is high, ``b`` less ``a`` is low.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np

from molagent.protocols import Predictor
from molagent.records import FloatArray

__all__ = ["SUBTRACTED", "joint_draws", "measured_worlds"]

#: The kind on the card of a difference of two predictions.
SUBTRACTED: Final = "derived"


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
        if predictor.card.get("kind") == SUBTRACTED and drawn.keys() >= set(parts):
            minuend, subtrahend = parts
            drawn[predictor.endpoint] = drawn[minuend] - drawn[subtrahend]
    return _together(predictors, drawn)


def _together(
    predictors: Sequence[Predictor], drawn: dict[str, FloatArray]
) -> dict[str, FloatArray]:
    """Let what was learned as a difference err with what it is subtracted from.

    By the correlation that the errors of the two had on held-out compounds. Of two differences of
    the same two endpoints the second is the first turned over. Mean and spread stay.
    """
    mixed = dict(drawn)
    told: dict[tuple[str, ...], str] = {}
    for predictor in predictors:
        share = float(predictor.card.get("errors_together", 0.0))
        parts = tuple(predictor.card.get("derived_from", ()))
        own = drawn[predictor.endpoint]
        if mirror := told.get(parts[::-1]):
            mixed[predictor.endpoint] = _moved(own, -_standard(mixed[mirror]))
        elif share and parts and parts[0] in drawn:
            both = share * _standard(drawn[parts[0]]) + np.sqrt(1.0 - share**2) * _standard(own)
            mixed[predictor.endpoint] = _moved(own, both)
        if parts:
            told[parts] = predictor.endpoint
    return mixed


def _moved(own: FloatArray, standard: FloatArray) -> FloatArray:
    """Return draws of the mean and spread of `own`; where the others are unknown, `own`."""
    said = own.mean(axis=0) + own.std(axis=0) * standard
    return np.where(np.isnan(said), own, said)


def _standard(values: FloatArray) -> FloatArray:
    """Return draws in standard deviations from their mean, compound by compound."""
    spread = values.std(axis=0)
    standard: FloatArray = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return standard


def _stream(endpoint: str, seed: int) -> int:
    """Return a seed of the endpoint's own for the noise of its measurements."""
    return int.from_bytes(sha256(f"noise of {endpoint}\n{seed}".encode()).digest()[:8])
