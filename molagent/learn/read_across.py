"""Read-across: what the nearest measured compounds say, where no model passed its checks.

Of few values it is the chemist's reflex: a close analogue is probably like its neighbours, and of
what has none nothing is said. Of thirty and more the neighbours are weighed by a Gaussian process:
what is proposed is made from the best measured compounds, and the nearest of them alone would hand
on the luck of its measurement (over the proposals of a campaign on histamine H3 the nearest three
rank them by 0.08, the process by 0.60, Spearman).
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np
from scipy.linalg import cho_solve

from molagent.chem.likeness import CountKernel, Counts, count_features
from molagent.errors import InputError
from molagent.learn.censored import SIDES
from molagent.learn.domain import BANDS
from molagent.learn.evaluation import rmse
from molagent.learn.gaussian_process import GaussianProcess
from molagent.records import FloatArray, PredictionFrame
from molagent.records.reliability import LEAST_HELD_OUT

__all__ = ["ReadAcross"]

#: Below it a compound is no neighbour: where the models' own domain ends.
_FLOOR: Final = min(band.lowest for band in BANDS if band.in_domain)
_NEIGHBOURS: Final = 3
# Of log units: what two measurements of one compound differ by at best, as on the models' cards.
_LEAST_SD: Final = 0.1
# Of log units: a neighbour's bound says on which side of its limit the value is, and not how far.
_LEAST_SD_OF_BOUND: Final = 1.0
# A spread of fewer values left out is noise: that of all values is taken where it is larger.
_MIN_LEFT_OUT: Final = 10


class ReadAcross:
    """What near measured compounds say: three of them, or by thirty and more a process of all.

    Parameters
    ----------
    endpoint
        What is measured.
    smiles_list, values
        ``N`` measured compounds and their values; of a bound, its limit.
    relations
        ``N``; ``=``, ``<`` or ``>``. All are exact where it is left out.
    instead_of
        The card of the model that failed its checks, as far as there is one: unit, source and what
        it is derived from.
    because
        Why it is not used, in words.

    Raises
    ------
    InputError
        If no structure can be read.

    Examples
    --------
    >>> measured = ["CCOc1ccccc1", "CCCOc1ccccc1", "CCCCOc1ccccc1"]
    >>> near = ReadAcross("x_pki", measured, [6.0, 6.4, 6.8], because="3 values")
    >>> told = near.predict(["CCCCCOc1ccccc1", "O=C(O)c1ccncc1"])
    >>> told.in_domain.tolist(), np.isnan(told.mean).tolist()
    ([True, False], [False, True])
    """

    def __init__(
        self,
        endpoint: str,
        smiles_list: Sequence[str],
        values: Sequence[float] | FloatArray,
        *,
        because: str,
        relations: Sequence[str] = (),
        instead_of: Mapping[str, Any] | None = None,
    ) -> None:
        counts, readable = count_features(smiles_list)
        if not readable.any():
            raise InputError(f"{endpoint} has no measured compound to read across from")
        self.endpoint = endpoint
        relations = relations or ["="] * len(smiles_list)
        known = counts[readable]
        self._values = np.asarray(values, dtype=np.float64)[readable]
        self._sides = np.array([SIDES.get(each, 0) for each in relations], dtype=np.int8)[readable]
        self._kernel = CountKernel(known)
        self._process: GaussianProcess | None = None
        self._widening = 1.0
        if int((self._sides == 0).sum()) >= LEAST_HELD_OUT:
            self._process = GaussianProcess.fit(known, self._values, self._sides)
            left_out, self._widening = _without_each(self._process)
            left_out = np.where(self._has_other(known), left_out, np.nan)
        else:
            left_out = self._left_out(known)
        self._std = self._spread(left_out)
        digest = sha256(f"{endpoint}\n{because}".encode())
        for smiles, relation, value in zip(smiles_list, relations, values, strict=True):
            digest.update(f"{smiles}\n{relation}{value!r}\n".encode())
        self.card = self._write_card(left_out, digest.hexdigest()[:16], because, instead_of or {})

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean and standard deviation; NaN and out of domain where no neighbour is near."""
        counts, similarity = self._near(smiles_list)
        known = similarity.max(axis=1) >= _FLOOR
        if self._process is None:
            mean, _, std = self._nearest(similarity)
        else:
            mean, std = self._process.predict(counts, similarity)
            mean = np.where(known, mean, np.nan)
            std = np.maximum(self._widening * std, _LEAST_SD)
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=np.where(known, std, np.nan),
            in_domain=known,
            model_hash=str(self.card["model_hash"]),
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return joint draws, ``draws x N``: analogues of one compound err together, in half."""
        counts, similarity = self._near(smiles_list)
        stream = int.from_bytes(sha256(f"{self.endpoint}\n{seed}".encode()).digest()[:8])
        if self._process is not None:
            drawn = self._process.sample(counts, draws, stream)
            middle, _ = self._process.predict(counts, similarity)
            wide = middle + self._widening * (drawn - middle)
            return np.where(similarity.max(axis=1) >= _FLOOR, wide, np.nan)
        mean, nearest, std = self._nearest(similarity)
        rng = np.random.default_rng(stream)
        shared = rng.standard_normal((draws, len(self._values)))[:, nearest]
        own = rng.standard_normal((draws, len(smiles_list)))
        return np.asarray(mean + std * np.sqrt(0.5) * (shared + own), dtype=np.float64)

    def _near(self, smiles_list: Sequence[str]) -> tuple[Counts, FloatArray]:
        counts, readable = count_features(smiles_list)
        similarity = np.zeros((len(smiles_list), len(self._values)))
        if readable.any():
            similarity[readable] = self._kernel(counts[readable])
        return counts, similarity

    def _nearest(self, similarity: FloatArray) -> tuple[FloatArray, Any, FloatArray]:
        """Return mean, NaN without a neighbour, the nearest's row, and standard deviation."""
        mean, order, weights = _nearest_mean(similarity, self._values)
        bound = ((self._sides[order] != 0) & (weights > 0)).any(axis=1)
        std = np.where(bound, np.maximum(self._std, _LEAST_SD_OF_BOUND), self._std)
        return mean, order[:, 0], std

    def _has_other(self, counts: Counts) -> Any:  # noqa: ANN401 - N booleans
        """Return which measured compounds have another one near."""
        similarity = self._kernel(counts)
        np.fill_diagonal(similarity, 0.0)
        return similarity.max(axis=1) >= _FLOOR

    def _left_out(self, counts: Counts) -> FloatArray:
        """Return what the others say of each measured compound; NaN where none of them is near."""
        similarity = self._kernel(counts)
        np.fill_diagonal(similarity, 0.0)
        return _nearest_mean(similarity, self._values)[0]

    def _spread(self, left_out: FloatArray) -> float:
        known = ~np.isnan(left_out) & (self._sides == 0)
        found = [_LEAST_SD]
        if known.any():
            found.append(rmse(self._values[known], left_out[known]))
        if int(known.sum()) < _MIN_LEFT_OUT and len(self._values) > 1:
            found.append(float(np.std(self._values, ddof=1)))
        return max(found)

    def _write_card(
        self, left_out: FloatArray, model_hash: str, because: str, failed: Mapping[str, Any]
    ) -> dict[str, Any]:
        known = ~np.isnan(left_out) & (self._sides == 0)
        told, bounds = int(known.sum()), int((self._sides != 0).sum())
        card = {
            "endpoint": self.endpoint,
            "title": f"{failed.get('target') or self.endpoint}, read across from near compounds",
            "unit": failed.get("unit", ""),
            "kind": "read_across",
            "n_train": len(self._values),
            "n_censored": bounds,
            "source": failed.get("source", ""),
            "model_hash": model_hash,
            "reliable": True,
            "reason": "",
            "metrics": {
                "rmse": rmse(self._values[known], left_out[known]) if told else None,
                "r2": None,
                "coverage_90": None,
            },
            "note": (
                f"No model: {because}. {self._way(bounds)}, and nothing is said of what has no"
                f" measured compound of similarity {_FLOOR:g} and above. {told} of"
                f" {int((self._sides == 0).sum())} compounds with an exact value have such a"
                " neighbour; the error is theirs, each left out."
            ),
            "stands_in_because": because,
        }
        return card | {name: failed[name] for name in ("derived_from",) if name in failed}

    def _way(self, bounds: int) -> str:
        if self._process is not None:
            return "A value is what a Gaussian process makes of the measured compounds around it"
        text = f"A value is the mean of up to {_NEIGHBOURS} near measured compounds"
        if not bounds:
            return text
        return (
            f"{text} (a bound counts as its limit, and the spread is then"
            f" {_LEAST_SD_OF_BOUND:g} at least)"
        )


