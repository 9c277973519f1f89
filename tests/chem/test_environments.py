import numpy as np
import pytest
from rdkit import Chem

from molagent.chem import precedent as module
from molagent.chem.environments import atom_environments, bonded_pairs, uncharged
from molagent.chem.precedent import environment_counts, precedent
from molagent.errors import ModelError

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"


def test_environments_do_not_depend_on_the_order_of_the_atoms():
    mol = Chem.MolFromSmiles(TOFACITINIB)
    other = Chem.RenumberAtoms(mol, list(reversed(range(mol.GetNumAtoms()))))
    assert sorted(atom_environments(mol)) == sorted(atom_environments(other))
    assert sorted(bonded_pairs(mol)) == sorted(bonded_pairs(other))


def test_every_atom_has_one_environment_and_every_bond_one_pair():
    mol = Chem.MolFromSmiles(TOFACITINIB)
    assert len(atom_environments(mol)) == mol.GetNumAtoms()
    assert len(bonded_pairs(mol)) == mol.GetNumBonds()


def test_a_pair_is_hashed_as_lacan_hashes_it():
    # MD5 of "[6, 1, 3, 0, 0, 1]" and of "[8, 1, 1, 0, 0, 1]", first four bytes, signed.
    assert bonded_pairs(Chem.MolFromSmiles("CO")) == [(-1100651280, 1476825563)]


@pytest.mark.parametrize(
    ("charged", "neutral"),
    [("C[NH2+]CC(=O)[O-]", "CNCC(=O)O"), ("C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]")],
)
def test_charges_that_a_proton_makes_are_taken_off(charged, neutral):
    assert Chem.MolToSmiles(uncharged(Chem.MolFromSmiles(charged))) == neutral


def test_a_salt_form_is_as_ordinary_as_the_neutral_drawing():
    pair = [Chem.MolFromSmiles(each) for each in ("CC[NH+](CC)CCc1ccccc1", "CCN(CC)CCc1ccccc1")]
    assert precedent(pair[0]) == precedent(pair[1])


def test_drugs_are_ordinary_and_what_edits_draw_is_not():
    drugs = [TOFACITINIB, "CC(=O)Oc1ccccc1C(=O)O", "CC(C)NCC(O)COc1cccc2ccccc12"]
    drawn = ["N#CC(O)n1c(CO)nc2cnc3occc3c21", "C1=Cc2c(ncc3ncn(C4CNOC4(F)C#N)c23)C1"]
    values = [[precedent(Chem.MolFromSmiles(each)) for each in group] for group in (drugs, drawn)]
    assert min(values[0]) > max(values[1]) + 0.4


def test_counts_without_some_compounds_are_what_they_would_be_had_nobody_made_them():
    table = environment_counts()
    mol = Chem.MolFromSmiles(TOFACITINIB)
    once, twice = (table.without([TOFACITINIB] * count) for count in (1, 2))
    assert once.precedent(mol) == twice.precedent(mol) < table.precedent(mol)


def test_a_table_of_another_numbering_is_refused(monkeypatch):
    environment_counts.cache_clear()
    monkeypatch.setattr(module, "PROBE", "CCO")
    with pytest.raises(ModelError, match="numbers the environments"):
        environment_counts()
    environment_counts.cache_clear()


def test_a_molecule_without_atoms_has_no_precedent():
    assert np.isnan(precedent(Chem.Mol()))
