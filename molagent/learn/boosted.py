"""Gradient-boosted trees on counts: the second opinion beside the Gaussian process.

LightGBM (Ke et al. 2017; MIT licence). Trees split on single features and the process compares
whole structures, so their errors differ and the mean of both is better than either.

A limit has no error on its right side: the gradient of such a row is zero there.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from molagent.errors import InputError, ModelError
from molagent.records import FloatArray

if TYPE_CHECKING:
    import lightgbm

__all__ = ["BoostedTrees", "tree_features"]

#: Fewer rows than this are too few.
MIN_ROWS: Final = 20
_ROUNDS: Final = 400
# Chosen once and the same for every endpoint: many short trees that each see a fifth of the bits.
_SETTINGS: Final[Mapping[str, Any]] = {
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 5,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "max_bin": 31,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}


class BoostedTrees:
    """A fitted ensemble of trees.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.poisson(1.0, (200, 5))
    >>> model = BoostedTrees.fit(x, 2.0 * x[:, 0])
    >>> bool(np.corrcoef(model.predict(x), x[:, 0])[0, 1] > 0.95)
    True
    """

    def __init__(self, booster: "lightgbm.Booster", offset: float) -> None:
        self._booster = booster
        self._offset = offset

    @classmethod
    def fit(
        cls,
        features: npt.NDArray[Any],
        values: FloatArray,
        censoring: npt.NDArray[np.int8] | None = None,
        *,
        seed: int = 0,
        rounds: int = _ROUNDS,
    ) -> "BoostedTrees":
        """Fit on ``N x D`` features and ``N`` values or limits.

        Parameters
        ----------
        censoring
            ``N``; 0 for a measured value, +1 where the true value lies above, -1 where below.

        Raises
        ------
        InputError
            If there are fewer than 20 rows.
        """
        import lightgbm

        if len(values) < MIN_ROWS:
            raise InputError(
                f"{len(values)} rows are too few for boosted trees",
                remedy=f"give at least {MIN_ROWS}",
            )
        flags = np.zeros(len(values), dtype=np.int8) if censoring is None else censoring
        offset = float(values.mean())
        rows = lightgbm.Dataset(
            _sparse(features), label=values - offset, params={"verbosity": -1, "max_bin": 31}
        )
        booster = lightgbm.train(
            {**_SETTINGS, "seed": seed, "objective": _objective(flags)}, rows, rounds
        )
        return cls(booster, offset)

    def predict(self, features: npt.NDArray[Any]) -> FloatArray:
        """Return one value a row, ``N``."""
        if not len(features):
            return np.zeros(0)
        answer = self._booster.predict(_sparse(features), num_threads=1)
        return np.asarray(answer, dtype=np.float64) + self._offset

    def to_bytes(self) -> npt.NDArray[np.uint8]:
        """Return the model as text in bytes, for the tensor file."""
        text = f"{self._offset!r}\n{self._booster.model_to_string()}"
        return np.frombuffer(text.encode(), dtype=np.uint8)

    @classmethod
    def from_bytes(cls, data: npt.NDArray[np.uint8]) -> "BoostedTrees":
        """Return the model that :meth:`to_bytes` wrote.

        Raises
        ------
        ModelError
            If the text is not of such a model.
        """
        import lightgbm

        try:
            offset, text = data.tobytes().decode().split("\n", 1)
            return cls(lightgbm.Booster(model_str=text), float(offset))
        except (ValueError, lightgbm.basic.LightGBMError) as error:
            raise ModelError(
                f"the boosted trees cannot be read ({error})", remedy="fit the model again"
            ) from error


def tree_features(
    counts: npt.NDArray[np.uint16], embedding: npt.NDArray[np.float32] | None = None
) -> npt.NDArray[np.float32]:
    """Return the columns that trees split on, ``N x D``: counts, then the embedding if any."""
    columns = counts.astype(np.float32)
    return columns if embedding is None else np.hstack([columns, embedding])


def _sparse(features: npt.NDArray[Any]) -> Any:  # noqa: ANN401 - scipy has no types
    from scipy.sparse import csr_matrix

    return csr_matrix(np.asarray(features, dtype=np.float32))


def _objective(
    censoring: npt.NDArray[np.int8],
) -> Callable[[FloatArray, "lightgbm.Dataset"], tuple[FloatArray, FloatArray]]:
    def squared(mean: FloatArray, rows: "lightgbm.Dataset") -> tuple[FloatArray, FloatArray]:
        error = mean - np.asarray(rows.get_label(), dtype=np.float64)
        error = np.where(censoring > 0, np.minimum(error, 0.0), error)
        error = np.where(censoring < 0, np.maximum(error, 0.0), error)
        # A constant second derivative keeps satisfied limits in the leaves' averages.
        return error, np.ones_like(error)

    return squared
