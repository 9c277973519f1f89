"""The quick way to a parent against the pipeline itself."""

from pathlib import Path

import pandas as pd
import pytest
from chembl_structure_pipeline import standardizer
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from molagent.chem.identity import inchikey
from molagent.chem.molecules import parse_smiles
from molagent.chem.parents import is_unchanged, parent_mol
from molagent.chem.standardize import standard_parent, standardize_smiles

MOONSHOT = Path(__file__).parents[2] / "data" / "covid_moonshot"
HERE = Path(__file__).parents[2] / "data" / "jak"
# Drugs as they are sold, and what each step of the pipeline is for.
DRUGS = {
    "tofacitinib citrate": (
        "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12.OC(=O)CC(O)(CC(O)=O)C(O)=O"
    ),
    "imatinib mesylate": (
        "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1.CS(=O)(=O)O"
    ),
    "diclofenac sodium": "O=C([O-])Cc1ccccc1Nc1c(Cl)cccc1Cl.[Na+]",
    "omeprazole": "COc1ccc2[nH]c(S(=O)Cc3ncc(C)c(OC)c3C)nc2c1",
    "metoprolol tartrate": (
        "COCCc1ccc(OCC(O)CNC(C)C)cc1.COCCc1ccc(OCC(O)CNC(C)C)cc1.O[C@H]([C@@H](O)C(=O)O)C(=O)O"
    ),
    "tartaric acid": "O[C@H]([C@@H](O)C(=O)O)C(=O)O",
    "nifedipine": "COC(=O)C1=C(C)NC(C)=C(C(=O)OC)C1c1ccccc1[N+](=O)[O-]",
    "deutetrabenazine": "[2H]C([2H])([2H])Oc1cc2c(cc1OC([2H])([2H])[2H])C1CC(=O)C(CC(C)C)CN1CC2",
    "cisplatin": "N.N.Cl[Pt]Cl",
    "acetone in water": "CC(C)=O.O",
    "hydrogen chloride": "Cl",
    "lithium carbonate": "[Li+].[Li+].[O-]C([O-])=O",
    "two products": "CCOc1ccccc1.CCNc1ccccc1",
    "choline": "C[N+](C)(C)CCO.[Cl-]",
    "azidothymidine": "Cc1cn([C@H]2C[C@H](N=[N+]=[N-])[C@@H](CO)O2)c(=O)[nH]c1=O",
    "imidic acid": "CC(O)=Nc1ccccc1",
}


def of_pipeline(mol: Chem.Mol) -> Chem.Mol:
    return standardizer.get_parent_mol(standardizer.standardize_mol(Chem.Mol(mol)))[0]


def written(mol: Chem.Mol) -> str:
    return Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(mol)))


@pytest.mark.parametrize("name", DRUGS)
def test_drugs_and_salts_have_the_pipelines_parent(name):
    smiles = DRUGS[name]
    mol = parse_smiles(smiles)
    with rdBase.BlockLogs():
        assert written(parent_mol(mol, smiles)) == written(of_pipeline(mol))


@pytest.mark.parametrize(
    ("smiles", "unchanged"),
    [
        ("C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12", True),
        ("CS(C)=O", False),  # is written with charges
        ("CC(O)=Nc1ccccc1", False),  # becomes an amide
        ("CN(=O)=O", False),
        ("C[NH3+]", False),
        ("CCO.Cl", False),
        ("[2H]CO", False),
    ],
)
def test_only_what_no_step_can_change_is_left_out(smiles, unchanged):
    assert is_unchanged(parse_smiles(smiles), smiles) is unchanged


def test_the_molecule_beside_the_smiles_is_the_one_read_from_it():
    for smiles in DRUGS.values():
        standard, mol = standard_parent(smiles)
        assert Chem.MolToSmiles(mol) == standard == standardize_smiles(smiles)
        assert Chem.MolToInchiKey(mol) == inchikey(standard)


def test_thousands_of_measured_compounds_have_the_pipelines_parent():
    lists = [pd.read_csv(path)["smiles"] for path in sorted(HERE.glob("*_ki.csv"))]
    structures = pd.concat(lists).drop_duplicates().tolist()
    with rdBase.BlockLogs():
        for smiles in structures[::4]:
            mol = parse_smiles(smiles)
            assert written(parent_mol(mol, smiles)) == written(of_pipeline(mol)), smiles


def test_hundreds_of_designs_have_the_pipelines_parent():
    designs = pd.read_csv(MOONSHOT / "covid_moonshot_ids.csv")["SMILES"]
    structures = designs.sample(600, random_state=0)
    with rdBase.BlockLogs():
        for smiles in structures:
            mol = parse_smiles(smiles)
            assert written(parent_mol(mol, smiles)) == written(of_pipeline(mol)), smiles


@given(seed=st.integers(0, 2**31 - 1), name=st.sampled_from(sorted(DRUGS)))
def test_the_parent_does_not_depend_on_how_the_structure_is_written(seed, name):
    mol = Chem.MolFromSmiles(DRUGS[name])
    rewritten = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    with rdBase.BlockLogs():
        ours = written(parent_mol(parse_smiles(rewritten), rewritten))
        assert ours == written(of_pipeline(parse_smiles(rewritten)))
