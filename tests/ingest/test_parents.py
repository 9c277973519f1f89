import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from molagent.errors import MolagentError
from molagent.ingest import waiting
from molagent.ingest.parents import find_parents
from tests.ingest.fake_worker import fake_worker

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
TOFACITINIB_CITRATE = f"{TOFACITINIB}.OC(=O)CC(O)(CC(O)=O)C(O)=O"
FAKE = fake_worker('[smiles, "key", "con", "", "", "", "", ""]')


class Recorder:
    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.events.append((stage, total))

    def advance(self, count: int = 1, note: str = "") -> None:  # noqa: ARG002 - the protocol's
        self.events.append(("advance", count))

    def finish(self, note: str = "") -> None:
        self.events.append(("finish", note))


@pytest.fixture
def _fake_worker(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "worker.py"
    path.write_text(FAKE)
    monkeypatch.setattr(waiting, "_FILE", str(path))


def test_a_salt_and_its_free_base_have_one_parent():
    frame = find_parents([TOFACITINIB_CITRATE, TOFACITINIB])
    assert frame["inchikey"].tolist() == ["UJLAWZDWDVHWOW-YPMHNXCESA-N"] * 2
    assert frame["connectivity"][0] == "UJLAWZDWDVHWOW"
    assert frame["smiles"][0] == frame["smiles"][1]
    assert frame["scaffold"][0]
    assert "chembl_structure_pipeline" in frame["standardizer"][0]


def test_a_structure_that_does_not_parse_is_refused_in_its_place():
    frame = find_parents(["CCO", "c1ccccc", "not a structure", "C(C)(C)(C)(C)C", ""])
    assert (frame["reason"] == "").tolist() == [True, False, False, False, False]
    assert "'c1ccccc' is not a SMILES string" in frame["reason"][1]
    assert "cannot exist as drawn" in frame["reason"][3]
    assert "the structure is empty" in frame["reason"][4]


def test_a_5000_atom_string_is_refused_by_name_and_not_parsed():
    frame = find_parents(["C" * 5000, "CCO"])
    assert frame["reason"][0].startswith("'CCCCCC")
    assert "has 5000 characters, more than 250 heavy atoms need" in frame["reason"][0]
    assert frame["smiles"][1] == "CCO"


def test_a_structure_with_too_many_atoms_in_few_characters_is_refused():
    frame = find_parents(["C" * 300, "C" * 60], max_atoms=100)
    assert "has 300 atoms, more than the limit of 100" in frame["reason"][0]
    assert frame["reason"][1] == ""


def test_no_structures_give_no_rows():
    assert find_parents([]).empty


def test_the_answer_does_not_depend_on_the_number_of_processes(data):
    smiles_list = pd.read_csv(data / "jak1_ki.csv")["smiles"].tolist()[:60]
    smiles_list += ["not a structure", "C" * 5000, smiles_list[0]]
    inline = find_parents(smiles_list, workers=0)
    for workers in (1, 3):
        pd.testing.assert_frame_equal(find_parents(smiles_list, workers=workers), inline)


@pytest.mark.usefixtures("_fake_worker")
def test_a_stuck_structure_is_ended_and_the_others_go_on():
    progress = Recorder()
    frame = find_parents(
        ["A", "STUCK", "B", "STUCK", "C"], workers=2, limit_s=0.4, progress=progress
    )
    assert frame["smiles"].tolist() == ["A", "", "B", "", "C"]
    assert "'STUCK' took longer than 0.4 s" in frame["reason"][1]
    assert progress.events[0] == ("standardise", 4)
    assert sum(count for event, count in progress.events if event == "advance") == 4
    assert progress.events[-1] == ("finish", "3 parents, 1 refused")


@pytest.mark.usefixtures("_fake_worker")
def test_a_structure_that_takes_the_process_down_is_refused_and_the_others_go_on():
    frame = find_parents(["A", "CRASH", "B", "CRASH", "C"], workers=1)
    assert frame["smiles"].tolist() == ["A", "", "B", "", "C"]
    assert "ended the standardisation process (code 7)" in frame["reason"][1]


def test_processes_that_do_not_start_are_an_error_and_not_a_rejection(tmp_path, monkeypatch):
    path = tmp_path / "worker.py"
    path.write_text("raise SystemExit(1)")
    monkeypatch.setattr(waiting, "_FILE", str(path))
    with pytest.raises(MolagentError, match="the standardisation processes do not start"):
        find_parents(["A", "B"], workers=2)


@pytest.mark.skipif(sys.platform == "win32", reason="looks for processes as POSIX does")
@pytest.mark.usefixtures("_fake_worker")
def test_an_interrupt_leaves_no_process_behind(monkeypatch):
    started: list[subprocess.Popen] = []
    real = subprocess.Popen

    def remember(*arguments, **settings):
        process = real(*arguments, **settings)
        started.append(process)
        return process

    class Interrupting(Recorder):
        def advance(self, count: int = 1, note: str = "") -> None:
            if count and not note:
                raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", remember)
    with pytest.raises(KeyboardInterrupt):
        find_parents(["A", "STUCK", "B"], workers=2, limit_s=60.0, progress=Interrupting())
    assert started
    for process in started:
        assert process.returncode is not None
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)
