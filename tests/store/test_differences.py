"""A difference of two endpoints: which sign it has, and whom it leaves out."""

import pandas as pd
import pytest

from molagent.errors import StoreError
from molagent.store.differences import difference_of

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(cn1)-c1ncnc2[nH]ccc12"


def values(*rows: tuple[str, str, float], unit: str = "-log10(M)", sd: float = 0.3) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "compound_id": [name for name, _, _ in rows],
            "smiles": [TOFACITINIB for _ in rows],
            "scaffold": ["" for _ in rows],
            "relation": [sign for _, sign, _ in rows],
            "value": [value for _, _, value in rows],
            "unit": [unit for _ in rows],
            "se": [0.1 for _ in rows],
            "sd": [sd for _ in rows],
            "n_exact": [2 for _ in rows],
            "n_censored": [0 for _ in rows],
            "n_suspect": [0 for _ in rows],
            "contradicted": [False for _ in rows],
            "assay_ids": [["A"] for _ in rows],
            "assay_spread": [0.0 for _ in rows],
        }
    )


@pytest.mark.parametrize(
    ("minuend", "subtrahend", "sign"),
    [
        ("=", "=", "="),
        # Potent on the target, inactive at 10 uM on its relative: at least so selective.
        ("=", "<", ">"),
        ("=", ">", "<"),
        (">", "=", ">"),
        (">", "<", ">"),
        ("<", ">", "<"),
    ],
)
def test_a_bound_on_either_side_bounds_the_difference(minuend, subtrahend, sign):
    found = difference_of(values(("MA-1", minuend, 8.5)), values(("MA-1", subtrahend, 5.0)))
    assert found[["relation", "value"]].to_numpy().tolist() == [[sign, 3.5]]


@pytest.mark.parametrize(
    ("minuend", "subtrahend"), [("<", "<"), (">", ">"), ("~", "="), ("=", "~")]
)
def test_what_two_bounds_of_one_direction_leave_open_is_left_out(minuend, subtrahend):
    assert difference_of(values(("MA-1", minuend, 5.0)), values(("MA-1", subtrahend, 5.0))).empty


def test_only_compounds_that_both_measured_have_a_difference():
    on = values(("MA-1", "=", 9.0), ("MA-2", "=", 8.0))
    off = values(("MA-2", "=", 7.25), ("MA-3", "=", 6.0))
    found = difference_of(on, off)
    assert found["compound_id"].tolist() == ["MA-2"]
    assert found["value"].tolist() == [0.75]
    assert found["unit"].tolist() == ["log units"]


def test_repeats_of_two_assays_scatter_more_than_those_of_one():
    found = difference_of(values(("MA-1", "=", 9.0), sd=0.3), values(("MA-1", "=", 7.0), sd=0.4))
    assert found["sd"].tolist() == pytest.approx([0.5])


def test_a_percentage_cannot_be_subtracted_from_a_potency():
    with pytest.raises(StoreError, match="these values are in %"):
        difference_of(values(("MA-1", "=", 9.0)), values(("MA-1", "=", 40.0), unit="%"))
