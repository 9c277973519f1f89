"""Where a project file is, who has it open, and what a command leaves behind."""

import subprocess
import sys

import pytest

from molagent.project.assaydata import AssayData
from tests.cli.calls import call, shown

JAK = "SMILES,Name,IC50 (nM)\nCNC(=O)c1ccccc1,N-methylbenzamide,50\nCCO,ethanol,5000\n"
HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"


@pytest.fixture
def vault(tmp_path):
    (tmp_path / "jak1.csv").write_text(JAK)
    with AssayData.opened(tmp_path / "vault.duckdb", create=True) as data:
        data.ingest(tmp_path / "jak1.csv", smiles="SMILES", value="IC50 (nM)", unit="nM",
                    endpoint="jak1_pic50", quantity="IC50", workers=0)  # fmt: skip
    return tmp_path / "vault.duckdb"


def test_a_vault_made_by_ingest_is_queried_by_its_file_and_by_its_folder(capsys, vault):
    query = "SELECT value FROM result ORDER BY source_row"
    for place in (vault, vault.parent):
        assert shown(capsys, "sql", query, "-p", place).split() == ["value", "50.0", "5000.0"]


def test_a_refused_ingest_leaves_no_file_behind(capsys, tmp_path):
    (tmp_path / "notes.csv").write_text("remark,author\nall well,Ann\n")
    new = tmp_path / "new.duckdb"
    code, _, err = call(capsys, "data", "ingest", tmp_path / "notes.csv", "-p", new, "--create")
    assert code == 2, err
    assert not new.exists()


def test_a_dry_run_leaves_no_file_behind(capsys, vault):
    new = vault.parent / "new.duckdb"
    columns = ("--smiles", "SMILES", "--value", "IC50 (nM)", "--unit", "nM", "--quantity", "IC50")
    shown(capsys, "data", "ingest", vault.parent / "jak1.csv", "-p", new, "--create", "--dry-run",
          *columns, "--endpoint", "jak1_pic50")  # fmt: skip
    assert not new.exists()


def test_a_refused_second_file_keeps_a_vault_that_was_there(capsys, vault):
    (vault.parent / "notes.csv").write_text("remark,author\nall well,Ann\n")
    code, _, _ = call(
        capsys, "data", "ingest", vault.parent / "notes.csv", "-p", vault, "--create", "-q"
    )
    assert code == 2
    assert len(AssayData.open(vault).files()) == 1


def test_a_command_waits_as_long_as_it_is_told(capsys, monkeypatch, vault):
    monkeypatch.setenv("MOLAGENT_WAIT", "60")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(vault)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        code, _, err = call(capsys, "data", "list", "files", "-p", vault, "--wait", "0")
        other.communicate(b"\n")
    assert code == 2
    assert f"PID {other.pid}" in err


def test_a_wait_that_is_no_number_of_seconds_is_refused(capsys, monkeypatch, vault):
    monkeypatch.setenv("MOLAGENT_WAIT", "soon")
    code, _, err = call(capsys, "data", "list", "files", "-p", vault)
    assert code == 2
    assert "MOLAGENT_WAIT is 'soon'" in err
