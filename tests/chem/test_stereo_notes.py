import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.stereo_notes import describe_stereo

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"


@pytest.mark.parametrize(
    ("smiles", "note"),
    [
        (TOFACITINIB, "absolute 2"),
        ("CC(Cc1ccc(C(C)C)cc1)C(=O)O", "unknown 1"),
        ("C[C@H](Cc1ccccc1)NC |&1:1|", "racemic 1"),
        ("C[C@H](Cc1ccccc1)NC |o1:1|", "relative 1"),
        ("CC/C(=C(\\c1ccccc1)c1ccc(OCCN(C)C)cc1)c1ccccc1", "double bonds: drawn 1"),
        ("CC=CC(N)F", "unknown 1; double bonds: unknown 1"),
        ("c1ccccc1", ""),
    ],
)
def test_centres_and_double_bonds_are_counted_by_what_is_known_of_them(smiles, note):
    assert describe_stereo(Chem.MolFromSmiles(smiles)) == note


def test_a_molblock_without_the_chiral_flag_leaves_open_what_it_draws():
    mol = Chem.MolFromSmiles(TOFACITINIB)
    block = Chem.MolToMolBlock(mol)
    assert describe_stereo(Chem.MolFromMolBlock(block)) == "absolute or relative 2"
    mol.SetIntProp("_MolFileChiralFlag", 1)
    flagged = Chem.MolFromMolBlock(Chem.MolToMolBlock(mol))
    assert describe_stereo(flagged) == "absolute 2"


def test_the_groups_of_a_v3000_molblock_are_told():
    mol = Chem.MolFromSmiles("C[C@H](N)[C@@H](O)CF |&1:1,o1:3|")
    block = Chem.MolToV3KMolBlock(mol)
    assert describe_stereo(Chem.MolFromMolBlock(block)) == "racemic 1, relative 1"


@given(seed=st.integers(0, 2**31 - 1))
def test_the_note_does_not_depend_on_how_the_smiles_is_written(seed):
    mol = Chem.MolFromSmiles(TOFACITINIB)
    written = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    assert describe_stereo(Chem.MolFromSmiles(written)) == "absolute 2"
