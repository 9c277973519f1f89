"""Bad input is one clear sentence with place and remedy, exit code 2, and the store as it was."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small import ROWS, write_small_campaign

from molagent.cli import main
from molagent.project.project import Project

Edit = Callable[[Path], object]
HEADER = "smiles,exp_mean [nM],y,cliff_mol,split\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    """Run the command line in this process; return exit code and stderr."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return int(stopped.value.code or 0), capsys.readouterr().err


def _append(text: str) -> Edit:
    def edit(path: Path) -> None:
        with path.open("a", encoding="utf-8") as out:
            out.write(text)

    return edit


@pytest.mark.parametrize(
    ("name", "edit", "complaint"),
    [
        ("jak1_ki.csv", lambda path: path.write_bytes(b""), "empty"),
        # The first file was read when the second one stops the run.
        ("jak2_ki.csv", lambda path: path.write_bytes(b""), "empty"),
        (
            "jak2_ki.csv",
            lambda path: path.write_text(path.read_text().replace(",", " ")),
            "jak2_ki.csv",
        ),
        (
            "jak1_ki.csv",
            lambda path: path.write_text(path.read_text().replace("smiles", "struct", 1)),
            "smiles",
        ),
        (
            "jak2_ki.csv",
            lambda path: path.write_text(path.read_text().replace("exp_mean", "ki", 1)),
            "exp_mean",
        ),
        ("jak2_ki.csv", lambda path: path.write_text(HEADER), "jak2_ki.csv"),
        ("jak1_ki.csv", lambda path: path.unlink(), "jak1_ki.csv"),
        ("jak2_ki.csv", lambda path: path.unlink(), "jak2_ki.csv"),
    ],
    ids=[
        *("empty", "second empty", "delimiter", "no smiles column", "no value column"),
        *("no rows", "missing", "second missing"),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_run_before_anything_is_stored(
    small_campaign: Path, capsys: pytest.CaptureFixture[str], name: str, edit: Edit, complaint: str
):
    edit(small_campaign.parent / name)
    code, error = run(capsys, "run", small_campaign, "--quiet")
    assert code == 2
    assert complaint in error
    assert "Traceback" not in error
    project = Project.open(small_campaign.parent / "out")
    assert project.stages().empty
    assert project.db.query("SELECT count(*) AS n FROM result")["n"].iloc[0] == 0


BAD_ROWS = {
    "c1ccccc,12,0,0,train\n": "not a SMILES",
    f"{'C' * 5000},12,0,0,train\n": "5000 characters",
    "CCO,-5,0,0,train\n": "-5",
    "CCO,0,0,0,train\n": "0",
    "CCO,ND,0,0,train\n": "ND",
}


def test_bad_rows_are_rejected_by_file_and_row_and_the_rest_is_taken(
    small_campaign: Path, capsys: pytest.CaptureFixture[str]
):
    _append("".join(BAD_ROWS))(small_campaign.parent / "jak1_ki.csv")
    main_ok(capsys, "check", small_campaign)
    project = Project.create(small_campaign)
    from molagent.protocols import NullProgress

    project._ingest(NullProgress())
    rejected = project.db.query("SELECT source_row, reason FROM rejection ORDER BY source_row")
    assert list(rejected["source_row"]) == [ROWS + 2 + n for n in range(len(BAD_ROWS))]
    for complaint, reason in zip(BAD_ROWS.values(), rejected["reason"], strict=True):
        assert complaint in reason
    assert project.db.query("SELECT count(*) AS n FROM result")["n"].iloc[0] >= 2 * ROWS


def main_ok(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert not stopped.value.code
    return capsys.readouterr().out


def test_a_dry_run_counts_what_would_be_rejected_and_stores_nothing(
    small_campaign: Path, capsys: pytest.CaptureFixture[str]
):
    _append("CCO,-5,0,0,train\n")(small_campaign.parent / "jak1_ki.csv")
    shown = main_ok(capsys, "check", small_campaign)
    assert "1 rejected" in shown
    assert not (small_campaign.parent / "out").exists()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_spreadsheets_encoding_is_read(small_campaign: Path, encoding: str):
    path = small_campaign.parent / "jak1_ki.csv"
    path.write_bytes((path.read_text() + "CCO,12,0,0,Kühl\n").encode(encoding))
    project = Project.create(small_campaign)
    from molagent.protocols import NullProgress

    project._ingest(NullProgress())
    rows = project.db.query("SELECT max(n_rows) AS n FROM source_file")["n"].iloc[0]
    assert rows == ROWS + 1


def test_an_unknown_unit_is_refused_with_the_known_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, error = run(capsys, "run", write_small_campaign(tmp_path, unit='"furlong"'), "--quiet")
    assert code == 2
    assert "furlong" in error
    assert "nM" in error


def test_compounds_with_conflicting_values_are_kept_and_flagged(small_campaign: Path):
    _append("CCO,1,0,0,train\nOCC,10000,0,0,train\n")(small_campaign.parent / "jak1_ki.csv")
    project = Project.create(small_campaign)
    from molagent.protocols import NullProgress

    project._ingest(NullProgress())
    flags = project.db.query(
        "SELECT flag FROM result WHERE source_row IN (?, ?) ORDER BY 1", (ROWS + 2, ROWS + 3)
    )
    assert "conflict" in set(flags["flag"])


def test_an_unknown_generator_endpoint_or_policy_lists_the_known_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = write_small_campaign(tmp_path, policy='"oracle"')
    code, error = run(capsys, "run", path, "--quiet")
    assert code == 2
    assert "no policy named 'oracle'" in error


def test_a_folder_without_a_project_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code, error = run(capsys, "status", "--project", tmp_path)
    assert code == 2
    assert "no project in this folder" in error


def _with_model(folder: Path, base_url: str) -> Path:
    path = write_small_campaign(folder, policy='"agents"')
    lines = ["[llm]", 'provider = "openai"', f'base_url = "{base_url}"', 'model = "test"']
    path.write_text("\n".join([path.read_text(), *lines, "timeout_s = 2.0"]), encoding="utf-8")
    return path


def test_an_unreachable_endpoint_stops_before_the_decision_and_keeps_what_was_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    # Port 9 (discard) is closed on every machine that runs tests.
    path = _with_model(tmp_path, "http://127.0.0.1:9/v1")
    code, error = run(capsys, "run", path, "--quiet")
    assert code == 2
    assert "http://127.0.0.1:9" in error
    assert "--policy fixed" in error
    assert "Traceback" not in error
    project = Project.open(tmp_path / "out")
    assert project.store.is_done(1, "rank")
    assert not project.store.is_done(1, "decide")
    assert project.store.load("decision").empty


def test_a_locked_project_names_who_holds_it(
    small_campaign: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MOLAGENT_WAIT", "1")
    project = Project.create(small_campaign)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('open', flush=True);"
            "input()",
            str(project.db.path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    try:
        code, error = run(capsys, "run", small_campaign, "--quiet")
    finally:
        holder.communicate("\n")
    assert code == 2
    assert str(holder.pid) in error
    assert "Traceback" not in error
    assert project.stages().empty
