"""How large a proposal may be where the campaign file does not say: as the series, and a bit."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.molecules import parse_smiles
from molagent.config import GenerateConfig

__all__ = ["SizeLimit", "size_limit"]

#: Heavy atoms beyond the series: a substituent more, such as a methoxyethyl.
ROOM: Final = 4
#: The largest that generators build.
LARGEST: Final = 60
_USUAL: Final = 36
_NEARLY_ALL: Final = 95


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """The largest proposal in heavy atoms, and in words where the number is from."""

    atoms: int
    why: str


def size_limit(generate: GenerateConfig, potent: pd.DataFrame) -> SizeLimit:
    """Return the campaign's limit of size.

    Parameters
    ----------
    potent
        The potent compounds, with ``smiles``; see :func:`molagent.sar.motifs.potent`.

    Examples
    --------
    >>> size_limit(GenerateConfig(), pd.DataFrame({"smiles": ["c1ccccc1CCN"] * 9})).atoms
    13
    """
    if generate.max_heavy_atoms is not None:
        return SizeLimit(generate.max_heavy_atoms, "[generate] max_heavy_atoms")
    if potent.empty:
        return SizeLimit(_USUAL, "no potent compound to follow")
    sizes = [parse_smiles(smiles).GetNumHeavyAtoms() for smiles in potent["smiles"]]
    most = int(np.percentile(sizes, _NEARLY_ALL, method="higher"))
    words = f"follows the series: 95 % of {len(sizes)} potent compounds have at most {most}"
    if most + ROOM > LARGEST:
        return SizeLimit(LARGEST, f"{words}; generators build no larger")
    return SizeLimit(most + ROOM, words)
