"""A file's racemates, unknown enantiomers and labelled compounds, from its rows to its values."""

from pathlib import Path

import pytest
from rdkit import Chem

from molagent.chem.standardize import standardize_smiles
from molagent.project.assaydata import AssayData

READ = {"unit": "nM", "endpoint": "jak1_pic50", "quantity": "IC50", "target": "JAK1", "workers": 0}
DIOL = "O[C@@H]1CC[C@H](Cl)C[C@@H]1O"
MIRRORED = "O[C@H]1CC[C@@H](Cl)C[C@H]1O"
STEREO = f"""SMILES,Name,IC50 (nM)
"{DIOL} |&1:1,7|",racemate,10
"{DIOL} |a:1,4,7|",pure,3
"{DIOL} |o1:1,7|",unknown,1000
"""
LABELS = """SMILES,Name,IC50 (nM)
[2H]C([2H])([2H])NC(=O)c1ccccc1,d3,5
CNC(=O)c1ccccc1,h3,50
[125I]c1ccc(C(=O)NC)cc1,hot,1
Ic1ccc(C(=O)NC)cc1,cold,2
"""
DRUGS = {
    "tofacitinib": "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
    "imatinib mesylate": "CS(=O)(=O)O.Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "omeprazole": "COc1ccc2[nH]c(S(=O)Cc3ncc(C)c(OC)c3C)nc2c1",
    "sodium valproate": "CCCC(CCC)C(=O)[O-].[Na+]",
    "ibuprofen, racemate drawn flat": "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "naproxen": "COc1ccc2cc([C@H](C)C(=O)O)ccc2c1",
    "tartrate": "OC(=O)[C@H](O)[C@@H](O)C(=O)O.NCCc1ccccc1",
    "gefitinib as CXSMILES with labels": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1 |$;;;;;$|",
}


@pytest.fixture
def vault(tmp_path: Path) -> AssayData:
    return AssayData.open(tmp_path / "vault.duckdb", create=True)


def ingest(vault: AssayData, name: str, text: str, **columns: str):
    path = vault.db.path.with_name(name)
    path.write_text(text)
    given = {"smiles": "SMILES", "value": "IC50 (nM)", **READ, **columns}
    intake = vault.read(path, **given)
    vault.store(intake, path)
    return intake


def sdf(*records: tuple[str, int, float]) -> str:
    text = ""
    for smiles, flag, value in records:
        mol = Chem.MolFromSmiles(smiles)
        mol.SetIntProp("_MolFileChiralFlag", flag)
        text += f"{Chem.MolToV3KMolBlock(mol)}>  <IC50 (nM)>\n{value}\n\n$$$$\n"
    return text


def test_racemate_pure_and_unknown_enantiomer_keep_their_own_values(vault):
    intake = ingest(vault, "stereo.csv", STEREO)
    values = vault.values("jak1_pic50")
    assert sorted(values["value"].round(2)) == [6.0, 8.0, 8.52]
    assert set(intake.results["flag"]) == {""}
    assert set(intake.results["validity"]) == {"valid"}
    (note,) = [each for each in intake.notes if "more than their parent" in each]
    assert note.startswith("2 substances are more than their parent structure (1 racemic, 1 of")


def test_a_molblock_s_racemate_drawn_the_other_way_round_is_one_compound(vault):
    ingest(
        vault,
        "stereo.sdf",
        sdf((f"{DIOL} |&1:1,7|", 0, 10), (f"{DIOL} |o1:1,7|", 0, 1000), (DIOL, 1, 3),
            (f"{MIRRORED} |&1:1,7|", 0, 12)),
        smiles="molblock",
    )  # fmt: skip
    values = vault.values("jak1_pic50").set_index("compound_id")
    assert values["n_exact"].tolist() == [2, 1, 1]
    assert values["structure"]["MA-000001"].endswith("|&1:1,7,&2:4|")
    assert values["structure"]["MA-000003"] == values["smiles"]["MA-000003"]
    rows = vault.sql("SELECT flag FROM result ORDER BY source_row")["flag"].tolist()
    assert rows == ["", "", "", "duplicate"]


def test_a_chiral_flag_of_0_without_groups_is_taken_as_drawn_and_noted(vault):
    intake = ingest(vault, "flags.sdf", sdf((DIOL, 0, 3), (DIOL, 1, 4)), smiles="molblock")
    assert len(vault.values("jak1_pic50")) == 1
    assert any(note.startswith("1 structures have a chiral flag of 0") for note in intake.notes)


def test_labelled_compounds_are_compounds_of_their_own(vault):
    intake = ingest(vault, "labels.csv", LABELS)
    assert len(vault.values("jak1_pic50")) == 4
    assert set(intake.results["flag"]) == {""}
    assert any("(2 labelled)" in note for note in intake.notes)
    # The label is kept for display; models and patents see the parent.
    compounds = vault.compounds().set_index("compound_id")
    assert compounds["structure"]["MA-000001"] == "[2H]C([2H])([2H])NC(=O)c1ccccc1"
    assert compounds["smiles"]["MA-000001"] == compounds["smiles"]["MA-000002"]
    assert vault.sql("SELECT stereo_note FROM compound_raw WHERE source_row = 2").iloc[0, 0] == (
        "isotopes: 3 x 2H"
    )


def test_a_second_file_finds_the_substance_by_its_structure_and_by_its_name(vault):
    ingest(vault, "stereo.csv", STEREO)
    again = f'SMILES,Name,IC50 (nM)\n"{DIOL} |&1:1,7|",again,20\n'
    ingest(vault, "again.csv", again)
    counts = vault.sql(
        "SELECT count(*) AS n FROM result GROUP BY compound_id ORDER BY compound_id"
    )["n"]
    assert counts.tolist() == [2, 1, 1]


@pytest.mark.parametrize("drug", DRUGS)
def test_an_ordinary_compound_keeps_its_identity(vault, drug):
    given = DRUGS[drug]
    parent = standardize_smiles(given)
    ingest(vault, "drug.csv", f'SMILES,Name,IC50 (nM)\n"{given}","{drug}",5\n')
    (row,) = vault.sql("SELECT * FROM compound").to_dict("records")
    assert row["compound_id"] == "MA-000001"
    assert row["smiles"] == parent
    assert row["inchikey"] == Chem.MolToInchiKey(Chem.MolFromSmiles(parent))
    assert (row["substance"], row["structure"]) == ("", "")


def test_mixtures_and_what_holds_no_carbon_are_registered_and_said(vault):
    mixture = "CCOc1ccccc1.CCNc1ccccc1"
    text = (
        f"SMILES,Name,IC50 (nM)\n{DRUGS['naproxen']},drug,5\n{mixture},both,9\n[Na+].[Cl-],salt,9\n"
    )
    intake = ingest(vault, "controls.csv", text)
    assert intake.receipt.accepted == 3
    mixed, salt = (note for note in intake.notes if note.startswith("1 structures"))
    assert mixed.startswith("1 structures have several components of which none is a salt or")
    assert "'CCNc1ccccc1.CCOc1ccccc1'" in mixed
    assert salt.startswith("1 structures hold no carbon ('[Cl-].[Na+]')")
