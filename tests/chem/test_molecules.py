import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.identity import connectivity_block, inchikey, stereo_key, tautomer_key
from molagent.chem.molecules import canonical_smiles, parse_smarts, parse_smiles
from molagent.chem.scaffolds import murcko_scaffold, scaffold_id
from molagent.chem.standardize import standardize_smiles
from molagent.errors import StructureError
from molagent.testing import NAMED_DRUGS

GEFITINIB = NAMED_DRUGS["gefitinib"]
TOFACITINIB = NAMED_DRUGS["tofacitinib"]


@given(seed=st.integers(0, 2**31 - 1), name=st.sampled_from(sorted(NAMED_DRUGS)))
def test_parent_does_not_depend_on_how_the_smiles_is_written(seed: int, name: str):
    mol = Chem.MolFromSmiles(NAMED_DRUGS[name])
    rewritten = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    assert standardize_smiles(rewritten) == standardize_smiles(NAMED_DRUGS[name])


@pytest.mark.parametrize("name", sorted(NAMED_DRUGS))
def test_standardising_twice_changes_nothing(name: str):
    parent = standardize_smiles(NAMED_DRUGS[name])
    assert standardize_smiles(parent) == parent


def test_tofacitinib_citrate_has_tofacitinib_as_parent():
    citrate = "OC(=O)CC(O)(CC(=O)O)C(=O)O"
    assert standardize_smiles(f"{TOFACITINIB}.{citrate}") == standardize_smiles(TOFACITINIB)


@pytest.mark.parametrize("text", ["", "   ", "c1ccccc", "not a molecule", "C(C)(C)(C)(C)C"])
def test_what_is_no_structure_is_an_error_with_its_place(text: str):
    with pytest.raises(StructureError, match=r"^jak1\.csv:7: "):
        parse_smiles(text, place="jak1.csv:7")


def test_five_thousand_atoms_are_refused_at_once():
    with pytest.raises(StructureError, match="5000 atoms, more than the limit of 250"):
        parse_smiles("C" * 5000)


def test_explicit_hydrogens_are_not_heavy_atoms():
    assert canonical_smiles("[H]C([H])([H])O[H]") == "CO"


def test_a_pattern_that_does_not_parse_is_an_error():
    with pytest.raises(StructureError, match="not a SMARTS"):
        parse_smarts("[c;r")


def test_the_enantiomer_shares_connectivity_but_not_the_inchikey():
    enantiomer = TOFACITINIB.replace("@@", "@")
    assert inchikey(enantiomer) != inchikey(TOFACITINIB)
    assert connectivity_block(inchikey(enantiomer)) == connectivity_block(inchikey(TOFACITINIB))
    assert stereo_key(enantiomer) == stereo_key(TOFACITINIB)


def test_pyridone_and_hydroxypyridine_share_the_tautomer_key():
    assert tautomer_key("O=c1cccc[nH]1") == tautomer_key("Oc1ccccn1")
    assert tautomer_key("O=c1cccc[nH]1") != tautomer_key("Oc1cccnc1")


def test_a_scaffold_has_no_stereo_and_an_acyclic_compound_none():
    assert murcko_scaffold(TOFACITINIB) == "c1nc(NC2CCCNC2)c2cc[nH]c2n1"
    assert murcko_scaffold("CCO") == ""
    assert scaffold_id("") == ""
