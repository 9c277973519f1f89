"""What a change did: hand-computed figures, and no bound taken for a value."""

import math

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from molagent.errors import InputError, NotFoundError
from molagent.sar.pairs import find_pairs
from molagent.sar.transforms import (
    TRANSFORM_COLUMNS,
    pairs_behind,
    suggest_changes,
    transform_table,
)

# Four anilides with and without a chlorine in para: differences 0.5, 1.0, 1.5 and one bound.
TAILS = {"methyl": "C", "ethyl": "CC", "propyl": "CCC", "butyl": "CCCC"}
PLAIN = {"methyl": 5.0, "ethyl": 5.2, "propyl": 5.4, "butyl": 4.0}
CHLORO = {"methyl": 5.5, "ethyl": 6.2, "propyl": 6.9, "butyl": 6.0}


@pytest.fixture(scope="module")
def anilides():
    rows = []
    for name, tail in TAILS.items():
        rows.append((name, f"{tail}C(=O)Nc1ccccc1", PLAIN[name], "<" if name == "butyl" else "="))
        rows.append((f"chloro-{name}", f"{tail}C(=O)Nc1ccc(Cl)cc1", CHLORO[name], "="))
    return pd.DataFrame(rows, columns=["compound_id", "smiles", "p_value", "p_relation"])


@pytest.fixture(scope="module")
def pairs(anilides):
    return find_pairs(anilides)


def chlorine(table):
    found = table[(table["from"] == "*[H]") & (table["to"] == "*Cl")]
    assert len(found) == 1
    return found.iloc[0]


def test_mean_sd_and_se_are_those_of_the_exact_pairs(pairs):
    row = chlorine(transform_table(pairs))
    assert row["n"] == 3
    assert row["mean"] == pytest.approx(1.0)
    assert row["sd"] == pytest.approx(0.5)
    assert row["se"] == pytest.approx(0.5 / math.sqrt(3))
    # Student's t with two degrees of freedom: 4.303.
    assert row["low"] == pytest.approx(1.0 - 4.3027 * 0.5 / math.sqrt(3), abs=1e-4)
    assert row["effect"] == "no clear effect"


def test_a_pair_with_a_bound_counts_in_its_sign_but_not_in_the_mean(pairs):
    row = chlorine(transform_table(pairs))
    assert (row["n_bounds"], row["n_up"], row["n_down"]) == (1, 4, 0)
    # The bound says that the difference is above 2.0: the mean with it must be higher.
    assert row["mean_with_bounds"] > row["mean"]


def test_contexts_are_told_apart_on_request(pairs):
    table = transform_table(pairs, by_context=True)
    assert chlorine(table)["context"] == "aromatic C"
    assert set(transform_table(pairs)["context"]) == {"any"}


def test_every_way_shows_the_same_change_with_its_surroundings(pairs):
    table = transform_table(pairs, every_way=True)
    assert "*c1ccccc1" in set(table["from"])
    assert "*c1ccccc1" not in set(transform_table(pairs)["from"])
    assert list(table.columns) == list(TRANSFORM_COLUMNS)


def test_too_few_pairs_make_no_statement(pairs):
    table = transform_table(pairs)
    assert (table.loc[table["n"] < 3, "effect"] == "too few").all()
    assert table.loc[table["n"] < 2, "sd"].isna().all()


def test_the_pairs_behind_a_change_are_shown_either_way_round(pairs):
    up = pairs_behind(pairs, "*[H]", "*Cl")
    down = pairs_behind(pairs, "*Cl", "*[H]")
    assert len(up) == len(down) == 4
    assert set(up["relation"]) == {"=", ">"}
    assert set(down["relation"]) == {"=", "<"}
    assert sorted(up["delta"]) == pytest.approx(sorted(-down["delta"]))
    assert set(down["compound_a"]) == {f"chloro-{name}" for name in TAILS}


def test_a_change_that_nobody_made_is_not_found(pairs):
    with pytest.raises(NotFoundError, match=r"\*Br → \*I"):
        pairs_behind(pairs, "*Br", "*I")


def test_a_new_anilide_is_told_to_take_the_chlorine(pairs):
    found = suggest_changes("CC(C)C(=O)Nc1ccccc1", pairs, p_value=5.0)
    best = found.set_index("smiles").loc[Chem.CanonSmiles("CC(C)C(=O)Nc1ccc(Cl)cc1")]
    assert best["n"] == 3
    assert best["expected"] == pytest.approx(6.0)
    assert best["expected_sd"] > best["sd"] * 0.8
    assert best["known_as"] == ""


def test_no_chlorine_is_put_where_none_was_seen(pairs):
    # All pairs have it on an aromatic carbon: the amide nitrogen and the chain are left alone.
    for smiles in suggest_changes("CC(C)C(=O)Nc1ccccc1", pairs)["smiles"]:
        mol = Chem.MolFromSmiles(smiles)
        assert not mol.HasSubstructMatch(Chem.MolFromSmarts("[N,C;!a]Cl"))


def test_a_compounds_own_pairs_are_no_evidence_for_it(pairs):
    own = suggest_changes("CC(=O)Nc1ccccc1", pairs, min_pairs=2)
    chlorinated = own[own["smiles"] == Chem.CanonSmiles("CC(=O)Nc1ccc(Cl)cc1")].iloc[0]
    assert chlorinated["n"] == 2
    assert chlorinated["mean"] == pytest.approx(1.25)
    assert chlorinated["known_as"] == "chloro-methyl"


def test_parts_that_must_stay_are_left_alone(pairs):
    found = suggest_changes("CC(C)C(=O)Nc1ccccc1", pairs, leave=("c1ccccc1",))
    ring = Chem.MolFromSmarts("[cH]1[cH][cH][cH][cH]c1")
    assert all(Chem.MolFromSmiles(s).HasSubstructMatch(ring) for s in found["smiles"])


def test_the_way_back_is_suggested_with_the_opposite_sign(pairs):
    found = suggest_changes("CC(C)C(=O)Nc1ccc(Cl)cc1", pairs)
    plain = found[found["smiles"] == Chem.CanonSmiles("CC(C)C(=O)Nc1ccccc1")].iloc[0]
    assert plain["mean"] == pytest.approx(-1.0)
    assert (plain["n_up"], plain["n_down"]) == (0, 4)


def test_an_unknown_value_is_left_out_rather_than_given_as_nan(pairs):
    with pytest.raises(InputError, match="leave it out"):
        suggest_changes("CC(C)C(=O)Nc1ccccc1", pairs, p_value=float("nan"))
    assert suggest_changes("CC(C)C(=O)Nc1ccccc1", pairs)["expected"].isna().all()


def test_without_pairs_there_is_nothing_to_suggest():
    empty = find_pairs(pd.DataFrame({"compound_id": ["a"], "smiles": ["CCO"], "p_value": [5.0]}))
    assert transform_table(empty).empty
    assert suggest_changes("CCO", empty).empty


def test_a_suggestion_is_a_structure_that_exists_on_real_data(jak1, jak1_pairs):
    found = suggest_changes(jak1["smiles"][40], jak1_pairs, p_value=float(jak1["p_value"][40]))
    assert len(found) > 10
    assert all(Chem.MolFromSmiles(s) is not None for s in found["smiles"])
    assert np.isfinite(found["expected_sd"]).all()
    assert found["smiles"].is_unique
