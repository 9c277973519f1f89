"""Values of one assay are checked once, before anything is made of them."""

import numpy as np
import pandas as pd
import pytest

from molagent.errors import InputError, StructureError
from molagent.sar.measured import measured, pooled_sd


def frame(**columns):
    rows = {"compound_id": ["a", "b"], "smiles": ["CCO", "CCN"], "p_value": [5.0, 6.0]}
    return pd.DataFrame({**rows, **columns})


def test_values_of_two_assays_are_refused():
    with pytest.raises(InputError, match=r"2 assays .*A1, A2"):
        measured(frame(assay_id=["A1", "A2"]))


def test_a_compound_that_comes_twice_is_refused():
    with pytest.raises(InputError, match="'a' comes more than once"):
        measured(frame(compound_id=["a", "a"]))


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="lack p_value"):
        measured(frame().drop(columns="p_value"))


def test_a_structure_that_cannot_be_read_is_named_by_its_compound():
    with pytest.raises(StructureError, match=r"^b: "):
        measured(frame(smiles=["CCO", "C1CC"]))


def test_a_word_that_is_no_relation_is_refused():
    with pytest.raises(InputError, match="b: 'about' is not a relation"):
        measured(frame(p_relation=["=", "about"]))


def test_a_missing_value_is_unknown_whatever_its_relation_says():
    table = measured(frame(p_value=[np.nan, np.inf], p_relation=["=", "<"]))
    assert table["p_relation"].tolist() == ["~", "~"]
    assert table["p_value"].isna().all()


def test_the_labels_after_a_smiles_are_left_out():
    assert measured(frame(smiles=["C[C@H](O)N |o1:1|", "CCN"]))["smiles"][0] == "C[C@H](O)N"


def test_without_repeats_the_repeatability_is_unknown():
    assert np.isnan(pooled_sd(pd.DataFrame({"n": [1, 1], "sd": [np.nan, np.nan]})))
    assert np.isnan(pooled_sd(frame()))
