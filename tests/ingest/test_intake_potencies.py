import hashlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molagent.errors import FileFormatError
from molagent.ingest.intake import read_data
from molagent.ingest.layouts import Layout
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import load_rejections
from molagent.store.database import Database
from tests.store.registry import BARICITINIB, RUXOLITINIB, TOFACITINIB, behind, write_file

LAYOUT = Layout.from_columns(
    smiles="smiles",
    value="value",
    unit_column="unit",
    endpoint="jak1_pki",
    target="JAK1",
    quantity="Ki",
)


def ingest_file(path, layout=None, **options):
    """Read a file of potencies whole, by its columns or by a guess."""
    return read_data(path, layout, **options).result


FRAMES = ("compounds", "results", "rejections")


def project(path: Path) -> Database:
    db = Database(path)
    db.migrate()
    return db


def assert_same(first, second) -> None:
    for frame in FRAMES:
        pd.testing.assert_frame_equal(getattr(first, frame), getattr(second, frame))


@pytest.mark.parametrize(("name", "rows"), [("jak1_ki.csv", 615), ("jak2_ki.csv", 976)])
def test_every_row_of_the_jak_data_is_accepted(data, tmp_path, name, rows):
    result = ingest_file(data / name)
    receipt = result.receipt
    assert (receipt.n_rows, receipt.accepted, receipt.rejected) == (rows, rows, 0)
    assert (receipt.compounds, receipt.duplicates, receipt.conflicts) == (rows, 0, 0)
    table = pd.read_csv(data / name)
    # The file's own y is -log10 of nanomolar.
    assert result.results["p_value"].to_numpy() == pytest.approx(table["y"].to_numpy() + 9.0)
    db = project(tmp_path / "jak.duckdb")
    assert write_file(db, result).new_compounds == rows
    frame = aggregate_results(db, receipt.endpoints[0])
    assert frame["value"].to_numpy() == pytest.approx(table["y"].to_numpy() + 9.0)
    assert write_file(db, result).known


def test_the_readme_names_the_hashes_of_the_jak_data(data):
    readme = (data.parent / "README.md").read_text(encoding="utf-8")
    for path in sorted(data.glob("*.csv")):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in readme


def test_each_bad_row_is_rejected_with_its_number_and_reason(write, tmp_path):
    path = write(
        "smiles,value,unit\n"
        f"{TOFACITINIB},0.7,nM\n"
        "c1ccccc,5,nM\n"
        f"{'C' * 5000},5,nM\n"
        f"{RUXOLITINIB},-3,nM\n"
        f"{RUXOLITINIB},0,nM\n"
        f"{RUXOLITINIB},5,ug/mL\n"
        f"{RUXOLITINIB},inactive,nM\n"
        f"{RUXOLITINIB},5\n"
        f"{RUXOLITINIB},5,nM,,\n"
        f"{RUXOLITINIB},5,nM,oops\n"
    )
    result = ingest_file(path, LAYOUT)
    assert result.n_rows == 10
    assert result.results["source_row"].tolist() == [2, 7, 10]
    rejected = result.rejections.set_index("source_row")
    assert rejected["kind"].to_dict() == {
        3: "structure",
        4: "structure",
        5: "value",
        6: "value",
        8: "value",
        9: "row",
        11: "row",
    }
    assert rejected["reason"][9] == "the row has 2 cells, the header 3"
    assert rejected["raw"][5] == f"{RUXOLITINIB},-3,nM"
    db = project(tmp_path / "p.duckdb")
    receipt = write_file(db, result)
    assert receipt.sentence == (
        "jak1_ki.csv: 10 rows, 3 accepted (2 compounds), 2 conflicts, 7 rejected "
        "(row 2, structure 2, value 3); stored, 2 compounds are new"
    )
    assert load_rejections(db)["source_row"].tolist() == sorted(rejected.index)


