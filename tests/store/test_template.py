"""A new project is a copy of an empty one, and one that is made without a copy is the same."""

from pathlib import Path

import pytest

from molagent.store import template
from molagent.store.database import Database
from molagent.store.verify import verify_audit

_EVERYTHING = """
SELECT 'table' AS kind, table_name AS name, sql FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT 'view', view_name, sql FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT 'index', index_name, sql FROM duckdb_indexes()
UNION ALL SELECT 'sequence', sequence_name, sql FROM duckdb_sequences()
ORDER BY ALL
"""


@pytest.fixture
def cache(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "molagent" / "projects"


def _new(path: Path) -> Database:
    database = Database(path, actor="chemist")
    database.migrate()
    return database


def test_a_copied_project_has_what_a_made_one_has(cache, tmp_path, monkeypatch):
    copied = _new(tmp_path / "copied.duckdb")
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(template, "cache_folder", lambda _: None)
    made = _new(tmp_path / "made.duckdb")
    assert copied.query(_EVERYTHING).equals(made.query(_EVERYTHING))
    for database in (copied, made):
        trail = database.query("SELECT actor, origin FROM audit_link")
        assert trail.to_dict("records") == made.query(
            "SELECT actor, origin FROM audit_link"
        ).to_dict("records")
        assert verify_audit(database).whole


@pytest.mark.usefixtures("cache")
def test_a_file_that_another_process_has_made_stays(tmp_path):
    first = _new(tmp_path / "p.duckdb")
    before = first.path.read_bytes()
    assert template.copy_empty_project(first.path, actor="another")
    assert first.path.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "p.duckdb"]


def test_a_damaged_copy_is_replaced_and_costs_no_project(cache, tmp_path):
    _new(tmp_path / "a.duckdb")
    (kept,) = cache.iterdir()
    whole = kept.stat().st_size
    kept.write_bytes(b"not a database" * 1000)
    assert _new(tmp_path / "b.duckdb").query("SELECT count(*) AS n FROM compound")["n"][0] == 0
    _new(tmp_path / "c.duckdb")
    assert kept.stat().st_size == whole


def test_without_a_place_for_the_copy_a_project_is_made_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert verify_audit(_new(tmp_path / "p.duckdb")).whole
