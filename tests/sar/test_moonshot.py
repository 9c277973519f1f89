"""What a whole open programme learned comes out of its own numbers.

The isoquinoline in place of the pyridine, and one configuration of the tetrahydroisoquinoline, are
the changes that its authors name (doi:10.1126/science.abo7201).
"""

import pytest
from rdkit import Chem

from molagent.sar.pairs import find_pairs
from molagent.sar.series import assign_series
from molagent.sar.transforms import pairs_behind, transform_table


@pytest.fixture(scope="module")
def amides(moonshot):
    """Return the small amides of 4-isoquinolines and of 4-methyl-3-pyridines."""
    heads = [Chem.MolFromSmarts(s) for s in ("Nc1cncc2ccccc12", "Nc1cnccc1[CH3]")]
    mols = [Chem.MolFromSmiles(smiles) for smiles in moonshot["smiles"]]
    chosen = [
        mol.GetNumAtoms() < 25 and any(mol.HasSubstructMatch(head) for head in heads)
        for mol in mols
    ]
    return moonshot[chosen].reset_index(drop=True)


@pytest.fixture(scope="module")
def pairs(amides):
    return find_pairs(amides)


def test_isoquinoline_in_place_of_methylpyridine_is_worth_a_log(pairs):
    table = transform_table(pairs).set_index(["from", "to"])
    row = table.loc[("*c1cnccc1C", "*c1cncc2ccccc12")]
    assert row["n"] >= 5
    assert row["effect"] == "raises"
    assert 0.7 < row["mean"] < 1.8


def test_bounds_are_a_third_of_the_programme_and_never_counted_as_values(pairs):
    bounded = pairs[pairs["relation"].isin(["<", ">"])]
    unknown = pairs[pairs["relation"] == "~"]
    assert len(bounded)
    assert len(unknown)
    assert unknown["delta"].isna().all()
    both = pairs["relation_a"].isin(["<"]) & pairs["relation_b"].isin(["<"])
    assert (pairs.loc[both, "relation"] == "~").all()
    table = transform_table(pairs)
    assert table["n"].sum() == (pairs["smallest"] & (pairs["relation"] == "=")).sum()


def test_the_pairs_behind_it_differ_in_that_ring_only(pairs):
    behind = pairs_behind(pairs, "*c1cnccc1C", "*c1cncc2ccccc12")
    assert set(behind["context"]) <= {"amide N", "amine N"}
    exact = behind[behind["relation"] == "="]
    assert (exact["delta"] == exact["p_b"] - exact["p_a"]).all()


def test_the_series_of_the_programme_have_its_chemists_names(moonshot):
    found = assign_series(moonshot)["series"].value_counts()
    assert found["isoquinoline–chroman amide"] > 100
    assert found["isoquinoline–tetrahydroisoquinoline amide"] > 100
    assert found["benzotriazole–phenyl amide"] > 15
