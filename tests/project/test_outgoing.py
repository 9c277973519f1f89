"""What a whole campaign sends to a remote model: no name, structure or word that is not public.

The server is a fixture on the loopback address that logs every body. Its model asks for everything
that an agent may read, and decides nothing.
"""

import csv
import itertools
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from molagent.project.project import Project
from tests.small import JAK

COLLECTION = Path(__file__).parents[2] / "data" / "patents"
OBJECTIVE = "ZQ7 potency of series HAWKMOTH, CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
CAMPAIGN = """
[project]
name = "falconx"
goal = "Secret goal: beat Incyte on ZQ7 with HAWKMOTH series"
seed = 4
folder = "{out}"
[[assays]]
file = "zq7_secret_assay.csv"
endpoint = "zq7_pki"
target = "ZQ7 kinase (secret target)"
quantity = "Ki"
smiles_column = "smiles"
value_column = "ki"
name_column = "compound_name"
unit = "nM"
source = "Falcon Pharma internal report FP-77"
[[profile]]
name = "{objective}"
endpoint = "zq7_pki"
direction = "maximise"
low = 6.5
high = 9.0
allow_unreliable = true
[[profile]]
name = "2-[1-(cyclopropylsulfonyl)-3-pyrazolyl]azetidin acetonitrile"
endpoint = "mw"
direction = "range"
low = 250
high = 450
[generate]
per_cycle = 30
max_heavy_atoms = 34
seeds = 8
[generate.mix]
"edits:edit" = 1.0
[screen]
patents = "{collection}"
disclosures = "own_disclosures.csv"
admet_panel = false
domain = false
[select]
count = 3
draws = 16
[steer]
policy = "agents"
cycles = 1
[llm]
provider = "openai"
base_url = "{url}"
model = "fake"
"""
READS = ("funnel", "leaders", "series", "generator_yield", "overlap_summary", "history")


class _Reader(BaseHTTPRequestHandler):
    """Calls every read that takes nothing, then those of every id that it sees, and closes."""

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.bodies.append(body)  # type: ignore[attr-defined]
        request = json.loads(body)
        rounds = 0
        for message in reversed(request["messages"]):
            if message["role"] == "tool":
                continue
            if not message.get("tool_calls"):
                break
            rounds += 1
        calls = self._calls(request, body, rounds)
        message: dict[str, object] = {"role": "assistant", "content": "Nothing to add."}
        if calls:
            message = {"role": "assistant", "content": None, "tool_calls": calls}
        answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "fake",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
        }
        payload = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _calls(self, request: dict, body: str, rounds: int) -> list[dict[str, object]]:
        held = {tool["function"]["name"] for tool in request["tools"]}
        if rounds == 0:
            wanted = [(name, {}) for name in READS if name in held]
            wanted += [("leaders", {"limit": 50})] if "leaders" in held else []
        elif rounds == 1:
            ids = sorted(set(re.findall(r"P\d+-\d{4}", body)))[:12]
            wanted = [
                (tool, {"compound_id": name})
                for name, tool in itertools.product(ids, ("compound", "neighbours"))
                if tool in held
            ]
            if "model_trust" in held:
                names = sorted(set(re.findall(r"endpoint_\d+", body)))
                wanted += [("model_trust", {"endpoint": name}) for name in names]
            if "claim" in held:
                names = sorted(set(re.findall(r"[A-Z]{2}-?\d{7,}[\w\-/]*", body)))
                wanted += [("claim", {"claim_id": name}) for name in names]
        else:
            return []
        return [
            {
                "id": f"{rounds}-{number}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for number, (name, arguments) in enumerate(wanted)
        ]


@pytest.fixture(scope="module")
def bodies(tmp_path_factory) -> Iterator[tuple[list[str], Project]]:
    """Every body that one small campaign sends."""
    folder = tmp_path_factory.mktemp("falcon")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Reader)
    server.bodies = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    with (JAK / "jak1_ki.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))[:90]
    with (folder / "zq7_secret_assay.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["smiles", "compound_name", "ki"])
        writer.writerows(
            [row["smiles"], f"FLX-{1000 + n}", row["exp_mean [nM]"]] for n, row in enumerate(rows)
        )
    with (folder / "own_disclosures.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["smiles", "name", "document", "date", "client", "note"])
        writer.writerows(
            [
                row["smiles"],
                f"HAWKMOTH-{n:03}",
                f"Notebook-Kestrel-{n}",
                "2024-01-02",
                "",
                "bench note of Dr Quill",
            ]
            for n, row in enumerate(rows[:60])
        )
    (folder / "c.toml").write_text(
        CAMPAIGN.format(
            out=folder / "falconx_2",
            objective=OBJECTIVE,
            collection=COLLECTION,
            url=f"http://127.0.0.1:{server.server_address[1]}/v1",
        ),
        encoding="utf-8",
    )
    project = Project.create(folder / "c.toml", base=folder)
    try:
        project.run()
        yield server.bodies, project  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "word",
    [
        "HAWKMOTH",
        "Kestrel",
        "Dr Quill",
        "own_disclosures",
        "FLX-",
        "falconx",
        "zq7",
        "Falcon Pharma",
        "FP-77",
        "Secret goal",
        "secret target",
        "cyclopropylsulfonyl",
        "ncnc2",
        "C(=O)CC#N",
        "S-",
    ],
)
def test_no_body_holds_a_word_that_is_not_public(bodies, word):
    sent, _ = bodies
    assert len(sent) > 5
    found = [body for body in sent if re.search(rf"\b{re.escape(word)}", _said(body), re.I)]
    assert found == []


def test_the_agents_see_level_and_count_of_what_is_not_public_and_decide_by_name(bodies):
    sent, project = bodies
    said = " ".join(map(_said, sent))
    # Both objectives have an alias, though both names hold a structure.
    assert "objective_1" in said
    assert "objective_2" in said
    assert "evidence that is not public" in said
    assert '\\"not_public\\"' in said or '"not_public"' in said
    assert "endpoint_" in said
    decisions = project.store.load("decision")
    assert not decisions.empty
    transcript = json.dumps(project.store.load("transcript").to_dict("records"), default=str)
    assert "zq7_pki" in transcript


def test_no_name_of_the_project_file_is_in_any_body(bodies):
    sent, project = bodies
    sql = "SELECT name FROM compound_raw UNION SELECT alias FROM compound_alias"
    names = project.db.query(sql).dropna()
    assert len(names) > 50
    said = " ".join(map(_said, sent))
    assert [name for name in names.iloc[:, 0] if name in said] == []


def _said(body: str) -> str:
    """Return what a body says beside the package's own prompts and tool descriptions."""
    messages = json.loads(body)["messages"]
    return json.dumps([message for message in messages if message["role"] != "system"])
