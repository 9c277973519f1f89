"""Predictors of a message-passing ensemble: one for each endpoint, all over the same networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from molagent.chem.likeness import CountKernel, Counts, count_features
from molagent.learn.domain import BANDS, band_names, row_scales
from molagent.learn.message_passing.ensemble import Ensemble, Estimate
from molagent.records import BoolArray, FloatArray, PredictionFrame

__all__ = ["MessagePassingModel", "MessagePassingPredictor"]

_INSIDE: Final = frozenset(band.name for band in BANDS if band.in_domain)


class MessagePassingModel:
    """An ensemble, the counts of its training structures, and a card for each endpoint.

    Parameters
    ----------
    ensemble
        Trained on all of the cards' data.
    counts
        ``M x 2 * N_BINS``; of the training structures, for the domain.
    cards
        Endpoint to card.
    """

    def __init__(
        self, ensemble: Ensemble, counts: Counts, cards: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.ensemble = ensemble
        self.cards = {name: dict(card) for name, card in cards.items()}
        self._kernel = CountKernel(counts)
        self._known: tuple[tuple[str, ...], _Answer] | None = None

    @property
    def endpoints(self) -> tuple[str, ...]:
        """What it estimates."""
        return self.ensemble.endpoints

    def predictor(self, endpoint: str) -> MessagePassingPredictor:
        """Return the predictor of one endpoint.

        Raises
        ------
        ValueError
            If the endpoint is not one of :attr:`endpoints`.
        """
        return MessagePassingPredictor(self, self.endpoints.index(endpoint))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Endpoints on which it beat a Gaussian process on held-out scaffolds."""
        return tuple(
            endpoint
            for endpoint in self.endpoints
            if self.cards[endpoint]["choice"]["chosen"] == "message_passing"
        )

    @property
    def predictors(self) -> dict[str, MessagePassingPredictor]:
        """Every endpoint's predictor."""
        return {endpoint: self.predictor(endpoint) for endpoint in self.endpoints}

    def answer(self, smiles_list: Sequence[str]) -> _Answer:
        """Return estimates of all endpoints; asking for the next endpoint costs nothing."""
        key = tuple(smiles_list)
        if self._known is None or self._known[0] != key:
            estimate, readable = self.ensemble.estimate_smiles(key)
            counts, _ = count_features(key)
            near = np.full(len(key), np.nan)
            if readable.any():
                near[readable] = self._kernel(counts[readable]).max(axis=1)
            self._known = (key, _Answer(estimate, readable, near))
        return self._known[1]

    def save(self, folder: Path) -> None:
        """Write networks, training counts and cards to `folder`."""
        self.ensemble.save(
            folder, {"cards": self.cards, "tensors": {"counts": self._kernel.reference}}
        )

    @classmethod
    def load(cls, folder: Path) -> MessagePassingModel:
        """Return the model saved in `folder`; ModelError if it does not match its settings."""
        ensemble, tensors, extra = Ensemble.load(folder)
        return cls(ensemble, tensors["counts"], extra["cards"])


class MessagePassingPredictor:
    """One endpoint of a :class:`MessagePassingModel`; a ``Predictor``."""

    def __init__(self, model: MessagePassingModel, task: int) -> None:
        self.model = model
        self.task = task
        self.endpoint = model.endpoints[task]
        self.card: dict[str, Any] = model.cards[self.endpoint]

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean and recalibrated standard deviation of a new measurement.

        NaN for a structure that cannot be read, and out of domain.
        """
        answer = self.model.answer(smiles_list)
        mean = np.full(len(smiles_list), np.nan)
        std = np.full(len(smiles_list), np.nan)
        mean[answer.readable] = answer.estimate.mean[:, self.task]
        spread = answer.estimate.std[:, self.task]
        scales = self._scales(answer)
        floor = float(self.card["std_floor"])
        std[answer.readable] = np.maximum(spread * scales, floor)
        bands = band_names(answer.similarity)
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=std,
            in_domain=np.array([band in _INSIDE for band in bands], dtype=bool),
            model_hash=str(self.card["model_hash"]),
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return joint draws of the noise-free value, ``draws x N``; NaN where unreadable.

        A draw is the mean plus a random mixture of the members' departures from it. Draws so have
        the members' covariance, between structures too: where the members agree they do not vary.
        """
        answer = self.model.answer(smiles_list)
        members = answer.estimate.members[:, :, self.task]
        mean = members.mean(axis=0)
        text = f"{self.endpoint}\n{seed}"
        rng = np.random.default_rng(int.from_bytes(sha256(text.encode()).digest()[:8]))
        weights = rng.standard_normal((draws, len(members)))
        departure = (members - mean) / np.sqrt(max(len(members) - 1, 1))
        result = np.full((draws, len(smiles_list)), np.nan)
        result[:, answer.readable] = mean + (weights @ departure) * self._scales(answer)
        return result

    def similarity(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return each structure's largest similarity to the training set, ``N``, 0..1 or NaN."""
        return self.model.answer(smiles_list).similarity

    def bands(self, smiles_list: Sequence[str]) -> list[str]:
        """Return each structure's domain band: ``in``, ``near``, ``out`` or ''."""
        return band_names(self.similarity(smiles_list))

    def save(self, folder: Path) -> None:
        """Write the whole model to `folder`."""
        self.model.save(folder)

    def _scales(self, answer: _Answer) -> FloatArray:
        scales: Mapping[str, float] = self.card["std_scale"]
        return row_scales(band_names(answer.similarity[answer.readable]), scales)


class _Answer:
    """Estimates of readable structures (``R``), which those are (``N``), similarity (``N``)."""

    def __init__(self, estimate: Estimate, readable: BoolArray, similarity: FloatArray) -> None:
        self.estimate = estimate
        self.readable = readable
        self.similarity = similarity
