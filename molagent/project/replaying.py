"""A programme played again: what another way of choosing would have found, and how soon.

The compounds that were made stay the only ones that can be chosen, in another order. A way of
choosing sees structures of all of them and values of what it has tested, nothing else. So the
figures compare ways on one programme; they are not what a campaign that also designs would find.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from molagent.errors import InputError, NotFoundError
from molagent.learn.censored import SIDES
from molagent.project.replay_pool import AS_MADE, NEAREST, RANDOM, ReplayPool, play, recall
from molagent.protocols import NullProgress, Progress
from molagent.store.aggregates import aggregate_results
from molagent.store.batches import load_first_dates
from molagent.store.database import Database

if TYPE_CHECKING:
    from molagent.report.page import Picture

__all__ = ["REPLAY_WAYS", "Replay", "replay_history"]

# An exact process over the pool, time and again: more take hours.
_MOST: Final = 5000
_FEWEST_BEST: Final = 5
_SHARES: Final = (("half", 0.5), ("four fifths", 0.8))

#: Name -> settings of :func:`play`. Without a model: the history itself, chance, and the nearest
#: analogues of the best five. The last found most when other programmes were played again.
REPLAY_WAYS: Final[Mapping[str, Mapping[str, object]]] = {
    AS_MADE: {"strategy": AS_MADE},
    RANDOM: {"strategy": RANDOM},
    NEAREST: {"strategy": NEAREST},
    "greedy": {"strategy": "greedy", "draws": 400},
    "thompson": {"strategy": "thompson"},
    "upper bound, a fifth explored": {"strategy": "upper_bound", "draws": 400, "explore": 0.2},
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Replay:
    """A programme played by several ways.

    Attributes
    ----------
    compounds, undated
        How many were played, and how many left out for want of a date.
    best, mark, lowest
        How many compounds count as the best, the value of the last of them, and whether low values
        are wanted.
    start, batch
        Compounds known at the beginning, and tested in a round.
    curves
        ``way, seed, tested, recall``: the share of the best that was tested, 0..1.
    """

    endpoint: str
    unit: str
    compounds: int
    undated: int
    best: int
    mark: float
    lowest: bool
    start: int
    batch: int
    curves: pd.DataFrame

    def needed(self, share: float) -> pd.DataFrame:
        """Return how many compounds each way tested until it had a share of the best.

        Returns
        -------
        pandas.DataFrame
            ``way, tested`` (the median over seeds), ``least, most``, ``seeds``; NaN where a median
            seed never had it within what was played.
        """
        reached = self.curves[self.curves["recall"] >= share - 1e-9]
        first = reached.groupby(["way", "seed"], sort=False)["tested"].min()
        rows = []
        for way in self.curves["way"].unique():
            seeds = self.curves.loc[self.curves["way"] == way, "seed"].unique()
            each = [float(first.get((way, seed), np.inf)) for seed in seeds]
            told = np.where(np.isinf(each), np.nan, each)
            middle = float(np.median(each))
            rows.append(
                {
                    "way": way,
                    "tested": middle if np.isfinite(middle) else np.nan,
                    "least": float(np.nanmin(told)) if np.isfinite(each).any() else np.nan,
                    "most": float(max(each)) if np.isfinite(max(each)) else np.nan,
                    "seeds": len(seeds),
                }
            )
        return pd.DataFrame(rows)

    @property
    def picture(self) -> "Picture":
        """Curves and tables; a notebook shows it, ``write`` makes a page of it."""
        from molagent.report.replay import replay_picture

        return replay_picture(
            f"{self.endpoint} played again",
            self.sentence,
            self.curves,
            [(words, self.needed(share)) for words, share in _SHARES],
            best=self.best,
        )

    def _repr_html_(self) -> str:
        return self.picture._repr_html_()

    def __repr__(self) -> str:
        """Return the sentence."""
        return f"Replay({self.sentence})"

    @property
    def sentence(self) -> str:
        """What the programme needed for half of the best, and what the best way would have."""
        table = self.needed(0.5).set_index("way")["tested"]
        others = table.drop(AS_MADE, errors="ignore").dropna()
        made = table.get(AS_MADE, np.nan)
        text = (
            f"Half of the {self.best} best of {self.compounds} compounds ({self.endpoint}"
            f" {'up to' if self.lowest else 'from'} {self.mark:.2f}) were tested after"
        )
        told = [f"{made:.0f} as they were made"] if np.isfinite(made) else []
        if len(others):
            told.append(f"{others.min():.0f} by '{others.idxmin()}'")
        return f"{text} {', and '.join(told)}." if told else f"{text} more than were played."


def replay_history(
    db: Database,
    endpoint: str,
    *,
    ways: Sequence[str] = (),
    start: int = 50,
    batch: int = 24,
    upto: int = 0,
    top: float = 0.05,
    lowest: bool = False,
    seeds: int = 5,
    progress: Progress | None = None,
) -> Replay:
    """Play the history of an endpoint again.

    Parameters
    ----------
    ways
        Names of :data:`REPLAY_WAYS`; all without.
    start, batch, upto
        Compounds known at the beginning (the first by date), chosen a round, tested in the end; 0
        plays to half of the programme.
    top
        Share of the compounds that counts as the best.
    lowest
        Whether low values are wanted, as of a clearance.
    seeds
        Replays of what has draws in it; seeds 0, 1, 2 and so on.

    Raises
    ------
    NotFoundError
        If there is no such endpoint or way.
    InputError
        If too few compounds have a date and a value, or too many have.
    """
    chosen = list(dict.fromkeys(ways)) or list(REPLAY_WAYS)
    for name in chosen:
        if name not in REPLAY_WAYS:
            raise NotFoundError("way of choosing", name, known=REPLAY_WAYS)
    if upto and upto <= start:
        raise InputError(
            f"{upto} compounds tested in the end are no more than the {start} known at the"
            " beginning",
            remedy="give upto above start, or 0 for half of the programme",
        )
    pool, unit, undated = _history(db, endpoint, lowest=lowest)
    count = len(pool.worth)
    rows = sorted(pool.best(top))
    if count < start + 2 * batch or len(rows) < _FEWEST_BEST:
        raise InputError(
            f"{endpoint} has {count} compounds with a value and a date, {undated} without a date;"
            f" {start} known at the beginning and rounds of {batch} leave nothing to choose, or"
            f" fewer than {_FEWEST_BEST} count as the best",
            remedy="give smaller numbers, a larger share, or a date column in the file's layout",
        )
    if count > _MOST:
        raise InputError(
            f"{endpoint} has {count} compounds; at most {_MOST} are played",
            remedy="replay an endpoint, or a project, of one series",
        )
    last = min(upto or (count + start) // 2, count)
    shown = progress or NullProgress()
    plan = [(name, seed) for name in chosen for seed in range(_seeds(name, seeds))]
    shown.start(f"replay {endpoint}", len(plan))
    found = []
    for name, seed in plan:
        settings = REPLAY_WAYS[name]
        # The history is known to its end, and costs nothing.
        end = count if name == AS_MADE else last
        tested = play(pool, seed=seed, start=start, batch=batch, upto=end, top=top, **settings)  # type: ignore[arg-type]
        curve = recall(pool, tested, start=start, batch=batch, top=top)
        found += [
            {"way": name, "seed": seed, "tested": n, "recall": share} for n, share in curve.items()
        ]
        shown.advance(note=name)
    shown.finish()
    worst = float(pool.worth[rows].min())
    return Replay(
        endpoint=endpoint,
        unit=unit,
        compounds=count,
        undated=undated,
        best=len(rows),
        mark=-worst if lowest else worst,
        lowest=lowest,
        start=start,
        batch=batch,
        curves=pd.DataFrame(found),
    )


def _history(db: Database, endpoint: str, *, lowest: bool) -> tuple[ReplayPool, str, int]:
    """Return the compounds by date, the unit of their values, and how many have no date."""
    with db.read():
        table = aggregate_results(db, endpoint)
        dates = load_first_dates(db)
    dated = table.merge(dates, on="compound_id").sort_values(
        ["date", "compound_id"], kind="stable", ignore_index=True
    )
    sides = np.array([SIDES.get(str(each), 0) for each in dated["relation"]], dtype=np.int8)
    values = dated["value"].to_numpy(dtype=np.float64)
    names, smiles = dated["compound_id"].astype(str).tolist(), dated["smiles"].tolist()
    pool = (
        ReplayPool.of(names, smiles, -values, -sides)
        if lowest
        else ReplayPool.of(names, smiles, values, sides)
    )
    return pool, str(table["unit"].iloc[0]), len(table) - len(dated)


def _seeds(name: str, seeds: int) -> int:
    """Return how often a way is played: without draws every replay is the same."""
    return 1 if REPLAY_WAYS[name]["strategy"] in (AS_MADE, NEAREST) else seeds
