"""`molagent patents claims ask` against an endpoint on the loopback address."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from molagent.cli import main

TEXT = "A compound which is acetanilide, para-substituted by hydroxy or C1-4 alkoxy."
ANSWER = {
    "core": "CC(=O)Nc1cc[cH:1]cc1",
    "site": [
        {
            "name": "R",
            "positions": [1],
            "count": 1,
            "group": {"one_of": ["hydroxy", {"alkoxy": [1, 4]}]},
        }
    ],
    "members": ["CC(=O)Nc1ccc(O)cc1", "CC(=O)Nc1ccc(OCC)cc1", "CC(=O)Nc1ccc(OC)cc1"],
    "non_members": ["CC(=O)Nc1ccccc1", "CC(=O)Nc1ccc(Cl)cc1", "CC(=O)Nc1cccc(O)c1"],
    "interpretation": "None needed.",
}


class FakeEndpoint(BaseHTTPRequestHandler):
    """Answers every question with the same claim, and keeps what it was sent."""

    bodies: ClassVar[list[str]] = []

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        message = {"role": "assistant", "content": json.dumps(ANSWER)}
        payload = json.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 1,
                "model": "fake",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18},
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeEndpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    FakeEndpoint.bodies.clear()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def ask(folder: Path, endpoint: str) -> list[str]:
    (folder / "claim.txt").write_text(TEXT, encoding="utf-8")
    return [
        *("patents", "claims", "ask", str(folder / "claim.txt"), "US 4,172,896", "--claim", "1"),
        *(str(folder / "claim.toml"), "--model", "fake", "--base-url", endpoint),
        *("--source", "a test's own words"),
    ]


def test_a_draft_is_written_and_what_left_is_logged(
    tmp_path: Path, endpoint: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as ended:
        main(ask(tmp_path, endpoint))
    assert ended.value.code == 0
    assert "read it before you confirm it" in capsys.readouterr().out
    assert 'status = "draft"' in (tmp_path / "claim.toml").read_text(encoding="utf-8")
    logged = (tmp_path / "outgoing.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(logged) == len(FakeEndpoint.bodies) == 1
    assert TEXT in json.loads(FakeEndpoint.bodies[0])["messages"][1]["content"]


def test_an_endpoint_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as stopped:
        main(ask(tmp_path, "http://127.0.0.1:9/v1"))
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "127.0.0.1:9" in said
    assert "--base-url" in said
    assert "Traceback" not in said
    assert not (tmp_path / "claim.toml").exists()


def test_a_text_that_is_not_utf_8_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ask(tmp_path, "http://127.0.0.1:9/v1")
    (tmp_path / "claim.txt").write_bytes("Ein Anspruch für Säuren".encode("latin-1"))
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "save it as UTF-8" in capsys.readouterr().err
