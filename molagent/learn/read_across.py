"""Read-across: what the nearest measured compounds say, where no model passed its checks.

With a dozen values nothing can be held out that would say how good a model is. What is left is the
chemist's reflex: a close analogue is probably like its neighbours, and of what has none nothing is
said.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np

from molagent.chem.likeness import CountKernel, count_features
from molagent.errors import InputError
from molagent.learn.domain import BANDS
from molagent.learn.evaluation import rmse
from molagent.records import FloatArray, PredictionFrame

__all__ = ["ReadAcross"]

#: Below it a compound is no neighbour: where the models' own domain ends.
_FLOOR: Final = min(band.lowest for band in BANDS if band.in_domain)
_NEIGHBOURS: Final = 3
# Of log units: what two measurements of one compound differ by at best, as on the models' cards.
_LEAST_SD: Final = 0.1
# A spread of fewer values left out is noise: that of all values is taken where it is larger.
_MIN_LEFT_OUT: Final = 10


class ReadAcross:
    """The mean of up to three nearest measured compounds, weighted by similarity.

    Parameters
    ----------
    endpoint
        What is measured.
    smiles_list, values
        ``N`` measured compounds and their values; of a bound, its limit.
    instead_of
        The card of the model that failed its checks, as far as there is one: unit and source.
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
        instead_of: Mapping[str, Any] | None = None,
    ) -> None:
        counts, readable = count_features(smiles_list)
        if not readable.any():
            raise InputError(f"{endpoint} has no measured compound to read across from")
        self.endpoint = endpoint
        self._values = np.asarray(values, dtype=np.float64)[readable]
        self._kernel = CountKernel(counts[readable])
        left_out = self._left_out(counts[readable])
        self._std = self._spread(left_out)
        digest = sha256(f"{endpoint}\n{because}".encode())
        for smiles, value in zip(smiles_list, values, strict=True):
            digest.update(f"{smiles}\n{value!r}\n".encode())
        self.card = self._write_card(left_out, digest.hexdigest()[:16], because, instead_of or {})

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean and standard deviation; NaN and out of domain where no neighbour is near."""
        mean, _ = self._tell(smiles_list)
        known = ~np.isnan(mean)
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=np.where(known, self._std, np.nan),
            in_domain=known,
            model_hash=str(self.card["model_hash"]),
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return joint draws, ``draws x N``: analogues of one compound err together, in half."""
        mean, nearest = self._tell(smiles_list)
        stream = sha256(f"{self.endpoint}\n{seed}".encode()).digest()[:8]
        rng = np.random.default_rng(int.from_bytes(stream))
        shared = rng.standard_normal((draws, len(self._values)))[:, nearest]
        own = rng.standard_normal((draws, len(smiles_list)))
        return np.asarray(mean + self._std * np.sqrt(0.5) * (shared + own), dtype=np.float64)

    def _tell(self, smiles_list: Sequence[str]) -> tuple[FloatArray, Any]:
        counts, readable = count_features(smiles_list)
        similarity = np.zeros((len(smiles_list), len(self._values)))
        if readable.any():
            similarity[readable] = self._kernel(counts[readable])
        return _nearest_mean(similarity, self._values)

    def _left_out(self, counts: Any) -> FloatArray:  # noqa: ANN401 - counts, N x bins
        """Return what the others say of each measured compound; NaN where none of them is near."""
        similarity = self._kernel(counts)
        np.fill_diagonal(similarity, 0.0)
        return _nearest_mean(similarity, self._values)[0]

    def _spread(self, left_out: FloatArray) -> float:
        known = ~np.isnan(left_out)
        found = [_LEAST_SD]
        if known.any():
            found.append(rmse(self._values[known], left_out[known]))
        if int(known.sum()) < _MIN_LEFT_OUT and len(self._values) > 1:
            found.append(float(np.std(self._values, ddof=1)))
        return max(found)

    def _write_card(
        self, left_out: FloatArray, model_hash: str, because: str, failed: Mapping[str, Any]
    ) -> dict[str, Any]:
        known = ~np.isnan(left_out)
        told = int(known.sum())
        return {
            "endpoint": self.endpoint,
            "title": f"{failed.get('target') or self.endpoint}, read across from near compounds",
            "unit": failed.get("unit", ""),
            "kind": "read_across",
            "n_train": len(self._values),
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
                f"No model: {because}. A value is the mean of up to {_NEIGHBOURS} measured"
                f" compounds of similarity {_FLOOR:g} and above (a bound counts as its limit), and"
                f" nothing is said of what has none. {told} of {len(self._values)} measured"
                " compounds have such a neighbour; the error is theirs, each left out."
            ),
            "stands_in_because": because,
        }


def _nearest_mean(similarity: FloatArray, values: FloatArray) -> tuple[FloatArray, Any]:
    """Return the weighted mean of the nearest values, NaN without one, and the nearest's row."""
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :_NEIGHBOURS]
    weights = np.take_along_axis(similarity, order, axis=1)
    weights = np.where(weights >= _FLOOR, weights, 0.0)
    total = weights.sum(axis=1)
    summed = (weights * values[order]).sum(axis=1)
    mean = np.divide(summed, total, out=np.full(len(similarity), np.nan), where=total > 0)
    return mean, order[:, 0]
