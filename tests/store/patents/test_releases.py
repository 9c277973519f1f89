import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from molagent.errors import FileFormatError, StoreError, StoreLockedError
from molagent.store.patents.building import ReleaseBuilder
from molagent.store.patents.manifest import read_manifest
from molagent.store.patents.reader import PatentStore
from molagent.store.patents.structures import STRUCTURE_SCHEMA

ROWS = {
    "CCO": ("CCO", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "", ""),
    "CC(": (None, None, "unparsable", "'CC(' is not a SMILES string"),
}


def build(folder: Path, **settings: object) -> None:
    """Make a release of two structures in one publication, without chemistry."""
    with ReleaseBuilder(
        folder, kind="test", visibility="public", settings={"max_atoms": 250}, **settings
    ) as builder:
        builder.add(
            "patent",
            pa.table(
                {
                    "patent_id": [7],
                    "publication_number": ["US-7301023-B2"],
                    "given_number": ["US7301023B2"],
                    "country": ["US"],
                    "kind": ["B2"],
                    "publication_date": [date(2007, 11, 27)],
                    "assignees": [["Pfizer"]],
                    "cpc": [["C07D487/04"]],
                    "ipc": pa.array([[]], pa.list_(pa.string())),
                }
            ),
        )
        builder.add(
            "source_compound",
            pa.table({"source_no": [1, 2], "source_id": ["S1", None], "smiles": list(ROWS)}),
        )
        builder.add(
            "mention",
            pa.table(
                {
                    "patent_id": [7, 7],
                    "source_no": [1, 2],
                    "sections": pa.array([3, 16], pa.uint8()),
                    "route": ["text", "image"],
                }
            ),
        )
        assert builder.structures.find_missing() in (0, 2)
        for structures in builder.structures.missing(1):
            rows = [
                {
                    "smiles": text,
                    "parent": ROWS[text][0],
                    "inchikey": ROWS[text][1],
                    "words": bytes(128) if ROWS[text][0] else None,
                    "flag": ROWS[text][2],
                    "reason": ROWS[text][3],
                }
                for text in structures
            ]
            builder.structures.add(pa.Table.from_pylist(rows, schema=STRUCTURE_SCHEMA))
        assert builder.number_rows() == 2
        builder.index_folder.mkdir()
        rows = [row for batch in builder.index_rows() for row in batch.to_pylist()]
        (builder.index_folder / "rows.json").write_text(json.dumps([row["parent"] for row in rows]))
        builder.finish(
            release="Test 1",
            scope="everything",
            licence="CC0",
            source="here",
            built_on=date(2026, 11, 22),
        )


@pytest.fixture
def release(tmp_path: Path) -> Path:
    build(tmp_path / "release")
    return tmp_path / "release"


def test_rows_of_the_index_are_rows_of_the_tables(release):
    parents = json.loads((release / "index" / "rows.json").read_text())
    with PatentStore.open(release) as store:
        rows = store.frame('SELECT "row", parent FROM compound ORDER BY "row"')
        assert rows["row"].tolist() == [0, 1]
        assert rows["parent"].tolist() == parents == ["CCO", None]


def test_mentions_tell_section_route_and_what_to_doubt(release):
    with PatentStore.open(release) as store:
        found = store.find_mentions([0, 1, 99])
    assert set(found) == {0, 1}
    ((ethanol,), (broken,)) = found[0], found[1]
    assert (ethanol.sections, ethanol.route, ethanol.note) == (
        ("claims", "description"),
        "text",
        "",
    )
    assert (broken.sections, broken.route) == (("image",), "image")
    assert "is not a SMILES string" in broken.note
    assert broken.raw_smiles == "CC("


def test_a_header_knows_what_the_source_does_not_say(release):
    with PatentStore.open(release) as store:
        found = store.find_publications(["US-7301023-B2", "US-1-A"])
    assert set(found) == {"US-7301023-B2"}
    header = found["US-7301023-B2"]
    assert (header.family_id, header.title, header.assignees) == (None, None, ("Pfizer",))


