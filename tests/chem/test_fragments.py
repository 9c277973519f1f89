"""Parts do not depend on how a structure is written, and they give it back when joined."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.assembly import joined, zipped
from molagent.chem.fragments import attachment, flat, fragmentations, swapped, without_variable
from molagent.chem.molecules import canonical_smiles, parse_smiles

DRUGS = {
    "tofacitinib": "C[C@@H]1CCN(C[C@@H]1N(C)c1ncnc2[nH]ccc12)C(=O)CC#N",
    "imatinib": "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "sildenafil": "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1",
    "atorvastatin": "CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CC[C@@H](O)C[C@@H](O)"
    "CC(=O)O",
    "celecoxib": "Cc1ccc(cc1)-c1cc(nn1-c1ccc(cc1)S(N)(=O)=O)C(F)(F)F",
}


@pytest.mark.parametrize("name", DRUGS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_parts_do_not_depend_on_how_the_smiles_is_written(name, seed):
    mol = parse_smiles(DRUGS[name])
    rewritten = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    parts = {(f.constant, f.variable, f.context) for f in fragmentations(mol)}
    assert parts == {
        (f.constant, f.variable, f.context) for f in fragmentations(parse_smiles(rewritten))
    }


@pytest.mark.parametrize("name", DRUGS)
def test_every_pair_of_parts_gives_the_drug_back(name):
    whole = canonical_smiles(DRUGS[name])
    found = fragmentations(parse_smiles(whole))
    assert {f.cuts for f in found} == {1, 2}
    assert {joined(f.constant, f.variable) for f in found} == {whole}


@pytest.mark.parametrize("name", DRUGS)
def test_the_variable_part_is_the_smaller_one_and_its_atoms_are_named(name):
    mol = parse_smiles(DRUGS[name])
    for item in fragmentations(mol, max_variable=9):
        assert item.heavy == len(item.atoms) <= min(9, mol.GetNumAtoms() // 2)


def test_amides_are_cut_beside_the_nitrogen_and_esters_are_not_cut_at_the_carbonyl():
    paracetamol = {f.variable for f in fragmentations(parse_smiles("CC(=O)Nc1ccc(O)cc1"))}
    assert {"*C(C)=O", "*NC(C)=O", "*O"} <= paracetamol
    aspirin = {f.variable for f in fragmentations(parse_smiles("CC(=O)Oc1ccccc1C(=O)O"))}
    assert "*O" not in aspirin


def test_a_salt_has_no_parts():
    assert fragmentations(parse_smiles("CCN.Cl")) == []


def test_equal_ends_have_one_order_only():
    benzyl_amide = fragmentations(parse_smiles("O=C(NCc1ccccc1)Cc1ccccc1"))
    between = [f.variable for f in benzyl_amide if f.constant == "*c1ccccc1.*c1ccccc1"]
    assert len(between) == 1
    assert between[0] == min(between[0], swapped(between[0]))
    assert swapped(between[0]) != between[0]


@given(st.sampled_from(sorted(DRUGS)))
def test_exchanging_the_points_twice_changes_nothing(name):
    for item in fragmentations(parse_smiles(DRUGS[name])):
        if item.cuts == 2:
            assert swapped(swapped(item.variable)) == item.variable


def test_a_hydrogen_can_stand_for_the_variable_part():
    assert without_variable("*n1cccc1") == canonical_smiles("c1cc[nH]c1")
    assert without_variable("*[C@H](C)c1ccccc1") == canonical_smiles("CCc1ccccc1")


def test_parts_that_do_not_fit_make_nothing():
    assert zipped(["[*:1]C", "[*:2]C"]) is None
    assert joined("*C(C)(C)C", "*") is None


@pytest.mark.parametrize(
    ("smiles", "atom", "words"),
    [
        ("c1ccccc1", 0, "aromatic C"),
        ("c1cc[nH]c1", 3, "aromatic N"),
        ("CC(=O)N", 1, "carbonyl C"),
        ("CC(=O)N", 3, "amide N"),
        ("CS(=O)(=O)N", 4, "amide N"),
        ("CCN", 2, "amine N"),
        ("C=C", 0, "vinyl C"),
        ("C#C", 0, "alkynyl C"),
        ("CCO", 2, "O"),
        ("CCO", 0, "aliphatic C"),
    ],
)
def test_what_a_substituent_hangs_on_has_a_name(smiles, atom, words):
    assert attachment(Chem.MolFromSmiles(smiles).GetAtomWithIdx(atom)) == words


def test_flat_structures_have_no_configuration():
    assert flat("C[C@H](N)C(=O)O") == flat("C[C@@H](N)C(=O)O") == canonical_smiles("CC(N)C(=O)O")
