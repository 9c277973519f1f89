"""A unit that stands in a value's own cell, and one value that two columns say in two units."""

import pytest

from molagent.ingest.intake import Intake, read_data

_HEADER = "SMILES,Name,IC50\n"
_ROWS = (
    "CCOc1ccccc1,a,5 nM\nCCCOc1ccccc1,b,1.2 uM\nCCCCOc1ccccc1,c,>30µM\nCCCCCOc1ccccc1,d,0.3 mM\n"
    "CCCCCCOc1ccccc1,e,7\n"
)


def _in_nm(intake: Intake) -> dict[str, float]:
    values = intake.results["standard_value"].round(6)
    return dict(zip(intake.results["name"], values, strict=True))


def test_the_unit_of_each_cell_counts_where_nothing_else_says_one(write):
    intake = read_data(write(_HEADER + _ROWS), endpoint="jak1_pic50")
    assert _in_nm(intake) == {"a": 5.0, "b": 1200.0, "c": 30_000.0, "d": 300_000.0}
    assert intake.results["p_relation"].tolist() == ["=", "=", "<", "="]
    (rejection,) = intake.rejections.to_dict("records")
    assert (rejection["source_row"], rejection["kind"]) == (6, "unit")
    assert "'IC50': in 4 cells the unit in the cell counts ('5 nM')" in intake.notes


@pytest.mark.parametrize(
    ("header", "columns"),
    [("SMILES,Name,IC50 (nM)\n", {}), (_HEADER, {"value": "IC50", "unit": "nM"})],
)
def test_the_unit_of_a_cell_goes_before_that_of_the_title_and_of_the_option(
    write, header: str, columns: dict[str, str]
):
    intake = read_data(write(header + _ROWS), endpoint="jak1_pic50", **columns)
    assert intake.rejections.empty
    assert _in_nm(intake)["b"] == 1200.0
    assert _in_nm(intake)["e"] == 7.0
    assert any("in 3 cells the unit in the cell counts and not nM ('1.2 uM')" in note
               for note in intake.notes)  # fmt: skip


def test_a_unit_of_another_dimension_is_no_value_of_the_column(write):
    intake = read_data(write("SMILES,Name,IC50 (nM)\nCCOc1ccccc1,a,5 h\nCCCOc1ccccc1,b,5\n"))
    assert _in_nm(intake) == {"b": 5.0}
    assert intake.rejections["reason"].str.contains("unknown concentration unit 'h'").all()


def test_percent_signs_in_the_cells_are_the_unit_of_their_column(write):
    intake = read_data(write("SMILES,Name,Inhibition\nCCOc1ccccc1,a,45%\nCCCOc1ccccc1,b,-3 %\n"))
    assert intake.results["value"].tolist() == [45.0, -3.0]
    assert set(intake.results["standard_unit"]) == {"%"}


def test_two_units_by_weight_of_one_value_do_not_contradict_each_other(write):
    path = write("SMILES,Name,IC50 (ng/mL),IC50 (mg/L)\nCCOc1ccccc1,a,500,0.5\n")
    (result,) = read_data(path).results.to_dict("records")
    assert result["validity"] == "valid"
    # Phenetole weighs 122.17 g/mol.
    assert result["standard_value"] == pytest.approx(500 / 122.17 * 1000, rel=1e-4)
    other = write("SMILES,Name,IC50 (ng/mL),IC50 (mg/L)\nCCOc1ccccc1,a,500,5\n", "other.csv")
    assert read_data(other).results["validity"].tolist() == ["suspect", "suspect"]


def test_a_value_by_weight_is_compared_with_a_molar_one_by_the_weight_of_the_compound(write):
    path = write(
        "SMILES,Name,IC50 (nM),IC50 (ug/mL)\nCCOc1ccccc1,a,4093,0.5\nCCCOc1ccccc1,b,4093,5\n"
    )
    results = read_data(path).results
    assert results[["name", "validity"]].to_numpy().tolist() == [
        ["a", "valid"],
        ["b", "suspect"],
        ["b", "suspect"],
    ]
