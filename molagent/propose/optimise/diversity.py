"""Memory against repeating oneself: what was rewarded often is rewarded less.

Structures fall into buckets, and a bucket that has filled up gives no reward any more, so that the
search has to move on (Blaschke et al. 2020, doi:10.1186/s13321-020-00473-0). A bucket is a
Bemis-Murcko scaffold, its graph of carbons, or the neighbourhood of a kept structure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.scaffolds import murcko_scaffold, topological_scaffold
from molagent.errors import InputError, ModelError, NotFoundError
from molagent.records import FloatArray

__all__ = ["BUCKETS", "BucketMemory", "BucketSettings"]

MURCKO, TOPOLOGICAL, SIMILARITY = "murcko", "topological", "similarity"
BUCKETS: Final = (MURCKO, TOPOLOGICAL, SIMILARITY)
STEP, LINEAR = "step", "linear"
DISCOUNTS: Final = (STEP, LINEAR)

_SCAFFOLD: Final[Mapping[str, Callable[[str], str]]] = {
    MURCKO: murcko_scaffold,
    TOPOLOGICAL: topological_scaffold,
}


@dataclass(frozen=True, kw_only=True)
class BucketSettings:
    """How structures are put into buckets, and what a filling bucket costs.

    Attributes
    ----------
    kind
        ``murcko`` or ``topological`` scaffold; acyclic structures share one bucket. Or
        ``similarity``: the bucket of the most similar kept structure, or a new one.
    bucket_size
        A bucket with so many structures is full.
    least_total
        Structures with a lower total are neither remembered nor discounted: only what is good
        enough uses a bucket up.
    discount
        ``step``: 1 until the bucket is full, then 0. ``linear``: the share of the bucket that is
        still empty.
    threshold
        Tanimoto similarity (1024-bit Morgan, radius 2) from which on structures share a bucket of
        kind ``similarity``.
    """

    kind: str = MURCKO
    bucket_size: int = 25
    least_total: float = 0.4
    discount: str = STEP
    threshold: float = 0.6

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if self.kind not in BUCKETS:
            raise NotFoundError("diversity filter", self.kind, known=BUCKETS)
        if self.discount not in DISCOUNTS:
            raise NotFoundError("discount", self.discount, known=DISCOUNTS)
        if self.bucket_size < 1:
            raise InputError(
                f"bucket_size {self.bucket_size} is below 1", remedy="leave the filter out instead"
            )
        for name in ("least_total", "threshold"):
            if not 0.0 <= (value := getattr(self, name)) <= 1.0:
                raise InputError(f"{name} {value:g} is not in 0..1", remedy="correct it")


class BucketMemory:
    """Counts remembered structures by bucket; implements ``DiversityMemory``.

    Examples
    --------
    >>> memory = BucketMemory(BucketSettings(bucket_size=2))
    >>> toluene, phenol, aniline = "Cc1ccccc1", "Oc1ccccc1", "Nc1ccccc1"
    >>> memory.discount([toluene, phenol, aniline], np.array([0.9, 0.9, 0.9]))
    array([1., 1., 0.])
    >>> memory.exhausted("c1ccccc1")
    True
    """

    def __init__(self, settings: BucketSettings | None = None) -> None:
        self.settings = settings or BucketSettings()
        self.counts: dict[str, int] = {}
        self._leaders: npt.NDArray[np.uint64] = morgan_bits([])

    def discount(self, smiles_list: Sequence[str], totals: FloatArray) -> FloatArray:
        """Remember newly scored structures; return factors in [0, 1], one a structure.

        Structures of one batch fill the buckets in input order. An unknown total (NaN) is not
        remembered and has factor 1: unknown stays unknown.
        """
        factors = np.ones(len(smiles_list))
        for index, (smiles, total) in enumerate(zip(smiles_list, totals.tolist(), strict=True)):
            # Written so that NaN is not good enough.
            if not total >= self.settings.least_total:
                continue
            bucket = self._bucket(smiles)
            if bucket is None:
                bucket = self._open(smiles)
            before = self.counts.get(bucket, 0)
            factors[index] = self._factor(before)
            self.counts[bucket] = before + 1
        return factors

    def exhausted(self, smiles: str) -> bool:
        """Return whether a structure's bucket is full, so that replaying it would teach nothing."""
        bucket = self._bucket(smiles)
        return bucket is not None and self.counts.get(bucket, 0) >= self.settings.bucket_size

    def to_state(self) -> dict[str, object]:
        """Return the memory as JSON-like data."""
        return {"settings": asdict(self.settings), "counts": dict(self.counts)}

    def load_state(self, state: Mapping[str, object]) -> None:
        """Restore what `to_state` gave.

        Raises
        ------
        ModelError
            If it is the state of a memory with other settings.
        """
        counts = state.get("counts")
        if state.get("settings") != asdict(self.settings) or not isinstance(counts, Mapping):
            raise ModelError(
                f"the memory was kept with the settings {state.get('settings')}, "
                f"not {asdict(self.settings)}",
                remedy="go on with the diversity filter that the run began with",
            )
        self.counts = {str(bucket): int(count) for bucket, count in counts.items()}
        self._leaders = morgan_bits(list(self.counts) if self.settings.kind == SIMILARITY else [])

    def _bucket(self, smiles: str) -> str | None:
        """Return the bucket a structure falls into; None if it is like nothing kept so far."""
        if self.settings.kind in _SCAFFOLD:
            return _SCAFFOLD[self.settings.kind](smiles)
        if not self.counts:
            return None
        similarities = tanimoto(morgan_bits([smiles]), self._leaders)[0]
        nearest = int(similarities.argmax())
        # Dictionaries keep their order, so the leaders' rows are those of the counts.
        return (
            list(self.counts)[nearest] if similarities[nearest] >= self.settings.threshold else None
        )

    def _open(self, smiles: str) -> str:
        self._leaders = np.concatenate([self._leaders, morgan_bits([smiles])])
        return smiles

    def _factor(self, before: int) -> float:
        if self.settings.discount == STEP:
            return float(before < self.settings.bucket_size)
        return max(0.0, 1.0 - before / self.settings.bucket_size)
