import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small import write_small_campaign

from molagent.store.database import Database
from molagent.store.optimisation import load_runs
from tests.cli.calls import call
from tests.store.registry import diversity_memory

QUICK = ("--proposals", "8", "--updates", "1", "--quiet")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_campaign(tmp_path_factory.mktemp("optimise"), 120, seeds="8")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    return call(capsys, "optimise", *arguments)


def test_the_best_new_structures_are_shown_with_their_files(
    campaign: Path, capsys: pytest.CaptureFixture[str]
):
    code, out, err = run(capsys, campaign, "--calls", 40, "--seed", 3, *QUICK)
    assert code == 0, err
    assert "Best new structures of seed-3" in out
    assert "40 structures scored" in out
    # Square brackets of a SMILES are no markup.
    assert "[nH]" in out.replace("\n", "").replace(" ", "")
    assert "not on measurements" in out
    assert "optimisation.html" in out.replace("\n", "")
    code, _, err = run(capsys, campaign, "--calls", 40, "--seed", 3, *QUICK)
    assert code == 2
    assert "--resume" in err
    code, out, err = run(capsys, campaign, "--calls", 48, "--seed", 3, "--resume", *QUICK)
    assert code == 0, err
    assert "48 structures scored" in out


def test_another_folder_and_a_diversity_filter_are_taken(
    campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, _, err = run(
        capsys, campaign, "--calls", 30, "--out", tmp_path / "p", "--diversity", "topological",
        "--bucket", 2, "--run", "diverse", *QUICK,
    )  # fmt: skip
    assert code == 0, err
    assert (tmp_path / "p" / "optimise" / "diverse" / "best.sdf").stat().st_size > 0
    assert "topological" in diversity_memory(Database(tmp_path / "p" / "project.duckdb"), "diverse")
    code, _, err = run(capsys, campaign, "--calls", 30, "--diversity", "colour", *QUICK)
    assert code == 2
    assert "known: murcko, similarity, topological" in err


@pytest.mark.slow
def test_an_interrupted_optimisation_says_how_to_go_on_and_does(tmp_path: Path):
    path = write_small_campaign(tmp_path, seeds="8")
    command = [sys.executable, "-u", "-m", "molagent", "optimise", str(path), "--calls", "4000"]
    process = subprocess.Popen(
        [*command, *QUICK],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal: pytest itself may run where SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    checkpoint = tmp_path / "out" / "optimise" / "seed-5" / "checkpoint.safetensors"
    while not checkpoint.exists() and process.poll() is None:
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            continue
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "--resume" in error
    db = Database(tmp_path / "out" / "project.duckdb")
    calls = int(load_runs(db)["calls"][0])
    assert 0 < calls < 4000
    done = subprocess.run(
        [*command[:-1], str(calls + 8), "--resume", *QUICK],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(load_runs(db)["calls"][0]) == calls + 8


def test_a_claim_to_keep_out_of_must_be_one_of_the_campaign(
    campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    options = ("--calls", 40, "--outside", "US-1/1", "--out", tmp_path / "other", *QUICK)
    code, _, err = run(capsys, campaign, *options)
    assert code == 2
    assert "names nothing to search" in err or "nothing to search" in err
