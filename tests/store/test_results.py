import pandas as pd
import pytest

from molagent.errors import StoreError
from molagent.store.aggregates import aggregate_results
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
    return drugs


def test_a_percentage_may_be_zero_or_negative_and_has_no_p_value(project):
    rows = plain_rows(
        (TOFACITINIB, "=", -3.5), (RUXOLITINIB, "=", 0.0), endpoint="jak1_inhibition", unit="%"
    )
    assert append_results(project, source(), rows) == 2
    frame = aggregate_results(project, "jak1_inhibition")
    assert frame["value"].tolist() == [-3.5, 0.0]
    assert frame["unit"].tolist() == ["%", "%"]


def test_a_solubility_above_the_limit_keeps_its_sign(project):
    rows = plain_rows(
        (TOFACITINIB, ">", 200.0), (TOFACITINIB, ">", 100.0), (RUXOLITINIB, "=", 18.0)
    )
    append_results(project, source(), rows)
    frame = aggregate_results(project, "solubility")
    assert frame["relation"].tolist() == [">", "="]
    assert frame["value"].tolist() == [200.0, 18.0]


def test_a_potency_gets_its_value_in_nanomolar(project):
    append_results(
        project, source(), result_rows((TOFACITINIB, "=", 9.0)).assign(value=1.0, unit="nM")
    )
    append_results(
        project,
        source("b.csv"),
        result_rows((RUXOLITINIB, "=", 5.60206)).assign(value=2.5, unit="uM"),
    )
    rows = project.query("SELECT standard_value, standard_unit FROM result ORDER BY result_id")
    assert rows.to_numpy().tolist() == [[1.0, "nM"], [2500.0, "nM"]]


def test_the_same_source_a_second_time_changes_nothing(project):
    rows = result_rows((TOFACITINIB, "=", 9.0))
    assert append_results(project, source(), rows) == 1
    assert append_results(project, source(), rows) == 0
    assert project.query("SELECT count(*) AS n FROM result")["n"].tolist() == [1]


def test_what_is_invalid_does_not_count_and_what_is_suspect_is_counted(project):
    rows = result_rows((TOFACITINIB, "=", 9.0), (TOFACITINIB, "=", 7.0), (TOFACITINIB, "=", 3.0))
    append_results(
        project,
        source(),
        rows.assign(
            validity=["valid", "suspect", "invalid"],
            validity_reason=["", "edge well", "air bubble"],
        ),
    )
    row = aggregate_results(project, "jak1_pic50").iloc[0]
    assert (row["value"], row["n_exact"], row["n_suspect"]) == (8.0, 2, 1)
    assert behind(project, "MA-000001", "jak1_pic50")["validity"].tolist() == [
        *("", "suspect", "invalid")
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"validity": "suspect"}, "CHECK"),
        ({"validity": "wrong", "validity_reason": "x"}, "(?i)enum"),
        ({"value": float("inf")}, "CHECK"),
        ({"batch_id": "MA-000001-B09"}, "not registered, the first is MA-000001-B09"),
        ({"inchikey": "AAAAAAAAAAAAAA-UHFFFAOYSA-N"}, "1 of 1 results are of structures"),
        ({"p_value": float("nan"), "p_relation": None}, r"points\.csv:2: .*neither a p value"),
        ({"p_relation": None}, "CHECK"),
    ],
)
def test_a_row_that_does_not_say_what_it_must_is_refused_whole(project, change, message):
    with pytest.raises(StoreError, match=message):
        append_results(project, source(), result_rows((TOFACITINIB, "=", 9.0)).assign(**change))
    assert project.query("SELECT count(*) AS n FROM source_file")["n"].tolist() == [0]


def test_missing_columns_are_named(project):
    with pytest.raises(StoreError, match="results lack original, p_value"):
        append_results(
            project,
            source(),
            result_rows((TOFACITINIB, "=", 9.0)).drop(columns=["original", "p_value"]),
        )
    assert append_results(project, source(), result_rows().astype({"source_row": "int64"})) == 0


def test_an_exact_mean_that_a_bound_shuts_out_is_marked(project):
    append_results(
        project,
        source(),
        result_rows(
            (TOFACITINIB, "=", 9.0),
            (TOFACITINIB, "<", 6.0),
            (RUXOLITINIB, "=", 5.0),
            (RUXOLITINIB, "<", 6.0),
        ),
    )
    frame = aggregate_results(project, "jak1_pic50")
    assert frame["contradicted"].tolist() == [True, False]
    assert frame["n_censored"].tolist() == [1, 1]
    assert isinstance(frame, pd.DataFrame)