def test_conflicting_duplicates_are_kept_flagged_and_show_in_the_spread(write, tmp_path):
    path = write(
        f"smiles,value,unit\n{TOFACITINIB},1,nM\n{RUXOLITINIB},3,nM\n{TOFACITINIB}.Cl,100,nM\n"
    )
    db = project(tmp_path / "p.duckdb")
    receipt = write_file(db, ingest_file(path, LAYOUT))
    assert (receipt.conflicts, receipt.duplicates) == (2, 0)
    row = aggregate_results(db, "jak1_pki").iloc[0]
    assert (row["n_exact"], row["n_censored"], row["value"]) == (2, 0, pytest.approx(8.0))
    assert row["sd"] == pytest.approx(2**0.5)
    trace = behind(db, row["compound_id"], "jak1_pki")
    assert trace["structure"].tolist() == [TOFACITINIB, f"{TOFACITINIB}.Cl"]
    assert trace["flag"].tolist() == ["conflict", "conflict"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_the_same_rows_in_any_encoding_give_the_same_results(write, encoding):
    text = f"smiles,value,unit,who\n{TOFACITINIB},0.0007,µM,Bär\n"
    result = ingest_file(write(text, encoding=encoding), LAYOUT)
    assert result.results["p_value"].tolist() == pytest.approx([9.154902])
    assert result.encoding == encoding
    assert bool(result.notes) == (encoding == "latin-1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("smiles,value,unit\n", "the file has a header and no rows"),
        ("smiles value unit\nCCO 5 nM\n", "separate columns by comma"),
        ("smiles,Value,unit\nCCO,5,nM\n", "no column 'value' among .*did you mean 'Value'"),
        ("smiles,value\nCCO,5\n", "no column 'unit' among 'smiles', 'value'"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_an_error(write, text, reason):
    with pytest.raises(FileFormatError, match=reason):
        ingest_file(write(text), LAYOUT)


def test_guessed_columns_are_said_in_the_notes(write):
    result = ingest_file(write(f"smiles,Ki (nM)\n{TOFACITINIB},0.7\n"))
    assert result.notes == ("guessed: structures from 'smiles'; jak1_pki from 'Ki (nM)' in nM",)
    assert result.receipt.endpoints == ("jak1_pki",)


def test_reading_stores_nothing_so_it_is_the_dry_run(write):
    receipt = ingest_file(write(f"smiles,value,unit\n{TOFACITINIB},1,nM\n"), LAYOUT).receipt
    assert not receipt.written
    assert receipt.sentence.endswith("not stored")


def test_another_layout_or_another_byte_is_another_file(write):
    text = f"smiles,value,unit\n{TOFACITINIB},1,nM\n"
    first = ingest_file(write(text), LAYOUT)
    assert ingest_file(write(text), LAYOUT).file_id == first.file_id
    again = LAYOUT.readout[0].model_copy(update={"endpoint": "jak1_pki_2"})
    other = LAYOUT.model_copy(update={"readout": (again,)})
    assert ingest_file(write(text), other).file_id != first.file_id
    assert ingest_file(write(text + "\n"), LAYOUT).file_id != first.file_id


def test_processes_give_what_one_process_gives(data, write):
    lines = (data / "jak1_ki.csv").read_text().splitlines()[:40]
    path = write("\n".join([*lines, "nonsense,5,0,0,train", f"{'C' * 5000},5,0,0,train"]))
    assert_same(ingest_file(path, workers=0), ingest_file(path, workers=2))


CELLS = st.tuples(
    st.sampled_from([TOFACITINIB, RUXOLITINIB, f"{BARICITINIB}.Cl", "c1ccccc", ""]),
    st.sampled_from(["1", "25", ">10000", "< 5", "-3", "0", "NA", "3e2"]),
    st.sampled_from(["nM", "uM", "ug/mL", ""]),
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(CELLS, min_size=1, max_size=8))
def test_ingest_is_idempotent_and_loses_no_row(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("ingest")
    path = folder / "jak1_ki.csv"
    path.write_text("smiles,value,unit\n" + "".join(f"{','.join(row)}\n" for row in rows))
    first, second = ingest_file(path, LAYOUT), ingest_file(path, LAYOUT)
    assert_same(first, second)
    read = sorted([*first.results["source_row"], *first.rejections["source_row"]])
    assert read == list(range(2, len(rows) + 2))
    db = project(folder / "p.duckdb")
    assert write_file(db, first).written
    stored = db.query("SELECT * FROM result ORDER BY result_id")
    assert write_file(db, second).known
    pd.testing.assert_frame_equal(db.query("SELECT * FROM result ORDER BY result_id"), stored)
    assert len(stored) + len(load_rejections(db)) == len(rows)
