from dataclasses import replace

import pandas as pd
import pytest

from molagent.errors import StoreError
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import load_sources
from molagent.store.identities import resolve_names
from molagent.store.ingests import write_parts
from molagent.store.sources import SourceFile
from tests.store.registry import BARICITINIB, KEYS, RUXOLITINIB, TOFACITINIB, write_file

NO_NAMES = pd.DataFrame(columns=["system", "alias", "inchikey"])


def source_of(result, n_rows: int) -> SourceFile:
    return SourceFile(
        name=result.name,
        sha256=result.sha256,
        bytes=1,
        kind="results",
        n_rows=n_rows,
        accepted=n_rows,
        rejected=0,
        mapping=result.mapping,
    )


def shifted(result, rows: int):
    moved = result.results.assign(source_row=result.results["source_row"] + rows)
    return replace(result, results=moved)


def test_a_file_written_part_by_part_is_one_file_with_its_names(db, make_ingest):
    first = make_ingest([(TOFACITINIB, "=", 9.0)])
    second = shifted(make_ingest([(RUXOLITINIB, "=", 8.0)]), 1)
    names = pd.DataFrame(
        {"system": ["INN"], "alias": ["tofacitinib"], "inchikey": [KEYS[TOFACITINIB]]}
    )
    source = source_of(first, 2)
    receipt = write_parts(db, source, [(first, names), (second, NO_NAMES)], first.receipt)
    assert (receipt.written, receipt.new_compounds) == (True, 2)
    assert load_sources(db)[["n_rows", "accepted"]].to_numpy().tolist() == [[2, 2]]
    assert resolve_names(db, ["tofacitinib"])["compound_ids"].tolist() == [("MA-000001",)]
    again = write_parts(db, source, [(first, names)], first.receipt)
    assert again.known


def test_a_part_that_fails_leaves_nothing_of_the_others(db, make_ingest):
    first = make_ingest([(TOFACITINIB, "=", 9.0)])
    broken = shifted(make_ingest([(RUXOLITINIB, "=", 8.0)]), 1)
    broken = replace(broken, results=broken.results.assign(value=-1.0))
    with pytest.raises(StoreError, match="CHECK"):
        write_parts(db, source_of(first, 2), [(first, NO_NAMES), (broken, NO_NAMES)], first.receipt)
    assert load_sources(db).empty
    assert db.query("SELECT * FROM compound").empty


def test_a_corrected_file_in_parts_replaces_the_whole_old_one(db, make_ingest):
    wrong = make_ingest([(TOFACITINIB, "=", 6.0), (RUXOLITINIB, "=", 5.5)], name="old.csv")
    write_file(db, wrong)
    first = make_ingest([(BARICITINIB, "=", 8.2)], name="new.csv")
    second = shifted(make_ingest([(TOFACITINIB, "=", 9.0)], name="new.csv"), 1)
    write_parts(
        db,
        source_of(first, 2),
        [(first, NO_NAMES), (second, NO_NAMES)],
        first.receipt,
        replaces=wrong.file_id,
    )
    assert aggregate_results(db, "jak1_pki")["value"].tolist() == [9.0, 8.2]
    pointers = db.query("SELECT superseded_by FROM result ORDER BY result_id")["superseded_by"]
    assert pointers.dropna().tolist() == [4, 3]


def test_a_replaced_file_may_be_larger_than_what_one_statement_can_mark(
    db, make_ingest, monkeypatch
):
    monkeypatch.setattr("molagent.store.results._GROUP_ROWS", 2)
    rows = [(smiles, "=", 6.0) for smiles in (TOFACITINIB, RUXOLITINIB, BARICITINIB)] * 2
    wrong = make_ingest(rows, name="old.csv")
    write_file(db, wrong)
    right = make_ingest([(TOFACITINIB, "=", 9.0)], name="new.csv")
    write_file(db, right, replaces=wrong.file_id)
    assert aggregate_results(db, "jak1_pki")["value"].tolist() == [9.0]


def test_what_the_reader_flagged_is_not_painted_over_by_a_conflict_with_another_file(
    db, make_ingest
):
    write_file(db, make_ingest([(TOFACITINIB, "=", 9.0), (RUXOLITINIB, "=", 9.0)]))
    later = make_ingest([(TOFACITINIB, "=", 6.0), (RUXOLITINIB, "=", 6.0)], name="later.csv")
    flagged = later.results.assign(flag=["unit_slip", ""])
    write_file(db, replace(later, results=flagged))
    flags = db.query("SELECT flag FROM result ORDER BY result_id")["flag"].tolist()
    assert flags == ["", "", "unit_slip", "conflict"]


def test_what_was_stripped_from_a_structure_stays_with_its_row(db, make_ingest):
    given = make_ingest([(TOFACITINIB, "=", 9.0)])
    salted = given.results.assign(salt="OC(=O)CC(O)(CC(=O)O)C(=O)O", stereo_note="single isomer")
    write_file(db, replace(given, results=salted))
    row = db.query("SELECT salt, stereo_note, format FROM compound_raw").iloc[0]
    assert row.tolist() == ["OC(=O)CC(O)(CC(=O)O)C(=O)O", "single isomer", "smiles"]
