"""Properties that are computed from the structure alone, by the names campaign files use."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from rdkit import Chem

from molagent.chem.descriptors import DESCRIPTORS

__all__ = ["PROPERTIES"]

_SPELT: Final = {
    "molecular_weight": "mw",
    "rotatable_bonds": "rotb",
    "hydrogen_bond_donors": "hbd",
    "hydrogen_bond_acceptors": "hba",
}

#: Name of a property -> (function of a molecule, unit or meaning).
PROPERTIES: Final[Mapping[str, tuple[Callable[[Chem.Mol], float], str]]] = MappingProxyType(
    {
        **DESCRIPTORS,
        **{name: DESCRIPTORS[short] for name, short in _SPELT.items()},
    }
)
