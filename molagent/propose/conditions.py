"""What a molecule may be asked to be: properties that condition the policy, each maskable.

The policy reads every property as a normalised number beside a flag that says whether it is
asked for, so one network answers any subset of them. Fragments are conditions too, but those are
the seed graph.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.chem.descriptors import DESCRIPTORS
from molagent.errors import InputError, NotFoundError

__all__ = [
    "NAMES",
    "PROPERTIES",
    "SCALES",
    "STRENGTH",
    "Conditions",
    "describe_mol",
    "draw_rows",
]

Floats = NDArray[np.float32]

# What RDKit computes; "activity" is the free slot of a project's own measured or predicted value.
PROPERTIES: Final = ("mw", "logp", "qed")
NAMES: Final = (*PROPERTIES, "activity")
# Centre and width that bring drug-like values near 0 and 1. Weights depend on them: never change.
SCALES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"mw": (320.0, 70.0), "logp": (2.5, 1.5), "qed": (0.75, 0.15), "activity": (0.0, 1.0)}
)
_CENTRES = np.array([SCALES[name][0] for name in NAMES], dtype=np.float64)
_WIDTHS = np.array([SCALES[name][1] for name in NAMES], dtype=np.float64)
HALF = 0.5
# At 2 the means of the samples meet what was asked for; as trained (1) they fall short of it.
STRENGTH, STRONGEST = 2.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Properties that proposals should have; None asks for nothing.

    Parameters
    ----------
    mw
        Average molecular weight, g/mol.
    logp
        Crippen logP (Wildman and Crippen 1999, doi:10.1021/ci990307l).
    qed
        Drug-likeness, 0 to 1 (Bickerton et al. 2012, doi:10.1038/nchem.1243).
    activity
        In standard deviations of the values that a fine-tuned policy was given.
    strength
        Factor on what the conditions change: 1 samples as trained, more steers harder and less
        broadly.

    Raises
    ------
    InputError
        If a value is not finite or cannot be reached.

    Examples
    --------
    >>> Conditions(mw=390.0).to_row().tolist()
    [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    """

    mw: float | None = None
    logp: float | None = None
    qed: float | None = None
    activity: float | None = None
    strength: float = STRENGTH

    def __post_init__(self) -> None:
        """Refuse values that no molecule has."""
        for name in NAMES:
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise InputError(f"condition {name} is {value}", remedy="give a number or nothing")
        if self.mw is not None and self.mw <= 0:
            raise InputError(f"condition mw is {self.mw:g} g/mol", remedy="ask for a mass above 0")
        if self.qed is not None and not 0.0 <= self.qed <= 1.0:
            raise InputError(f"condition qed is {self.qed:g}", remedy="ask for 0 to 1")
        if not 0.0 < self.strength <= STRONGEST:
            raise InputError(
                f"strength of conditions is {self.strength:g}",
                remedy=f"choose above 0, at most {STRONGEST:g}",
            )

    @classmethod
    def of(cls, asked: Mapping[str, float]) -> Conditions:
        """Return conditions from names and values.

        Raises
        ------
        NotFoundError
            If a name is no condition.
        InputError
            If a value cannot be reached.
        """
        for name in asked:
            if name not in (*NAMES, "strength"):
                raise NotFoundError("condition", name, known=(*NAMES, "strength"))
        return cls(**asked)

    @property
    def given(self) -> dict[str, float]:
        """What is asked for, by name."""
        values = {name: getattr(self, name) for name in NAMES}
        return {name: value for name, value in values.items() if value is not None}

    def to_row(self) -> Floats:
        """Return normalised values, 0 where nothing is asked, then flags; ``8``."""
        values = [getattr(self, name) for name in NAMES]
        given = np.array([value is not None for value in values])
        numbers = np.array([0.0 if value is None else value for value in values])
        return np.concatenate([np.where(given, normalise(numbers), 0.0), given]).astype(np.float32)


def normalise(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Bring values, ``... x 4`` in the order of `NAMES`, to the policy's scale."""
    result: NDArray[np.float64] = (values - _CENTRES) / _WIDTHS
    return result


def describe_mol(mol: Chem.Mol, names: Collection[str] = PROPERTIES) -> tuple[float, ...]:
    """Return the properties of a sanitised molecule in the order of `NAMES`, NaN if not in `names`.

    QED takes four times as long as the others together; activity is nothing that RDKit computes.

    Examples
    --------
    >>> [round(value, 1) for value in describe_mol(Chem.MolFromSmiles("CCO"), ["mw"])]
    [46.1, nan, nan, nan]
    """
    wanted = [name in names and name in PROPERTIES for name in NAMES]
    return tuple(
        float(DESCRIPTORS[name][0](mol)) if compute else math.nan
        for name, compute in zip(NAMES, wanted, strict=True)
    )


def draw_rows(values: Floats, rng: np.random.Generator) -> Floats:
    """Hide properties of training molecules at random.

    Half of the molecules hide everything, so that the policy stays a good unconditional one; the
    others hide each property with probability one half, except a known activity: few compounds
    have one. Unknown values (NaN) are always hidden.

    Parameters
    ----------
    values
        ``N x 4`` in the order of `NAMES`.
    rng
        Decides what is hidden.

    Returns
    -------
    numpy.ndarray
        ``N x 8``, see `Conditions.to_row`.
    """
    count = len(values)
    each = rng.random((count, len(NAMES))) < HALF
    each[:, NAMES.index("activity")] = True
    shown = (rng.random(count) < HALF)[:, None] & each
    shown &= np.isfinite(values)
    rows = np.where(shown, normalise(np.nan_to_num(values)), 0.0)
    return np.concatenate([rows, shown], axis=1).astype(np.float32)
