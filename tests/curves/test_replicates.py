"""Several curves become one value without losing a bound or a contradiction."""

import math

import pandas as pd
import pytest

from molagent.curves import combine_curves
from molagent.errors import InputError


def combined(*pairs):
    frame = pd.DataFrame(
        [("A", value, relation or None, 0.02) for relation, value in pairs],
        columns=["sample", "p_value", "p_relation", "p_ac50_se"],
    )
    return combine_curves(frame, ["sample"]).iloc[0]


def test_exact_values_are_averaged_on_the_log_scale_with_the_error_between_them():
    row = combined(("=", 6.0), ("=", 6.2), ("=", 6.4))
    assert row["p_value"] == pytest.approx(6.2)
    assert row["p_sd"] == pytest.approx(0.2)
    assert row["p_se"] == pytest.approx(0.2 / math.sqrt(3))
    assert row["between"]


def test_one_curve_has_only_its_own_error_and_says_so():
    row = combined(("=", 6.0))
    assert row["p_se"] == pytest.approx(0.02)
    assert not row["between"]


def test_of_bounds_the_tightest_stands():
    assert combined(("<", 4.0), ("<", 4.3))[["p_value", "p_relation"]].tolist() == [4.0, "<"]
    assert combined((">", 7.0), (">", 7.3))[["p_value", "p_relation"]].tolist() == [7.3, ">"]


def test_a_bound_that_shuts_the_mean_out_is_named_and_one_that_does_not_is_not():
    assert "says below 4.00" in combined(("=", 6.0), ("<", 4.0))["note"]
    assert combined(("=", 3.9), ("<", 4.0))["note"] == ""


def test_bounds_that_contradict_each_other_give_no_value():
    row = combined(("<", 4.0), (">", 7.0))
    assert math.isnan(row["p_value"])
    assert row["p_relation"] is None or pd.isna(row["p_relation"])


def test_a_curve_without_a_value_is_counted_and_nothing_else():
    row = combined(("=", 6.0), ("", math.nan))
    assert row[["n", "n_exact", "n_none"]].tolist() == [2, 1, 1]
    assert "no curve" in combined(("", math.nan))["note"]


def test_curves_far_apart_are_said_to_be():
    assert "0.80 log units apart" in combined(("=", 6.0), ("=", 6.8))["note"]


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="p_relation"):
        combine_curves(pd.DataFrame({"sample": ["A"], "p_value": [6.0]}), ["sample"])
