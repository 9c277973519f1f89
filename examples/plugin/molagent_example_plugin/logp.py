"""A predictor: Crippen's logP with the error its authors published.

A predictor has an ``endpoint``, a ``card``, ``predict`` and ``sample``. Its two duties beside the
number: to say how wrong it may be, and to say NaN, never 0.0, where it cannot tell.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final

import numpy as np
from molagent.chem.molecules import parse_smiles
from molagent.errors import StructureError
from molagent.records import FloatArray, PredictionFrame
from rdkit import Chem
from rdkit.Chem import Crippen

__all__ = ["LogPPredictor"]

# From the abstract of Wildman and Crippen 1999, doi:10.1021/ci990307l: 68 atomic contributions
# fitted to 9920 molecules with r2 = 0.918 and sigma = 0.677. They are figures of the fit, so a new
# series may well be further off.
N_TRAIN: Final = 9920
R2: Final = 0.918
SIGMA: Final = 0.677
ELEMENTS: Final = frozenset({"H", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I"})
HASH_DIGITS: Final = 16


class LogPPredictor:
    """Estimates the octanol/water partition coefficient of the neutral compound.

    Examples
    --------
    >>> frame = LogPPredictor().predict(["CC(=O)Oc1ccccc1C(=O)O", "c1ccccc"])
    >>> frame.mean.round(2).tolist(), frame.in_domain.tolist()
    ([1.31, nan], [True, False])
    """

    endpoint = "logp"

    def __init__(self) -> None:
        # Whatever can change an answer belongs in the hash: a prediction is traced by it.
        settings = f"Crippen logP, rdkit {version('rdkit')}, sigma {SIGMA}"
        self._hash = sha256(settings.encode()).hexdigest()[:HASH_DIGITS]

    @property
    def card(self) -> Mapping[str, Any]:
        """The model card; the report and the agents read every one of these keys."""
        return {
            "endpoint": self.endpoint,
            "title": "octanol/water logP, Crippen's atomic contributions",
            "unit": "log units",
            "kind": "regression",
            "n_train": N_TRAIN,
            "source": "Wildman and Crippen 1999, doi:10.1021/ci990307l, as in RDKit",
            "model_hash": self._hash,
            "reliable": True,
            "reason": "",  # why not, where it is not
            # None, not a guess, for what nobody has computed.
            "metrics": {"r2": R2, "sigma": SIGMA, "rmse": None, "coverage_90": None},
            "note": (
                "r2 and sigma are of the fit to its own training molecules, and sigma is given as"
                " the standard deviation of every prediction; no held-out figures. For the neutral"
                " form: it is no logD"
            ),
        }

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean, standard deviation and domain, one row a structure in input order."""
        mols = [_read(smiles) for smiles in smiles_list]
        mean = np.array([np.nan if mol is None else Crippen.MolLogP(mol) for mol in mols])
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean.astype(np.float64),  # an empty list would otherwise lose its type
            std=np.where(np.isnan(mean), np.nan, SIGMA),
            in_domain=np.array([mol is not None and _is_ordinary(mol) for mol in mols], dtype=bool),
            model_hash=self._hash,
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return draws, ``draws x N``; NaN columns where the structure cannot be read.

        The paper gives one sigma and no covariance, so errors are drawn independently. A model that
        knows how errors of analogues go together (a Gaussian process, an ensemble) should show it
        here: the batch is selected on these draws.
        """
        frame = self.predict(smiles_list)
        noise = np.random.default_rng(seed).standard_normal((draws, len(frame)))
        return frame.mean + frame.std * noise


def _read(smiles: str) -> Chem.Mol | None:
    try:
        return parse_smiles(smiles)
    except StructureError:
        return None


def _is_ordinary(mol: Chem.Mol) -> bool:
    """Return whether this is one neutral compound of the elements that most of the fit is about."""
    return (
        len(Chem.GetMolFrags(mol)) == 1
        and Chem.GetFormalCharge(mol) == 0
        and all(atom.GetSymbol() in ELEMENTS for atom in mol.GetAtoms())
    )
