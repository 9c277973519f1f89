"""ChemNet activations, and the Frechet distance between two sets of molecules.

ChemNet (Mayr et al. 2018, doi:10.1039/C8SC00148K) reads a SMILES string and predicts assays; its
last hidden layer, 512 numbers, places molecules by chemistry and activity. The Frechet ChemNet
distance (Preuer et al. 2018, doi:10.1021/acs.jcim.8b00234) fits a Gaussian to the activations of
each set and takes the distance of the two Gaussians.

The weights come with the optional package fcd_torch. Only its file of tensors is read, without
unpickling objects; the forward pass is here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from rdkit import Chem
from torch import Tensor, nn

from molagent.errors import InputError, ModelError, StructureError

__all__ = ["ActivationStatistics", "ChemNet", "find_weights", "frechet_distance"]

_PACKAGE: Final = "fcd_torch"
_FILE: Final = "ChemNet_v0.13_pretrained.pt"
_LENGTH: Final = 350
_BATCH: Final = 256
_BLOCK: Final = 8_192
_FEWEST: Final = 2
# The order of the tokens is the order of the input channels of the first convolution.
_TOKENS: Final = (
    *("C", "N", "O", "H", "F", "Cl", "P", "B", "Br", "S", "I", "Si", "#", "(", ")", "+", "-"),
    *("1", "2", "3", "4", "5", "6", "7", "8", "=", "[", "]", "@", "c", "n", "o", "s", "X", "."),
)
_CHANNEL: Final = {token: number for number, token in enumerate(_TOKENS)}
_UNKNOWN: Final = _CHANNEL["X"]
_END: Final = _CHANNEL["."]
_SPLIT: Final = re.compile(r"Cl|Br|Si|.")
# Layers of the file: kind, inputs, outputs. Two convolutions of width 4 and stride 2, two LSTMs.
_LAYERS: Final = (("Conv1d", 35, 32), ("Conv1d", 32, 32), ("LSTM", 32, 128), ("LSTM", 128, 512))

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ActivationStatistics:
    """The Gaussian of a set's activations.

    Attributes
    ----------
    mean
        512 numbers.
    covariance
        512 x 512, with n - 1 in the denominator.
    """

    mean: FloatArray
    covariance: FloatArray

    @classmethod
    def of(cls, activations: npt.NDArray[np.float32]) -> "ActivationStatistics":
        """Return mean and covariance of activations, one row a molecule."""
        if len(activations) < _FEWEST:
            raise InputError(f"a covariance needs two molecules, not {len(activations)}")
        mean = activations.mean(axis=0, dtype=np.float64)
        products = np.zeros((mean.size, mean.size))
        for start in range(0, len(activations), _BLOCK):  # a wide copy of all takes gigabytes
            centred = activations[start : start + _BLOCK] - mean
            products += centred.T @ centred
        return cls(mean=mean, covariance=products / (len(activations) - 1))


def frechet_distance(left: ActivationStatistics, right: ActivationStatistics) -> float:
    """Return the squared Frechet distance of two Gaussians, which is how FCD is published.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``. The trace of the root is taken from the
    eigenvalues of ``C1^(1/2) C2 C1^(1/2)``, which has those of ``C1 C2`` and is symmetric, so a
    singular covariance (fewer molecules than dimensions) needs no correction.

    Examples
    --------
    >>> same, moved = np.zeros(2), np.array([3.0, 4.0])
    >>> frechet_distance(
    ...     ActivationStatistics(mean=same, covariance=np.eye(2)),
    ...     ActivationStatistics(mean=moved, covariance=4.0 * np.eye(2)),
    ... )
    27.0
    """
    if left.mean.shape != right.mean.shape:
        raise InputError(
            f"statistics of {left.mean.size} and {right.mean.size} dimensions cannot be compared"
        )
    values, vectors = np.linalg.eigh(left.covariance)
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    product = root @ right.covariance @ root
    shared = np.sqrt(np.clip(np.linalg.eigvalsh((product + product.T) / 2.0), 0.0, None)).sum()
    shift = left.mean - right.mean
    spread = np.trace(left.covariance) + np.trace(right.covariance)
    return float(shift @ shift + spread - 2.0 * shared)


def find_weights() -> Path:
    """Return the file of ChemNet weights in the installed package.

    Raises
    ------
    ModelError
        If the package is not installed; names the extra that installs it.
    """
    spec = find_spec(_PACKAGE)  # finds the folder; the package itself is never imported
    for folder in () if spec is None else spec.submodule_search_locations or ():
        if (path := Path(folder) / _FILE).is_file():
            return path
    raise ModelError(
        f"the ChemNet weights are not installed: no {_FILE} of the package {_PACKAGE}",
        remedy='pip install "molagent[bench]", or measure without the distance (--no-frechet)',
    )


class ChemNet:
    """The part of ChemNet up to its last hidden layer.

    Parameters
    ----------
    weights
        File of weights; None takes the installed package's.

    Raises
    ------
    ModelError
        If the file is missing, or is not ChemNet.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self._convolutions, self._recurrent = _read(weights or find_weights())

    def activations(self, smiles_list: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the last hidden layer, N x 512, in input order.

        Parameters
        ----------
        smiles_list
            Structures; each is made canonical first, as the published distances do.

        Raises
        ------
        StructureError
            If a structure cannot be read, or is longer than the 349 tokens that ChemNet sees.
        """
        found = np.empty((len(smiles_list), _LAYERS[-1][2]), dtype=np.float32)
        for start in range(0, len(smiles_list), _BATCH):
            tokens = [_encode(smiles) for smiles in smiles_list[start : start + _BATCH]]
            with torch.inference_mode():
                last = self._forward(torch.from_numpy(np.stack(tokens)))
                # Copied: the last step is a view that keeps all 88 steps of the batch alive.
                found[start : start + len(tokens)] = last.numpy()
        return found

    def describe(self, smiles_list: Sequence[str]) -> ActivationStatistics:
        """Return mean and covariance of the activations of two molecules or more."""
        return ActivationStatistics.of(self.activations(smiles_list))

    def _forward(self, tokens: Tensor) -> Tensor:
        """Return the activations, B x 512, of token numbers, B x 350; -1 is nothing."""
        # B x 35 x 350; ChemNet was trained on one-hot rows divided by the number of tokens
        hot = torch.nn.functional.one_hot(tokens + 1, len(_TOKENS) + 1)[:, :, 1:]
        signal = hot.transpose(1, 2).float() / len(_TOKENS)
        for convolution in self._convolutions:
            signal = torch.selu(convolution(_padded(signal)))
        steps = signal.transpose(1, 2).contiguous()  # B x 88 x 32
        for lstm in self._recurrent:
            steps, _ = lstm(torch.flip(steps, [1]))  # each LSTM reads its input backwards
        return steps[:, -1]


def _padded(signal: Tensor) -> Tensor:
    """Pad for a width of 4 and a stride of 2 the way the exported network expects.

    The two zeros of an even length go one to each side, the three of an odd length one before and
    two behind.
    """
    odd = signal.shape[2] % 2
    return torch.nn.functional.pad(signal, (1, 1 + odd))


def _encode(smiles: str) -> npt.NDArray[np.int64]:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or mol.GetNumAtoms() == 0:
        raise StructureError(f"ChemNet cannot read the structure {smiles!r}")
    found = [_CHANNEL.get(token, _UNKNOWN) for token in _SPLIT.findall(Chem.MolToSmiles(mol))]
    if len(found) >= _LENGTH:
        raise StructureError(
            f"the structure {smiles!r} has {len(found)} tokens, ChemNet reads {_LENGTH - 1}"
        )
    row = np.full(_LENGTH, -1, dtype=np.int64)
    row[: len(found) + 1] = [*found, _END]
    return row


def _read(path: Path) -> tuple[list[nn.Conv1d], list[nn.LSTM]]:
    try:
        layers = torch.load(path, map_location="cpu", weights_only=True)
        kinds = [kind for kind, _ in layers]
        states = [config[0] for _, config in layers]
        if kinds != [kind for kind, _, _ in _LAYERS]:
            raise ModelError(f"the layers {kinds} are not those of ChemNet", place=str(path))
        convolutions = [nn.Conv1d(i, o, 4, stride=2, bias=False) for _, i, o in _LAYERS[:2]]
        recurrent = [nn.LSTM(i, o, batch_first=True) for _, i, o in _LAYERS[2:]]
        modules: list[nn.Module] = [*convolutions, *recurrent]
        for module, state in zip(modules, states, strict=True):
            module.load_state_dict(state)
            module.requires_grad_(False).eval()  # noqa: FBT003 - torch's signature
    except UnpicklingError as error:  # its own text advises to load the file all the same
        raise ModelError("the file holds more than tensors", place=str(path)) from error
    except (OSError, RuntimeError, TypeError, ValueError, IndexError, KeyError) as error:
        raise ModelError(f"ChemNet cannot be read: {error}", place=str(path)) from error
    return convolutions, recurrent
