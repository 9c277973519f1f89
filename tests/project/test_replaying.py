"""A programme's own history, played again by other ways of choosing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from molagent.cli import app
from molagent.errors import InputError, NotFoundError
from molagent.project.assaydata import AssayData
from molagent.project.replay_pool import ReplayPool, play, recall

JAK1 = Path(__file__).parents[2] / "data/jak/jak1_ki.csv"
LAYOUT = """
[layout]
name = "dated"
describes = "JAK1 with the day of each measurement"
smiles = "smiles"
date_column = "day"
date_format = "%Y-%m-%d"

[[layout.readout]]
endpoint = "jak1_pki"
target = "JAK1"
quantity = "Ki"
value = "exp_mean [nM]"
unit = "nM"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of 154 JAK1 compounds, made from the weakest to the most potent."""
    folder = tmp_path_factory.mktemp("history")
    table = pd.read_csv(JAK1).iloc[::4].head(160)
    table = table.sort_values("exp_mean [nM]", ascending=False, ignore_index=True)
    days = pd.date_range("2020-01-01", periods=len(table))
    table["day"] = [f"{day:%Y-%m-%d}" for day in days]
    table.loc[len(table) - 1, "day"] = ""
    table.to_csv(folder / "jak1.csv", index=False)
    (folder / "dated.toml").write_text(LAYOUT, encoding="utf-8")
    data = AssayData.open(folder / "vault.duckdb", create=True)
    data.ingest(folder / "jak1.csv", layout=str(folder / "dated.toml"))
    return folder / "vault.duckdb"


@pytest.fixture(scope="module")
def played(project: Path):
    return AssayData.open(project).replay("jak1_pki", start=30, batch=12, top=0.1, seeds=2)


def test_the_history_is_that_of_the_dates_and_says_what_has_none(played):
    assert (played.compounds, played.undated, played.best) == (153, 1, 15)
    made = played.curves[played.curves["way"] == "as made"]
    # The best fifteen were made last.
    assert made.loc[made["tested"] <= 126, "recall"].max() == 0.0
    assert made["recall"].iloc[-1] == 1.0


def test_a_model_needs_fewer_compounds_than_a_programme_that_left_the_best_to_the_end(played):
    needed = played.needed(0.5).set_index("way")
    assert needed.loc["as made", "tested"] > 138
    assert needed.loc["upper bound, a fifth explored", "tested"] < 110
    assert needed.loc["random", "seeds"] == 2
    assert needed.loc["nearest", "seeds"] == 1
    assert played.sentence.startswith("Half of the 15 best of 153 compounds (jak1_pki from ")


def test_a_share_that_was_not_reached_is_unknown(played):
    assert np.isnan(played.needed(1.0).set_index("way").loc["random", "tested"])


def test_low_values_may_be_what_is_wanted(project):
    lowest = AssayData.open(project).replay(
        "jak1_pki", ways=["as made"], start=30, batch=12, top=0.1, lowest=True
    )
    # The weakest were made first: all fifteen are known at the beginning.
    assert lowest.curves["recall"].iloc[0] == 1.0
    assert "up to" in lowest.sentence


def test_what_cannot_be_played_is_refused_with_the_numbers(project):
    data = AssayData.open(project)
    with pytest.raises(InputError, match="153 compounds with a value and a date, 1 without"):
        data.replay("jak1_pki", start=150)
    with pytest.raises(InputError, match="20 compounds tested in the end are no more than the 50"):
        data.replay("jak1_pki", upto=20)
    with pytest.raises(NotFoundError, match="way of choosing"):
        data.replay("jak1_pki", ways=["by feeling"])
    with pytest.raises(NotFoundError, match="endpoint"):
        data.replay("jak9_pki")


def test_the_command_writes_a_page_with_the_curves(project, tmp_path):
    asked = ["replay", "jak1_pki", "--project", str(project), "--start", "30", "--batch", "12"]
    asked += ["--top", "0.1", "--way", "As made", "--way", "nearest", "-q"]
    told = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "replay.html")])
    assert told.exit_code == 0, told.output
    assert "as made," in told.output
    text = (tmp_path / "replay.html").read_text()
    assert "share of the 15 best that was found" in text
    assert "say nothing of compounds that nobody thought of" in text


def test_one_seed_is_one_history():
    smiles = [f"O=C(Nc1ccccc1){'C' * n}" for n in range(1, 41)]
    pool = ReplayPool.of(smiles, smiles, np.arange(40.0), np.zeros(40, dtype=np.int8))
    settings = {"seed": 4, "start": 10, "batch": 5, "upto": 30}
    tested = play(pool, "thompson", **settings)
    assert tested == play(pool, "thompson", **settings)
    assert len(set(tested)) == 30
    assert list(recall(pool, tested, start=10, batch=5, top=0.1)) == [10, 15, 20, 25, 30]
