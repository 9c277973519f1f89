"""The usable rows of an endpoint as arrays, and the ways to hold some of them out."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from molagent.chem.likeness import Counts, count_features, minmax
from molagent.chem.molecules import canonical_smiles
from molagent.errors import InputError
from molagent.learn.cards import data_hash
from molagent.learn.censored import SIDES
from molagent.learn.embedding import Embedding, Features, embed
from molagent.learn.evaluation import Split, fold_splits, forward_splits
from molagent.learn.horizon import months_of
from molagent.learn.kernel_rows import Material
from molagent.learn.second_assay import SecondAssay
from molagent.learn.splits import random_folds, scaffold_folds, time_periods, time_split
from molagent.records import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrainingSet", "make_splits"]

_COLUMNS: Final = ("smiles", "p_relation", "p_value")
_MIN_DATED: Final = 40
# Of the calendar; each is an origin that a model is fitted at.
_MOST_SLICES: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """The usable rows of a frame as arrays.

    Attributes
    ----------
    dates
        ``N``; sortable, None where unknown.
    chiral
        Counts that tell enantiomers apart; None where nobody asked for them.
    """

    smiles: npt.NDArray[np.object_]
    counts: Counts
    embedding: Embedding | None
    values: FloatArray
    censoring: npt.NDArray[np.int8]
    n_exact: npt.NDArray[np.int64]
    sd: FloatArray
    dates: npt.NDArray[np.object_]
    assay_ids: tuple[str, ...]
    hash: str
    chiral: Counts | None = None

    @classmethod
    def of(
        cls, frame: "pd.DataFrame", *, embeds: bool, chiral: bool = False, place: str = ""
    ) -> "TrainingSet":
        """Read a frame; :func:`molagent.learn.local.fit_local` says which columns.

        Raises
        ------
        InputError
            If a column is missing.
        """
        if missing := [name for name in _COLUMNS if name not in frame.columns]:
            raise InputError(
                f"columns {', '.join(missing)} are missing",
                place=place,
                remedy="give one row a compound, as learning_frame does",
            )
        values = frame["p_value"].to_numpy(dtype=np.float64, na_value=np.nan)
        relations = frame["p_relation"].astype(str).tolist()
        known = np.array([relation in SIDES for relation in relations], dtype=bool)
        smiles = frame["smiles"].astype(str).tolist()
        counts, readable = count_features(smiles)
        embedding = None
        if embeds:
            embedding, embedded = embed(smiles)
            readable = readable & embedded
        usable = readable & known & np.isfinite(values)
        kept = frame.loc[usable]
        relations = kept["p_relation"].astype(str).tolist()
        size = len(kept)
        rows = zip(kept["smiles"].astype(str), relations, values[usable].tolist(), strict=True)
        return cls(
            smiles=kept["smiles"].astype(str).to_numpy(dtype=object),
            counts=counts[usable],
            embedding=None if embedding is None else embedding[usable],
            values=values[usable],
            censoring=np.array([SIDES[relation] for relation in relations], dtype=np.int8),
            n_exact=kept["n_exact"].fillna(0).to_numpy(dtype=np.int64)
            if "n_exact" in kept
            else np.ones(size, dtype=np.int64),
            sd=kept["sd"].to_numpy(dtype=np.float64, na_value=np.nan)
            if "sd" in kept
            else np.full(size, np.nan),
            dates=kept["date"].astype(object).where(kept["date"].notna(), None).to_numpy()
            if "date" in kept
            else np.full(size, None, dtype=object),
            assay_ids=tuple(sorted({str(each) for each in kept["assay_id"].dropna()}))
            if "assay_id" in kept
            else (),
            hash=data_hash(list(rows)),
            chiral=count_features(kept["smiles"].astype(str).tolist(), chiral=True)[0]
            if chiral
            else None,
        )

    def sample(self, most: int, seed: int) -> "TrainingSet":
        """Return at most `most` rows, drawn at random; all of them where they are fewer."""
        if len(self.values) <= most:
            return self
        drawn = np.random.default_rng(seed).choice(len(self.values), most, replace=False)
        return self.take(np.sort(drawn))

    def take(self, rows: npt.NDArray[np.int64]) -> "TrainingSet":
        """Return the rows of these numbers."""
        return replace(
            self,
            smiles=self.smiles[rows],
            counts=self.counts[rows],
            embedding=None if self.embedding is None else self.embedding[rows],
            values=self.values[rows],
            censoring=self.censoring[rows],
            n_exact=self.n_exact[rows],
            sd=self.sd[rows],
            dates=self.dates[rows],
            chiral=None if self.chiral is None else self.chiral[rows],
        )

    def material(self, seed: int, second: "TrainingSet | None" = None, name: str = "") -> Material:
        """Return what candidates are fitted on.

        Parameters
        ----------
        second, name
            Rows of another assay of the target, and what it is called.
        """
        return Material(
            kernel=minmax(self.counts, self.counts),
            counts=self.counts,
            embedding=self.embedding,
            values=self.values,
            censoring=self.censoring,
            seed=seed,
            when=months_of(self.dates.tolist()),
            second=None if second is None else self._beside(second, name),
            chiral=self.chiral,
        )

    def _beside(self, second: "TrainingSet", name: str) -> SecondAssay:
        own = {canonical_smiles(smiles): row for row, smiles in enumerate(self.smiles.tolist())}
        same = [own.get(canonical_smiles(smiles), -1) for smiles in second.smiles.tolist()]
        return SecondAssay(
            name=name,
            counts=second.counts,
            embedding=second.embedding,
            values=second.values,
            censoring=second.censoring,
            same=np.array(same, dtype=np.int64),
            when=months_of(second.dates.tolist()),
        )

    @property
    def periods(self) -> npt.NDArray[np.int64] | None:
        """Slices of even count, ``N``, -1 without a date; None where too few rows have one."""
        dated = np.array([date is not None for date in self.dates], dtype=bool)
        if int(dated.sum()) < _MIN_DATED or len(set(self.dates[dated])) <= 1:
            return None
        periods = np.full(len(self.values), -1, dtype=np.int64)
        periods[dated] = time_periods(self.dates[dated].tolist())
        return periods

    @property
    def calendar(self) -> tuple[npt.NDArray[np.int64], int] | None:
        """Slices of even length in time, ``N``, -1 without a date, and their length in months.

        A month each, or more where ten of them would not hold everything. None where too few rows
        have a date.
        """
        when = months_of(self.dates.tolist())
        dated = np.isfinite(when)
        if int(dated.sum()) < _MIN_DATED:
            return None
        span = float(np.ptp(np.floor(when[dated]))) + 1.0
        length = int(np.ceil(span / _MOST_SLICES))
        periods = np.full(len(when), -1, dtype=np.int64)
        periods[dated] = np.floor(when[dated] / length).astype(np.int64)
        return (periods, length) if len(np.unique(periods[dated])) > 1 else None

    @property
    def circumstances(self) -> str:
        """16 hex digits over what is known of the rows beside their values: dates, replicates."""
        rows = zip(
            self.smiles.tolist(),
            self.dates.tolist(),
            self.n_exact.tolist(),
            self.sd.tolist(),
            strict=True,
        )
        text = "\n".join(sorted(f"{s}\t{date}\t{n}\t{sd:.6f}" for s, date, n, sd in rows))
        return sha256(text.encode()).hexdigest()[:16]

    @property
    def features(self) -> Counts | Features:
        """Counts, with the embedding where there is one."""
        return self.counts if self.embedding is None else Features(self.counts, self.embedding)


def make_splits(data: TrainingSet, seed: int) -> dict[str, list[Split]]:
    """Return the ways to hold out, those in time first; rows without a date are in none of them."""
    splits: dict[str, list[Split]] = {}
    periods = data.periods
    if periods is not None:
        dated: BoolArray = periods >= 0
        late: BoolArray = np.zeros(len(data.values), dtype=bool)
        late[dated] = time_split(data.dates[dated].tolist())
        splits["time"] = [(0, dated & ~late, late)]
        splits["forward"] = list(forward_splits(periods))
    splits["scaffold"] = list(fold_splits(scaffold_folds(data.smiles.tolist(), seed=seed)))
    splits["random"] = list(fold_splits(random_folds(len(data.values), seed=seed)))
    return splits
