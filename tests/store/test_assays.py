import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molagent.errors import NotFoundError, StoreError
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import (
    endpoints,
    load_assays,
    load_rejections,
    load_sources,
)
from molagent.store.database import Database, frame_of
from tests.store.registry import behind, write_file

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1"
TABLES = ("compound", "source_file", "compound_raw", "assay", "result", "rejection")


def snapshot(db: Database) -> dict[str, pd.DataFrame]:
    with db.read() as con:
        return {
            table: frame_of(con, f"SELECT * FROM {table} ORDER BY ALL")  # noqa: S608
            for table in TABLES
        }


def test_a_file_is_stored_and_read_back_one_value_a_compound(db, make_ingest):
    receipt = write_file(
        db, make_ingest([(TOFACITINIB, "=", 9.15), (RUXOLITINIB, "=", 8.5)], rejected=2)
    )
    assert receipt.written
    assert (receipt.accepted, receipt.rejected, receipt.new_compounds) == (2, 2, 2)
    frame = aggregate_results(db, "jak1_pki")
    assert set(frame["unit"]) == {"-log10(M)"}
    assert frame["compound_id"].tolist() == ["MA-000001", "MA-000002"]
    assert frame["value"].tolist() == [9.15, 8.5]
    assert frame["sd"].isna().all()
    assert endpoints(db) == ("jak1_pki",)
    assert load_assays(db)[["n_results", "n_compounds"]].iloc[0].tolist() == [2, 2]


def test_the_same_file_twice_changes_nothing_and_says_so(db, make_ingest):
    result = make_ingest([(TOFACITINIB, "=", 9.15)], rejected=1)
    write_file(db, result)
    before = snapshot(db)
    receipt = write_file(db, result)
    assert receipt.known
    assert not receipt.written
    assert receipt.sentence == "jak1.csv: in the project already, nothing changed"
    after = snapshot(db)
    assert all(after[table].equals(before[table]) for table in TABLES)


def test_another_column_of_the_same_file_is_another_delivery(db, make_ingest):
    first = make_ingest([(TOFACITINIB, "=", 9.15)])
    second = make_ingest([(TOFACITINIB, "=", 8.0)], endpoint="jak2_pki")
    write_file(db, first)
    assert write_file(db, replace(second, mapping={"smiles": "smiles", "value": "jak2"})).written
    assert endpoints(db) == ("jak1_pki", "jak2_pki")
    assert len(set(load_sources(db)["sha256"])) == 1


def test_replicates_give_mean_n_and_sd(db, make_ingest):
    write_file(db, make_ingest([(TOFACITINIB, "=", 9.0), (TOFACITINIB, "=", 8.0)]))
    row = aggregate_results(db, "jak1_pki").iloc[0]
    assert row["relation"] == "="
    assert row["value"] == pytest.approx(8.5)
    assert (row["n_exact"], row["n_censored"]) == (2, 0)
    assert row["sd"] == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize(
    ("bounds", "relation", "p_value"),
    [
        ([("<", 6.0), ("<", 5.0)], "<", 5.0),
        ([(">", 8.0), (">", 9.0)], ">", 9.0),
        ([("<", 5.0), (">", 6.0)], "~", 5.5),
    ],
)
def test_where_only_bounds_exist_the_tightest_stands(db, make_ingest, bounds, relation, p_value):
    write_file(db, make_ingest([(TOFACITINIB, sign, bound) for sign, bound in bounds]))
    row = aggregate_results(db, "jak1_pki").iloc[0]
    assert (row["relation"], row["n_exact"]) == (relation, 0)
    assert row["value"] == pytest.approx(p_value)


