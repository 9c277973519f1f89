import re
import subprocess
import sys
from pathlib import Path

import pytest
from small import ROWS

from molagent.cli import main
from molagent.project.folder import read_status
from molagent.project.project import Project
from tests.cli.calls import shown

ROOT = Path(__file__).parents[2]
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"


@pytest.fixture
def folder(finished: Project) -> Path:
    return finished.folder


def test_a_run_shows_its_stages_the_shortlist_and_the_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    text = shown(capsys, "run", folder.parent / "small.toml")
    assert "Shortlist of small" in text
    assert "6 compounds chosen after 1 cycles" in text
    assert "report.html" in text.replace("\n", "")


def test_status_lists_every_stage(folder: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, "status", "--project", folder)
    for stage in ("ingest", "fit", "propose", "screen", "rank", "decide", "select", "report"):
        assert stage in text


def test_the_status_read_without_frames_is_the_projects(folder: Path):
    project, status = Project.open(folder), read_status(folder)
    header, stages = project.header(), project.stages()
    for field in ("name", "campaign_id", "policy", "seed", "cycles"):
        assert getattr(status, field) == header[field]
    assert [(done.cycle, done.stage) for done in status.stages] == list(
        zip(stages["cycle"], stages["stage"], strict=True)
    )
    assert [dict(done.detail) for done in status.stages] == stages["detail"].tolist()


def test_why_names_filters_and_reason(folder: Path, capsys: pytest.CaptureFixture[str]):
    first = Project.open(folder).shortlist()["proposal_id"].iloc[0]
    text = shown(capsys, "why", first, "--project", folder)
    assert "plausibility" in text
    assert "among the best" in text.lower()


def test_sql_gives_csv(folder: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, "sql", "SELECT count(*) AS n FROM result", "--project", folder)
    assert text == f"n\n{2 * ROWS}\n"


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        ("", "1 rejected (value 1)"),
        (",", "('1,250' is 1.250)"),
        (".", "digits stand in groups of thousands ('1,250' is 1250)"),
    ],
)
def test_results_are_told_with_the_decimal_sign_that_is_given(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], sign: str, said: str
):
    first = Project.open(folder).shortlist()["proposal_id"].iloc[0]
    form = tmp_path / "back.csv"
    form.write_text(f'proposal_id,endpoint,value,unit\n{first},jak1_pki,"1,250",nM\n')
    option = ("--decimal", sign) if sign else ()
    assert said in shown(capsys, "tell", form, "-p", folder, "--dry-run", *option)


def test_the_report_can_be_written_again(own_finished: Project, capsys: pytest.CaptureFixture[str]):
    folder = own_finished.folder
    (folder / "report.html").unlink()
    shown(capsys, "report", "--project", folder)
    assert (folder / "report.html").stat().st_size > 10_000


def test_patent_evidence_of_tofacitinib_says_what_was_searched(
    capsys: pytest.CaptureFixture[str],
):
    text = shown(capsys, "patents", "check", TOFACITINIB, "--data", ROOT / "data" / "patents")
    assert "exact elsewhere" in text
    assert "US-7250420-B2/1" in text
    assert "R4 = " in text
    assert "searched:" in text
    assert "not legal advice" in text


def test_plugins_lists_the_generators(capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, "plugins")
    assert re.search(r"generator\s+graph", text)
    assert re.search(r"generator\s+edits", text)


def test_the_only_project_under_runs_is_found(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "small").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    assert "small" in shown(capsys, "status")
    (tmp_path / "runs" / "other").symlink_to(folder)
    with pytest.raises(SystemExit) as stopped:
        main(["status"])
    assert stopped.value.code == 2
    assert "several projects" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["status", "report"])
def test_the_folder_may_stand_by_itself(
    command: str,
    own_finished: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert shown(capsys, command, own_finished.folder) == shown(
        capsys, command, "--project", own_finished.folder
    )


def test_help_answers_without_loading_the_laboratory():
    code = (
        "import sys\n"
        "from molagent.cli import app\n"
        "heavy = {'torch', 'rdkit', 'pandas', 'duckdb', 'autogen_core', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_wrong_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(["run", "x.toml", "--polcy", "fixed"])
    assert stopped.value.code == 2
    assert "--polcy" in capsys.readouterr().err
