"""Several endpoints of one set of compounds as a table with gaps: the labels of a multitask model.

A compound that was not measured on an endpoint is a gap there, not a zero; a limit is kept as a
limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from molagent.errors import InputError
from molagent.learn.cards import data_hash
from molagent.learn.censored import SIDES
from molagent.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TaskTable"]

_COLUMNS: Final = ("smiles", "p_relation", "p_value")
# On the scale of the values: the true value of '>' lies above.
_FEWEST: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class TaskTable:
    """Labels of ``M`` compounds on ``T`` endpoints.

    Attributes
    ----------
    endpoints
        ``T`` names.
    smiles
        ``M``; every compound once.
    labels
        ``M x T``; measured value or limit, NaN where there is none.
    censoring
        ``M x T``; 0 measured, +1 where the true value lies above `labels`, -1 where below.
    rejected
        ``T``; rows of each endpoint that had no value, or a relation that says nothing (``~``).
    """

    endpoints: tuple[str, ...]
    smiles: tuple[str, ...]
    labels: FloatArray
    censoring: npt.NDArray[np.int8]
    rejected: tuple[int, ...]

    @classmethod
    def of(cls, frames: Mapping[str, pd.DataFrame]) -> TaskTable:
        """Join one frame an endpoint: ``smiles``, ``p_relation``, ``p_value``, a row a compound.

        Raises
        ------
        InputError
            If a column is missing, a compound stands twice in one frame, or an endpoint has fewer
            than 50 measured values.
        """
        for endpoint, frame in frames.items():
            _require_usable(endpoint, frame)
        smiles = tuple(dict.fromkeys(s for f in frames.values() for s in f["smiles"].astype(str)))
        place = {text: row for row, text in enumerate(smiles)}
        values = np.full((len(smiles), len(frames)), np.nan)
        censoring = np.zeros((len(smiles), len(frames)), dtype=np.int8)
        rejected = []
        for task, (endpoint, frame) in enumerate(frames.items()):
            kept = _usable(frame)
            rows = [place[text] for text in kept["smiles"].astype(str)]
            values[rows, task] = kept["p_value"].to_numpy(dtype=np.float64)
            censoring[rows, task] = [SIDES[str(text)] for text in kept["p_relation"]]
            rejected.append(len(frame) - len(kept))
            exact = int(np.sum(np.isfinite(values[:, task]) & (censoring[:, task] == 0)))
            if exact < _FEWEST:
                raise InputError(
                    f"{exact} measured values are too few for a message-passing network",
                    place=endpoint,
                    remedy=f"give at least {_FEWEST}, or fit a Gaussian process",
                )
        return cls(tuple(frames), smiles, values, censoring, tuple(rejected))

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """True where there is a value or a limit, ``M x T``."""
        known: npt.NDArray[np.bool_] = np.isfinite(self.labels)
        return known

    def __len__(self) -> int:
        """Return the number of compounds."""
        return len(self.smiles)

    def rows(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> TaskTable:
        """Return the chosen compounds."""
        kept = np.arange(len(self))[chosen]
        return TaskTable(
            self.endpoints,
            tuple(self.smiles[row] for row in kept.tolist()),
            self.labels[kept],
            self.censoring[kept],
            self.rejected,
        )

    def task_hash(self, task: int) -> str:
        """Return the hash of one endpoint's rows, as a card states it."""
        words = {0: "=", 1: ">", -1: "<"}
        known = np.flatnonzero(self.measured[:, task]).tolist()
        return data_hash(
            [
                (
                    self.smiles[row],
                    words[int(self.censoring[row, task])],
                    float(self.labels[row, task]),
                )
                for row in known
            ]
        )


def _require_usable(endpoint: str, frame: pd.DataFrame) -> None:
    if missing := [name for name in _COLUMNS if name not in frame.columns]:
        raise InputError(
            f"columns {', '.join(missing)} are missing",
            place=endpoint,
            remedy="give one row a compound, as learning_frame does",
        )
    twice: Sequence[object] = frame["smiles"][frame["smiles"].duplicated()].tolist()
    if twice:
        raise InputError(
            f"{twice[0]!r} stands in {len(twice) + 1} rows",
            place=endpoint,
            remedy="give one row a compound: a mean of its measurements, or the tightest limit",
        )


def _usable(frame: pd.DataFrame) -> pd.DataFrame:
    values = frame["p_value"].to_numpy(dtype=np.float64, na_value=np.nan)
    known = [str(relation) in SIDES for relation in frame["p_relation"]]
    kept: pd.DataFrame = frame.loc[np.isfinite(values) & np.array(known, dtype=bool)]
    return kept
