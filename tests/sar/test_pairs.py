"""Matched pairs of named drugs and of real JAK1 inhibitors."""

import math

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from molagent.chem.assembly import joined
from molagent.errors import InputError
from molagent.sar.pairs import PAIR_COLUMNS, find_pairs

NAMED = [
    ("ampicillin", "amoxicillin", "*[H]", "*O", "hydrogen", "aromatic C"),
    ("nordazepam", "diazepam", "*[H]", "*C", "hydrogen", "amide N"),
    ("morphine", "codeine", "*[H]", "*C", "hydrogen", "O"),
    ("promazine", "chlorpromazine", "*[H]", "*Cl", "hydrogen", "aromatic C"),
    ("norfloxacin", "ciprofloxacin", "*CC", "*C1CC1", "ring-chain", "aromatic N"),
]
SMILES = {
    "ampicillin": "CC1(C)S[C@@H]2[C@H](NC(=O)[C@H](N)c3ccccc3)C(=O)N2[C@H]1C(=O)O",
    "amoxicillin": "CC1(C)S[C@@H]2[C@H](NC(=O)[C@H](N)c3ccc(O)cc3)C(=O)N2[C@H]1C(=O)O",
    "nordazepam": "O=C1CN=C(c2ccccc2)c2cc(Cl)ccc2N1",
    "diazepam": "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc12",
    "morphine": "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
    "codeine": "COc1ccc2C[C@@H]3[C@@H]4C=C[C@H](O)[C@@H]5Oc1c2[C@]45CCN3C",
    "promazine": "CN(C)CCCN1c2ccccc2Sc2ccccc21",
    "chlorpromazine": "CN(C)CCCN1c2ccccc2Sc2ccc(Cl)cc21",
    "norfloxacin": "CCn1cc(C(=O)O)c(=O)c2cc(F)c(N3CCNCC3)cc12",
    "ciprofloxacin": "O=C(O)c1cn(C2CC2)c2cc(N3CCNCC3)c(F)cc2c1=O",
}


def named_frame(*names, values=(5.0, 6.0)):
    return pd.DataFrame(
        {"compound_id": names, "smiles": [SMILES[n] for n in names], "p_value": values}
    )


@pytest.mark.parametrize(("first", "second", "start", "end", "kind", "context"), NAMED)
def test_drugs_that_differ_in_one_place_are_a_pair(first, second, start, end, kind, context):
    pairs = find_pairs(named_frame(first, second), smallest_only=True)
    row = pairs.iloc[0]
    assert len(pairs) == 1
    assert (row["from"], row["to"], row["kind"], row["context"]) == (start, end, kind, context)
    assert (row["compound_a"], row["compound_b"], row["delta"]) == (first, second, 1.0)


def test_drugs_of_different_classes_are_none():
    assert find_pairs(named_frame("diazepam", "ampicillin")).empty
    assert list(find_pairs(named_frame("diazepam", "ampicillin")).columns) == list(PAIR_COLUMNS)


def test_the_order_of_rows_does_not_change_what_is_found():
    frame = named_frame("diazepam", "nordazepam")
    turned = find_pairs(frame.iloc[::-1], smallest_only=True)
    pd.testing.assert_frame_equal(turned, find_pairs(frame, smallest_only=True))


def test_tofacitinibs_cyanoacetyl_is_worth_nearly_three_logs_over_benzyl(jak1_pairs):
    # Ki 0.7 nM and 610 nM, both in the file: log10(610 / 0.7) = 2.940.
    pairs = jak1_pairs[jak1_pairs["smallest"]]
    found = pairs[(pairs["compound_a"] == "JAK1-000") & (pairs["compound_b"] == "JAK1-002")]
    row = found.iloc[0]
    assert (row["from"], row["to"]) == ("*C(=O)CC#N", "*Cc1ccccc1")
    assert row["delta"] == pytest.approx(-math.log10(610 / 0.7))


def test_every_pair_is_its_constant_part_with_one_part_and_with_the_other(jak1_pairs):
    sample = jak1_pairs.iloc[:: max(1, len(jak1_pairs) // 150)]
    for row in sample.to_dict("records"):
        for side, part in (("a", "from"), ("b", "to")):
            whole = Chem.CanonSmiles(row[f"smiles_{side}"])
            ways = {joined(row["constant"], row[part])}
            if row["cuts"] == 2:
                first, second = row["constant"].split(".")
                ways.add(joined(f"{second}.{first}", row[part]))
            assert whole in ways


def test_a_change_reads_the_same_in_every_pair(jak1_pairs):
    both = set(zip(jak1_pairs["from"], jak1_pairs["to"], strict=True))
    assert not {(b, a) for a, b in both} & both


def test_each_pair_of_compounds_has_exactly_one_smallest_way(jak1_pairs):
    ends = jak1_pairs[["compound_a", "compound_b"]].itertuples(index=False, name=None)
    keys = [frozenset(pair) for pair in ends]
    assert jak1_pairs.groupby(keys)["smallest"].sum().eq(1).all()


def test_enantiomers_are_a_pair_of_another_configuration():
    frame = pd.DataFrame(
        {
            "compound_id": ["R", "S"],
            "smiles": ["N[C@H](C)c1ccccc1OC", "N[C@@H](C)c1ccccc1OC"],
            "p_value": [5.0, 7.0],
        }
    )
    assert set(find_pairs(frame)["kind"]) == {"stereo"}


def test_a_reversed_amide_is_a_linker_that_became_another():
    frame = pd.DataFrame(
        {
            "compound_id": ["benzoyl", "anilide"],
            "smiles": ["O=C(NC1CCCCC1)c1ccc(F)cc1", "O=C(Nc1ccc(F)cc1)C1CCCCC1"],
            "p_value": [5.0, 7.0],
        }
    )
    row = find_pairs(frame, smallest_only=True).iloc[0]
    assert row["kind"] == "linker"
    assert row["cuts"] == 2


def test_a_bound_makes_a_bound():
    frame = named_frame("nordazepam", "diazepam").assign(p_relation=["<", "="])
    row = find_pairs(frame).iloc[0]
    assert (row["delta"], row["relation"]) == (1.0, ">")
    both = find_pairs(frame.assign(p_relation="<")).iloc[0]
    assert both["relation"] == "~"
    assert np.isnan(both["delta"])


def test_two_assays_are_never_paired():
    frame = named_frame("nordazepam", "diazepam").assign(assay_id=["A1", "A2"])
    with pytest.raises(InputError, match="2 assays"):
        find_pairs(frame)


@pytest.mark.parametrize("setting", [{"max_cuts": 3}, {"max_variable": 0}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(InputError, match="max_cuts is 1 or 2"):
        find_pairs(named_frame("nordazepam", "diazepam"), **setting)
