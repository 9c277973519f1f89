"""SQL from outside is one SELECT, and what it may take is bounded."""

import datetime as dt
import shutil

import pytest

from molagent.errors import StoreError
from molagent.project.assaydata import AssayData
from molagent.store.database import Database
from molagent.store.one_select import SelectLimits, require_one_select
from molagent.store.select_process import outside_frame, outside_table

SMALL = SelectLimits(timeout_s=2.0, rows=1_000, memory_mb=500, answer_mb=20)


@pytest.fixture(scope="module")
def db(tmp_path_factory, empty_project) -> Database:
    return Database(shutil.copy(empty_project, tmp_path_factory.mktemp("sql") / "p.duckdb"))


@pytest.mark.parametrize(
    "sql",
    [
        "CALL enable_logging(storage='file', storage_config={'path':'/tmp/x'}); SELECT 1",
        "CALL enable_logging()",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE compound",
        "INSERT INTO target (target_id) VALUES ('x')",
        "ATTACH '/tmp/other.duckdb'",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "PRAGMA version",
        "SET threads = 1",
        "EXPLAIN ANALYZE SELECT 1",
        "LOAD json",
        "",
        "-- nothing",
    ],
)
def test_nothing_but_one_select_is_run(db, sql):
    with db.read() as con, pytest.raises(StoreError, match="one SELECT"):
        require_one_select(con, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "FROM enable_logging(storage='file', storage_config={'path':'/tmp/x'})",
        "SELECT (SELECT count(*) FROM enable_profiling())",
        "WITH q AS (FROM truncate_duckdb_logs()) FROM q",
        "SELECT * FROM query('FROM enable_logging()')",
        "SELECT * FROM json_execute_serialized_sql('{}')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "FROM glob('/*')",
        "SELECT write_log('x')",
        "SELECT nextval('result_seq')",
    ],
)
def test_a_function_that_does_more_than_read_is_refused_wherever_it_stands(db, sql):
    with db.read() as con, pytest.raises(StoreError, match="is not run here"):
        require_one_select(con, sql)


@pytest.mark.parametrize(
    "sql",
    ["FROM compound", "SHOW TABLES", "DESCRIBE compound", "SELECT 1 -- one;", "VALUES (1), (2);"],
)
def test_what_reads_is_one_select_whichever_way_it_is_written(db, sql):
    with db.read() as con:
        assert require_one_select(con, sql)


def test_the_answer_has_its_types_its_parameters_and_no_column_twice(db):
    frame = outside_frame(
        db, "SELECT ?::DATE AS day, ? AS a, 2 AS a", (dt.date(2020, 1, 2), "it's")
    )
    assert frame.columns.tolist() == ["day", "a", "a_1"]
    assert frame.iloc[0].tolist() == [dt.date(2020, 1, 2), "it's", 2]
    assert outside_table(db, "SELECT $x AS x", {"x": 7}).to_pylist() == [{"x": 7}]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("FROM range(100000000000)", "more than 1000 rows"),
        ("SELECT repeat('x', 1000000) AS x FROM range(100)", "larger than 20 MB"),
        ("SELECT list(range) FROM range(1000000000)", "more than 500 MB"),
        ("SELECT repeat('x', 2000000000) AS x", "more than 500 MB|longer than 2 s"),
        ("SELECT length(printf('%1000000000d', 1))", "more than 500 MB|longer than 2 s"),
        ("SELECT count(*) FROM range(10000000000) a, range(1000000) b", "longer than 2 s"),
    ],
)
def test_rows_size_memory_and_time_are_bounded(db, sql, says):
    with pytest.raises(StoreError, match=says):
        outside_frame(db, sql, limits=SMALL)


def test_a_wrong_statement_is_one_sentence_and_the_doors_of_a_project_say_it(db):
    data = AssayData(db)
    with pytest.raises(StoreError, match="no_such"):
        data.sql("SELECT * FROM no_such")
    with pytest.raises(StoreError, match="one SELECT"):
        data.scan("SELECT 1; SELECT 2")
    assert data.scan("SELECT 1 AS x").read_all().to_pylist() == [{"x": 1}]
