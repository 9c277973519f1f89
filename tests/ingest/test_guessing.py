import pytest

from molagent.config import AssayConfig
from molagent.errors import ConfigError, FileFormatError
from molagent.ingest.guessing import guess_layout
from molagent.ingest.layouts import Layout
from molagent.project.intake import columns_layout

GIVEN = {
    "smiles": "smiles",
    "value": "Ki",
    "endpoint": "jak1_pki",
    "target": "JAK1",
    "quantity": "Ki",
}


def test_the_jak_files_are_understood_without_a_layout():
    header = ["smiles", "exp_mean [nM]", "y", "cliff_mol", "split"]
    found = guess_layout(header, "jak1_ki.csv")
    assert found.layout == Layout.from_columns(**{**GIVEN, "value": "exp_mean [nM]"}, unit="nM")
    assert found.doubts == ()
    assert found.unread == ("y", "cliff_mol", "split")


def test_an_endpoint_that_is_given_takes_no_target_from_the_files_name():
    header = ["SMILES", "Name", "IC50 (nM)"]
    layout = guess_layout(header, "batch 7.csv", endpoint="jak1_pic50", value="IC50 (nM)").layout
    assert layout.readout[0].target == ""


@pytest.mark.parametrize(
    ("header", "value", "unit", "unit_column"),
    [
        (["SMILES", "IC50 (uM)"], "IC50 (uM)", "uM", ""),
        (["SMILES", "IC50_nM"], "IC50_nM", "nM", ""),
        (["SMILES", "IC50 [µM]"], "IC50 [µM]", "uM", ""),
        (["Canonical SMILES", "IC50", "Units"], "IC50", "", "Units"),
        (["smiles", "standard_value", "standard_units"], "standard_value", "", "standard_units"),
    ],
)
def test_units_are_found_in_the_title_or_beside_the_value(header, value, unit, unit_column):
    layout = guess_layout(header, "egfr_ic50.csv").layout
    only = layout.readout[0]
    assert (only.value, only.unit, only.unit_column) == (value, unit, unit_column)
    assert (only.endpoint, only.target, only.quantity) == ("egfr_pic50", "EGFR", "IC50")


def test_relation_and_name_columns_are_found():
    header = ["molecule_chembl_id", "smiles", "relation", "value", "units", "Ki"]
    layout = guess_layout(header, "jak1_ki.csv").layout
    assert layout.readout[0].relation_column == "relation"
    assert layout.name_column == "molecule_chembl_id"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (["compound", "Ki [nM]"], "looks like structures"),
        (["smiles", "activity"], "looks like values"),
        (["smiles", "Ki"], "looks like units; say the unit of 'Ki'"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(header, reason):
    with pytest.raises(FileFormatError, match=reason):
        guess_layout(header, "jak1_ki.csv")


def test_the_quantity_must_be_stated_somewhere():
    header = ["smiles", "value", "units"]
    with pytest.raises(FileFormatError, match=r"give the quantity: Ki, IC50, EC50, Kd"):
        guess_layout(header, "jak1.csv")
    named = guess_layout(header, "jak1.csv", quantity="Kd").layout
    assert named.readout[0].endpoint == "jak1_pkd"
    unnamed = guess_layout(["smiles", "value [nM]"], "jak1.csv")
    assert unnamed.doubts == ("what column 'value [nM]' measures is not known by its title",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "give one of unit and unit_column"),
        ({"unit": "nM", "unit_column": "unit"}, "give one of unit and unit_column"),
        ({"unit": "ug/mL"}, "unknown concentration unit 'ug/mL'"),
        ({"unit": "nM", "quantity": "MIC"}, "unknown quantity 'MIC'"),
    ],
)
def test_columns_that_make_no_sense_are_refused_before_the_file_is_opened(change, reason):
    with pytest.raises(ConfigError, match=reason):
        Layout.from_columns(**{**GIVEN, **change})


def test_a_campaign_file_gives_the_same_layout():
    config = AssayConfig(
        file="data/jak/jak1_ki.csv",
        endpoint="jak1_pki",
        target="JAK1",
        quantity="Ki",
        smiles_column="smiles",
        value_column="Ki",
        unit="nM",
        source="ChEMBL",
        licence="CC BY-SA 3.0",
    )
    layout = columns_layout(config)
    assert layout == Layout.from_columns(
        **GIVEN, unit="nM", source="ChEMBL", licence="CC BY-SA 3.0"
    )
    assert layout.to_dict()["readout"][0]["unit"] == "nM"