def _without_each(process: GaussianProcess) -> tuple[FloatArray, float]:
    """Return what the others say of each row, and by how much that errs more than it says.

    Rasmussen and Williams 2006, equations 5.10 to 5.12. Rows of a bound are told by what the
    process takes for their value.
    """
    posterior = process.posterior
    inverse = cho_solve((posterior.factor, True), np.eye(len(posterior.targets)))
    variance = 1.0 / np.diagonal(inverse)
    errors = posterior.weights * variance
    exact = posterior.noise <= process.hyperparameters.noise_variance * (1.0 + 1e-9)
    widening = float(np.sqrt(np.mean(errors[exact] ** 2 / variance[exact])))
    return posterior.targets - errors, max(1.0, widening)


def _nearest_mean(similarity: FloatArray, values: FloatArray) -> tuple[FloatArray, Any, FloatArray]:
    """Return the weighted mean of the nearest values, NaN without one, their rows and weights."""
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :_NEIGHBOURS]
    weights = np.take_along_axis(similarity, order, axis=1)
    weights = np.where(weights >= _FLOOR, weights, 0.0)
    total = weights.sum(axis=1)
    summed = (weights * values[order]).sum(axis=1)
    mean = np.divide(summed, total, out=np.full(len(similarity), np.nan), where=total > 0)
    return mean, order, weights
