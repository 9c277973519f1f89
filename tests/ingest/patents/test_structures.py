from pathlib import Path

import pytest
from rdkit import Chem

from molagent.ingest.patents import structure_worker
from molagent.ingest.patents.structures import StructureComputer
from molagent.patents.index.rows import compute_row
from tests.ingest.fake_worker import fake_worker

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
FAKE = fake_worker('["", smiles, "key", "con", "s", "t", "00" * 128, "", ""]')


@pytest.fixture
def rows(computer):
    def compute(*structures: str):
        return computer.compute(structures).to_pylist()

    return compute


def test_a_structure_has_parent_keys_and_words_as_the_index_computes_them(rows):
    (row,) = rows(f"{ASPIRIN}.[Na]")
    ours = compute_row(f"{ASPIRIN}.[Na]")
    assert row["parent"] == ours.parent
    assert row["inchikey"] == ours.keys.inchikey
    assert row["without_tautomers"] == ours.keys.without_tautomers
    assert row["words"] == ours.bits.astype("<u8").tobytes()
    assert (row["flag"], row["reason"]) == ("", "")


@pytest.mark.parametrize(
    ("structure", "flag"),
    [
        ("OC([Re])=O", "pseudo_element"),
        ("C1=C[U]=[V][W]=N1", "pseudo_element"),
        ("*c1ccccc1", "attachment"),
        ("*CC*", "polymer"),
        ("CCOCCO |Sg:n:2,3,4:n:ht|", "polymer"),
        ("c1ccccc", "unparsable"),
        ("C(C)(C)(C)(C)C", "unparsable"),
        ("", "unparsable"),
        ("C" * 300, "too_large"),
        ("C" * 10_000, "too_large"),
        (".".join(["O"] * 300), "too_large"),
    ],
)
def test_a_doubtful_structure_is_kept_with_its_flag(rows, structure, flag):
    (row,) = rows(structure)
    assert row["smiles"] == structure
    assert row["flag"] == flag
    assert row["reason"]


def test_the_letters_of_a_markush_drawing_still_have_keys(rows):
    (row,) = rows("OC([Re])=O")
    assert row["parent"]
    assert "Re" in row["reason"]


def test_a_10000_atom_string_is_not_parsed(rows):
    (row,) = rows("C" * 10_000)
    assert "more than 250 heavy atoms need" in row["reason"]


def test_a_molblock_is_known_by_the_smiles_it_is_read_as(rows):
    block = Chem.MolToMolBlock(Chem.MolFromSmiles(ASPIRIN))
    (row,) = rows(block)
    assert row["written"] == Chem.CanonSmiles(ASPIRIN)
    assert row["inchikey"] == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"


@pytest.fixture
def _fake_worker(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "worker.py"
    path.write_text(FAKE)
    monkeypatch.setattr(structure_worker, "__file__", str(path))


@pytest.mark.usefixtures("_fake_worker")
def test_a_structure_that_hangs_is_ended_and_flagged_and_the_others_go_on():
    with StructureComputer(workers=2, limit_s=0.4) as computer:
        rows = computer.compute(["A", "STUCK", "B", "CRASH", "C"]).to_pylist()
    assert [row["flag"] for row in rows] == ["", "hung", "", "crashed", ""]
    assert [row["parent"] for row in rows] == ["A", None, "B", None, "C"]
    assert "took longer than 0.4 s" in rows[1]["reason"]


def test_real_processes_answer_as_this_one_does(rows):
    structures = [ASPIRIN, "OC([Re])=O", "c1ccccc"]
    with StructureComputer(workers=1) as computer:
        assert computer.compute(structures).to_pylist() == rows(*structures)
