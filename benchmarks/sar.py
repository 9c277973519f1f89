"""How long structure-activity tables take, and whether matched pairs foretell what comes later."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.standardize import standardize_smiles
from molagent.errors import FileFormatError
from molagent.sar.cliffs import find_cliffs
from molagent.sar.measured import EXACT
from molagent.sar.pairs import find_pairs
from molagent.sar.rgroups import decompose, find_core
from molagent.sar.series import NO_SERIES, assign_series
from molagent.sar.similarity import nearest_measured
from molagent.sar.transforms import suggest_changes, transform_table

__all__ = ["ForwardPairs", "bench_sar_forward", "bench_sar_speed", "load_dated_values"]

_RESULTS: Final = "clean_cdd_noncovalent_dates_2023_10_18_filt.csv"
_DATES: Final = "cid_dates.csv"
_FEWEST_PAIRS: Final = (3, 5, 10)
_COLUMNS: Final = ["from", "to", "context"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardPairs:
    """Pairs that a later compound completes, predicted by the mean of the earlier pairs.

    Attributes
    ----------
    min_pairs
        Fewest earlier pairs behind a mean.
    n, n_compounds
        Later pairs with two exact values whose change was seen before, and their later compounds.
    rmse, rmse_same
        Error of "the other compound's value plus the mean change", and of "the same value".
    rmse_shrunk
        Error with the mean change times ``n / (n + 4)``.
    right_sign
        Of pairs that differ by 0.3 or more and whose mean change is 0.1 or more: how many go the
        way the mean says.
    """

    min_pairs: int
    n: int
    n_compounds: int
    rmse: float
    rmse_same: float
    rmse_shrunk: float
    right_sign: float


def load_dated_values(folder: Path) -> pd.DataFrame:
    """Return COVID Moonshot's pIC50 with bounds and the date of first shipment or order.

    Raises
    ------
    FileFormatError
        If one of its two files is not there.
    """
    for name in (_RESULTS, _DATES):
        if not (folder / name).exists():
            raise FileFormatError("the file is missing", place=str(folder / name))
    raw = pd.read_csv(folder / _RESULTS)
    text = raw["IC50_(µM)"].astype(str)
    sign = text.str.extract(r"([<>])")[0]
    micromolar = text.str.replace(r"[<> ]", "", regex=True).astype(float)
    dates = pd.read_csv(folder / _DATES)
    shipped = dates["first_shipment_date"].fillna(dates["first_order_date"]).astype("Int64")
    when = pd.to_datetime(shipped.astype(str), format="%Y%m%d", errors="coerce")
    frame = pd.DataFrame(
        {
            "compound_id": raw["Canonical_PostEra_ID"],
            "smiles": [
                standardize_smiles(smiles.split(maxsplit=1)[0])
                for smiles in raw["suspected_SMILES"]
            ],
            "p_value": 6.0 - np.log10(micromolar),
            # More than 99.5 uM is a pIC50 of less than 4.
            "p_relation": sign.map({"<": ">", ">": "<"}).fillna(EXACT),
            "date": raw["Canonical_PostEra_ID"].map(dict(zip(dates["CID"], when, strict=True))),
        }
    )
    return frame.drop_duplicates("compound_id").drop_duplicates("smiles").reset_index(drop=True)


def bench_sar(
    folder: Path, *, before: Sequence[str] = ("2021-01-01", "2021-06-01")
) -> Iterator[object]:
    """Seconds of structure-activity tables of COVID Moonshot, and what pairs foretell.

    Parameters
    ----------
    folder
        Of the Moonshot's files.
    before
        Dates to look forward from, as 2021-01-01.
    """
    frame = load_dated_values(folder)
    yield bench_sar_speed(frame)
    for day in before:
        yield {"before": day}
        yield bench_sar_forward(frame, day)


def bench_sar_speed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``step, cpu_s, wall_s, rows``: what each table takes on one core.

    Parameters
    ----------
    frame
        One assay's values.
    """
    rows: list[tuple[str, float, float, int]] = []

    def timed(step: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        wall, cpu = time.perf_counter(), time.process_time()
        made = make()
        rows.append((step, time.process_time() - cpu, time.perf_counter() - wall, len(made)))
        return made

    pairs = timed("matched pairs", lambda: find_pairs(frame))
    timed("changes", lambda: transform_table(pairs))
    timed("cliffs", lambda: find_cliffs(frame, pairs=pairs))
    assigned = timed("series", lambda: assign_series(frame))
    named = assigned.loc[assigned["series"] != NO_SERIES, "series"]
    # Where nothing is a series, everything is taken apart at once.
    own = frame if named.empty else frame[(assigned["series"] == named.mode()[0]).to_numpy()]
    core = find_core(list(own["smiles"]))
    timed("R groups of the largest series", lambda: decompose(own, core).rows)
    best = str(frame["smiles"].iloc[int(frame["p_value"].argmax())])
    timed("suggestions for one compound", lambda: suggest_changes(best, pairs))
    timed(
        "five neighbours of 100 compounds",
        lambda: nearest_measured(frame, list(frame["smiles"].head(100))),
    )
    return pd.DataFrame(rows, columns=["step", "cpu_s", "wall_s", "rows"])


def bench_sar_forward(frame: pd.DataFrame, before: str) -> list[ForwardPairs]:
    """Return how well changes seen before a date foretell the pairs completed after it.

    Parameters
    ----------
    frame
        One assay's values with ``date``; undated compounds are left out.
    before
        ISO date. Pairs of two earlier compounds teach; pairs of an earlier and a later compound
        test, each under the way to see it that most earlier pairs support.
    """
    dated = frame[frame["date"].notna()]
    pairs = find_pairs(dated)
    late = set(dated.loc[dated["date"] >= pd.Timestamp(before), "compound_id"])
    a_late, b_late = pairs["compound_a"].isin(late), pairs["compound_b"].isin(late)
    learned = transform_table(pairs[~a_late & ~b_late], every_way=True, by_context=True)
    tests = pairs[(a_late ^ b_late) & (pairs["relation"] == EXACT)]
    known = tests.merge(learned[[*_COLUMNS, "n", "mean"]], on=_COLUMNS)
    known = known.assign(
        later=np.where(known["compound_a"].isin(late), known["compound_a"], known["compound_b"])
    )
    ordered = known.sort_values(["n", "from", "to"], ascending=[False, True, True])
    best = ordered.drop_duplicates(["compound_a", "compound_b"])
    return [_forward(best[best["n"] >= fewest], fewest) for fewest in _FEWEST_PAIRS]


def _forward(rows: pd.DataFrame, fewest: int) -> ForwardPairs:
    delta, mean, n = (rows[name].to_numpy(dtype=float) for name in ("delta", "mean", "n"))
    clear = (np.abs(delta) >= 0.3) & (np.abs(mean) >= 0.1)  # see the docstring
    return ForwardPairs(
        min_pairs=fewest,
        n=len(rows),
        n_compounds=int(rows["later"].nunique()),
        rmse=_root_mean_square(delta - mean),
        rmse_same=_root_mean_square(delta),
        rmse_shrunk=_root_mean_square(delta - mean * n / (n + 4)),
        right_sign=float((np.sign(delta) == np.sign(mean))[clear].mean())
        if clear.any()
        else np.nan,
    )


def _root_mean_square(errors: np.ndarray) -> float:
    return float(np.sqrt((errors**2).mean())) if len(errors) else float("nan")
