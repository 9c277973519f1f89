"""What was stripped from a structure, and what it says of its stereo, stands with its row."""

import pytest
from rdkit import Chem

from molagent.ingest.intake import read_data
from molagent.ingest.writing import write_intake
from molagent.store.database import Database
from molagent.store.lineage import find_source

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
CITRATE = "OC(=O)CC(O)(CC(O)=O)C(O)=O"
COLUMNS = {
    "smiles": "smiles", "value": "value", "unit": "nM", "endpoint": "jak1_pki", "quantity": "Ki",
}  # fmt: skip
NOTES = "SELECT source_row, format, salt, stereo_note FROM compound_raw ORDER BY source_row"


@pytest.fixture
def db(tmp_path) -> Database:
    base = Database(tmp_path / "jak.duckdb")
    base.migrate()
    return base


@pytest.mark.parametrize("workers", [0, 1])
def test_salt_and_stereo_of_each_row_are_stored_and_shown(db, write, workers):
    path = write(
        "smiles,value\n"
        f"{TOFACITINIB}.{CITRATE},3.2\n"
        f"{TOFACITINIB},3.1\n"
        "C[C@H](Cc1ccccc1)NC |&1:1|,900\n"
        "c1ccccc1,100000\n"
    )
    write_intake(db, read_data(path, workers=workers, **COLUMNS))
    rows = db.query(NOTES)
    assert rows["salt"].tolist() == ["O=C(O)CC(O)(CC(=O)O)C(=O)O (citrate 1:1)", None, None, None]
    assert rows["stereo_note"].tolist() == ["absolute 2", "absolute 2", "racemic 1", None]
    assert rows["format"].tolist() == ["smiles"] * 4
    assert "salt O=C(O)CC(O)(CC(=O)O)C(=O)O (citrate 1:1)" in str(
        find_source(db, "compound:MA-000001")
    )


def test_a_record_of_an_sd_file_tells_its_chiral_flag(db, tmp_path):
    path = tmp_path / "jak.sdf"
    mol = Chem.MolFromSmiles(TOFACITINIB)
    mol.SetProp("ki", "3.2")
    with Chem.SDWriter(str(path)) as writer:
        writer.write(mol)
    intake = read_data(path, workers=0, **{**COLUMNS, "smiles": "molblock", "value": "ki"})
    write_intake(db, intake)
    row = db.query(NOTES).iloc[0]
    assert (row["format"], row["stereo_note"]) == ("molblock", "absolute or relative 2")
