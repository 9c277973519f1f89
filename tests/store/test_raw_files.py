import dataclasses
import hashlib

import pandas as pd
import pytest

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.store import raw_files
from molagent.store.ingests import write_parts
from molagent.store.raw_files import (
    keep_raw_file,
    load_raw_file,
    load_raw_files,
    write_raw_file,
)
from molagent.store.sources import SourceFile
from molagent.store.verify import verify_audit
from tests.store.registry import TOFACITINIB

CONTENT = "smiles,Ki (nM)\r\nCN1CCN(CC1)c1ccc(cc1)NC(=O)µ,3.2\r\n".encode("latin-1") * 500


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "jak1.csv"
    path.write_bytes(CONTENT)
    return path


def test_a_kept_file_comes_back_byte_for_byte(db, source, tmp_path, monkeypatch):
    monkeypatch.setattr(raw_files, "_PART_BYTES", 1000)
    kept = keep_raw_file(db, source)
    assert kept.parts == -(-len(CONTENT) // 1000)
    assert kept.stored < kept.bytes == len(CONTENT)
    source.unlink()
    assert load_raw_file(db, kept.sha256) == CONTENT
    write_raw_file(db, kept.sha256, tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_bytes() == CONTENT
    assert verify_audit(db).whole


def test_the_same_bytes_are_kept_once(db, source):
    first = keep_raw_file(db, source)
    again = keep_raw_file(db, source.rename(source.with_name("copy.csv")))
    assert again.known
    assert again.sha256 == first.sha256
    assert load_raw_files(db)["name"].tolist() == ["jak1.csv"]


def test_an_empty_file_is_kept_too(db, tmp_path):
    path = tmp_path / "empty.csv"
    path.touch()
    assert load_raw_file(db, keep_raw_file(db, path).sha256) == b""


def test_a_file_that_is_not_there_is_refused(db, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        keep_raw_file(db, tmp_path / "missing.csv")


def test_a_file_that_was_not_kept_is_not_found(db, tmp_path):
    with pytest.raises(NotFoundError, match="no raw file named"):
        load_raw_file(db, "0" * 64)
    with pytest.raises(NotFoundError):
        write_raw_file(db, "0" * 64, tmp_path / "back.csv")
    assert not (tmp_path / "back.csv").exists()


def test_a_file_on_disk_is_not_overwritten(db, source):
    kept = keep_raw_file(db, source)
    with pytest.raises(InputError, match="such a file already"):
        write_raw_file(db, kept.sha256, source)
    assert source.read_bytes() == CONTENT


def test_a_folder_that_is_not_there_is_one_sentence(db, source, tmp_path):
    kept = keep_raw_file(db, source)
    with pytest.raises(InputError, match="cannot be written"):
        write_raw_file(db, kept.sha256, tmp_path / "none" / "back.csv")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE raw_part SET content = 'abc'::BLOB",
        "DELETE FROM raw_part",
        # an empty piece, rightly compressed
        r"UPDATE raw_part SET content = '\x78\x9C\x03\x00\x00\x00\x00\x01'::BLOB",
    ],
)
def test_changed_bytes_are_found(db, source, statement):
    kept = keep_raw_file(db, source)
    with db.write() as con:
        con.execute(statement)
    with pytest.raises(StoreError, match=r"the kept file jak1\.csv was changed"):
        load_raw_file(db, kept.sha256)
    found = [each for each in verify_audit(db).problems if each.kind == "raw file"]
    assert [each.row_key for each in found] == [kept.sha256]
    assert "the kept file jak1.csv was changed" in found[0].message


def test_a_file_is_kept_with_its_rows_or_not_at_all(db, source, make_ingest):
    read = make_ingest([(TOFACITINIB, "=", 9.0)])
    names = pd.DataFrame(columns=["system", "alias", "inchikey"])
    told = SourceFile(
        name=source.name, sha256=hashlib.sha256(source.read_bytes()).hexdigest(), bytes=1,
        kind="results", n_rows=1, accepted=1, rejected=0, mapping={},
    )  # fmt: skip
    broken = dataclasses.replace(read, results=read.results.assign(value=-1.0))
    with pytest.raises(StoreError, match="CHECK"):
        write_parts(db, told, [(broken, names)], read.receipt, raw=source)
    assert load_raw_files(db).empty
    write_parts(db, told, [(read, names)], read.receipt, raw=source)
    assert load_raw_files(db)["sources"].tolist() == [1]
    # One transaction: one origin for the bytes and the rows.
    origins = db.query("SELECT DISTINCT origin FROM audit_link WHERE actor IS NOT NULL")["origin"]
    assert f"ingest {source.name}" in origins.tolist()
    assert not origins.str.startswith("keep").any()
