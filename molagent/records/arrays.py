"""Arrays by what they hold."""

import numpy as np
import numpy.typing as npt

__all__ = ["BoolArray", "FloatArray"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
