import shutil

import duckdb
import pandas as pd
import pytest

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.store.aggregates import aggregate_results
from molagent.store.audit import load_audit
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database
from molagent.store.export import EXPORTED_TABLES, export_project
from molagent.store.raw_files import keep_raw_file
from molagent.store.series import define_series
from molagent.store.snapshots import create_snapshot
from molagent.store.traces import find_traces
from molagent.store.verify import verify_audit
from tests.store.conftest import ingest_of
from tests.store.registry import BARICITINIB, KEYS, RUXOLITINIB, TOFACITINIB, write_file

SECRET = (RUXOLITINIB, KEYS[RUXOLITINIB], "INCB018424", "Project Nightjar", "RUX-LOT-7")
OPEN = (TOFACITINIB, "CP-690550")


def named(rows, names, **keywords):
    ingest = ingest_of(rows, **keywords)
    return type(ingest)(
        **{
            field: getattr(ingest, field)
            for field in ingest.__dataclass_fields__
            if field != "results"
        },
        results=ingest.results.assign(name=names),
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory, empty_project):
    """A project in which a confidential compound has left its marks wherever it can."""
    folder = tmp_path_factory.mktemp("export")
    db = Database(shutil.copy(empty_project, folder / "jak.duckdb"), actor="ann")
    both = [(TOFACITINIB, "=", 8.1), (RUXOLITINIB, "=", 8.6)]
    write_file(db, named(both, ["CP-690550", "INCB018424"], rejected=1))
    only = [(RUXOLITINIB, "=", 8.4)]
    write_file(db, named(only, ["INCB018424"], name="Project Nightjar.csv", endpoint="njar_pki"))
    write_file(db, named([(BARICITINIB, "<", 5.0)], ["LY3009104"], name="open.csv", rejected=2))
    raw = folder / "raw.csv"
    raw.write_text(f"smiles,name\n{RUXOLITINIB},INCB018424\n")
    keep_raw_file(db, raw)
    create_snapshot(db, "Project Nightjar freeze")
    with db.write(origin="register INCB018424") as con:
        con.execute(
            "INSERT INTO batch (batch_id, compound_id, supplier, lot) VALUES"
            " ('MA-000002-B01', 'MA-000002', 'vendor', 'RUX-LOT-7')"
        )
        con.execute(
            "UPDATE result SET validity = 'suspect', validity_reason = 'INCB018424 precipitates'"
            " WHERE compound_id = 'MA-000002'"
        )
        con.execute("INSERT INTO batch_order (order_id, supplier) VALUES ('O1', 'vendor')")
        con.execute(
            "INSERT INTO order_line (order_id, line, smiles) VALUES ('O1', 1, ?)", [RUXOLITINIB]
        )
    campaign = CampaignStore(db, "0123456789ab")
    campaign.start("nj", "0123456789abcdef", {"core": RUXOLITINIB}, "c.toml", "fixed", 1, 1, "0")
    proposal = pd.DataFrame(
        [
            {
                "proposal_id": "P1-0001",
                "smiles": RUXOLITINIB,
                "inchikey": KEYS[RUXOLITINIB],
                "scaffold": "",
                "generator": "edits",
                "mode": "analogues",
                "seed": 1,
                "parents": ("MA-000002",),
                "detail": "from INCB018424",
            }
        ]
    )
    campaign.finish_stage(1, "propose", seconds=1.0, detail={}, tables={"proposal": proposal})
    define_series(db, "Project Nightjar", compound_ids=["MA-000002"], confidential=True)
    return db


