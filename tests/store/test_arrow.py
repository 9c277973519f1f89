import datetime as dt
import gc
import warnings

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from molagent.errors import StoreError
from molagent.store.arrow import as_pandas, registered
from molagent.store.database import Database


def test_a_table_keeps_dates_and_nulls_and_gives_enums_as_text(db):
    table = db.to_arrow(
        "SELECT DATE '2020-04-17' AS on_day, CAST('<' AS relation) AS relation, NULL::DOUBLE AS x"
    )
    assert table.schema.types == [pa.date32(), pa.string(), pa.float64()]
    assert table.to_pylist() == [{"on_day": dt.date(2020, 4, 17), "relation": "<", "x": None}]


def test_a_large_answer_comes_in_batches_that_together_are_the_whole(db):
    reader = db.scan("SELECT range AS n FROM range(200000)", batch_rows=5_000)
    sizes, total = [], 0
    for batch in reader:
        sizes.append(batch.num_rows)
        total += sum(batch.column("n").to_pylist())
    assert max(sizes) <= 5_000
    assert total == 200_000 * 199_999 // 2


def test_an_answer_larger_than_is_kept_in_memory_is_set_down_outside_and_read_back(db, monkeypatch):
    monkeypatch.setattr("molagent.store.arrow._SPOOL_BYTES", 10_000)
    sql = "SELECT range AS n, 'MA-' || range AS name, CAST('=' AS relation) AS r FROM range(50000)"
    assert db.scan(sql, batch_rows=1_000).read_all().equals(db.to_arrow(sql))


def test_while_a_scan_is_read_others_may_write_and_it_shows_the_state_it_began_with(db):
    sql = "SELECT target_id FROM target"
    with db.write() as con:
        con.execute("INSERT INTO target (target_id, name, kind) VALUES ('JAK1', 'x', 'y')")
    reader = db.scan(sql)
    other = duckdb.connect(str(db.path))
    other.execute("INSERT INTO target (target_id, name, kind) VALUES ('JAK2', 'x', 'y')")
    other.close()
    assert reader.read_all()["target_id"].to_pylist() == ["JAK1"]
    assert db.scan(sql).read_all().num_rows == 2


def test_an_empty_answer_still_says_its_columns(db):
    reader = db.scan("SELECT target_id, name FROM target")
    assert reader.schema.names == ["target_id", "name"]
    assert list(reader) == []


def test_a_scan_cannot_write_and_wrong_sql_fails_at_once(db):
    with pytest.raises(StoreError, match="read-only"):
        db.scan("DELETE FROM target")
    with pytest.raises(StoreError, match="nowhere"):
        db.scan("SELECT * FROM nowhere")
    with pytest.raises(StoreError, match="batches of 0 rows; give at least 1"):
        db.scan("SELECT 1", batch_rows=0)


def test_arrow_goes_in_as_well_as_pandas(db: Database):
    table = pa.table({"x": [1.0, None], "tags": [["a", "b"], None]})
    with db.write() as con:
        for rows in (table, pd.DataFrame({"x": [1.0, float("nan")], "tags": [("a", "b"), None]})):
            with registered(con, "given", rows):
                assert con.execute("SELECT * FROM given").fetchall() == [
                    (1.0, ["a", "b"]),
                    (None, None),
                ]


def test_a_frame_of_an_arrow_table_has_tuples_and_none():
    frame = as_pandas(pa.table({"note": ["x", None], "ids": [["a"], None]}))
    assert frame["note"].tolist() == ["x", None]
    assert frame["ids"].tolist() == [("a",), None]


def test_a_scan_that_is_given_up_leaves_no_open_file(db, monkeypatch):
    monkeypatch.setattr("molagent.store.arrow._SPOOL_BYTES", 0)
    sql = "SELECT range AS n FROM range(50000)"
    unread, begun = db.scan(sql, batch_rows=1_000), db.scan(sql, batch_rows=1_000)
    begun.read_next_batch()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del unread, begun
        gc.collect()
    assert not [entry for entry in caught if entry.category is ResourceWarning]


def test_rows_of_a_long_transaction_are_let_go_when_they_are_stored(db):
    """DuckDB remembers what was registered until the transaction ends."""
    rows = pa.table({"text": [f"a text of row {row}" for row in range(20_000)]})
    with db.write() as con:
        con.execute("CREATE TEMP TABLE kept (text VARCHAR)")
        before = pa.total_allocated_bytes()
        for _ in range(5):
            frame = pa.table({"text": pa.concat_arrays([rows["text"].combine_chunks()])})
            with registered(con, "frame", frame):
                con.execute("INSERT INTO kept FROM frame")
                assert con.execute("SELECT count(*) FROM frame").fetchall() == [(20_000,)]
            del frame
        assert con.execute("SELECT count(*) FROM kept").fetchall() == [(100_000,)]
        assert pa.total_allocated_bytes() - before < 2 * rows.nbytes
