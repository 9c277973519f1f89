import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.salts import describe_salt
from molagent.chem.standardize import standardize_smiles

IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"
LAPATINIB = "CS(=O)(=O)CCNCc1ccc(-c2ccc3ncnc(Nc4ccc(OCc5cccc(F)c5)c(Cl)c4)c3c2)o1"
TOSYLATE = "Cc1ccc(S(=O)(=O)O)cc1"
QUETIAPINE = "OCCOCCN1CCN(C2=Nc3ccccc3Sc3ccccc32)CC1"


@pytest.mark.parametrize(
    ("drug", "note"),
    [
        (f"{IMATINIB}.CS(=O)(=O)O", "CS(=O)(=O)O (mesylate 1:1)"),
        ("[Na+].O=C([O-])Cc1ccccc1Nc1c(Cl)cccc1Cl", "[Na+] (sodium 1:1)"),
        (f"{LAPATINIB}.{TOSYLATE}.{TOSYLATE}.O", f"{TOSYLATE}.{TOSYLATE}.O"),
        (f"{QUETIAPINE}.{QUETIAPINE}.OC(=O)/C=C/C(O)=O", "O=C(O)/C=C/C(=O)O (maleate and"),
        ("NCc1ccccc1.Cl.Cl", "Cl.Cl (chloride 2:1)"),
        ("C[NH3+].[Cl-]", "[Cl-] (chloride 1:1)"),
        (IMATINIB, ""),
    ],
)
def test_the_counter_ions_of_drugs_are_named_and_counted(drug, note):
    told = describe_salt(drug, standardize_smiles(drug))
    assert told.startswith(note)
    assert bool(told) == bool(note)


def test_a_hemifumarate_is_one_to_two():
    salt = f"{QUETIAPINE}.{QUETIAPINE}.OC(=O)/C=C/C(O)=O"
    assert describe_salt(salt, standardize_smiles(salt)).endswith("1:2)")


def test_lapatinib_ditosylate_hydrate_tells_both():
    salt = f"{LAPATINIB}.{TOSYLATE}.{TOSYLATE}.O"
    told = describe_salt(salt, standardize_smiles(salt))
    assert "tosylate 2:1" in told
    assert "water 1:1" in told


def test_succinate_is_not_called_fumarate():
    told = describe_salt("CCN.OC(=O)CCC(O)=O", "CCN")
    assert "succinate 1:1" in told


@given(seed=st.integers(0, 2**31 - 1))
def test_the_note_does_not_depend_on_how_the_salt_is_written(seed):
    salt = Chem.MolFromSmiles(f"{IMATINIB}.CS(=O)(=O)O.O")
    written = Chem.MolToRandomSmilesVect(salt, 1, randomSeed=seed)[0]
    assert describe_salt(written, IMATINIB) == "CS(=O)(=O)O.O (mesylate 1:1, water 1:1)"
