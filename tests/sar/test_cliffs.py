"""A cliff is far apart for certain."""

import numpy as np
import pandas as pd
import pytest

from molagent.errors import InputError
from molagent.sar.cliffs import CLIFF_COLUMNS, find_cliffs

# Real Ki of JAK1, tofacitinib's cyanoacetyl against benzyl: 0.7 and 610 nM.
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
BENZYL = "C[C@@H]1CCN(Cc2ccccc2)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
ENANTIOMER = "C[C@H]1CCN(C(=O)CC#N)C[C@H]1N(C)c1ncnc2[nH]ccc12"


def three(values, relations):
    return pd.DataFrame(
        {
            "compound_id": ["tofacitinib", "benzyl", "enantiomer"],
            "smiles": [TOFACITINIB, BENZYL, ENANTIOMER],
            "p_value": values,
            "p_relation": relations,
        }
    )


def test_tofacitinib_and_its_benzyl_analogue_are_a_cliff(jak1, jak1_pairs):
    cliffs = find_cliffs(jak1, pairs=jak1_pairs)
    row = cliffs[(cliffs["weaker"] == "JAK1-002") & (cliffs["stronger"] == "JAK1-000")].iloc[0]
    assert row["delta"] == pytest.approx(2.940, abs=1e-3)
    assert (row["from"], row["to"]) == ("*Cc1ccccc1", "*C(=O)CC#N")
    assert bool(row["matched_pair"])


def test_every_cliff_is_at_least_as_high_as_asked_and_goes_up(jak1, jak1_pairs):
    cliffs = find_cliffs(jak1, min_delta=1.5, pairs=jak1_pairs)
    assert len(cliffs)
    assert list(cliffs.columns) == list(CLIFF_COLUMNS)
    assert (cliffs["delta"] >= 1.5).all()
    assert (cliffs["p_stronger"] > cliffs["p_weaker"]).all()
    assert (cliffs["matched_pair"] | (cliffs["similarity"] >= 0.65)).all()
    assert cliffs["sali"].is_monotonic_decreasing


def test_a_bound_makes_a_cliff_only_where_it_is_far_enough():
    frame = three([8.0, 5.5, 5.0], ["=", "<", ">"])
    cliffs = find_cliffs(frame)
    assert set(zip(cliffs["weaker"], cliffs["stronger"], strict=True)) == {
        ("benzyl", "tofacitinib")
    }
    assert cliffs["relation"].tolist() == [">"]


def test_two_bounds_that_point_the_same_way_are_no_cliff():
    assert find_cliffs(three([4.0, 7.0, 9.0], ["<", "<", "<"])).empty


def test_enantiomers_are_a_cliff_of_configuration_with_a_finite_sali():
    cliffs = find_cliffs(three([9.0, 8.5, 6.0], ["=", "=", "="]))
    row = cliffs.iloc[0]
    assert (row["weaker"], row["stronger"], row["kind"]) == ("enantiomer", "tofacitinib", "stereo")
    assert row["similarity"] == 1.0
    assert np.isfinite(row["sali"])


@pytest.mark.parametrize("setting", [{"min_delta": 0.0}, {"min_similarity": 1.5}])
def test_limits_out_of_range_are_refused(jak1, setting):
    with pytest.raises(InputError, match="min_delta is above 0"):
        find_cliffs(jak1, **setting)
