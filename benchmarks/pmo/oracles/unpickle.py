"""Plain arrays out of a scikit-learn pickle, without scikit-learn and without running it.

A pickle is a program. This reader knows the eight names that the PMO model files use and answers
each with a shell that only keeps what it is given; every other name is refused. scikit-learn
itself no longer reads these files: its tree nodes have another layout today.
"""

import pickle
from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from molagent.errors import FileFormatError

__all__ = ["Shell", "read_shell"]

_REMEDY = "unpack the wheel of molscore 1.9.5 again"

# What a damaged pickle raises; none of it ran foreign code.
_DAMAGE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    LookupError,
    OverflowError,
    TypeError,
    ValueError,
)


class Shell:
    """What a pickle said about one object: its attributes by name.

    Examples
    --------
    >>> shell = Shell()
    >>> shell.__setstate__({"_gamma": 0.1})
    >>> shell.number("_gamma")
    0.1
    """

    def __init__(self, *_: object) -> None:
        self._state: Mapping[str, object] = {}

    def __setstate__(self, state: object) -> None:
        """Keep `state`, as the pickle hands it over."""
        if not isinstance(state, dict):
            raise pickle.UnpicklingError(f"a state of type {type(state).__name__}")
        self._state = state

    def array(self, name: str) -> NDArray[Any]:
        """Return an attribute that is an array."""
        value = self._state.get(name)
        if not isinstance(value, _Array):
            raise self._wrong(name, value)
        return value.array()

    def number(self, name: str) -> float:
        """Return an attribute that is a number."""
        value = self._state.get(name)
        if not isinstance(value, int | float):
            raise self._wrong(name, value)
        return float(value)

    def shell(self, name: str) -> "Shell":
        """Return an attribute that is an object of its own."""
        value = self._state.get(name)
        if not isinstance(value, Shell):
            raise self._wrong(name, value)
        return value

    def shells(self, name: str) -> list["Shell"]:
        """Return an attribute that is a list of objects."""
        value = self._state.get(name)
        if not isinstance(value, list) or not all(isinstance(item, Shell) for item in value):
            raise self._wrong(name, value)
        return value

    @staticmethod
    def _wrong(name: str, value: object) -> FileFormatError:
        return FileFormatError(
            f"the model's {name!r} is of type {type(value).__name__}", remedy=_REMEDY
        )


class _Dtype:
    def __init__(self, spec: str, *_: object) -> None:
        self.dtype = np.dtype(spec)
        if self.dtype.hasobject:
            raise pickle.UnpicklingError("an array of objects")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, order, _, names, fields, *_ = state
        if names:
            self.dtype = np.dtype(
                {
                    "names": list(names),
                    "formats": [fields[name][0].dtype for name in names],
                    "offsets": [fields[name][1] for name in names],
                    "itemsize": self.dtype.itemsize,
                }
            )
        elif order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


class _Array:
    def __init__(self, *_: object) -> None:
        self._state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._state = state

    def array(self) -> NDArray[Any]:
        _, shape, kind, fortran, data = self._state
        # frombuffer reads no further than the bytes that are there, whatever the shape claims.
        return np.frombuffer(data, dtype=kind.dtype).reshape(shape, order="F" if fortran else "C")


class _Unused:
    """A class that the pickle names as an argument only."""


def _scalar(kind: _Dtype, data: bytes) -> object:
    return np.frombuffer(data, dtype=kind.dtype)[0].item()


_ALLOWED: Final = MappingProxyType[tuple[str, str], Callable[..., object]](
    {
        ("sklearn.ensemble._forest", "RandomForestClassifier"): Shell,
        ("sklearn.svm._classes", "SVC"): Shell,
        ("sklearn.tree._classes", "DecisionTreeClassifier"): Shell,
        ("sklearn.tree._tree", "Tree"): Shell,
        ("numpy", "dtype"): _Dtype,
        ("numpy", "ndarray"): _Unused,
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy.core.multiarray", "scalar"): _scalar,
    }
)


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def read_shell(data: bytes, *, place: str) -> Shell:
    """Return the model that `data` describes.

    Parameters
    ----------
    data
        The bytes of a pickle.
    place
        What to call it in an error.

    Raises
    ------
    FileFormatError
        If it names anything but the known classes, or is damaged.
    """
    try:
        model = _Reader(BytesIO(data)).load()
    except _DAMAGE as error:
        raise FileFormatError(f"not a model file ({error})", place=place, remedy=_REMEDY) from error
    if not isinstance(model, Shell):
        raise FileFormatError("not a model file", place=place, remedy=_REMEDY)
    return model
