import shutil
from dataclasses import replace

import pytest

from molagent.errors import InputError, NotFoundError, StoreError, StructureError
from molagent.store.database import Database
from molagent.store.roles import AGENT, CLIENT, Role, RoleView
from molagent.store.series import define_series, load_series
from molagent.store.verify import verify_audit
from tests.store.conftest import ingest_of
from tests.store.registry import BARICITINIB, RUXOLITINIB, TOFACITINIB, write_file

PYRAZOLYL = "c1cnn(C)c1"  # in ruxolitinib and baricitinib, not in tofacitinib


@pytest.fixture(scope="module")
def measured(tmp_path_factory, empty_project) -> Database:
    """Three compounds in two assays; written once, read by many tests."""
    path = tmp_path_factory.mktemp("roles") / "jak.duckdb"
    db = Database(shutil.copy(empty_project, path))
    rows = [(TOFACITINIB, "=", 8.1), (RUXOLITINIB, "=", 8.6), (BARICITINIB, "<", 5.0)]
    write_file(db, ingest_of(rows))
    write_file(db, ingest_of([(TOFACITINIB, "=", 7.0)], name="jak2.csv", endpoint="jak2_pki"))
    return db


@pytest.fixture(scope="module")
def agent(measured):
    with RoleView.open(measured, AGENT) as view:
        yield view


@pytest.fixture
def jak(tmp_path, measured) -> Database:
    return Database(shutil.copy(measured.path, tmp_path / "jak.duckdb"))


def seen(db, role: Role, sql: str = "SELECT DISTINCT compound_id FROM result_agg ORDER BY 1"):
    with RoleView.open(db, role) as view:
        return view.query(sql).iloc[:, 0].tolist()


def test_a_series_is_defined_by_its_core_and_by_ids(jak):
    assert define_series(jak, "pyrazoles", core=PYRAZOLYL, confidential=True) == 2
    assert define_series(jak, "ours", compound_ids=["MA-000001"]) == 1
    assert define_series(jak, "ours", core=PYRAZOLYL, compound_ids=["MA-000001"]) == 3
    frame = load_series(jak)
    assert frame["series"].tolist() == ["ours", "pyrazoles"]
    assert frame["n_compounds"].tolist() == [3, 2]
    assert verify_audit(jak).whole


def test_a_series_of_nothing_is_refused(jak):
    with pytest.raises(InputError, match="not defined by anything"):
        define_series(jak, "x")
    with pytest.raises(InputError, match="no compound has the core"):
        define_series(jak, "x", core="[U]")
    with pytest.raises(StructureError, match="cannot be read"):
        define_series(jak, "x", core="c1cc")
    with pytest.raises(NotFoundError, match="MA-999999"):
        define_series(jak, "x", compound_ids=["MA-999999"])


def test_a_confidential_series_is_seen_only_by_a_role_that_names_it(jak):
    define_series(jak, "pyrazoles", core=PYRAZOLYL, confidential=True)
    assert seen(jak, AGENT) == ["MA-000001"]
    assert seen(jak, replace(AGENT, series=("pyrazoles",))) == ["MA-000002", "MA-000003"]


def test_a_role_of_one_series_sees_no_other_compound(jak):
    define_series(jak, "ours", compound_ids=["MA-000002"])
    client = replace(CLIENT, series=("ours",))
    assert seen(jak, client, "SELECT smiles FROM compound") == [RUXOLITINIB]
    assert seen(jak, client) == ["MA-000002"]


def test_a_role_of_one_endpoint_sees_no_other(jak):
    client = replace(CLIENT, endpoints=("jak2_pki",))
    assert seen(jak, client, "SELECT endpoint FROM result_agg") == ["jak2_pki"]
    assert seen(jak, client, "SELECT endpoint FROM assay") == ["jak2_pki"]


def test_an_agent_sees_no_structure(jak):
    with RoleView.open(jak, AGENT) as view:
        for table in AGENT.columns:
            text = view.query(f"SELECT * FROM {table}").to_csv()  # noqa: S608
            assert TOFACITINIB not in text
            assert "UJLAWZDWDVHWOW" not in text
        assert view.query("SELECT count(*) AS n FROM result_agg")["n"].tolist() == [4]