def test_values_that_meet_those_of_an_earlier_file_are_flagged(db, make_ingest):
    write_file(db, make_ingest([(TOFACITINIB, "=", 9.0), (RUXOLITINIB, "=", 8.5)]))
    receipt = write_file(
        db,
        make_ingest(
            [(TOFACITINIB, "=", 7.5), (RUXOLITINIB, "=", 8.4), (BARICITINIB, "=", 8.2)],
            name="later.csv",
        ),
    )
    assert (receipt.duplicates, receipt.conflicts, receipt.new_compounds) == (1, 1, 1)
    flags = db.query("SELECT flag FROM result ORDER BY result_id")["flag"].tolist()
    assert flags == ["", "", "conflict", "duplicate", ""]


def test_a_corrected_file_replaces_the_wrong_one_and_both_stay_in_the_table(db, make_ingest):
    wrong = make_ingest([(TOFACITINIB, "=", 6.0), (RUXOLITINIB, "=", 5.5)], name="batch.csv")
    write_file(db, wrong)
    write_file(db, make_ingest([(BARICITINIB, "=", 8.2)], name="other.csv"))
    right = make_ingest([(TOFACITINIB, "=", 9.0)], name="batch_corrected.csv")
    receipt = write_file(db, right, replaces=wrong.file_id)
    assert (receipt.duplicates, receipt.conflicts) == (0, 0)
    frame = aggregate_results(db, "jak1_pki")
    assert frame["smiles"].tolist() == [TOFACITINIB, BARICITINIB]
    assert frame["value"].tolist() == [9.0, 8.2]
    assert behind(db, "MA-000001", "jak1_pki")["file"].tolist() == ["batch_corrected.csv"]
    superseded = db.query("SELECT superseded_by FROM result ORDER BY result_id")["superseded_by"]
    assert superseded.dropna().tolist() == [4, 4]


def test_only_a_known_file_is_replaced_and_only_by_one_with_results(db, make_ingest):
    first = make_ingest([(TOFACITINIB, "=", 6.0)])
    write_file(db, first)
    before = snapshot(db)
    with pytest.raises(NotFoundError, match="no source file named 'nothing'"):
        write_file(db, make_ingest([(TOFACITINIB, "=", 9.0)], name="b.csv"), replaces="nothing")
    with pytest.raises(StoreError, match=r"cannot replace jak1\.csv"):
        write_file(db, make_ingest([], name="b.csv", rejected=1), replaces=first.file_id)
    after = snapshot(db)
    assert all(after[table].equals(before[table]) for table in TABLES)


def test_every_value_can_be_traced_to_its_file_and_row(db, make_ingest):
    write_file(db, make_ingest([(RUXOLITINIB, "=", 8.5), (TOFACITINIB, "=", 9.0)]))
    write_file(db, make_ingest([(TOFACITINIB, "<", 6.0)], name="later.csv"))
    trace = behind(db, "MA-000002", "jak1_pki")
    assert trace["file"].tolist() == ["jak1.csv", "later.csv"]
    assert trace["row"].tolist() == [3, 2]
    assert trace["structure"].tolist() == [TOFACITINIB, TOFACITINIB]
    assert trace["value as it stood"].tolist() == ["1", "1000"]
    assert trace["value"].tolist() == ["1 nM", "> 1000 nM"]
    assert trace["flag"].tolist() == ["", "duplicate"]


def test_rejections_keep_file_row_reason_and_the_row_as_read(db, make_ingest):
    write_file(db, make_ingest([(TOFACITINIB, "=", 9.0)], rejected=1))
    row = load_rejections(db).iloc[0]
    assert (row["file"], row["source_row"], row["kind"]) == ("jak1.csv", 100, "value")
    assert row["reason"] == "the value '-3' is negative"
    assert row["raw"] == "CCO,-3"


def test_a_file_of_which_no_row_is_taken_is_remembered(db, make_ingest):
    receipt = write_file(db, make_ingest([], rejected=3))
    assert receipt.sentence == (
        "jak1.csv: 3 rows, 0 accepted (0 compounds), 3 rejected (value 3); "
        "stored, 0 compounds are new"
    )
    assert load_sources(db)["rejected"].tolist() == [3]
    assert aggregate_results(db, "jak1_pki").empty


