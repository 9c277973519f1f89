"""What a drawing leaves open is written out, and only what can exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.isomers import count_open_stereo, open_isomers

FLAT_TOFACITINIB = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"


def test_two_open_centres_are_four_isomers_and_the_drug_is_one_of_them():
    isomers = open_isomers(FLAT_TOFACITINIB)
    assert len(isomers) == 4
    assert Chem.CanonSmiles(TOFACITINIB) in isomers
    assert {count_open_stereo(isomer) for isomer in isomers} == {0}


def test_a_centre_that_is_drawn_stays():
    half = "C[C@@H]1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
    isomers = open_isomers(half)
    assert len(isomers) == 2
    assert set(isomers) < set(open_isomers(FLAT_TOFACITINIB))


def test_what_is_drawn_in_full_or_has_no_stereo_is_alone():
    assert open_isomers(TOFACITINIB) == (Chem.CanonSmiles(TOFACITINIB),)
    assert open_isomers("CC(=O)Nc1ccc(O)cc1") == (Chem.CanonSmiles("CC(=O)Nc1ccc(O)cc1"),)


def test_a_meso_form_is_one_isomer():
    assert len(open_isomers("OC(=O)C(O)C(O)C(=O)O")) == 3


def test_bridgeheads_are_joined_on_one_face_only():
    # Tropine's two bridgeheads go together; of eight drawings the two on C3 remain, and both are
    # one compound each: endo and exo.
    isomers = open_isomers("CN1C2CCC1CC(O)C2")
    assert len({Chem.MolToInchiKey(Chem.MolFromSmiles(each)) for each in isomers}) == 2


def test_more_open_centres_than_two_are_cut_to_four():
    assert len(open_isomers("CC(O)C(F)C(Cl)C(C)N")) == 4


@given(seed=st.integers(0, 2**31 - 1))
def test_isomers_do_not_depend_on_how_the_drawing_is_written(seed: int):
    mol = Chem.MolFromSmiles(FLAT_TOFACITINIB)
    other = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    assert open_isomers(other) == open_isomers(FLAT_TOFACITINIB)


@pytest.mark.parametrize("smiles", ["CC=CC", "CS(=O)c1ccccc1"])
def test_double_bonds_and_sulfoxides_count(smiles: str):
    assert count_open_stereo(smiles) == 1
    assert len(open_isomers(smiles)) == 2


def test_the_nh_of_an_amidine_leaves_nothing_open():
    benzamidine = "N=C(N)c1ccccc1"
    assert count_open_stereo(benzamidine) == 0
    assert open_isomers(benzamidine) == (benzamidine,)
