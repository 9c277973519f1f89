"""Fingerprint files of FPSim2, searched as an index of our own is.

FPSim2 (Felix et al., https://github.com/chembl/FPSim2, MIT licence) keeps a table ``fps`` (id, one
64-bit word a column, popcount) and an array ``config`` (kind, parameters, RDKit's and its own
version). The settings are stored pickled: h5py reads their bytes and executes nothing, and of
pickle only plain values are accepted. Files carry ids, not structures.
"""

import io
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
import numpy.typing as npt
import rdkit
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.molecules import parse_smiles
from molagent.errors import FileFormatError
from molagent.patents.index.layout import FingerprintLayout
from molagent.patents.index.similarity import SimilarRow, find_similar

__all__ = ["FPSim2File", "read_fpsim2"]

_PARAMETERS: Final = frozenset(
    {
        "radius",
        "fpSize",
        "countSimulation",
        "includeChirality",
        "useBondTypes",
        "onlyNonzeroInvariants",
        "includeRingMembership",
        "includeRedundantEnvironments",
    }
)
_WORD: Final = 64


@dataclass(frozen=True, eq=False)
class FPSim2File:
    """The fingerprints of a file, in memory.

    Attributes
    ----------
    ids
        Id of each row, as the file gives them; rows are those of the file's table.
    parameters
        Of RDKit's Morgan generator.
    rdkit
        Version that made the fingerprints.
    """

    path: Path
    ids: npt.NDArray[np.int64]
    layout: FingerprintLayout
    parameters: Mapping[str, int | bool]
    rdkit: str

    def __len__(self) -> int:
        """Return how many fingerprints there are."""
        return len(self.ids)

    def find_similar(
        self, smiles_list: Sequence[str], *, at_least: float, top: int | None = None
    ) -> list[tuple[SimilarRow, ...]]:
        """Return rows at least this similar to each structure, nearest first, ties by row.

        Structures are taken as they are given: what was standardised before it was put into the
        file is standardised before it is asked for.

        Raises
        ------
        StructureError
            If a structure cannot be read.
        """
        parameters: Mapping[str, Any] = self.parameters
        generator = rdFingerprintGenerator.GetMorganGenerator(**parameters)
        words = [
            np.frombuffer(
                DataStructs.BitVectToBinaryText(generator.GetFingerprint(parse_smiles(smiles))),
                dtype="<u8",
            )
            for smiles in smiles_list
        ]
        bits = np.array(words, dtype=np.uint64).reshape(len(words), self.layout.n_words)
        return find_similar(self.layout, bits, at_least=at_least, top=top)


def read_fpsim2(path: Path, *, other_rdkit: bool = False) -> FPSim2File:
    """Read a file of Morgan fingerprints that FPSim2 0.6 or later wrote.

    Parameters
    ----------
    other_rdkit
        Whether a file that another version of RDKit made is accepted. Morgan bits rarely change
        between versions, but where they do, similarities are too low.

    Raises
    ------
    FileFormatError
        If it is no such file, its fingerprints are of another kind, or another RDKit made them.
    ImportError
        If h5py is not installed: the extra ``fpsim2``.
    """
    try:
        import h5py
        import hdf5plugin
    except ImportError as error:
        raise ImportError("FPSim2 files are read with: pip install molagent[fpsim2]") from error
    del hdf5plugin  # its import registers the compression of FPSim2's tables
    try:
        with h5py.File(path, "r") as file:
            kind, parameters, version = (_plain(bytes(file["config"][at]), path) for at in range(3))
            table = file["fps"][:]
    except (OSError, KeyError, IndexError, ValueError) as error:
        raise _refused(path, f"not a file of FPSim2 ({error})") from error
    parameters = _checked(path, kind, parameters, version, other_rdkit=other_rdkit)
    n_words = -(-int(parameters["fpSize"]) // _WORD)
    names = [f"f{word + 1}" for word in range(n_words)]
    if (
        not {"fp_id", *names} <= set(table.dtype.names or ())
        or f"f{n_words + 1}" in table.dtype.names
    ):
        raise _refused(path, f"the table has not {n_words} words a row")
    bits = _reversed_bits(np.stack([table[name] for name in names], axis=1))
    return FPSim2File(
        path, table["fp_id"], FingerprintLayout.from_bits(bits), parameters, str(version)
    )


def _checked(
    path: Path, kind: object, parameters: object, version: object, *, other_rdkit: bool
) -> dict[str, int | bool]:
    if kind != "Morgan" or not isinstance(parameters, dict) or "fpSize" not in parameters:
        raise _refused(path, f"fingerprints of kind {kind!r}", "only Morgan fingerprints are read")
    if unknown := set(parameters) - _PARAMETERS:
        raise _refused(path, f"unknown parameters {sorted(map(str, unknown))}")
    if not all(isinstance(value, int) for value in parameters.values()):
        raise _refused(path, f"parameters {parameters!r} are not numbers")
    if version != rdkit.__version__ and not other_rdkit:
        raise _refused(
            path,
            f"made with RDKit {version}, this is {rdkit.__version__}",
            "make it again, or accept it with other_rdkit=True",
        )
    return parameters


def _reversed_bits(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return words with their bits the other way round: FPSim2 reads them from a text of bits."""
    as_bytes = np.ascontiguousarray(words, dtype="<u8").view(np.uint8)
    bits = np.unpackbits(as_bytes, axis=1, bitorder="little").reshape(len(words), -1, _WORD)
    turned = np.packbits(bits[:, :, ::-1].reshape(len(words), -1), axis=1, bitorder="little")
    return turned.view("<u8").astype(np.uint64, copy=False)


class _PlainUnpickler(pickle.Unpickler):
    """Reads texts, numbers and dicts; whatever names a class or a function is refused."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")


def _plain(data: bytes, path: Path) -> Any:  # noqa: ANN401 - any plain value
    try:
        return _PlainUnpickler(io.BytesIO(data)).load()
    except Exception as error:
        raise _refused(path, f"its settings cannot be read ({error})") from error


def _refused(
    path: Path, message: str, remedy: str = "write it with FPSim2 0.6 or later"
) -> FileFormatError:
    return FileFormatError(message, place=str(path), remedy=remedy)
