import hashlib

import pytest

from molagent.errors import FileFormatError, InputError, NotFoundError
from molagent.ingest.patents.download import Download
from molagent.ingest.patents.remote import fetch_release, plan_release
from molagent.ingest.patents.sync import sync_release
from molagent.store.patents.manifest import is_release
from molagent.store.patents.reader import PatentStore

HOW = Download(timeout_s=0.5, attempts=3, pause_s=0.0, sleep=lambda _: None)


@pytest.fixture
def served(server, bulk):
    for name in ("2026-08-25", "2026-09-08"):
        bulk(name).rename(server.folder / name)
    return server


def test_the_plan_says_host_files_and_bytes_before_anything_is_fetched(served):
    plan = plan_release(base_url=served.url, how=HOW)
    assert plan.release == "2026-09-08"
    assert plan.bytes == sum(
        path.stat().st_size for path in (served.folder / "2026-09-08").glob("*.parquet")
    )
    assert plan.host in plan.words
    assert "compounds.parquet" in plan.words
    assert served.gets("parquet") == []


def test_an_unknown_release_lists_those_there_are(served):
    with pytest.raises(NotFoundError, match="known: 2026-08-25, 2026-09-08"):
        plan_release("2025-01-01", base_url=served.url, how=HOW)
    with pytest.raises(InputError, match="give a date"):
        plan_release("../secret", base_url=served.url, how=HOW)


def test_a_release_without_one_of_its_files_is_refused_before_fetching(served):
    (served.folder / "2026-09-08" / "compounds.parquet").unlink()
    with pytest.raises(FileFormatError, match=r"lacks compounds\.parquet"):
        plan_release(base_url=served.url, how=HOW)


def test_a_fetched_release_is_the_one_from_a_folder(served, tmp_path, computer):
    plan = plan_release(base_url=served.url, how=HOW)
    served.behaviour["2026-09-08/compounds.parquet"] = ["cut", "stall"]
    fetched = fetch_release(plan, tmp_path / "downloads", how=HOW)
    sync_release("all", tmp_path / "far", fetched, urls=plan.urls, computer=computer)
    sync_release("all", tmp_path / "near", served.folder / "2026-09-08", computer=computer)
    with PatentStore.open(tmp_path / "far") as far, PatentStore.open(tmp_path / "near") as near:
        assert far.find_mentions(range(20)) == near.find_mentions(range(20))
        assert far.release.source == plan.urls["compounds.parquet"]
        assert {entry["sha256"] for entry in far.manifest.sources} == {
            entry["sha256"] for entry in near.manifest.sources
        }


def test_a_corrupt_body_is_refused_and_fetched_again_the_next_time(served, tmp_path):
    plan = plan_release(base_url=served.url, how=HOW)
    served.behaviour["2026-09-08/compounds.parquet"] = ["corrupt"]
    with pytest.raises(FileFormatError, match="not a whole Parquet file"):
        fetch_release(plan, tmp_path, how=HOW)
    fetched = fetch_release(plan, tmp_path, how=HOW)
    there = (served.folder / "2026-09-08" / "compounds.parquet").read_bytes()
    assert (fetched / "compounds.parquet").read_bytes() == there


def test_a_wrong_checksum_is_refused_and_the_file_removed(served, tmp_path, computer):
    folder = served.folder / "2026-09-08"
    lines = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.name}"
        for path in folder.glob("*.parquet")
    ]
    (folder / "md5sum.txt").write_text("\n".join(lines))
    plan = plan_release(base_url=served.url, how=HOW)
    fetched = fetch_release(plan, tmp_path, how=HOW)
    sync_release("all", tmp_path / "good", fetched, urls=plan.urls, computer=computer)
    (fetched / "md5sum.txt").write_text("\n".join(f"{'0' * 32}  {line[34:]}" for line in lines))
    with pytest.raises(FileFormatError, match="the release says 00000"):
        sync_release("all", tmp_path / "bad", fetched, urls=plan.urls, computer=computer)
    assert not is_release(tmp_path / "bad")
    assert len(list(fetched.glob("*.parquet"))) == len(lines) - 1


def test_a_release_half_fetched_cannot_be_searched(served, tmp_path, computer):
    plan = plan_release(base_url=served.url, how=HOW)
    fetched = fetch_release(plan, tmp_path, how=HOW)
    (fetched / "patent_compound_map.parquet").rename(fetched / "patent_compound_map.parquet.part")
    with pytest.raises(FileFormatError, match=r"lacks patent_compound_map\.parquet"):
        sync_release("all", tmp_path / "half", fetched, computer=computer)
    with pytest.raises(FileFormatError, match=r"there is no release\.json"):
        PatentStore.open(tmp_path / "half")
