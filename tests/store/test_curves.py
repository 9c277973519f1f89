import numpy as np
import pandas as pd
import pytest

from molagent.errors import NotFoundError, StoreError
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import load_rejections
from molagent.store.corrections import load_corrections
from molagent.store.curves import load_curve_points, load_curves, write_curves
from tests.store.registry import (
    RUXOLITINIB,
    TOFACITINIB,
    assays,
    behind,
    curve_rows,
    jak1,
    source,
)


@pytest.fixture
def project(drugs):
    return drugs


def test_parameters_locks_and_points_come_back(project):
    curves, points = curve_rows(TOFACITINIB, RUXOLITINIB)
    receipt = write_curves(project, source(), curves, points)
    assert (receipt.curves, receipt.points, receipt.reported) == (2, 8, 0)
    back = load_curves(project, "jak1_pic50")
    assert back["compound_id"].tolist() == ["MA-000001", "MA-000002"]
    assert back["top_locked"].tolist() == [True, True]
    assert back["top_se"].isna().all()
    assert back["p_ac50_se"].tolist() == [0.05, 0.05]
    drawn = load_curve_points(project, [int(back["curve_id"][1])])
    assert drawn["response"].tolist() == [3.0, 17.0, 64.0, 20.0]
    assert drawn["outlier_reason"].tolist() == ["", "", "", "falls back"]
    assert drawn["source_row"].tolist() == [6, 7, 8, 9]


def test_reported_values_become_results_of_the_first_point_s_row(project):
    receipt = write_curves(project, source(), *curve_rows(TOFACITINIB), report=True)
    assert receipt.reported == 1
    assert aggregate_results(project, "jak1_pic50")["value"].tolist() == [pytest.approx(7.3)]
    trace = behind(project, "MA-000001", "jak1_pic50").iloc[0]
    assert (trace["file"], trace["row"], trace["value as it stood"]) == (
        *("points.csv", 2),
        "fitted: p 7.300",
    )
    assert load_curves(project)["result_id"].tolist() == [trace["result_id"]]


def test_a_refit_that_reports_nothing_sets_the_earlier_value_aside(project):
    write_curves(project, source(), *curve_rows(TOFACITINIB), report=True)
    curves, points = curve_rows(TOFACITINIB)
    curves = curves.assign(p_value=np.nan, method_version="2", note="levels off at 60 %")
    curves["p_relation"] = pd.Series([None], dtype=object)
    assert write_curves(project, source(), curves, points, report=True).reported == 0
    rows = project.query("SELECT validity, validity_reason FROM result WHERE superseded_by IS NULL")
    assert rows.to_dict("split")["data"] == [
        ["invalid", "a refit reports nothing: levels off at 60 %"],
    ]
    assert aggregate_results(project, "jak1_pic50").empty


def test_a_bound_is_reported_as_a_bound_and_nothing_where_nothing_may_be(project):
    curves, points = curve_rows(TOFACITINIB, RUXOLITINIB)
    curves["p_value"] = [4.5, np.nan]
    curves["p_relation"] = pd.Series(["<", None], dtype=object)
    assert write_curves(project, source(), curves, points, report=True).reported == 1
    row = aggregate_results(project, "jak1_pic50").iloc[0]
    assert (row["compound_id"], row["relation"], row["value"]) == ("MA-000001", "<", 4.5)
    assert project.query("SELECT relation FROM result")["relation"].tolist() == [">"]


def test_the_same_fit_again_changes_nothing(project):
    write_curves(project, source(), *curve_rows(TOFACITINIB), report=True)
    receipt = write_curves(project, source(), *curve_rows(TOFACITINIB), report=True)
    assert (receipt.curves, receipt.known, receipt.reported) == (0, 1, 0)
    assert len(load_curves(project, superseded=True)) == 1


