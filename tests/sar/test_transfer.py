"""Two series agree where the same changes do the same in both."""

import pandas as pd
import pytest

from molagent.sar.pairs import find_pairs
from molagent.sar.series import assign_series
from molagent.sar.transfer import series_agreement, shared_changes

TAILS = {"H": 0.0, "C": 0.3, "Cl": 0.8, "F": 0.2, "O": -0.5, "C#N": 1.1}
SERIES = {
    "c1ccc2ncc({})cc2c1": 1.0,
    "C(=O)(NC1CCCC1)Nc1ccc({})cc1": 1.0,
    "c1cnc(nc1)Sc1ccc({})cc1": -1.0,
}


@pytest.fixture(scope="module")
def frame():
    rows = []
    for number, (pattern, slope) in enumerate(SERIES.items()):
        for tail, effect in TAILS.items():
            smiles = pattern.format(tail).replace("(H)", "")
            rows.append((f"{number}-{tail}", smiles, 6.0 + slope * effect))
    return pd.DataFrame(rows, columns=["compound_id", "smiles", "p_value"])


@pytest.fixture(scope="module")
def found(frame):
    return find_pairs(frame), assign_series(frame)


def test_parallel_series_agree_and_opposite_ones_do_not(found):
    table = series_agreement(*found).set_index(["series_1", "series_2"])
    assert len(table) == 3
    urea = next(name for pair in table.index for name in pair if "urea" in name)
    together = table.loc[tuple(sorted(["quinoline", urea]))]
    assert together["pearson_r"] == pytest.approx(1.0)
    assert together["rms_gap"] == pytest.approx(0.0, abs=1e-9)
    assert together["same_sign"] == 1.0
    against = table[table["pearson_r"] < 0]
    assert len(against) == 2
    assert against["pearson_r"].to_numpy() == pytest.approx(-1.0)


def test_only_pairs_within_a_series_count(found):
    pairs, assigned = found
    changes = shared_changes(pairs, assigned)
    # Six compounds make fifteen pairs, each another change.
    assert changes.groupby("series")["n"].sum().tolist() == [15, 15, 15]


def test_too_few_shared_changes_are_no_agreement(found):
    assert series_agreement(*found, min_shared=99).empty
