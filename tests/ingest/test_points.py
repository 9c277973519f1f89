"""Points are read with their unit, their direction and their flags."""

from pathlib import Path

import pytest

from molagent.errors import ConfigError, FileFormatError, InputError
from molagent.ingest.intake import read_data
from molagent.ingest.layouts import Layout, load_layout
from molagent.ingest.points import read_points
from molagent.ingest.well_guessing import guess_points
from molagent.ingest.writing import write_intake
from molagent.store.database import Database

MOONSHOT = Path(__file__).parents[2] / "data" / "covid_moonshot"
HEADER = "cid,assay,batch,concentration_uM,percent_inhibition,outlier\n"


def test_the_header_says_what_is_what(write):
    points = read_points(
        write(HEADER + "A,fluorescence,1,10,55.5,False\nA,fluorescence,1,1,9,True\n")
    )
    assert points.by == ("assay", "sample", "lot")
    assert points.points["concentration_m"].tolist() == pytest.approx([1e-5, 1e-6])
    assert points.points["outlier"].tolist() == [False, True]
    assert points.points["outlier_reason"].tolist() == ["", "set aside in the source"]
    assert "guessed" in points.notes[0]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("A,f,1,,50,", "value"),
        ("A,f,1,0,50,", "value"),
        ("A,f,1,ten,50,", "value"),
        ("A,f,1,10,OVER,", "value"),
        ("A,f,1,10,50,maybe", "value"),
        ("A,f,1,500000,50,", "unit"),
        (",f,1,10,50,", "structure"),
        ("A,f,1,10,50", "row"),
    ],
)
def test_what_is_no_point_is_rejected_with_its_row(write, row, kind):
    points = read_points(write(HEADER + "A,f,1,10,50,\n" + row + "\n"))
    assert points.rejections[["source_row", "kind"]].values.tolist() == [[3, kind]]
    assert len(points.points) == 1


def test_remaining_activity_is_turned_over(write):
    points = read_points(write("compound,conc (nM),Activity (%)\nA,100,80\n"))
    assert points.points["response"].tolist() == [20.0]
    assert points.layout.well.unit == "nM"
    assert "turned over" in points.notes[0]


def test_fractions_are_seen_and_said(write):
    rows = "".join(f"A,{10 / 3**i},{1 - i / 10}\n" for i in range(8))
    points = read_points(write("compound,conc (uM),inhibition\n" + rows))
    assert points.points["response"].max() == pytest.approx(100.0)
    assert any("fractions" in note for note in points.notes)
    as_given = Layout(
        table="points",
        name_column="compound",
        well={
            "concentration": "conc (uM)",
            "unit": "uM",
            "response": "inhibition",
            "scale": "percent",
        },
    )
    raw = read_points(write("compound,conc (uM),inhibition\n" + rows), as_given)
    assert raw.points["response"].max() == pytest.approx(1.0)


def test_a_curve_copied_number_for_number_is_taken_once(write):
    rows = "".join(f"A,f,1,{10 / 3**i},{50.123 + i},\n" for i in range(6))
    points = read_points(write(HEADER + rows + rows))
    assert len(points.points) == 6
    assert points.rejections["kind"].tolist() == ["duplicate"] * 6


def test_replicates_that_agree_at_one_concentration_stay(write):
    rows = "".join(f"A,f,1,{10 / 3**i},{50.123 + i},\n" for i in range(6))
    points = read_points(write(HEADER + rows + "A,f,1,10,50.123,\n"))
    assert len(points.points) == 7


def test_one_curve_a_thousand_times_higher_is_told_as_a_slip_of_units(write):
    rows = [
        f"{name},f,1,{scale * 10 / 3**i},{50.123 + i},"
        for name, scale in (("A", 1), ("B", 1), ("C", 1), ("D", 1000))
        for i in range(4)
    ]
    points = read_points(write(HEADER + "\n".join(rows) + "\n"))
    assert "1 of 4 curves, 'D' first" in points.notes[-1]
    assert "check uM against nM" in points.notes[-1]
    assert len(points.points) == 16