def test_the_tables_can_be_asked_and_not_written(release):
    with PatentStore.open(release) as store:
        assert store.frame("SELECT count(*) AS n FROM mention")["n"][0] == 2
        for sql in (
            "DELETE FROM mention",
            "ATTACH '/tmp/other.duckdb'",
            "SELECT * FROM '/etc/passwd'",
        ):
            with pytest.raises(StoreError):
                store.frame(sql)


def test_a_folder_without_a_release_says_so(tmp_path):
    with pytest.raises(FileFormatError, match="this is not a release folder"):
        PatentStore.open(tmp_path)


@pytest.mark.parametrize("name", ["release.json", "patents.duckdb", "index/rows.json"])
def test_a_release_that_lacks_a_file_is_refused(release, name):
    (release / name).unlink()
    with pytest.raises(FileFormatError, match="run the sync or import into this folder again"):
        PatentStore.open(release)


def test_a_truncated_table_file_is_refused(release):
    path = release / "patents.duckdb"
    path.write_bytes(path.read_bytes()[:-4096])
    with pytest.raises(FileFormatError, match=r"patents\.duckdb has \d+ bytes, the release was"):
        PatentStore.open(release)


def test_tables_of_another_sync_are_refused(release, tmp_path):
    build(tmp_path / "other")
    manifest = json.loads((release / "release.json").read_text())
    other = (tmp_path / "other" / "patents.duckdb").read_bytes()
    (release / "patents.duckdb").write_bytes(other)
    manifest["files"]["patents.duckdb"]["bytes"] = len(other)
    (release / "release.json").write_text(json.dumps(manifest))
    with pytest.raises(FileFormatError, match="of two different syncs"):
        PatentStore.open(release)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("{}", "is not complete"),
        ('{"format": 99}', "has format 99, this molagent reads 1"),
        ('{"format": 1, "complete": false}', "the release is not whole"),
    ],
)
def test_a_manifest_that_is_not_one_is_refused(release, text, message):
    (release / "release.json").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_manifest(release)


def test_a_build_that_fails_leaves_the_release_and_no_remains(release):
    builder = ReleaseBuilder(release, kind="test", visibility="public", settings={"max_atoms": 250})
    with pytest.raises(StoreError, match="the build has no index"), builder:
        builder.finish(release="", scope="", licence="", source="", built_on=date(2026, 11, 22))
    with PatentStore.open(release) as store:
        assert store.release.n_compounds == 2
    assert sorted(path.name for path in release.iterdir()) == [
        "index",
        "patents.duckdb",
        "release.json",
        "structures.duckdb",
    ]


def test_a_release_is_not_finished_without_keys_and_index(tmp_path):
    with ReleaseBuilder(tmp_path, kind="test", visibility="public", settings={}) as builder:
        builder.add(
            "source_compound", pa.table({"source_no": [1], "source_id": ["S1"], "smiles": ["CCO"]})
        )
        with pytest.raises(StoreError, match="1 structures have no keys"):
            builder.number_rows()
        with pytest.raises(StoreError, match="the build has no index"):
            builder.finish(release="", scope="", licence="", source="", built_on=date(2026, 11, 22))
        with pytest.raises(StoreError, match="no table 'evil' in a release"):
            builder.add("evil", pa.table({}))
    assert not (tmp_path / "release.json").exists()


def test_two_builds_in_one_folder_do_not_meet(release):
    hold = (
        "import sys, duckdb; con = duckdb.connect(); con.execute('ATTACH ? AS k', [sys.argv[1]]); "
        "print('held', flush=True); sys.stdin.read()"
    )
    (release / "patents.duckdb.part").write_bytes(b"of the other build")
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(release / "structures.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreLockedError, match="another sync or import is working"):
            build(release)
        assert (release / "patents.duckdb.part").read_bytes() == b"of the other build"
        other.communicate()
    build(release)
    assert not (release / "patents.duckdb.part").exists()


def test_the_schema_is_what_its_files_say(release):
    con = duckdb.connect()
    con.execute("ATTACH ? AS r (READ_ONLY)", [str(release / "patents.duckdb")])
    tables = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'r' ORDER BY table_name"
    ).fetchall()
    con.close()
    assert [name for (name,) in tables] == [
        "activity",
        "build",
        "compound",
        "mention",
        "patent",
        "refusal",
        "release",
        "source_compound",
        "source_file",
    ]
