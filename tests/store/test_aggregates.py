import numpy as np
import pytest

from molagent.errors import NotFoundError, StoreError
from molagent.store.aggregates import AGGREGATE_COLUMNS, aggregate_results
from tests.store.registry import (
    BARICITINIB,
    RUXOLITINIB,
    TOFACITINIB,
    append_results,
    assays,
    inhibition,
    jak1,
    plain_rows,
    register_drugs,
    result_rows,
    source,
)


@pytest.fixture
def project(db):
    register_drugs(db)
    assays(db, jak1("fluorescence intensity"), inhibition())
    return db


def test_a_bound_lowers_the_mean_that_exact_values_alone_would_have(project):
    rows = result_rows((TOFACITINIB, "=", 6.0), (TOFACITINIB, "=", 6.2), (TOFACITINIB, "<", 5.7))
    append_results(project, source(), rows)
    row = aggregate_results(project, "jak1_pic50", sd=0.3).iloc[0]
    assert 5.7 < row["value"] < 6.05
    assert (row["relation"], row["n_exact"], row["n_censored"]) == ("=", 2, 1)
    assert row["sd"] == pytest.approx(np.sqrt(0.02))
    assert not row["contradicted"]


def test_where_only_bounds_exist_the_tightest_stands_and_its_error_is_not_known(project):
    append_results(
        project,
        source(),
        result_rows(
            *[(TOFACITINIB, "<", 5.0), (TOFACITINIB, "<", 4.5)],
            *[(RUXOLITINIB, ">", 9.0), (RUXOLITINIB, ">", 8.0)],
            *[(BARICITINIB, ">", 5.0), (BARICITINIB, "<", 6.0)],
        ),
    )
    frame = aggregate_results(project, "jak1_pic50")
    assert list(frame.columns) == list(AGGREGATE_COLUMNS)
    assert frame["relation"].tolist() == ["<", ">", "~"]
    assert frame["value"].tolist() == [4.5, 9.0, pytest.approx(5.5)]
    assert frame["se"].isna().all()


def test_a_bound_two_standard_deviations_off_is_a_contradiction(project):
    append_results(
        project,
        source(),
        result_rows((TOFACITINIB, "=", 8.0), (TOFACITINIB, "<", 5.0), (RUXOLITINIB, "=", 8.0)),
    )
    assert aggregate_results(project, "jak1_pic50")["contradicted"].tolist() == [True, False]


def test_the_sd_of_a_repeat_is_taken_from_the_assay_s_own_repeats_where_there_are_enough(project):
    spread = np.random.default_rng(1).normal(0, 0.5, 30)
    append_results(project, source(), result_rows(*((TOFACITINIB, "=", 7 + s) for s in spread)))
    row = aggregate_results(project, "jak1_pic50").iloc[0]
    assert row["se"] == pytest.approx(spread.std(ddof=1) / np.sqrt(30))
    assert row["value"] == pytest.approx(7 + spread.mean())


def test_two_protocols_are_pooled_only_by_name_and_the_answer_says_so(project):
    append_results(project, source("a.csv"), result_rows((TOFACITINIB, "=", 9.0)))
    assays(project, jak1("mass spectrometry"))
    append_results(
        project, source("b.csv"), result_rows((TOFACITINIB, "=", 8.0), (RUXOLITINIB, "=", 7.0))
    )
    with pytest.raises(StoreError, match="by 2 protocols"):
        aggregate_results(project, "jak1_pic50")
    alone = aggregate_results(project, "jak1_pic50", assays=["jak1_pic50@2"])
    assert alone["value"].tolist() == [8.0, 7.0]
    pooled = aggregate_results(project, "jak1_pic50", pool=True)
    assert pooled["value"].tolist() == [8.5, 7.0]
    assert pooled["assay_ids"].tolist() == [("jak1_pic50", "jak1_pic50@2"), ("jak1_pic50@2",)]
    assert pooled["assay_spread"].tolist()[0] == pytest.approx(1.0)
    assert np.isnan(pooled["assay_spread"].tolist()[1])


def test_suspect_values_can_be_left_out_and_invalid_ones_never_count(project):
    rows = result_rows((TOFACITINIB, "=", 9.0), (TOFACITINIB, "=", 7.0), (TOFACITINIB, "=", 3.0))
    flagged = rows.assign(
        validity=["valid", "suspect", "invalid"], validity_reason=["", "edge well", "air bubble"]
    )
    append_results(project, source(), flagged)
    assert aggregate_results(project, "jak1_pic50")["value"].tolist() == [8.0]
    assert aggregate_results(project, "jak1_pic50", suspect=False)["value"].tolist() == [9.0]


def test_percentages_whose_repeats_nobody_knows_keep_bounds_out_of_the_value(project):
    rows = plain_rows((TOFACITINIB, "=", 40.0), endpoint="jak1_inhibition", unit="%")
    append_results(project, source("a.csv"), rows)
    row = aggregate_results(project, "jak1_inhibition").iloc[0]
    assert (row["value"], row["unit"]) == (40.0, "%")
    assert np.isnan(row["se"])
    bound = plain_rows((TOFACITINIB, "<", 20.0), endpoint="jak1_inhibition", unit="%")
    append_results(project, source("b.csv"), bound)
    row = aggregate_results(project, "jak1_inhibition").iloc[0]
    assert (row["value"], row["relation"]) == (40.0, "=")
    assert (row["n_exact"], row["n_censored"], row["contradicted"]) == (1, 1, True)
    assert 20 < aggregate_results(project, "jak1_inhibition", sd=10.0)["value"][0] < 40


def test_unknown_endpoints_and_assays_are_named_and_an_empty_one_is_empty(project):
    with pytest.raises(NotFoundError, match="jak3_pic50"):
        aggregate_results(project, "jak3_pic50")
    with pytest.raises(NotFoundError, match="jak1_pic50@7"):
        aggregate_results(project, "jak1_pic50", assays=["jak1_pic50@7"])
    assert list(aggregate_results(project, "jak1_pic50").columns) == list(AGGREGATE_COLUMNS)
