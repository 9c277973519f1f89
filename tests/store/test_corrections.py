import pytest

from molagent.errors import InputError, MolagentError, NotFoundError, StoreError
from molagent.store.aggregates import aggregate_results
from molagent.store.corrections import correct_result, load_corrections, load_history, mark_result
from tests.store.registry import (
    RUXOLITINIB,
    TOFACITINIB,
    append_results,
    behind,
    plain_rows,
    result_rows,
    source,
)


@pytest.fixture
def project(drugs):
    append_results(drugs, source(), result_rows((TOFACITINIB, "=", 6.0), (RUXOLITINIB, "=", 8.5)))
    return drugs


def test_a_corrected_value_counts_and_the_old_one_stays_with_who_and_why(project):
    new = correct_result(
        project, 1, value=1.0, actor="A. Chemist", reason="read as uM, the plate was in nM"
    )
    assert aggregate_results(project, "jak1_pic50")["value"].tolist() == [9.0, 8.5]
    history = load_history(project, new)
    assert history["value"].tolist() == [1000.0, 1.0]
    assert history["superseded_by"].tolist()[0] == new
    assert history["actor"].tolist() == [None, "A. Chemist"]
    row = load_corrections(project).iloc[0]
    assert (row["old_result_id"], row["new_result_id"], row["reason"]) == (
        *(1, new),
        "read as uM, the plate was in nM",
    )


def test_a_corrected_value_still_comes_from_the_row_and_text_of_the_file(project):
    new = correct_result(project, 1, value=1.0, actor="A. Chemist", reason="unit slip")
    trace = behind(project, "MA-000001", "jak1_pic50").iloc[0]
    assert (trace["result_id"], trace["file"], trace["row"]) == (new, "points.csv", 2)
    assert trace["value as it stood"] == "1000"


def test_a_correction_can_be_corrected_but_only_the_one_that_counts(project):
    second = correct_result(project, 1, unit="nM", value=2.0, actor="A", reason="slip")
    third = correct_result(project, second, relation=">", actor="B", reason="top of the range")
    assert load_history(project, 1)["revision"].tolist() == [0, 1, 2]
    row = aggregate_results(project, "jak1_pic50").iloc[0]
    assert (row["relation"], round(row["value"], 3)) == ("<", 8.699)
    with pytest.raises(StoreError, match=f"result 1 was superseded by {second}"):
        correct_result(project, 1, value=5.0, actor="C", reason="again")
    assert third == project.query("SELECT max(result_id) AS n FROM result")["n"][0]


def test_a_value_can_move_to_the_compound_it_was_measured_on(project):
    correct_result(project, 1, compound_id="MA-000003", actor="A", reason="vials were swapped")
    assert aggregate_results(project, "jak1_pic50")["compound_id"].tolist() == [
        *("MA-000002", "MA-000003")
    ]


def test_an_invalid_value_no_longer_counts_and_can_be_called_valid_again(project):
    marked = mark_result(project, 1, "invalid", actor="A", reason="compound had decomposed")
    assert aggregate_results(project, "jak1_pic50")["compound_id"].tolist() == ["MA-000002"]
    mark_result(project, marked, "valid", actor="B", reason="LCMS repeated, 98 % pure")
    assert aggregate_results(project, "jak1_pic50")["value"].tolist() == [6.0, 8.5]
    assert load_corrections(project)["new_validity"].tolist() == ["invalid", "valid"]


def test_a_percentage_is_corrected_in_its_own_unit(project):
    append_results(
        project,
        source("b.csv"),
        plain_rows((TOFACITINIB, "=", 0.45), endpoint="jak1_inhibition", unit="%"),
    )
    correct_result(project, 3, value=0.45, unit="fraction", actor="A", reason="was a fraction")
    assert aggregate_results(project, "jak1_inhibition")["value"].tolist() == [45.0]
    with pytest.raises(InputError, match="is no unit of percent"):
        correct_result(project, 4, unit="nM", actor="A", reason="x")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({}, InputError, "corrected to what it is"),
        ({"value": 1000.0}, InputError, "corrected to what it is"),
        ({"value": float("nan")}, InputError, "not finite"),
        ({"value": -1.0}, MolagentError, "-1"),
        ({"unit": "cows"}, InputError, "unknown concentration unit 'cows'"),
        ({"compound_id": "MA-000009"}, NotFoundError, "MA-000009"),
        ({"value": 2.0, "reason": " "}, StoreError, "without a name or a reason"),
    ],
)
def test_a_correction_that_says_nothing_or_nonsense_changes_nothing(
    project, change, error, message
):
    with pytest.raises(error, match=message):
        correct_result(project, 1, **({"actor": "A", "reason": "x"} | change))
    assert load_corrections(project).empty
    assert load_history(project, 1)["superseded_by"].isna().all()


def test_unknown_results_and_validities_are_refused(project):
    with pytest.raises(NotFoundError, match="result"):
        correct_result(project, 99, value=1.0, actor="A", reason="x")
    with pytest.raises(NotFoundError, match="result"):
        load_history(project, 99)
    with pytest.raises(InputError, match="one of valid, suspect, invalid"):
        mark_result(project, 1, "doubtful", actor="A", reason="x")
    with pytest.raises(InputError, match="valid already"):
        mark_result(project, 1, "valid", actor="A", reason="x")


def test_who_corrects_is_whom_the_file_was_opened_for_unless_said(project):
    from molagent.store.database import Database

    named = Database(project.path, actor="B. Analyst")
    mark_result(named, 1, "suspect", reason="edge well")
    assert load_corrections(named)["actor"].tolist() == ["B. Analyst"]
