"""A fitted model of one endpoint: what it predicts, draws, says and keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from molagent.chem.likeness import Counts, count_features
from molagent.errors import ModelError
from molagent.learn.artifact import artifact_kind, read_artifact, write_artifact
from molagent.learn.boosted import BoostedTrees, tree_features
from molagent.learn.difference_process import DIFFERENCE_KIND, DifferenceProcess
from molagent.learn.domain import BANDS, band_names, row_scales
from molagent.learn.embedding import Features, embed
from molagent.learn.gaussian_process import GaussianProcess
from molagent.learn.horizon import Horizon, ahead_scales
from molagent.learn.two_part_process import TWO_PART_KIND, TwoPartProcess
from molagent.records import BoolArray, FloatArray, PredictionFrame

__all__ = ["LocalPredictor"]

_HAS_DOMAIN: Final = {band.name for band in BANDS if band.in_domain}
_PROCESSES: Final[Mapping[str, type[TwoPartProcess | DifferenceProcess]]] = {
    TWO_PART_KIND: TwoPartProcess,
    DIFFERENCE_KIND: DifferenceProcess,
}
_SECOND: Final = "second-opinion"
_SECOND_KIND: Final = "molagent-boosted-trees"


class LocalPredictor:
    """A model of one endpoint, with recalibrated spread and a model card.

    Use :func:`~molagent.learn.local.fit_local` or :meth:`load` to make one.

    Attributes
    ----------
    model
        The Gaussian process, in one part or two, or of two assays: it gives the spread, the domain
        and its part of the mean.
    trees, weight
        The second opinion, and its share of the mean, 0..1.
    """

    def __init__(
        self,
        model: GaussianProcess | TwoPartProcess | DifferenceProcess,
        card: Mapping[str, Any],
        *,
        trees: BoostedTrees | None = None,
    ) -> None:
        self.model = model
        self.card: dict[str, Any] = dict(card)
        self.endpoint = str(card["endpoint"])
        self.trees = trees
        self.weight = float(card["choice"]["boosted"]) if trees is not None else 0.0

    def predict(
        self, smiles_list: Sequence[str], *, months_ahead: float | None = None
    ) -> PredictionFrame:
        """Return mean and recalibrated standard deviation of a new measurement.

        NaN for a structure that cannot be read, and out of domain.

        Parameters
        ----------
        months_ahead
            When the structures will be measured, from the newest compound trained on: the farther,
            the wider, as far as the card's ``calibration`` saw it. None for the next ones. Without
            dates it changes nothing.
        """
        rows = self._rows(smiles_list)
        mean = np.full(len(smiles_list), np.nan)
        std = np.full(len(smiles_list), np.nan)
        in_domain = np.zeros(len(smiles_list), dtype=bool)
        if rows.readable.any():
            near = self.model.similarity(rows.counts)
            process, spread = self.model.predict(rows.features, near)
            mean[rows.readable] = process + self._correction(rows, process)
            bands = band_names(near.max(axis=1))
            floor = float(self.card["std_floor"])
            scale = self._scale(near.max(axis=1), months_ahead)
            std[rows.readable] = np.maximum(spread * scale, floor)
            in_domain[rows.readable] = [band in _HAS_DOMAIN for band in bands]
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=std,
            in_domain=in_domain,
            model_hash=str(self.card["model_hash"]),
        )

    @property
    def knows_horizon(self) -> bool:
        """Whether the intervals were calibrated for several months ahead: compounds had dates."""
        return "ahead" in self.card.get("calibration", {})

    def opinions(self, smiles_list: Sequence[str]) -> dict[str, FloatArray]:
        """Return what the process and the trees say apart, ``N`` each; NaN where unreadable.

        Where they disagree by more than the standard deviation, look at the structure again.
        """
        rows = self._rows(smiles_list)
        names = ["gaussian_process", *(["boosted_trees"] if self.trees is not None else [])]
        said = {name: np.full(len(smiles_list), np.nan) for name in names}
        if rows.readable.any():
            said["gaussian_process"][rows.readable] = self.model.predict(rows.features)[0]
            if self.trees is not None:
                said["boosted_trees"][rows.readable] = self.trees.predict(rows.columns)
        return said

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return joint draws of the noise-free value, ``draws x N``; NaN where unreadable.

        The draws spread around the mean by the same recalibration as the standard deviation. Two
        endpoints sampled with one seed are independent of each other.
        """
        rows = self._rows(smiles_list)
        result = np.full((draws, len(smiles_list)), np.nan)
        if rows.readable.any():
            near = self.model.similarity(rows.counts)
            mean, _ = self.model.predict(rows.features, near)
            scale = row_scales(band_names(near.max(axis=1)), self._scales)
            drawn = self.model.sample(rows.features, draws, _stream(self.endpoint, seed))
            centre = mean + self._correction(rows, mean)
            result[:, rows.readable] = centre + scale * (drawn - mean)
        return result

    def similarity(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return each structure's largest similarity to the training set, ``N``, 0..1 or NaN."""
        counts, readable = count_features(smiles_list, chiral=self._is_chiral)
        result = np.full(len(smiles_list), np.nan)
        if readable.any():
            result[readable] = self.model.similarity(counts[readable]).max(axis=1)
        return result

    def bands(self, smiles_list: Sequence[str]) -> list[str]:
        """Return each structure's domain band: ``in``, ``near``, ``out`` or ''."""
        return band_names(self.similarity(smiles_list))

    def save(self, folder: Path) -> None:
        """Write model and card to `folder`."""
        if self.trees is not None:
            write_artifact(
                folder / _SECOND,
                kind=_SECOND_KIND,
                tensors={"text": self.trees.to_bytes()},
                manifest={"model_hash": self.card["model_hash"]},
            )
        self.model.save(folder, extra={"card": self.card})

    @classmethod
    def load(cls, folder: Path) -> "LocalPredictor":
        """Return the predictor saved in `folder`; ModelError if it does not match its settings."""
        read = _PROCESSES.get(artifact_kind(folder), GaussianProcess)
        model, extra = read.load(folder)
        card = extra["card"]
        if "choice" not in card:
            raise ModelError(
                "the model was fitted by an earlier version",
                place=str(folder),
                remedy="fit the model again",
            )
        trees = None
        if card["choice"]["boosted"]:
            tensors, manifest = read_artifact(folder / _SECOND, kind=_SECOND_KIND)
            if manifest.get("model_hash") != card["model_hash"]:
                raise ModelError(
                    "the second opinion belongs to another model",
                    place=str(folder / _SECOND),
                    remedy="fit the model again",
                )
            trees = BoostedTrees.from_bytes(tensors["text"])
        return cls(model, card, trees=trees)

    def _scale(self, similarity: FloatArray, months_ahead: float | None) -> FloatArray:
        """Return the factor on the standard deviation, ``Q``."""
        ahead = self.card.get("calibration", {}).get("ahead")
        if months_ahead is None or ahead is None:
            return row_scales(band_names(similarity), self._scales)
        horizon = Horizon(ahead["base_months"], ahead["growth"], ahead["seen_months"])
        months = np.full(len(similarity), months_ahead)
        return ahead_scales(similarity, months, ahead["std_scale"], horizon)

    @property
    def _is_chiral(self) -> bool:
        """Whether the model was fitted on counts that tell enantiomers apart."""
        return bool(self.card.get("choice", {}).get("chiral", False))

    @property
    def _scales(self) -> Mapping[str, float]:
        scales: Mapping[str, float] = self.card["std_scale"]
        return scales

    def _rows(self, smiles_list: Sequence[str]) -> "_Rows":
        counts, readable = count_features(smiles_list, chiral=self._is_chiral)
        if not self.model.embeds:
            return _Rows(readable, counts[readable], counts[readable])
        embedding, known = embed(smiles_list)
        readable = readable & known
        return _Rows(readable, counts[readable], Features(counts[readable], embedding[readable]))

    def _correction(self, rows: "_Rows", mean: FloatArray) -> FloatArray:
        """Return how far the second opinion moves the mean, ``Q``."""
        if self.trees is None:
            return np.zeros(len(mean))
        return self.weight * (self.trees.predict(rows.columns) - mean)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Queries: which could be read, and the features of those."""

    readable: BoolArray
    counts: Counts
    features: Counts | Features

    @property
    def columns(self) -> npt.NDArray[np.float32]:
        """What trees split on."""
        embedding = self.features.embedding if isinstance(self.features, Features) else None
        return tree_features(self.counts, embedding)


def _stream(endpoint: str, seed: int) -> int:
    """Return a seed of the endpoint's own, so that two endpoints do not share their noise."""
    return int.from_bytes(sha256(f"{endpoint}\n{seed}".encode()).digest()[:8])