ATTACKS = [
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{path}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM parquet_scan('{secret}')",
    "ATTACH '{path}' AS p (READ_ONLY)",
    "SELECT 1; ATTACH '{path}' AS p",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY result_agg TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "PRAGMA database_list",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "INSTALL httpfs",
    "LOAD '{path}'",
    "CREATE TABLE x AS SELECT 1",
    "INSERT INTO result_agg SELECT * FROM result_agg",
    "DROP TABLE result_agg",
    "CALL pragma_version()",
    "USE project",
    "SELECT * FROM project.compound",
    "SELECT * FROM compound",
    "SELECT * FROM main.compound_raw",
    "SELECT * FROM audit_entry",
    "SELECT * FROM allowed_compound",
    "SELECT smiles FROM result_agg",
    "SELECT (SELECT smiles FROM project.main.compound LIMIT 1)",
    "WITH c AS (SELECT * FROM project.result) SELECT * FROM c",
    "SELECT * FROM query('SELECT * FROM project.compound')",
    "SELECT * FROM query_table('compound')",
    "SELECT * FROM sqlite_scan('{path}', 'compound')",
    "EXPLAIN ANALYZE SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM frame",
    "SELECT getenv('HOME')",
    "",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_agent_reaches_nothing_else(agent, measured, tmp_path, attack):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    sql = attack.format(secret=secret, path=measured.path, folder=tmp_path)
    with pytest.raises(StoreError):
        agent.query(sql)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM information_schema.columns",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM duckdb_views() WHERE NOT internal",
        "SELECT * FROM duckdb_columns() WHERE NOT internal",
        "SELECT * FROM duckdb_databases()",
        "SELECT * FROM pragma_table_info('result_agg')",
        "SELECT * FROM duckdb_constraints()",
        "SELECT * FROM pragma_storage_info('result_agg')",
        "SELECT * FROM duckdb_variables()",
        "SHOW ALL TABLES",
    ],
)
def test_the_catalogue_tells_an_agent_of_nothing_but_its_tables(agent, measured, sql):
    text = agent.query(sql).to_csv()
    for word in ("smiles", "compound_raw", "audit", "allowed_", "project", measured.path.name):
        assert word not in text


def test_what_is_known_of_the_columns_says_nothing_of_a_confidential_series(jak):
    define_series(jak, "topsecret", compound_ids=["MA-000003"], confidential=True)
    with RoleView.open(jak, AGENT) as view:
        text = view.query("SELECT * FROM pragma_storage_info('result_agg')").to_csv()
    assert "MA-000002" in text  # the highest value of a column is kept in its statistics
    assert "MA-000003" not in text


def test_a_role_is_not_held_up_by_a_writer_and_holds_none_up(jak):
    with RoleView.open(jak, AGENT) as view:
        with jak.write() as con:
            con.execute("UPDATE result SET flag = 'odd'")
        assert view.query("SELECT DISTINCT flag FROM result_current")["flag"].tolist() == [""]


def test_too_long_an_answer_is_refused(jak):
    with (
        RoleView.open(jak, replace(AGENT, max_rows=2)) as view,
        pytest.raises(StoreError, match="more than 2 rows"),
    ):
        view.query("SELECT * FROM result_agg")


def test_too_long_a_statement_is_stopped(jak):
    slow = "SELECT count(*) FROM range(100000) a, range(100000) b WHERE a.range + b.range = 7"
    with (
        RoleView.open(jak, replace(AGENT, timeout_s=0.2)) as view,
        pytest.raises(StoreError, match=r"longer than 0\.2 s"),
    ):
        view.query(slow)


def test_a_role_that_asks_for_what_is_not_there_is_refused(jak):
    with pytest.raises(InputError, match="name columns of assay, batch"):
        Role(name="spy", columns={"audit_entry": ("after",)})
    with pytest.raises(InputError, match="asks for column secret of compound"):
        RoleView.open(jak, Role(name="spy", columns={"compound": ("secret",)}))
    with pytest.raises(NotFoundError, match="no series named 'none'"):
        RoleView.open(jak, replace(AGENT, series=("none",)))