def test_another_quantity_under_the_same_endpoint_is_refused_whole(db, make_ingest):
    write_file(db, make_ingest([(TOFACITINIB, "=", 9.0)]))
    before = snapshot(db)
    with pytest.raises(StoreError, match="holds Ki of JAK1, the file brings IC50 of JAK1"):
        write_file(db, make_ingest([(RUXOLITINIB, "=", 8.0)], name="b.csv", quantity="IC50"))
    after = snapshot(db)
    assert all(after[table].equals(before[table]) for table in TABLES)


def test_a_row_of_several_endpoints_may_be_refused_for_one_of_them(db, make_ingest):
    given = make_ingest([(TOFACITINIB, "=", 9.0)], rejected=1)
    twice = pd.concat([given.rejections, given.rejections]).assign(field=["hlm", "rlm"])
    write_file(db, replace(given, rejections=twice))
    assert load_rejections(db)["field"].tolist() == ["hlm", "rlm"]


def test_rows_with_a_structure_and_no_value_register_it_and_are_remembered(db, make_ingest):
    given = make_ingest([(TOFACITINIB, "=", 9.0)])
    designs = replace(
        given,
        results=given.results.head(0),
        structures=given.results[["source_row", "inchikey", "raw_smiles", "name"]],
        kind="structures",
    )
    receipt = write_file(db, designs)
    assert (receipt.accepted, receipt.new_compounds) == (1, 1)
    assert load_sources(db)["kind"].tolist() == ["structures"]
    raw = db.query("SELECT compound_id, raw_smiles, format FROM compound_raw")
    assert raw.to_numpy().tolist() == [["MA-000001", TOFACITINIB, "smiles"]]


def test_a_file_that_says_the_assay_is_done_otherwise_is_refused(db, make_ingest):
    first = make_ingest([(TOFACITINIB, "=", 9.0)])
    write_file(db, replace(first, assays=first.assays.assign(readout="fluorescence intensity")))
    other = make_ingest([(RUXOLITINIB, "=", 8.0)], name="b.csv")
    with pytest.raises(StoreError, match=r"fluorescence intensity.*mass spectrometry"):
        write_file(db, replace(other, assays=other.assays.assign(readout="mass spectrometry")))
    assert write_file(db, other).written


def test_a_value_of_zero_does_not_get_past_the_table(db, make_ingest):
    result = make_ingest([(TOFACITINIB, "=", 9.0)])
    bad = replace(result, results=result.results.assign(value=0.0))
    with pytest.raises(StoreError, match="CHECK constraint"):
        write_file(db, bad)
    assert all(frame.empty for frame in snapshot(db).values())


def test_unknown_names_list_the_known_ones(db, make_ingest):
    write_file(db, make_ingest([(TOFACITINIB, "=", 9.0)]))
    with pytest.raises(NotFoundError, match="no endpoint named 'jak3_pki'; known: jak1_pki"):
        aggregate_results(db, "jak3_pki")
    with pytest.raises(NotFoundError, match="MA-000009"):
        behind(db, "MA-000009", "jak1_pki")


ROWS = st.lists(
    st.tuples(
        st.sampled_from([TOFACITINIB, RUXOLITINIB, BARICITINIB]),
        st.sampled_from("=<>"),
        st.floats(3.0, 12.0),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, data=st.data())
def test_the_value_of_a_compound_does_not_depend_on_the_order_of_rows(
    new_db, make_ingest, rows, data
):
    shuffled = data.draw(st.permutations(rows))
    answers = []
    for order in (rows, shuffled):
        db = new_db()
        write_file(db, make_ingest(order))
        write_file(db, make_ingest(order))
        frame = aggregate_results(db, "jak1_pki").drop(columns="compound_id")
        answers.append(frame.sort_values("smiles").reset_index(drop=True))
    pd.testing.assert_frame_equal(*answers)
