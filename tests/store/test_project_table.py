from datetime import date

import numpy as np
import pytest

from molagent.errors import NotFoundError, StoreError
from molagent.store.assays import load_endpoint, load_table
from molagent.store.results import append_results
from tests.store.registry import (
    RUXOLITINIB,
    TOFACITINIB,
    assays,
    inhibition,
    jak1,
    plain_rows,
    register_drugs,
    result_rows,
    solubility,
    source,
)


@pytest.fixture
def project(db):
    register_drugs(db)
    assays(db, jak1("fluorescence intensity"), inhibition(), solubility())
    potencies = result_rows((TOFACITINIB, "=", 9.0), (RUXOLITINIB, "<", 5.0))
    append_results(db, source("a.csv"), potencies.assign(measured_on=["2020-05-04", None]))
    append_results(db, source("b.csv"), plain_rows((TOFACITINIB, ">", 200.0)))
    return db


def test_compounds_by_endpoints_with_their_signs_and_units(project):
    table = load_table(project, ["jak1_pic50", "solubility"])
    assert table.columns.tolist() == [
        *("compound_id", "smiles", "jak1_pic50", "jak1_pic50 relation"),
        *("solubility", "solubility relation"),
    ]
    assert table["compound_id"].tolist() == ["MA-000001", "MA-000002"]
    assert table["jak1_pic50"].tolist() == [9.0, 5.0]
    assert table["jak1_pic50 relation"].tolist() == ["=", "<"]
    assert np.isnan(table["solubility"].tolist()[1])
    assert table.attrs["units"] == {"jak1_pic50": "-log10(M)", "solubility": "uM"}


def test_by_default_every_endpoint_is_a_column_also_one_without_values(project):
    table = load_table(project)
    assert [name for name in table.columns if " " not in name][2:] == [
        *("jak1_inhibition", "jak1_pic50", "solubility")
    ]
    assert table["jak1_inhibition"].isna().all()
    assert table.attrs["units"]["jak1_inhibition"] == ""


def test_two_protocols_are_two_columns_and_never_one(project):
    assays(project, jak1("mass spectrometry"))
    append_results(project, source("c.csv"), result_rows((TOFACITINIB, "=", 8.0)))
    with pytest.raises(StoreError, match=r"by 2 protocols \(jak1_pic50, jak1_pic50@2\)"):
        load_table(project)
    table = load_table(project, ["jak1_pic50@1", "jak1_pic50@2"])
    assert table["jak1_pic50@1"].tolist() == [9.0, 5.0]
    assert table["jak1_pic50@2"].tolist()[0] == 8.0
    with pytest.raises(NotFoundError, match="jak3_pic50"):
        load_table(project, ["jak3_pic50"])


def test_the_first_day_of_measurement_comes_with_the_value(project):
    assert load_endpoint(project, "jak1_pic50")["measured_on"].tolist() == [date(2020, 5, 4), None]
