"""A programme played again, to see how soon a way of choosing finds its best compounds.

The protocol, for the COVID Moonshot (CC0, doi:10.1126/science.abo7201):

- *Pool.* Every non-covalent compound with an IC50 in the fluorescence assay and with an order or
  shipment date: 1,558. Its value is the mean pIC50 of its measured rows; where all rows are limits,
  it stands at the limit (``> 99.5 uM`` at 4.00), as a team would rank it.
- *Start.* The first 50 by date (the earlier of order and shipment; ties by name).
- *Round.* Fit a Gaussian process on what has been tested, choose 50, learn their values. Limits
  enter the likelihood as limits where `censored` is set, else at their value.
- *Score.* Recall of the top 5 % (78 compounds): the share of them that has been tested.

The choice sees structures of the pool and values of what was tested, nothing else. A seed changes
the draws only, so the strategies without draws give one curve.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from molagent.errors import FileFormatError, NotFoundError
from molagent.project.replay_pool import ReplayPool, play, recall
from molagent.protocols import NullProgress, Progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REPLAY_STRATEGIES", "bench_replay", "read_moonshot_pool", "replay"]

_FITS: Final = "clean_cdd_noncovalent_dates_2023_10_18_filt.csv"
_DATES: Final = "cid_dates.csv"
_IC50: Final = "IC50_(µM)"
_CENSORING: Final = {">": -1, "<": 1}

#: Name -> settings of :func:`replay`. The last was chosen on pools other than the Moonshot's (S1P1,
#: EGFR, JAK2 and three cytochromes), where it found most at 200 tested.
REPLAY_STRATEGIES: Final[Mapping[str, Mapping[str, object]]] = {
    "random": {"strategy": "random"},
    "greedy": {"strategy": "greedy", "draws": 400},
    "thompson": {"strategy": "thompson"},
    "upper bound": {"strategy": "upper_bound", "draws": 400},
    "upper bound, a fifth explored": {"strategy": "upper_bound", "draws": 400, "explore": 0.2},
}


def read_moonshot_pool(folder: Path) -> ReplayPool:
    """Read the pool of the protocol from the Moonshot's clean fits and dates.

    Raises
    ------
    FileFormatError
        If an IC50 is neither a number nor a limit.
    """
    import pandas as pd

    fits = pd.read_csv(folder / _FITS)
    dates = pd.read_csv(folder / _DATES)
    dates["date"] = dates[["first_order_date", "first_shipment_date"]].min(axis=1)
    rows = fits.merge(dates.dropna(subset=["date"]), left_on="Canonical_PostEra_ID", right_on="CID")
    text = rows[_IC50].str.strip()
    number = pd.to_numeric(text.str.lstrip("<> "), errors="coerce")
    if not (number > 0).all():
        row = int((~(number > 0)).to_numpy().argmax())
        raise FileFormatError(
            f"{text.iloc[row]!r} is no IC50", place=f"{folder / _FITS}:{row + 2}", remedy="give uM"
        )
    rows["value"] = 6.0 - np.log10(number)
    rows["limit"] = text.str[0].map(_CENSORING).fillna(0).astype(np.int8)
    table = _one_a_compound(rows)
    return ReplayPool.of(
        table["name"].tolist(),
        table["smiles"].tolist(),
        table["value"].to_numpy(dtype=np.float64),
        table["limit"].to_numpy(dtype=np.int8),
    )


def replay(
    pool: ReplayPool,
    strategy: str,
    *,
    seed: int,
    start: int = 50,
    batch: int = 50,
    upto: int = 600,
    top: float = 0.05,
    draws: int = 100,
    explore: float = 0.0,
    kappa: float = 1.0,
    censored: bool = False,
) -> dict[int, float]:
    """Play one programme again; arguments as of :func:`molagent.project.replay_pool.play`.

    Returns
    -------
    dict
        Number tested -> recall of the best, 0..1.
    """
    tested = play(
        pool,
        strategy,
        seed=seed,
        start=start,
        batch=batch,
        upto=upto,
        top=top,
        draws=draws,
        explore=explore,
        kappa=kappa,
        censored=censored,
    )
    return recall(pool, tested, start=start, batch=batch, top=top)


def bench_replay(
    pool: ReplayPool,
    strategies: Mapping[str, Mapping[str, object]] = REPLAY_STRATEGIES,
    *,
    seeds: int = 20,
    tested: Sequence[int] = (200, 400, 600),
    progress: Progress | None = None,
) -> "pd.DataFrame":
    """Replay with several strategies and seeds.

    Parameters
    ----------
    strategies
        A name to show -> ``strategy`` and further settings of :func:`replay`.

    Returns
    -------
    pandas.DataFrame
        One row a strategy: mean recall at each number tested, and its standard deviation over the
        seeds.
    """
    import pandas as pd

    shown = progress or NullProgress()
    shown.start("replay", len(strategies) * seeds)
    rows = []
    for name, settings in strategies.items():
        curves = []
        for seed in range(seeds):
            curves.append(
                replay(pool, **{"strategy": name, "upto": max(tested), **settings}, seed=seed)  # type: ignore[arg-type]
            )
            shown.advance(note=name)
        row: dict[str, object] = {"strategy": name, "seeds": seeds}
        for count in tested:
            values = [curve[count] for curve in curves]
            row[f"recall_{count}"] = float(np.mean(values))
            row[f"sd_{count}"] = float(np.std(values, ddof=1)) if seeds > 1 else float("nan")
        rows.append(row)
    shown.finish()
    return pd.DataFrame(rows)


def _one_a_compound(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return name, structure, value and limit of each compound, earliest first."""
    # Measured rows before limits: a compound that was measured once is measured.
    rows = rows.assign(is_limit=rows["limit"] != 0)
    kept = rows[rows["is_limit"] == rows.groupby("CID")["is_limit"].transform("min")]
    table = kept.groupby("CID").agg(
        smiles=("suspected_SMILES", "first"),
        value=("value", "mean"),
        limit=("limit", "first"),
        date=("date", "min"),
    )
    table = table.rename_axis("name").reset_index()
    return table.sort_values(["date", "name"], kind="stable").reset_index(drop=True)


def bench_selection(
    folder: Path,
    *,
    seeds: int = 20,
    strategies: Sequence[str] = (),
    progress: Progress | None = None,
) -> "pd.DataFrame":
    """Replay COVID Moonshot: share of the top 5 % found after 200, 400 and 600 tests.

    Parameters
    ----------
    folder
        Of the Moonshot's files.
    seeds
        Replays of each strategy.
    strategies
        Only these of :data:`REPLAY_STRATEGIES`; all without.

    Raises
    ------
    NotFoundError
        If a strategy is unknown.
    """
    for name in strategies:
        if name not in REPLAY_STRATEGIES:
            raise NotFoundError("strategy", name, known=REPLAY_STRATEGIES)
    wanted = {name: REPLAY_STRATEGIES[name] for name in strategies or REPLAY_STRATEGIES}
    return bench_replay(read_moonshot_pool(folder), wanted, seeds=seeds, progress=progress)
