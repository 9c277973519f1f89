"""Another assay of the same target, told to a model beside the assay that it predicts.

A counter-format of the same biochemical test, or a screen that came first: it covers compounds that
the assay in question never saw. What must not happen is that a held-out compound is answered by
its own second measurement, so rows are let into training by structure and by date.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from molagent.chem.likeness import Counts
from molagent.learn.embedding import Embedding
from molagent.records import BoolArray, FloatArray

__all__ = ["SecondAssay"]


@dataclass(frozen=True, slots=True, eq=False)
class SecondAssay:
    """Rows of another assay.

    Attributes
    ----------
    name
        For the card.
    counts, embedding
        ``M`` rows; the embedding where a model asks for it.
    values, censoring
        ``M``; in the assay's own unit.
    same
        ``M``; the row of the predicted assay with the same structure, -1 for none.
    when
        ``M``; months since year 0, NaN where unknown.
    """

    name: str
    counts: Counts
    embedding: Embedding | None
    values: FloatArray
    censoring: npt.NDArray[np.int8]
    same: npt.NDArray[np.int64]
    when: FloatArray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    def usable(self, train: BoolArray, test: BoolArray, when: FloatArray) -> BoolArray:
        """Return which rows may be trained on beside `train` when `test` is predicted, ``M``.

        Never one of a structure in `test`. Where `test` lies after `train` in time, only what is
        dated before all of `test`.

        Parameters
        ----------
        train, test
            ``N``; rows of the predicted assay.
        when
            ``N``; months since year 0, NaN where unknown.
        """
        held_out = np.append(test, False)[self.same]
        late = when[test]
        if late.size and np.isfinite(late).all() and np.isfinite(when[train]).all():
            border = float(late.min())
            if train.any() and float(when[train].max()) < border:
                earlier: BoolArray = ~held_out & (self.when < border)
                return earlier
        return ~held_out
