"""What `check` foresees, and what stands in where an assay has too few values."""

from pathlib import Path

import pytest
from small import write_small_campaign
from typer.testing import CliRunner

from molagent import Project
from molagent.cli import app
from molagent.errors import ConfigError
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


PAIR = """
[project]
name = "pair"
folder = "{out}"

[[assays]]
file = "pair.csv"
endpoint = "egfr"
target = "EGFR"
quantity = "Ki"
smiles_column = "smiles"
value_column = "egfr"
unit = "nM"

[[assays]]
file = "pair.csv"
endpoint = "her2"
target = "ErbB2"
quantity = "Ki"
smiles_column = "smiles"
value_column = "her2"
unit = "nM"

[[derived]]
endpoint = "egfr_over_her2"
minuend = "egfr"
subtrahend = "her2"

[[profile]]
name = "selectivity"
endpoint = "egfr_over_her2"
direction = "maximise"
low = 0.0
high = 2.0
hit = 1.0
"""
QUINAZOLINES = [
    f"COc1cc2ncnc({aryl})c2cc1{tail}"
    for aryl in ACTIVES
    for tail in [*TAILS, "OCCCC", "OC(C)C", "OCCN(C)C", "OCCCN(C)C", "OCC(C)C"]
]


SINGLE_POINT = """
[layout]
name = "single_point"
describes = "inhibition at one concentration"
smiles = "smiles"

[[layout.readout]]
endpoint = "her2"
target = "ErbB2"
quantity = "inhibition"
value = "her2"
unit = "%"
"""


def told_of_pair(folder: Path, cells: list[tuple[str, str]], *, percent: bool = False):
    rows = "".join(f"{s},{a},{b}\n" for s, (a, b) in zip(QUINAZOLINES, cells, strict=False))
    (folder / "pair.csv").write_text("smiles,egfr,her2\n" + rows, encoding="utf-8")
    path = folder / "pair.toml"
    text = PAIR.format(out=folder / "out")
    if percent:
        (folder / "single_point.toml").write_text(SINGLE_POINT, encoding="utf-8")
        by_columns = text[text.index('target = "ErbB2"') : text.index("[[derived]]")]
        text = text.replace(by_columns, 'layout = "single_point.toml"\n\n')
    path.write_text(text, encoding="utf-8")
    return checked(path)


def test_check_refuses_a_potency_less_a_percentage(tmp_path):
    told = told_of_pair(tmp_path, [("10", "35")] * 40, percent=True)
    assert told.exit_code != 0
    assert (
        "'egfr_over_her2' is no difference of two potencies: egfr in -log10(M) and her2 in %;"
        " derive it from two potencies"
    ) in str(told.exception)
    project = Project.create(tmp_path / "pair.toml")
    with pytest.raises(ConfigError, match="is no difference of two potencies"):
        project._ingest(NullProgress())
    assert project.sql("SELECT * FROM result").empty


def test_a_percentage_that_the_project_holds_already_is_refused_as_well(tmp_path):
    told_of_pair(tmp_path, [("10", "35")] * 40)
    project = Project.create(tmp_path / "pair.toml")
    project._ingest(NullProgress())
    project.data.ingest(
        tmp_path / "pair.csv", smiles="smiles", value="her2", unit="%", quantity="inhibition",
        endpoint="her2_inhibition", target="ErbB2",
    )  # fmt: skip
    (derived,) = project.config.derived
    mixed = derived.model_copy(update={"subtrahend": "her2_inhibition"})
    config = project.config.model_copy(update={"derived": (mixed,)})
    with pytest.raises(ConfigError, match=r"egfr in -log10\(M\) and her2_inhibition in %"):
        Catalogue(config, project.db).predictor("egfr_over_her2")


@pytest.mark.parametrize("off_target", ["pIC50", "three values"])
def test_two_potencies_are_subtracted_whatever_their_cards_call_their_units(tmp_path, off_target):
    # JAK1 as a Ki and JAK2 as an IC50; or so few values of JAK2 that they are read across.
    path = write_small_campaign(tmp_path, rows=30)
    if off_target == "pIC50":
        on, off = path.read_text(encoding="utf-8").split('target = "JAK2"\n')
        off = off.replace('"Ki"', '"IC50"')
        path.write_text(on + 'target = "JAK2"\n' + off, encoding="utf-8")
    else:
        values = tmp_path / "jak2_ki.csv"
        head = values.read_text(encoding="utf-8").splitlines()[:4]
        values.write_text("\n".join(head) + "\n", encoding="utf-8")
    project = Project.create(path)
    project._ingest(NullProgress())
    found = Catalogue(project.config, project.db).predictor("jak1_over_jak2")
    assert found.card["unit"] == "log units"


def test_check_counts_a_bound_that_reaches_the_mark(tmp_path):
    # Inactive on ErbB2 at 10 uM, 10 nM on EGFR: at least a thousand-fold.
    told = told_of_pair(tmp_path, [("10", ">10000")] * 20 + [("10", "10")] * 20)
    assert "hardly seen" not in told.output


def test_check_counts_a_bound_that_cannot_reach_the_mark(tmp_path):
    # Inactive on EGFR at 10 uM, 1 uM on ErbB2: less than a tenth.
    told = told_of_pair(tmp_path, [(">10000", "1000")] * 20 + [("10", "10")] * 20)
    assert "of 40 measured compounds 1 and above (a hit) none has" in told.output


def test_check_says_nothing_where_bounds_leave_it_open(tmp_path):
    # Inactive on ErbB2 at 10 nM only: nothing is known of a ten-fold difference.
    told = told_of_pair(tmp_path, [("10", ">10")] * 35)
    assert "hardly seen" not in told.output


def test_check_says_that_few_compounds_of_both_are_subtracted(tmp_path):
    told = told_of_pair(tmp_path, [("10", "100")] * 12 + [("10", ">1000")] * 20)
    assert "egfr_over_her2: 12 compounds have an exact value of both egfr and her2" in told.output
    assert "with fewer than 40 two predictions are subtracted" in told.output
