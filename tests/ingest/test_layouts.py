import pandas as pd
import pytest

from molagent.errors import ConfigError, FileFormatError, NotFoundError
from molagent.ingest.guessing import guess_layout
from molagent.ingest.layouts import (
    Layout,
    load_layout,
    match_layout,
    parse_layout,
    shipped_layouts,
)
from molagent.ingest.lookups import StructureNames, read_lookup
from molagent.ingest.readouts import endpoint_name

READOUT = {"endpoint": "jak1_pki", "quantity": "Ki", "value": "Ki", "unit": "nM"}


def test_every_layout_that_ships_has_a_name_a_source_and_a_licence():
    layouts = shipped_layouts()
    assert {"chembl", "moonshot_ic50", "biogen_adme", "bindingdb"} <= set(layouts)
    for name, layout in layouts.items():
        assert layout.name == name
        assert layout.describes
        assert layout.source
        assert layout.licence


def test_a_layout_is_read_from_toml_and_refused_with_the_key_at_fault(tmp_path):
    path = tmp_path / "cro.toml"
    path.write_text(
        '[layout]\nsmiles = "SMILES"\n[[layout.readout]]\nendpoint = "jak1_pki"\n'
        'quantity = "Ki"\nvalue = "Ki"\nunit = "nM"\n',
        encoding="utf-8",
    )
    assert load_layout(path).readout[0].endpoint == "jak1_pki"
    path.write_text('[layout]\nsmiles = "SMILES"\ncolour = "blue"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"cro\.toml: colour: Extra inputs are not permitted"):
        load_layout(path)
    path.write_text("[layout\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="the layout cannot be read: the file is not TOML"):
        load_layout(path)
    path.write_text("[assay]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"begin it with \[layout\]"):
        load_layout(path)
    with pytest.raises(NotFoundError, match=r"no layout named 'cdd'; known: .*moonshot_ic50"):
        load_layout("cdd")


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"smiles": "S"}, "a table of results has readouts"),
        ({"readout": [READOUT]}, "give smiles or name_column"),
        ({"smiles": "S", "readout": [{**READOUT, "unit_column": "u"}]}, "one of unit and unit_col"),
        ({"smiles": "S", "readout": [{**READOUT, "unit": "cows"}]}, "unknown unit 'cows'"),
        ({"smiles": "S", "readout": [{**READOUT, "dimension": "x"}]}, "unknown dimension 'x'"),
        ({"smiles": "S", "readout": [{**READOUT, "scale": "ln"}]}, "Input should be 'linear'"),
        ({"smiles": "S", "delimiter": "::", "readout": [READOUT]}, "is not one character"),
        ({"smiles": "S", "table": "orders", "order_pattern": "("}, "order_pattern"),
    ],
)
def test_a_layout_that_cannot_be_meant_is_refused(values, fault):
    with pytest.raises(ConfigError, match=fault):
        parse_layout(values)


def test_the_layout_that_ships_is_found_by_name_and_columns():
    header = ["suspected_SMILES", "Canonical_PostEra_ID", "IC50_(µM)", "Hill_slope"]
    found = match_layout("clean_cdd_noncovalent.csv", header)
    assert found is not None
    assert found.name == "moonshot_ic50"
    assert match_layout("clean_cdd_noncovalent.csv", header[1:]) is None
    assert match_layout("other.csv", header) is None


def test_what_is_not_default_is_stored_with_the_file():
    layout = Layout(smiles="S", readout=[READOUT])
    assert layout.to_dict() == {
        "smiles": "S",
        "readout": [{**READOUT}],
    }
    assert parse_layout(layout.to_dict()) == layout


def test_names_of_endpoints_are_plain():
    assert endpoint_name("SARS-CoV-2 Mpro / IC50 (µM)") == "sars_cov_2_mpro_ic50_m"


def test_a_wide_export_is_guessed_readout_by_readout():
    guessed = guess_layout(
        [
            "Molecule Name",
            "SMILES",
            "Mpro FI: IC50 (uM)",
            "Mpro FI: IC50 (uM) Modifier",
            "Mpro FI: IC50 (uM) Standard Deviation",
            "Mpro FI: Concentration (uM)",
            "HLM CLint (uL/min/mg)",
            "Kinetic solubility (uM)",
            "Trypsin: Inhibition (%)",
            "hERG pIC50",
            "MW (g/mol)",
        ],
        "vault.csv",
    )
    layout, note = guessed.layout, guessed.note
    assert layout.name_column == "Molecule Name"
    assert guessed.doubts == ()
    found = {entry.endpoint: entry for entry in layout.readout}
    assert set(found) == {
        "mpro_fi_pic50",
        "hlm_clint",
        "kinetic_solubility",
        "trypsin_inhibition",
        "herg_pic50",
    }
    assert found["mpro_fi_pic50"].relation_column == "Mpro FI: IC50 (uM) Modifier"
    assert found["kinetic_solubility"].dimension == "amount_per_volume"
    assert found["herg_pic50"].scale == "p"
    assert "hlm_clint from 'HLM CLint (uL/min/mg)'" in note


def test_a_header_without_values_or_structures_is_not_guessed():
    with pytest.raises(FileFormatError, match="looks like structures"):
        guess_layout(["name", "IC50 (nM)"], "a.csv")
    with pytest.raises(FileFormatError, match="looks like values"):
        guess_layout(["smiles", "colour"], "a.csv")


def test_names_are_looked_up_from_table_to_table(tmp_path):
    pd.DataFrame({"cdd": ["7", "8"], "cid": ["A-1", "B-1"]}).to_csv(tmp_path / "v.csv", index=False)
    pd.DataFrame({"cid": ["A-1", "C-1", "C-1"], "smiles": ["CCO", "CO", "CN"]}).to_csv(
        tmp_path / "ids.csv", index=False
    )
    layout = Layout(
        name_column="cdd",
        readout=[READOUT],
        lookups=[
            {"file": "v.csv", "key": "cdd", "value": "cid"},
            {"file": "ids.csv", "key": "cid", "value": "smiles"},
        ],
    )
    names = StructureNames(layout, tmp_path, {"B-1": "CCC", "given": "CCCC"})
    assert [names.find(name) for name in ("7", "8", "given", "9")] == ["CCO", "CCC", "CCCC", ""]
    # A name of two structures stands for none.
    assert "C-1" not in read_lookup(tmp_path, layout.lookups[1])


def test_a_lookup_that_is_not_there_is_named(tmp_path):
    layout = Layout(
        name_column="cdd",
        readout=[READOUT],
        lookups=[{"file": "ids.csv", "key": "cid", "value": "smiles"}],
    )
    with pytest.raises(FileFormatError, match=r"looks names up in 'ids\.csv', which is not there"):
        StructureNames(layout, tmp_path, {}).find("7")


@pytest.mark.parametrize("key", ["aliases", "keep", "warnings"])
def test_a_column_without_a_title_is_refused_in_a_layout(key):
    said = {"aliases": {"CAS": ""}, "keep": {"": ("x",)}, "warnings": ("",)}[key]
    readout = {"endpoint": "jak1_pki", "quantity": "Ki", "value": "Ki", "unit": "nM"}
    with pytest.raises(ConfigError, match=f"{key} names a column ''"):
        parse_layout({"smiles": "SMILES", "readout": [readout], key: said})