@pytest.fixture(scope="module")
def exported(measured, tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "open.duckdb"
    return export_project(measured, path, without=["Project Nightjar"])


def test_no_byte_of_the_file_is_of_the_series(measured, exported):
    content = exported.path.read_bytes()
    for text in SECRET:
        assert text.encode() not in content, text
    for text in OPEN:
        assert text.encode() in content, text
    assert RUXOLITINIB.encode() in _uncompressed(measured)


def _uncompressed(db: Database) -> bytes:
    """The search through bytes can find what is there: the same project, before the export."""
    path = db.path.with_name("uncompressed.duckdb")
    con = duckdb.connect(str(path))
    con.execute("PRAGMA force_compression = 'uncompressed'")
    con.execute(f"ATTACH '{db.path}' AS project (READ_ONLY)")
    con.execute("CREATE TABLE t AS FROM project.audit_entry")
    con.close()
    return path.read_bytes()


def test_no_cell_of_the_file_is_of_the_series(measured, exported):
    assert find_traces(exported.path, SECRET) == []
    found = find_traces(measured.path, SECRET)
    tables = {place.split(".", maxsplit=1)[0] for place in found}
    assert {
        "compound",
        "compound_raw",
        "result",
        "audit_entry",
        "proposal",
        "campaign",
        "order_line",
        "batch",
        "series",
        "source_file",
        "snapshot",
    } <= tables


def test_what_is_left_is_all_there_and_verifies(measured, exported):
    db = Database(exported.path)
    compounds = db.query("SELECT compound_id, smiles FROM compound ORDER BY 1")
    assert compounds["smiles"].tolist() == [TOFACITINIB, BARICITINIB]
    before = aggregate_results(measured, "jak1_pki").set_index("compound_id")
    after = aggregate_results(db, "jak1_pki").set_index("compound_id")
    assert after.equals(before.loc[["MA-000001", "MA-000003"]])
    assert db.query("SELECT endpoint FROM assay")["endpoint"].tolist() == ["jak1_pki"]
    assert sorted(db.query("SELECT name FROM source_file")["name"]) == ["jak1.csv", "open.csv"]
    # the rejected row of jak1.csv may be of the series, those of open.csv cannot
    assert len(db.query("SELECT * FROM rejection")) == 2
    assert verify_audit(db).whole
    assert set(load_audit(db)["origin"]) == {"export"}
    assert set(load_audit(db)["actor"]) == {"ann"}


def test_the_receipt_says_what_went_over_and_what_did_not(exported):
    assert exported.rows["compound"] == 2
    assert exported.left_out["compound"] == 1
    assert exported.left_out["proposal"] == 1
    assert exported.left_out["raw_part"] == 1
    assert exported.left_out["rejection"] == 1
    assert exported.sentence.startswith("open.duckdb: 2 compounds and 2 results without Project")


def test_an_export_goes_on_as_a_project(exported, tmp_path):
    db = Database(shutil.copy(exported.path, tmp_path / "on.duckdb"))
    before = db.query("SELECT max(result_id) AS n FROM result")["n"][0]
    write_file(db, ingest_of([(TOFACITINIB, "=", 8.3)], name="next.csv"))
    assert db.query("SELECT max(result_id) AS n FROM result")["n"][0] > before
    assert verify_audit(db).whole


def test_every_table_of_the_project_is_exported_or_left_out_on_purpose(measured):
    tables = set(measured.query("SELECT table_name FROM duckdb_tables()")["table_name"])
    assert set(EXPORTED_TABLES) < tables
    # Text of agents, structures made from the series, old rows, whole files: never exported.
    assert {"transcript", "proposal", "audit_entry", "raw_part", "optimisation_call"} <= (
        tables - set(EXPORTED_TABLES)
    )


def test_a_name_in_a_note_of_another_compound_stops_the_export(measured, tmp_path):
    db = Database(shutil.copy(measured.path, tmp_path / "jak.duckdb"))
    with db.write() as con:
        con.execute(
            "UPDATE result SET validity = 'suspect', validity_reason = 'run beside INCB018424, odd'"
            " WHERE compound_id = 'MA-000001'"
        )
    with pytest.raises(
        StoreError, match=r"result\.validity_reason: run beside INCB018424"
    ) as error:
        export_project(db, tmp_path / "out.duckdb", without=["Project Nightjar"])
    assert "traces of Project Nightjar are left" in error.value.message
    assert not (tmp_path / "out.duckdb").exists()


def test_an_export_overwrites_nothing_and_needs_a_series(measured, tmp_path):
    taken = tmp_path / "taken.duckdb"
    taken.write_bytes(b"mine")
    with pytest.raises(InputError, match="such a file already"):
        export_project(measured, taken, without=["Project Nightjar"])
    assert taken.read_bytes() == b"mine"
    with pytest.raises(InputError, match="no series is named"):
        export_project(measured, tmp_path / "a.duckdb", without=[])
    with pytest.raises(NotFoundError, match="Nightingale"):
        export_project(measured, tmp_path / "a.duckdb", without=["Nightingale"])
    assert not (tmp_path / "a.duckdb").exists()


def test_a_number_is_a_trace_only_where_names_stand(measured):
    assert find_traces(measured.path, ["2"]) == []
    with_name = find_traces(measured.path, ["CP-690550"])
    assert any(place.startswith("compound_raw.name") for place in with_name)


def test_a_name_that_a_remaining_name_contains_is_no_trace_of_it(measured):
    names = measured.query("SELECT name FROM compound_raw WHERE length(name) > 8 ORDER BY name")
    part = str(names["name"].iloc[0])[:-1]
    assert len(part) >= 8
    assert find_traces(measured.path, [part]) == []
