"""What `check` foresees, and what stands in where an assay has too few values."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from molagent import Project
from molagent.cli import app
from molagent.project.catalogue import Catalogue
from molagent.protocols import NullProgress

ACTIVES = ["Nc3ccc(F)c(Cl)c3", "Nc3cccc(Br)c3", "Nc3cccc(C#C)c3", "Nc3ccc(Cl)cc3", "Nc3cccc(C)c3"]
TAILS = ["OCCOC", "OC", "OCCCN1CCOCC1", "OCC"]
SERIES = [f"COc1cc2ncnc({aryl})c2cc1{tail}" for aryl in ACTIVES for tail in TAILS]
CAMPAIGN = """
[project]
name = "few"
folder = "{out}"

[[assays]]
file = "few.csv"
endpoint = "egfr_pic50"
target = "EGFR"
quantity = "IC50"
smiles_column = "smiles"
value_column = "IC50"
unit = "nM"

[[profile]]
name = "potency"
endpoint = "{endpoint}"
direction = "maximise"
low = 6.0
high = 8.0
"""


def campaign(folder: Path, cells: list[str], endpoint: str = "egfr_pic50") -> Path:
    rows = "".join(f"{smiles},{cell}\n" for smiles, cell in zip(SERIES, cells, strict=False))
    (folder / "few.csv").write_text("smiles,IC50\n" + rows, encoding="utf-8")
    path = folder / "few.toml"
    path.write_text(CAMPAIGN.format(out=folder / "out", endpoint=endpoint), encoding="utf-8")
    return path


def checked(path: Path):
    return CliRunner().invoke(app, ["check", str(path)])


def test_check_says_that_twelve_exact_values_are_too_few_to_judge_a_model(tmp_path):
    cells = [*map(str, range(10, 22)), *[">10000"] * 8]
    told = checked(campaign(tmp_path, cells))
    assert told.exit_code == 0, told.output
    assert (
        "egfr_pic50: 12 compounds with an exact value and 8 with a bound only; no model can be"
        " judged (30 have to be held out)"
    ) in told.output


def test_check_refuses_a_general_model_that_fails_its_checks(tmp_path):
    told = checked(campaign(tmp_path, ["10"] * 20, endpoint="clearance"))
    assert told.exit_code != 0
    assert "the model of 'clearance' is unreliable" in str(told.exception)


@pytest.mark.parametrize(
    ("cells", "because"),
    [
        (["10", "20", "30", *[">10000"] * 10], "3 exact values are too few for one"),
        (list(map(str, range(10, 30))), "compounds could be held out on the scaffold split"),
    ],
    ids=["no model", "a model that cannot be judged"],
)
def test_the_nearest_measured_compounds_stand_in_for_a_model(tmp_path, cells, because):
    project = Project.create(campaign(tmp_path, cells))
    project._ingest(NullProgress())
    (predictor,) = Catalogue(project.config, project.db).fit()
    assert because in predictor.card["note"]
    assert predictor.predict([SERIES[0]]).in_domain.tolist() == [True]
