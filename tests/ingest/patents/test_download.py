import socket
from pathlib import Path

import pytest

from molagent.errors import DownloadError, FileFormatError, NotFoundError
from molagent.ingest.patents.download import Download, fetch_file, look_up, read_text
from molagent.protocols import NullProgress

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def how() -> Download:
    return Download(timeout_s=0.3, attempts=3, pause_s=0.0, sleep=lambda _: None)


@pytest.fixture
def file(server) -> Path:
    path = server.folder / "compounds.parquet"
    path.write_bytes(CONTENT)
    return path


def fetch(server, target: Path, how: Download) -> Path:
    remote = look_up(f"{server.url}/compounds.parquet", how)
    fetch_file(remote, target, how, NullProgress())
    return target


@pytest.mark.usefixtures("file")
def test_a_file_arrives_whole_and_is_not_fetched_again(server, tmp_path, how):
    target = fetch(server, tmp_path / "here", how)
    assert target.read_bytes() == CONTENT
    fetch(server, target, how)
    assert server.gets("compounds") == [None]


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize("fault", ["cut", "stall"])
def test_what_breaks_off_in_the_middle_is_continued_from_there(server, tmp_path, how, fault):
    server.behaviour["compounds.parquet"] = [fault]
    assert fetch(server, tmp_path / "here", how).read_bytes() == CONTENT
    assert server.gets("compounds") == [None, f"bytes={len(CONTENT) // 2}-"]


@pytest.mark.usefixtures("file")
def test_a_server_that_ignores_range_sends_the_whole_file_and_it_is_not_appended(
    server, tmp_path, how
):
    server.behaviour["compounds.parquet"] = ["cut", "ignore range"]
    assert fetch(server, tmp_path / "here", how).read_bytes() == CONTENT


@pytest.mark.usefixtures("file")
def test_without_a_version_a_part_is_never_continued(server, tmp_path, how):
    server.etags["compounds.parquet"] = ""
    server.behaviour["compounds.parquet"] = ["cut"]
    assert fetch(server, tmp_path / "here", how).read_bytes() == CONTENT
    assert server.gets("compounds") == [None, None]


def test_a_file_that_changes_between_two_attempts_is_taken_whole_in_its_new_version(
    server, tmp_path, how, file
):
    newer = CONTENT[::-1] + b"more"

    def change() -> str:
        file.write_bytes(newer)
        return ""

    server.behaviour["compounds.parquet"] = ["cut", change]
    assert fetch(server, tmp_path / "here", how).read_bytes() == newer


def test_a_file_that_keeps_changing_is_refused(server, tmp_path, how, file):
    versions = iter(range(100))

    def change() -> str:
        file.write_bytes(CONTENT + bytes([next(versions)]))
        return ""

    server.behaviour["compounds.parquet"] = [change, change, change]
    with pytest.raises(FileFormatError, match="changes on the server while it is fetched"):
        fetch(server, tmp_path / "here", how)
    assert not (tmp_path / "here").exists()


def test_a_missing_file_is_named(server, how):
    with pytest.raises(NotFoundError, match=r"compounds\.parquet"):
        look_up(f"{server.url}/compounds.parquet", how)


@pytest.mark.usefixtures("file")
def test_a_server_that_gives_up_leaves_what_came_for_the_next_call(server, tmp_path, how):
    target = tmp_path / "here"
    server.behaviour["compounds.parquet"] = ["cut", 503, 503, 503, 503]
    with pytest.raises(DownloadError, match="what came is kept"):
        fetch(server, target, how)
    assert not target.exists()
    server.behaviour.clear()
    assert fetch(server, target, how).read_bytes() == CONTENT
    assert server.gets("compounds")[-1] == f"bytes={len(CONTENT) // 2}-"


def test_a_part_of_another_version_is_not_continued(server, tmp_path, how, file):
    target = tmp_path / "here"
    server.behaviour["compounds.parquet"] = ["cut", 503, 503, 503]
    with pytest.raises(DownloadError):
        fetch(server, target, how)
    file.write_bytes(CONTENT[::-1])
    assert fetch(server, target, how).read_bytes() == CONTENT[::-1]


def test_without_a_network_the_error_says_what_to_do(how):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(DownloadError, match="check the network and run again"):
        read_text(f"http://127.0.0.1:{port}/", how)


def test_only_web_addresses_are_opened(how, tmp_path):
    with pytest.raises(FileFormatError, match="not a web address"):
        read_text((tmp_path / "secret").as_uri(), how)