def test_a_refit_takes_the_place_of_the_fit_and_of_its_result(project):
    write_curves(project, source(), *curve_rows(TOFACITINIB), report=True)
    curves, points = curve_rows(TOFACITINIB, settings='{"top": "free"}', p_value=7.6)
    receipt = write_curves(project, source(), curves, points, report=True)
    assert (receipt.curves, receipt.refitted, receipt.reported) == (1, 1, 1)
    assert load_curves(project)["settings"].tolist() == ['{"top": "free"}']
    every = load_curves(project, superseded=True)
    assert every["superseded_by"].tolist()[0] == every["curve_id"][1]
    frame = aggregate_results(project, "jak1_pic50")
    assert (frame["value"].tolist(), frame["n_exact"].tolist()) == ([pytest.approx(7.6)], [1])
    assert load_corrections(project)["reason"].tolist() == ["refitted by 4pl 1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"top_se": 3.0}, "CHECK"),
        ({"r2": 1.2}, "CHECK"),
        ({"inchikey": "AAAAAAAAAAAAAA-UHFFFAOYSA-N"}, "1 curves are of compounds"),
        ({"endpoint": "jak3_pic50"}, "no assay for endpoint jak3_pic50"),
        ({"curve": 7}, "have points and no row of their own, the first is 1"),
        ({"source_row": None}, "has no source row"),
        ({"batch_id": "MA-000001-B01"}, "not registered"),
    ],
)
def test_a_curve_that_cannot_be_is_refused_whole(project, change, message):
    curves, points = curve_rows(TOFACITINIB, **change)
    with pytest.raises(StoreError, match=message):
        write_curves(project, source(), curves, points, report=True)
    assert load_curves(project).empty
    assert project.query("SELECT * FROM source_file").empty


def test_a_point_must_find_the_well_it_names(project):
    curves, points = curve_rows(TOFACITINIB)
    with pytest.raises(StoreError, match="well 1/2 of plate 602238"):
        write_curves(
            project, source(), curves, points.assign(barcode="602238", well_row=1, well_column=2)
        )


def test_a_curve_of_an_older_protocol_is_reported_under_that_protocol(project):
    assays(project, jak1("fluorescence intensity"), jak1("mass spectrometry"))
    first, points = curve_rows(TOFACITINIB, assay_id="jak1_pic50")
    write_curves(project, source("2020.csv"), first, points, report=True)
    newest, points = curve_rows(TOFACITINIB, p_value=8.0)
    write_curves(project, source("2021.csv"), newest, points, report=True)
    assert load_curves(project)["assay_id"].tolist() == ["jak1_pic50", "jak1_pic50@2"]
    assert load_curves(project)["result_id"].tolist() == [1, 2]
    held = project.query("SELECT assay_id FROM result ORDER BY result_id")
    assert held["assay_id"].tolist() == ["jak1_pic50", "jak1_pic50@2"]


def test_rows_that_are_no_point_are_kept_with_their_reason_also_where_a_refit_gives_them_again(
    project,
):
    refused = pd.DataFrame(
        {"source_row": [9], "kind": ["value"], "reason": ["no number"], "raw": ["x,NaN"]}
    )
    write_curves(project, source(), *curve_rows(TOFACITINIB), rejections=refused)
    again = curve_rows(TOFACITINIB, settings="{}")
    write_curves(project, source(), *again, rejections=refused)
    assert load_rejections(project)["reason"].tolist() == ["no number"]


def test_a_point_without_a_reading_is_kept_as_one(project):
    curves, points = curve_rows(TOFACITINIB)
    write_curves(project, source(), curves, points.assign(response=[3.0, np.nan, 64.0, 90.0]))
    assert load_curve_points(project)["response"].isna().tolist() == [False, True, False, False]


def test_curves_that_are_not_there_are_named(project):
    with pytest.raises(NotFoundError, match="curve named '5'"):
        load_curve_points(project, [5])
    assert load_curve_points(project).empty


def test_what_the_fit_gives_goes_in_as_it_is(project):
    from molagent.curves import fit_curves

    doses = 10.0 ** np.arange(-9.0, -4.0, 0.5)
    points = pd.DataFrame(
        {
            "compound_id": "MA-000001",
            "concentration_m": doses,
            "response": 100 / (1 + 10 ** (-np.log10(doses) - 7.0)),
            "source_row": range(2, 2 + len(doses)),
        }
    )
    curves, drawn = fit_curves(points, ["compound_id"]).stored("jak1_pic50")
    receipt = write_curves(project, source(), curves, drawn, report=True)
    assert (receipt.curves, receipt.points, receipt.reported) == (1, 10, 1)
    assert aggregate_results(project, "jak1_pic50")["value"].tolist() == [
        pytest.approx(7.0, abs=0.01)
    ]
