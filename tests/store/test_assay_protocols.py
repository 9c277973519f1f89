from datetime import date

import pytest

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.store.aggregates import aggregate_results
from molagent.store.assay_protocols import load_protocols, register_assay, resolve_assays
from molagent.store.assays import load_assays
from molagent.store.targets import register_targets
from tests.store.registry import (
    RUXOLITINIB,
    TOFACITINIB,
    append_results,
    jak1,
    register_drugs,
    result_rows,
    solubility,
    source,
    write_file,
)


def test_a_changed_protocol_is_the_next_version_and_the_same_one_is_not(db):
    first = register_assay(db, jak1("fluorescence intensity"))
    again = register_assay(db, jak1("fluorescence intensity"))
    second = register_assay(db, jak1("mass spectrometry"))
    assert (first, again, second) == ("jak1_pic50", "jak1_pic50", "jak1_pic50@2")
    assert load_protocols(db)["version"].tolist() == [1, 2]


def test_describing_an_assay_that_nobody_described_is_not_a_new_version(db, make_ingest):

    write_file(db, make_ingest([(TOFACITINIB, "=", 9.0)], endpoint="jak1_pic50", quantity="IC50"))
    assert register_assay(db, jak1("TR-FRET", valid_from=date(2021, 1, 4))) == "jak1_pic50"
    row = load_protocols(db).iloc[0]
    assert (row["readout"], row["valid_from"], row["n_results"]) == ("TR-FRET", date(2021, 1, 4), 1)


def test_values_of_two_versions_are_not_averaged_in_silence(db):
    register_drugs(db)
    register_assay(db, jak1("fluorescence intensity"))
    append_results(db, source("2020.csv"), result_rows((TOFACITINIB, "=", 9.0)))
    register_assay(db, jak1("mass spectrometry"))
    append_results(
        db, source("2021.csv"), result_rows((TOFACITINIB, "=", 8.0), (RUXOLITINIB, "=", 8.5))
    )
    with pytest.raises(StoreError, match=r"2 protocols \(jak1_pic50, jak1_pic50@2\); name one"):
        aggregate_results(db, "jak1_pic50")
    assert aggregate_results(db, "jak1_pic50", assays=["jak1_pic50"])["value"].tolist() == [9.0]
    assert aggregate_results(db, "jak1_pic50", assays=["jak1_pic50@2"])["value"].tolist() == [
        8.0,
        8.5,
    ]
    with pytest.raises(NotFoundError, match="jak1_pic50@3"):
        aggregate_results(db, "jak1_pic50", assays=["jak1_pic50@3"])
    assert load_assays(db)[["endpoint", "n_results", "n_versions"]].to_numpy().tolist() == [
        ["jak1_pic50", 3, 2]
    ]


def test_a_result_may_name_an_older_version(db):
    register_drugs(db)
    register_assay(db, jak1("fluorescence intensity"))
    register_assay(db, jak1("mass spectrometry"))
    with db.write() as con:
        assert resolve_assays(con, ["jak1_pic50", "jak1_pic50@2"]) == {
            "jak1_pic50": "jak1_pic50@2",
            "jak1_pic50@2": "jak1_pic50@2",
        }
        assert resolve_assays(con, ["jak1_pic50@1"]) == {"jak1_pic50@1": "jak1_pic50"}
    with pytest.raises(StoreError, match="no assay for endpoint jak3_pic50"):
        append_results(db, source(), result_rows((TOFACITINIB, "=", 9.0), endpoint="jak3_pic50"))


def test_another_quantity_target_or_dimension_is_another_endpoint(db):
    register_assay(db, jak1())
    for change in ({"quantity": "Ki"}, {"target": "JAK2"}, {"dimension": "percent"}):
        with pytest.raises(StoreError, match="give it an endpoint of its own"):
            register_assay(db, jak1(**change))


def test_a_target_that_is_named_must_be_registered(db):
    with pytest.raises(StoreError, match="foreign key"):
        register_assay(db, jak1(target_id="JAK1"))
    import pandas as pd

    register_targets(db, pd.DataFrame({"target_id": ["JAK1"], "name": ["Janus kinase 1"]}))
    register_assay(db, jak1(target_id="JAK1"))
    assert load_protocols(db)["target_id"].tolist() == ["JAK1"]


def test_what_no_table_would_take_is_refused_in_words():
    with pytest.raises(InputError, match="unknown dimension 'length'"):
        jak1(dimension="length")
    with pytest.raises(InputError, match="give 'lower' or 'higher'"):
        jak1(better="up")
    with pytest.raises(InputError, match="without '@'"):
        jak1(endpoint="jak1@2")


def test_a_solubility_is_in_micromolar_and_needs_no_target(db):
    assert solubility().unit == "uM"
    assert register_assay(db, solubility()) == "solubility"
    assert register_assay(db, solubility()) == "solubility"
