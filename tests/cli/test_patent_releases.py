"""The verbs of patent releases, as a user types them."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from molagent.cli import main
from molagent.cli.patents import patents_app

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture
def run():
    def _run(*arguments: object) -> object:
        return CliRunner().invoke(patents_app, [str(argument) for argument in arguments])

    return _run


@pytest.fixture
def bulk(tmp_path: Path) -> Path:
    folder = tmp_path / "2026-09-08"
    folder.mkdir()
    tables = {
        "patents": {"id": [1], "patent_number": ["US-7301023-B2"], "cpc": [["C07D487/04"]]},
        "compounds": {"id": [100, 101], "smiles": [ASPIRIN, "c1ccccc"]},
        "patent_compound_map": {"patent_id": [1, 1], "compound_id": [100, 101], "field_id": [2, 1]},
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def test_a_sync_from_a_folder_is_listed_and_its_doubts_are_shown(run, bulk, tmp_path):
    into = tmp_path / "all" / "surechembl"
    done = run(
        "sync", "--scope", "cpc:C07D", "--source", bulk, "--into", into, "--workers", 0, "--quiet"
    )
    assert done.exit_code == 0, done.output
    assert "1  publications in scope" in done.output
    assert "1  flagged unparsable" in done.output
    assert "SureChEMBL 2026-09-08, cpc C07D" in done.output
    listed = run("releases", tmp_path / "all", "--verify")
    assert "SureChEMBL 2026-09-08,cpc C07D,public" in listed.output
    assert "is not a SMILES string" in run("flagged", into).output
    pattern = run("substructure", "OC(=O)c1ccccc1", "--release", into)
    assert "US-7301023-B2" in pattern.output
    assert "2 of 2 rows, whole" in pattern.output
    damaged = into / "patents.duckdb"
    damaged.write_bytes(damaged.read_bytes() + b"x")
    broken = run("releases", into, "--verify")
    assert broken.exit_code == 1
    assert "patents.duckdb" in broken.output


@pytest.fixture
def mirror(bulk):
    """Serve the folder above the release, as any web server would."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(bulk.parent)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_host_and_bytes_are_said_before_anything_is_fetched(run, bulk, mirror, tmp_path):
    into = tmp_path / "release"
    arguments = ("sync", "--scope", "all", "--into", into, "--base-url", mirror, "--workers", 0)
    asked = run(*arguments, "--quiet")  # nobody answers
    assert asked.exit_code != 0
    assert f"SureChEMBL 2026-09-08: 0.0 MB from {mirror.removeprefix('http://')}" in asked.output
    assert "Fetch them?" in asked.output
    assert not into.exists()
    done = run(*arguments, "--yes", "--quiet")
    assert done.exit_code == 0, done.output
    assert (into / "downloads" / bulk.name / "compounds.parquet").is_file()
    assert "SureChEMBL 2026-09-08, everything" in done.output


def test_a_file_is_guessed_shown_imported_and_its_values_join_a_project(run, tmp_path):
    file = tmp_path / "bdb.tsv"
    file.write_text(
        "BindingDB Reactant_set_id\tLigand SMILES\tBindingDB Ligand Name\tTarget Name\tIC50 (nM)\t"
        f"Patent Number\n1\t{ASPIRIN}\tUS9850257, Example 5\tJAK1\t12\tUS9850257\n"
    )
    into = tmp_path / "bindingdb"
    done = run("import", file, "--into", into, "--workers", 0, "--quiet")
    assert done.exit_code == 0, done.output
    assert "looks like BindingDB" in done.output
    assert "structure    Ligand SMILES" in done.output
    assert "1 measured values" in done.output
    project = tmp_path / "project.duckdb"
    stored = run("activities", into, "--into", project, "--create", "--quiet")
    assert "1 rows, 1 accepted" in stored.output


def test_own_disclosures_of_a_client_carry_its_name(run, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text(f"smiles,document\n{ASPIRIN},memo 7\n")
    into = tmp_path / "acme"
    run("import", file, "--into", into, "--visibility", "client Acme", "--workers", 0, "--quiet")
    assert ",client,Acme," in run("releases", into).output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sync", "--scope", "", "--source", "x", "--into", "y"), "the scope is empty"),
        (("sync", "--scope", "all", "--source", "nowhere", "--into", "y"), "the release lacks"),
        (
            ("sync", "--scope", "all", "--into", "y", "--base-url", "http://127.0.0.1:9"),
            "check the network and run again",
        ),
        (("releases", "nowhere"), "there is no release"),
        (("import", "nowhere.csv", "--into", "y"), "nowhere.csv"),
        (("activities", "nowhere", "--into", "p.duckdb", "--create"), "not a release folder"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["patents", *arguments])
    assert ended.value.code != 0
    assert message in capsys.readouterr().err