def test_a_table_without_concentrations_names_its_columns(write):
    with pytest.raises(FileFormatError, match="concentrations with their unit"):
        read_points(write("compound,inhibition\nA,50\n"))


def test_a_filter_that_keeps_nothing_is_an_error(write):
    with pytest.raises(FileFormatError, match="filter keeps no row"):
        read_points(write(HEADER + "A,f,1,10,50,\n"), where={"assay": ["rapidfire"]})


def test_potencies_and_means_are_not_taken_for_responses():
    header = ["Molecule Name", "Conc (uM)", "Dose-Response: IC50 (uM)", "Mean Activity (%)"]
    with pytest.raises(FileFormatError, match="responses"):
        guess_points(header, "a.csv")
    layout, _ = guess_points([*header, "Activity (%)"], "a.csv")
    assert layout.well.falling


def test_a_vaults_points_are_described_in_toml(write, tmp_path):
    toml = tmp_path / "vault.toml"
    toml.write_text(
        """
[layout]
table = "points"
name_column = "Molecule"
keep = { Protocol = ["Mpro FI"] }

[layout.well]
concentration = "Conc"
unit_column = "Conc unit"
response = "Residual activity"
falling = true
outlier_column = "Knocked out"
""",
        encoding="utf-8",
    )
    rows = (
        "Molecule,Protocol,Conc,Conc unit,Residual activity,Knocked out\n"
        "nirmatrelvir,Mpro FI,100,nM,12.5,no\n"
        "nirmatrelvir,Trypsin,100,nM,99,no\n"
        "nirmatrelvir,Mpro FI,1,uM,3,excluded\n"
        "nirmatrelvir,Mpro FI,1,mg,3,no\n"
    )
    points = read_points(write(rows), toml)
    assert points.points["response"].tolist() == [87.5, 97.0]
    assert points.points["concentration_m"].tolist() == pytest.approx([1e-7, 1e-6])
    assert points.points["outlier"].tolist() == [False, True]
    assert points.rejections[["source_row", "kind"]].values.tolist() == [[5, "unit"]]
    assert points.source.mapping == load_layout(toml).to_dict()


def test_a_layout_of_results_is_not_taken_for_points(write):
    with pytest.raises(ConfigError, match="the layout is of told"):
        read_points(write("proposal_id,endpoint,value,unit\nP1,a,1,nM\n"), "results_form")


def test_points_are_not_stored_as_results(write, tmp_path):
    layout, _ = guess_points(["cid", "concentration_uM", "percent_inhibition"], "a.csv")
    path = write("cid,concentration_uM,percent_inhibition\nnirmatrelvir,1,97\n")
    with pytest.raises(InputError, match="the layout is of points"):
        write_intake(Database(tmp_path / "p.duckdb"), read_data(path, layout, workers=0))


def test_every_published_point_is_a_point_or_a_copy():
    points = read_points(MOONSHOT / "dose_response_points.csv")
    assert len(points.points) + len(points.rejections) == 11_807
    # Eight curves stand in the file twice, number for number.
    assert points.rejections["kind"].value_counts().to_dict() == {"duplicate": 192}


def test_a_vaults_wells_are_points_and_its_controls_are_not():
    columns = Layout(
        table="points",
        name_column="molecule",
        batch_column="batch",
        run_column="run",
        well={
            "plate_column": "well.plate",
            "row": "well.row",
            "column": "well.col",
            "first_well": 0,
            "concentration": "readouts.557120",
            "unit": "uM",
            "response": "readouts.557121",
        },
    )
    points = read_points(MOONSHOT / "trypsin_data.json", columns)
    assert len(points.points) == 537
    assert set(points.rejections["reason"]) == {"no compound: a control well"}
    assert points.points[["well_row", "well_column"]].min().tolist() == [1, 3]
