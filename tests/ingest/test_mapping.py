import pytest

from molagent.config import AssayConfig
from molagent.errors import ConfigError, FileFormatError
from molagent.ingest.mapping import ColumnMapping, guess_mapping

GIVEN = {
    "smiles": "smiles",
    "value": "Ki",
    "endpoint": "jak1_pki",
    "target": "JAK1",
    "quantity": "Ki",
}


def test_the_jak_files_are_understood_without_a_mapping():
    header = ["smiles", "exp_mean [nM]", "y", "cliff_mol", "split"]
    mapping = guess_mapping(header, "jak1_ki.csv")
    assert mapping == ColumnMapping(**{**GIVEN, "value": "exp_mean [nM]"}, unit="nM")


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
    mapping = guess_mapping(header, "egfr_ic50.csv")
    assert (mapping.value, mapping.unit, mapping.unit_column) == (value, unit, unit_column)
    assert (mapping.endpoint, mapping.target, mapping.quantity) == ("egfr_pic50", "EGFR", "IC50")


def test_relation_and_name_columns_are_found():
    header = ["molecule_chembl_id", "smiles", "relation", "value", "units", "Ki"]
    mapping = guess_mapping(header, "jak1_ki.csv")
    assert (mapping.relation_column, mapping.name_column) == ("relation", "molecule_chembl_id")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (["compound", "Ki [nM]"], "looks like structures"),
        (["smiles", "activity"], "looks like concentrations"),
        (["smiles", "Ki"], "looks like units"),
        (["smiles", "pIC50"], "pIC50 and the like are not read: give concentrations"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(header, reason):
    with pytest.raises(FileFormatError, match=reason):
        guess_mapping(header, "jak1_ki.csv")


def test_the_quantity_must_be_stated_somewhere():
    with pytest.raises(FileFormatError, match=r"give the quantity: Ki, IC50, EC50, Kd"):
        guess_mapping(["smiles", "value [nM]"], "jak1.csv")
    assert guess_mapping(["smiles", "value [nM]"], "jak1.csv", quantity="Kd").endpoint == "jak1_pkd"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "give one of the two"),
        ({"unit": "nM", "unit_column": "unit"}, "give one of the two"),
        ({"unit": "ug/mL"}, "unknown concentration unit 'ug/mL'"),
        ({"unit": "nM", "quantity": "MIC"}, "unknown quantity 'MIC'"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_before_the_file_is_opened(change, reason):
    with pytest.raises(ConfigError, match=reason):
        ColumnMapping(**{**GIVEN, **change})


def test_a_campaign_file_gives_the_same_mapping():
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
    mapping = ColumnMapping.from_config(config)
    assert mapping == ColumnMapping(**GIVEN, unit="nM", source="ChEMBL", licence="CC BY-SA 3.0")
    assert mapping.to_dict()["unit"] == "nM"
