import json
from pathlib import Path

import pandas as pd
import pytest
from small import ROOT

from molagent.cli import main
from tests.cli.calls import shown

JAK1 = ROOT / "data" / "jak" / "jak1_ki.csv"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    pd.read_csv(JAK1).head(60).to_csv(folder / "jak1_ki.csv", index=False)
    path = folder / "vault.duckdb"
    with pytest.raises(SystemExit):
        main(["data", "ingest", str(folder / "jak1_ki.csv"), "-p", str(path), "--create", "-q"])
    return path


def test_a_layout_is_shown_before_anything_is_read(vault: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, "data", "columns", vault.parent / "jak1_ki.csv")
    assert text.splitlines()[0] == "column,role,examples"


def test_a_dry_run_writes_nothing(vault: Path, capsys: pytest.CaptureFixture[str]):
    out = vault.parent / "empty.duckdb"
    text = shown(
        capsys,
        "data",
        "ingest",
        vault.parent / "jak1_ki.csv",
        "-p",
        out,
        "--create",
        "--dry-run",
        "-q",
    )
    assert "60 rows, 60 accepted" in text.replace("\n", " ")
    assert not out.exists()


def test_a_value_is_led_back_to_its_file(vault: Path, capsys: pytest.CaptureFixture[str]):
    listed = shown(capsys, "data", "list", "compounds", "-p", vault)
    first = listed.splitlines()[1].split(",")[0]
    endpoint = shown(capsys, "data", "list", "-p", vault).splitlines()[1].split(",")[0]
    assert "jak1_ki.csv" in shown(capsys, "data", "trace", f"value:{first}/{endpoint}", "-p", vault)


def test_corrections_snapshots_and_the_audit_are_commands(
    vault: Path, capsys: pytest.CaptureFixture[str]
):
    assert "60 results" in shown(capsys, "data", "snapshot", "first", "-p", vault)
    shown(capsys, "data", "correct", "1", "--value", "5", "--reason", "typo", "-p", vault)
    assert "superseded,1," in shown(capsys, "data", "diff", "first", "-p", vault)
    shown(capsys, "data", "restore", "first", "--reason", "no typo", "-p", vault)
    assert "audit trail whole" in shown(capsys, "data", "audit", "-p", vault)


def test_a_file_that_was_kept_comes_back_byte_for_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    table = tmp_path / "jak1_ki_first.csv"
    pd.read_csv(JAK1).head(5).to_csv(table, index=False)
    own = tmp_path / "own.duckdb"
    shown(capsys, "data", "ingest", table, "-p", own, "--create", "--keep-raw", "-q")
    header, row = shown(capsys, "data", "list", "kept", "-p", own).splitlines()
    sha256 = dict(zip(header.split(","), row.split(","), strict=True))["sha256"]
    back = tmp_path / "back.csv"
    shown(capsys, "data", "kept", sha256, "-p", own, "--out", back)
    assert back.read_bytes() == table.read_bytes()
    with pytest.raises(SystemExit) as stopped:
        main(["data", "kept", sha256, "-p", str(own), "--out", str(back)])
    assert stopped.value.code == 2
    assert "such a file already" in capsys.readouterr().err


def test_a_broken_trail_ends_with_1(vault: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(["data", "audit", "-p", str(vault), "--head", f"9999:99999:{'0' * 64}"])
    assert stopped.value.code == 1
    assert "head" in capsys.readouterr().out


def test_what_cannot_be_listed_is_one_sentence(vault: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(["data", "list", "secrets", "-p", str(vault)])
    assert stopped.value.code == 2
    assert "endpoints" in capsys.readouterr().err


def test_a_model_is_trained_listed_asked_and_explained(
    vault: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    endpoint = shown(capsys, "data", "list", "-p", vault).splitlines()[1].split(",")[0]
    text = shown(capsys, "models", "train", endpoint, "-p", vault, "-q", "--cards", tmp_path)
    assert f"{endpoint}/v1" in text
    card = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert card["endpoint"] == endpoint
    assert f"{endpoint}/v1" in shown(capsys, "models", "list", "-p", vault)
    candidates = tmp_path / "candidates.csv"
    candidates.write_text("smiles\nc1ccccc1\nCCOc1ccccc1\nCCCCN\n", encoding="utf-8")
    batch = tmp_path / "batch.csv"
    options = ("--count", "2", "--threshold", "5.0", "--out", batch, "-p", vault)
    answer = shown(capsys, "models", "choose", endpoint, candidates, *options)
    assert "hits expected among 2" in answer
    assert len(batch.read_text(encoding="utf-8").splitlines()) == 3
    answer = shown(capsys, "models", "predict", endpoint, "c1ccccc1", "-p", vault)
    assert answer.splitlines()[0].startswith("smiles,mean,std,lo,hi")
    page = tmp_path / "why.html"
    shown(
        capsys, "models", "explain", endpoint, "CN(C)c1ncnc2[nH]ccc12", "-p", vault, "--out", page
    )
    assert "What argues" in page.read_text() or "argues" in page.read_text()


def test_a_file_of_which_no_row_is_taken_ends_with_exit_code_1(tmp_path: Path):
    path = tmp_path / "jak1_ki.csv"
    path.write_text("SMILES,Ki (nM)\nno structure,5\nCCOc1ccccc1,n/a\n")
    with pytest.raises(SystemExit) as ended:
        main(["data", "ingest", str(path), "-p", str(tmp_path / "v.duckdb"), "--create", "-q"])
    assert ended.value.code == 1
    path.write_text("SMILES,Ki (nM)\nno structure,5\nCCOc1ccccc1,6\n")
    with pytest.raises(SystemExit) as ended:
        main(["data", "ingest", str(path), "-p", str(tmp_path / "v.duckdb"), "-q"])
    assert ended.value.code in (None, 0)
