"""Distribution learning on MOSES: samples compared with held-out molecules.

MOSES (Polykovskiy et al. 2020, doi:10.3389/fphar.2020.565644). Valid, unique, novel, internal
diversity, nearest neighbour, scaffold similarity and the Frechet ChemNet distance follow the
paper's definitions and are computed here from its files. A sample of the training molecules of
the same size stands beside the generator's: no generator that imitates them should be expected to
do better.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcNumRings

from benchmarks.chemnet import ActivationStatistics, ChemNet, frechet_distance
from molagent.chem.fingerprints import morgan_bits
from molagent.chem.scaffolds import murcko_scaffold
from molagent.errors import InputError
from molagent.propose.sampler import GraphGenerator
from molagent.propose.training.corpus import read_smiles
from molagent.protocols import NullProgress, Progress

__all__ = ["MosesReport", "bench_moses"]

_BLOCK: Final = 4096
_FEWEST_RINGS: Final = 2
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MosesReport:
    """Distribution learning against one held-out file; None where it was not measured.

    Attributes
    ----------
    samples, seed, temperature
        What was drawn, and how.
    seconds
        Wall time of sampling alone.
    valid, unique_1k, unique_10k, unique, novel
        Shares; novel means absent from the whole training file.
    internal_diversity
        Mean Tanimoto distance over all pairs of samples (IntDiv).
    nearest, nearest_training
        Mean Tanimoto similarity to the nearest reference molecule (SNN), of the samples and of as
        many training molecules: the value to expect of a perfect copy of the distribution.
    scaffolds, scaffolds_training
        Cosine similarity of Murcko scaffold counts (Scaf), of the samples and of as many training
        molecules.
    frechet, frechet_training
        Frechet ChemNet distance (FCD), of the samples and of as many training molecules.
    """

    reference: str
    samples: int
    seed: int
    temperature: float
    seconds: float
    valid: float
    unique_1k: float
    unique_10k: float
    unique: float
    novel: float
    internal_diversity: float
    nearest: float
    nearest_training: float
    scaffolds: float
    scaffolds_training: float
    frechet: float | None = None
    frechet_training: float | None = None


@dataclass(frozen=True)
class _Molecules:
    """Structures with what the comparisons need."""

    smiles: Sequence[str]
    bits: npt.NDArray[np.uint64]
    scaffolds: Counter[str]
    activations: ActivationStatistics | None

    @classmethod
    def describe(cls, smiles: Sequence[str], chemnet: ChemNet | None) -> "_Molecules":
        activations = None if chemnet is None else chemnet.describe(smiles)
        return cls(smiles, morgan_bits(smiles), _scaffolds(smiles), activations)

    def frechet(self, other: "_Molecules") -> float | None:
        if self.activations is None or other.activations is None:
            return None
        return frechet_distance(self.activations, other.activations)


def bench_moses(
    train: Path,
    references: Sequence[Path],
    *,
    samples: int = 30_000,
    seed: int = 0,
    temperature: float = 1.0,
    generator: GraphGenerator | None = None,
    frechet: bool = True,
    chemnet: ChemNet | None = None,
    progress: Progress | None = None,
) -> list[MosesReport]:
    """Compare samples with held-out MOSES molecules.

    Parameters
    ----------
    train
        MOSES training molecules, a SMILES or CSV file; novelty is counted against all of them.
    references
        Files of held-out molecules: test, scaffold test.
    samples
        Molecules to draw; 30,000 is MOSES' own number.
    seed
        Seed of the draw.
    temperature
        Above 1 flattens every choice of the policy, below 1 sharpens it.
    generator
        What to measure; None takes the shipped weights, imitating the source named like `train`.
    frechet
        Whether to measure the Frechet ChemNet distance.
    chemnet
        Measures it; None takes the weights of fcd_torch.
    progress
        Receives one step a stage.

    Returns
    -------
    list
        One report a reference file, all of the same samples.

    Raises
    ------
    InputError
        If a file cannot be read or no sample is valid.
    NotFoundError
        If the shipped weights know no source of that name.
    """
    report = progress or NullProgress()
    report.start("MOSES", 2 + len(references))
    graph = generator or GraphGenerator(corpus=train.name)
    training = read_smiles(train)
    graph.sample(1, seed=seed)  # loads the weights outside the clock
    begun = time.perf_counter()
    drawn = graph.sample(samples, seed=seed, temperature=temperature)
    seconds = time.perf_counter() - begun
    report.advance()
    valid = [s for s in drawn if s is not None and Chem.MolFromSmiles(s) is not None]
    if not valid:
        raise InputError("no sample is a valid structure")
    order = np.random.default_rng(seed).permutation(len(training))[: len(valid)]
    chemnet = (chemnet or ChemNet()) if frechet else None
    found = _Molecules.describe(valid, chemnet)
    copy = _Molecules.describe([training[i] for i in order.tolist()], chemnet)
    distinct = set(valid)
    novel = len(distinct - set(training)) / len(distinct)
    diversity = 1.0 - _mean_similarity(found.bits)
    report.advance()
    reports = []
    for path in references:
        held_out = _Molecules.describe(read_smiles(path), chemnet)
        reports.append(
            MosesReport(
                reference=path.name,
                samples=samples,
                seed=seed,
                temperature=temperature,
                seconds=seconds,
                valid=len(valid) / len(drawn),
                unique_1k=_unique(valid[:1_000]),
                unique_10k=_unique(valid[:10_000]),
                unique=_unique(valid),
                novel=novel,
                internal_diversity=diversity,
                nearest=_nearest(found.bits, held_out.bits),
                nearest_training=_nearest(copy.bits, held_out.bits),
                scaffolds=_cosine(found.scaffolds, held_out.scaffolds),
                scaffolds_training=_cosine(copy.scaffolds, held_out.scaffolds),
                frechet=found.frechet(held_out),
                frechet_training=copy.frechet(held_out),
            )
        )
        report.advance()
    report.finish()
    return reports


def _unique(smiles: Sequence[str]) -> float:
    return len(set(smiles)) / len(smiles)


def _unpacked(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.float32]:
    """Return packed fingerprints as 0 and 1: products of such matrices count common bits."""
    return np.unpackbits(bits.view(np.uint8), axis=1).astype(np.float32)


def _similarity(left: npt.NDArray[np.uint64], right: npt.NDArray[np.uint64]) -> FloatArray:
    first, second = _unpacked(left), _unpacked(right)
    common = first @ second.T
    union = first.sum(1)[:, None] + second.sum(1)[None, :] - common
    similarity: FloatArray = (common / np.maximum(union, 1.0)).astype(np.float64)
    return similarity


def _blocks(bits: npt.NDArray[np.uint64]) -> Iterable[npt.NDArray[np.uint64]]:
    for start in range(0, len(bits), _BLOCK):
        yield bits[start : start + _BLOCK]


def _nearest(bits: npt.NDArray[np.uint64], reference: npt.NDArray[np.uint64]) -> float:
    best = np.zeros(len(bits))
    for block in _blocks(reference):
        for start in range(0, len(bits), _BLOCK):
            part = slice(start, start + _BLOCK)
            found = _similarity(bits[part], block).max(axis=1)
            best[part] = np.maximum(best[part], found)
    return float(best.mean())


def _mean_similarity(bits: npt.NDArray[np.uint64]) -> float:
    total = sum(
        float(_similarity(left, right).sum()) for left in _blocks(bits) for right in _blocks(bits)
    )
    return total / len(bits) ** 2


def _scaffolds(smiles_list: Sequence[str]) -> Counter[str]:
    """Count Murcko scaffolds with two or more rings, as MOSES does."""
    scaffolds = Counter(murcko_scaffold(smiles) for smiles in smiles_list)
    rings = {s: CalcNumRings(Chem.MolFromSmiles(s)) for s in scaffolds if s}
    return Counter({s: n for s, n in scaffolds.items() if s and rings[s] >= _FEWEST_RINGS})


def _cosine(left: Counter[str], right: Counter[str]) -> float:
    if not left or not right:
        return float("nan")
    common = sum(count * right[key] for key, count in left.items() if key in right)
    sizes = [float(np.sqrt(sum(c * c for c in counts.values()))) for counts in (left, right)]
    return common / (sizes[0] * sizes[1])
