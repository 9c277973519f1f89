from pathlib import Path

import pytest

from molagent.errors import InputError
from molagent.ingest.patents.activities import store_activities
from molagent.ingest.patents.importing import import_file
from molagent.ingest.patents.structures import StructureComputer
from molagent.store.database import Database
from molagent.store.identities import resolve_names
from molagent.store.raw_files import load_raw_file, load_raw_files
from molagent.store.receipts import IngestReceipt
from tests.store.registry import behind

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
HEADER = (
    "BindingDB Reactant_set_id\tLigand SMILES\tBindingDB MonomerID\tBindingDB Ligand Name\t"
    "Target Name\tKi (nM)\tIC50 (nM)\tkon (M-1-s-1)\tPatent Number\n"
)


def _project(path: Path) -> Database:
    database = Database(path)
    database.migrate()
    return database


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return _project(tmp_path / "project.duckdb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release of three values of one publication."""
    place = tmp_path_factory.mktemp("bindingdb")
    path = place / "bdb.tsv"
    path.write_text(
        HEADER
        + f"1\t{ASPIRIN}\t22360\tUS9850257, Example 5\tJAK1\t\t>10000\t\tUS9850257\n"
        + "2\tCCO\t1\tUS9850257, Example 6\tJAK1\t3.5\t\t1200\tUS9850257\n"
        + "3\tc1ccccc\t2\tUS9850257, Example 7\tJAK1\t4\t\t\tUS9850257\n"
    )
    import_file(path, place / "release", computer=StructureComputer(workers=0))
    return place / "release"


@pytest.fixture(scope="module")
def stored(folder: Path) -> tuple[Database, IngestReceipt]:
    """Return a project that holds them, and the receipt."""
    database = _project(folder.parent / "project.duckdb")
    return database, store_activities(database, folder, workers=0)


def test_values_join_a_project_with_relation_unit_document_and_place(stored):
    db, receipt = stored
    assert receipt.accepted == 2
    rows = db.query("SELECT * FROM result_current ORDER BY endpoint")
    assert rows["endpoint"].tolist() == ["jak1_pic50", "jak1_pki"]
    # More than 10,000 nM is a pIC50 below 5.
    assert rows["relation"].tolist() == ["<", "="]
    assert rows["value"].round(2).tolist() == [5.0, 8.46]
    assert rows["document_id"].tolist() == ["US-9850257", "US-9850257"]
    trace = behind(db, rows["compound_id"][0], "jak1_pic50")
    (line,) = trace["row"].tolist()
    (digest,) = load_raw_files(db)["sha256"]
    kept = load_raw_file(db, digest).decode().splitlines()
    # The row of BindingDB's own file.
    assert kept[line - 1].endswith("bdb.tsv:2")


def test_an_example_of_a_publication_is_a_name_of_its_compound(stored):
    db, _ = stored
    found = resolve_names(db, ["US-9850257, Example 5", "BDBM22360"])
    assert found["compound_ids"][0] == found["compound_ids"][1]


def test_what_cannot_be_read_is_rejected_and_not_lost(stored):
    _, receipt = stored
    # A rate whose unit the project has no dimension for, and a structure that does not parse.
    assert receipt.rejected == 2


def test_the_publication_is_a_document_of_the_project(stored):
    db, _ = stored
    (document,) = db.query("SELECT * FROM document").to_dict("records")
    assert document["kind"] == "patent"
    assert document["patent_number"] == "US-9850257"
    of_it = "SELECT count(*) AS n FROM result WHERE document_id = ?"
    assert db.query(of_it, [document["document_id"]])["n"].tolist() == [2]


def test_the_same_release_again_changes_nothing(stored, folder):
    db, _ = stored
    again = store_activities(db, folder, workers=0)
    assert again.known
    assert db.query("SELECT count(*) AS n FROM result")["n"][0] == 2


def test_a_release_without_values_is_an_error(db, folder):
    with pytest.raises(InputError, match="reports no values of US-1234567"):
        store_activities(db, folder, publication="US-1234567", workers=0)


def test_the_values_of_us20240109915_join_a_project(exports, db, tmp_path):
    into = tmp_path / "bdb"
    import_file(exports / "bdb_patent_ki.sdf", into, computer=StructureComputer(workers=1))
    receipt = store_activities(db, into, workers=1)
    assert (receipt.accepted, receipt.rejected, receipt.compounds) == (30, 0, 30)
