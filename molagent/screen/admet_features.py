"""What admet-ai's networks read of an atom and of a bond: chemprop's second set of features."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from rdkit import Chem

__all__ = ["ATOM_WIDTH", "BOND_WIDTH", "atom_features", "bond_features"]

# Of each property the values with a place of their own; every other value shares one more place.
_ATOMIC_NUMBERS: Final = (*range(1, 37), 53)
_DEGREES: Final = tuple(range(6))
_CHARGES: Final = (-1, -2, 1, 2, 0)
_CHIRAL_TAGS: Final = tuple(range(4))
_HYDROGENS: Final = tuple(range(5))
_HYBRIDIZATIONS: Final = ("S", "SP", "SP2", "SP2D", "SP3", "SP3D", "SP3D2")
_BOND_TYPES: Final = ("SINGLE", "DOUBLE", "TRIPLE", "AROMATIC")
_STEREO: Final = tuple(range(6))
_MASS_SCALE: Final = 0.01


def _places(choices: Sequence[object]) -> Mapping[object, int]:
    return {choice: place for place, choice in enumerate(choices)}


_ATOM: Final = tuple(
    _places(choices)
    for choices in (
        _ATOMIC_NUMBERS, _DEGREES, _CHARGES, _CHIRAL_TAGS, _HYDROGENS, _HYBRIDIZATIONS,
    )
)  # fmt: skip
_TYPES: Final = _places(_BOND_TYPES)
ATOM_WIDTH: Final = sum(len(choices) + 1 for choices in _ATOM) + 2
BOND_WIDTH: Final = 1 + len(_BOND_TYPES) + 2 + len(_STEREO) + 1


def atom_features(atom: "Chem.Atom") -> npt.NDArray[np.float64]:
    """Return one place for each property's value, aromaticity, and a hundredth of the mass."""
    row = np.zeros(ATOM_WIDTH)
    values = (
        atom.GetAtomicNum(),
        atom.GetTotalDegree(),
        atom.GetFormalCharge(),
        int(atom.GetChiralTag()),
        atom.GetTotalNumHs(),
        str(atom.GetHybridization()),
    )
    at = 0
    for value, choices in zip(values, _ATOM, strict=True):
        row[at + choices.get(value, len(choices))] = 1.0
        at += len(choices) + 1
    row[at] = float(atom.GetIsAromatic())
    row[at + 1] = _MASS_SCALE * atom.GetMass()
    return row


def bond_features(bond: "Chem.Bond") -> npt.NDArray[np.float64]:
    """Return the type (no place for others), conjugation, ring membership and stereo of a bond.

    The first place says that there is no bond; here there always is one.
    """
    row = np.zeros(BOND_WIDTH)
    place = _TYPES.get(str(bond.GetBondType()))
    if place is not None:
        row[1 + place] = 1.0
    after = 1 + len(_BOND_TYPES)
    row[after] = float(bond.GetIsConjugated())
    row[after + 1] = float(bond.IsInRing())
    stereo = int(bond.GetStereo())
    row[after + 2 + (stereo if stereo in _STEREO else len(_STEREO))] = 1.0
    return row
