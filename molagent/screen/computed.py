"""Properties of the structure as predictors, so that a profile can ask for them by name."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np
from rdkit import rdBase

from molagent.chem.molecules import parse_smiles
from molagent.chem.properties import PROPERTIES
from molagent.errors import NotFoundError, StructureError
from molagent.records import FloatArray, PredictionFrame

__all__ = ["ComputedPredictor"]

_HASH_DIGITS = 16
# Most properties are counts and scores, which have none.
_UNITS: Final = ("g/mol", "A^2")


class ComputedPredictor:
    """Computes one property: no training data, no error of estimate, no domain to leave.

    Parameters
    ----------
    endpoint
        One of :data:`molagent.chem.properties.PROPERTIES`.

    Raises
    ------
    NotFoundError
        If there is no such property.

    Examples
    --------
    >>> frame = ComputedPredictor("mw").predict(["CC(=O)Oc1ccccc1C(=O)O", "c1ccc"])
    >>> frame.mean.round(1), frame.in_domain
    (array([180.2,   nan]), array([ True, False]))
    """

    def __init__(self, endpoint: str) -> None:
        if endpoint not in PROPERTIES:
            raise NotFoundError("property", endpoint, known=PROPERTIES)
        self.endpoint = endpoint
        self._function, meaning = PROPERTIES[endpoint]
        # Another RDKit may count or add up differently.
        version = f"RDKit {rdBase.rdkitVersion}"
        self.card: Mapping[str, Any] = {
            "endpoint": endpoint,
            "title": f"{endpoint}, computed",
            "unit": next((unit for unit in _UNITS if meaning.endswith(unit)), ""),
            "kind": "computed",
            "n_train": 0,
            "source": version,
            "model_hash": sha256(f"{endpoint}\n{version}".encode()).hexdigest()[:_HASH_DIGITS],
            "reliable": True,
            "reason": "",
            "metrics": {},
            "note": (
                f"{meaning}; computed from the structure, not learned: its error is that of the"
                " formula"
            ),
        }

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return the property with a standard deviation of 0; NaN where it cannot be computed."""
        mean = np.array([self._value(smiles) for smiles in smiles_list], dtype=np.float64)
        known = ~np.isnan(mean)
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=np.where(known, 0.0, np.nan),
            in_domain=np.asarray(known),
            model_hash=str(self.card["model_hash"]),
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:  # noqa: ARG002
        """Return the property once a draw, ``draws x N``: nothing of it is uncertain."""
        return np.tile(self.predict(smiles_list).mean, (draws, 1))

    def _value(self, smiles: str) -> float:
        try:
            return float(self._function(parse_smiles(smiles)))
        except StructureError:
            return float("nan")
