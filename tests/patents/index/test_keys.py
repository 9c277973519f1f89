"""What each identity key sees as the same, on pairs that real files contain."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.patents.index.keys import heavy_formula, identity_keys
from tests.patents.conftest import RUXOLITINIB, TOFACITINIB, TOFACITINIB_ENANTIOMER

FIELDS = ("inchikey", "connectivity", "without_stereo", "without_tautomers")


@pytest.mark.parametrize(
    ("pair", "one", "other", "same"),
    [
        ("salt", "CCN", "CCN.Cl", ()),
        (
            "pyridone and hydroxypyridine",
            "O=c1cccc[nH]1",
            "Oc1ccccn1",
            ("inchikey", "connectivity", "without_tautomers"),
        ),
        ("keto and enol", "CC(=O)CC(C)=O", "CC(O)=CC(C)=O", ("without_tautomers",)),
        (
            "enantiomers",
            TOFACITINIB,
            TOFACITINIB_ENANTIOMER,
            ("connectivity", "without_stereo", "without_tautomers"),
        ),
        ("deuterated", "CO", "[2H]C([2H])([2H])O", ("connectivity",)),
    ],
)
def test_keys_agree_as_the_table_says(pair, one, other, same):
    first, second = identity_keys(one), identity_keys(other)
    agree = tuple(name for name in FIELDS if getattr(first, name) == getattr(second, name))
    assert agree == same, pair


def test_different_compounds_share_no_key():
    assert identity_keys(TOFACITINIB).shared_depth(identity_keys(RUXOLITINIB)) is None


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_keys_do_not_depend_on_how_the_smiles_is_written(seed):
    mol = Chem.MolFromSmiles(TOFACITINIB)
    rewritten = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    assert identity_keys(rewritten) == identity_keys(TOFACITINIB)


def test_the_heavy_formula_ignores_hydrogen_and_deuterium():
    assert heavy_formula(Chem.MolFromSmiles("[2H]C([2H])Cl")) == "C1Cl1"
