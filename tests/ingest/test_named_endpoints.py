"""What somebody names of a file is taken, and never pools an IC50 with a Ki or a percentage."""

from collections.abc import Callable
from pathlib import Path

import pytest

from molagent.ingest.guessing import guess_layout
from molagent.ingest.intake import Intake, read_data

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
PERCENT = f"{TOFACITINIB},JAK1 % inh,45,%\n{RUXOLITINIB},JAK1 % inh,95,%\n"
POTENCY = f"{TOFACITINIB},JAK1 IC50,12,nM\n{RUXOLITINIB},JAK1 IC50,1.2,uM\n"
TYPES = (
    f"SMILES,Type,Value,Units\n{TOFACITINIB},IC50,12,nM\n{TOFACITINIB},Ki,5,nM\n"
    f"{RUXOLITINIB},Inhibition,95,%\n"
)
NAMED = {"smiles": "SMILES", "endpoint": "jak1_pic50"}

Read = Callable[..., Intake]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def _read(text: str, name: str = "input.csv", **columns: object) -> Intake:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_data(path, workers=0, **columns)

    return _read


@pytest.mark.parametrize("rows", [PERCENT + POTENCY, POTENCY + PERCENT])
def test_a_percentage_is_no_ic50_whichever_comes_first(read: Read, rows: str):
    intake = read(
        f"SMILES,Assay,Result,Unit\n{rows}", value="Result", unit_column="Unit", quantity="IC50",
        **NAMED,
    )  # fmt: skip
    assert sorted(intake.results["standard_value"]) == [12.0, 1200.0]
    assert set(intake.rejections["kind"]) == {"unit"}
    assert all("% is a percent" in reason for reason in intake.rejections["reason"])


def test_units_of_two_kinds_under_one_endpoint_are_asked_about(read: Read):
    intake = read(
        f"SMILES,Assay,Result,Unit\n{PERCENT}{POTENCY}", value="Result", unit_column="Unit", **NAMED
    )
    assert intake.doubts == (
        "'Unit' holds % and uM, and all rows are taken as jak1_pic50: tell them apart with "
        "--endpoint 'jak1_{Assay}'",
    )


def test_types_under_one_endpoint_are_asked_about_and_read_apart_as_the_question_says(read: Read):
    columns = {"value": "Value", "unit_column": "Units"}
    doubt = read(TYPES, quantity="IC50", **columns, **NAMED).doubts[0]
    assert doubt.startswith("'Type' says that rows are of 'IC50', 'Ki', 'Inhibition', and all are")
    assert doubt.endswith("--endpoint 'jak1_{Type}' --quantity '{Type}'")
    apart = read(TYPES, smiles="SMILES", endpoint="jak1_{Type}", quantity="{Type}", **columns)
    assert apart.doubts == ()
    assert sorted(apart.results["endpoint"]) == ["jak1_ic50", "jak1_inhibition", "jak1_ki"]


def test_one_type_under_one_endpoint_is_no_question(read: Read):
    rows = TYPES.splitlines()[:2]
    intake = read("\n".join(rows), value="Value", unit_column="Units", quantity="IC50", **NAMED)
    assert intake.doubts == ()


def test_a_mean_beside_a_single_value_is_no_repeat_and_is_asked_about():
    found = guess_layout(["SMILES", "IC50 mean (nM)", "IC50 (nM)"], "jak1_ic50.csv")
    assert [entry.value for entry in found.layout.readout] == ["IC50 (nM)"]
    assert found.doubts == (
        "'IC50 mean (nM)' is not read: a mean is no further measurement beside 'IC50 (nM)'; to "
        "take it instead name it with --value (value=)",
    )


@pytest.mark.parametrize(
    "title",
    ["Ki,app (nM)", "Kiapp [nM]", "apparent Ki (nM)", "Ki (app) nM", "Kᵢ,app (nM)", "K_i_app nM"],
)
def test_an_apparent_ki_is_a_ki_with_a_note_and_an_endpoint_of_its_own(title: str):
    found = guess_layout(["SMILES", title, "JAK1 Ki (nM)"], "x.csv")
    apparent, plain = found.layout.readout
    assert (apparent.endpoint, apparent.quantity, apparent.target) == ("x_pki_app", "Ki", "")
    assert plain.endpoint == "jak1_pki"
    assert f"{title!r} is an apparent Ki" in found.note


def test_an_apparent_permeability_is_none():
    found = guess_layout(["SMILES", "Papp (cm/s)"], "x.csv")
    assert found.layout.readout[0].endpoint == "papp"


def test_a_column_of_names_may_have_any_title(read: Read):
    text = f"SMILES,Kürzel,IC50 (nM)\n{TOFACITINIB},CP-690550,12\n"
    intake = read(text, name_column="Kürzel")
    assert intake.names["name"].tolist() == ["CP-690550"]
