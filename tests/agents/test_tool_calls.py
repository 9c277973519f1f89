"""A model may write anything as a tool call; the decision goes on, and its budget holds."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, RequestUsage

from molagent.agents import AgentTeam, Budget, DecisionOutcome, ModelSettings
from molagent.agents.tool_calls import UNREADABLE, readable_call
from molagent.errors import EndpointUnreachableError
from tests.agents.conftest import ScriptedClient

HOSTILE = {
    "an integer of 5,000 digits": '{"limit": ' + "9" * 5_000 + "}",
    "50,000 nested braces": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "50,000 nested lists": '{"limit": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "half a character": '{"limit": "\\ud800"}',
    "a raw half of a character": '{"limit": "\ud800"}',
    "open braces": "{" * 50_000,
    "not a number": '{"limit": NaN}',
    "a list": "[1, 2]",
    "nothing": "",
    "two megabytes": json.dumps({"limit": "x" * 2_000_000}),
}


class Hostile(ScriptedClient):
    """Calls one tool with arguments as they are given, then closes its turn."""

    def __init__(self, role: str, calls: list[FunctionCall], usage: RequestUsage) -> None:
        super().__init__(role, [])
        self.calls, self.usage = calls, usage

    async def create(self, messages, **_: object) -> CreateResult:
        self.shown.append(list(messages))
        content = self.calls if len(self.shown) == 1 else "Nothing to add."
        return CreateResult(finish_reason="stop", content=content, usage=self.usage, cached=False)


def hostile_team(bounds, calls, *, usage=None, **budget):
    clients = {}

    def factory(role):
        from molagent.agents.playbook import PlaybookClient

        if role != "designer":
            return PlaybookClient(role)
        clients[role] = Hostile(role, calls, usage or RequestUsage(1, 1))
        return clients[role]

    made = AgentTeam(bounds, clients=factory, budget=Budget(**budget))
    return made, clients


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_call_that_cannot_be_read_goes_back_to_the_model_as_a_tool_error(
    bounds, summary, workbench, kind
):
    call = FunctionCall(id="1", name="leaders", arguments=HOSTILE[kind])
    made, clients = hostile_team(bounds, [call])
    plan, decisions = made.decide(summary, workbench)
    assert bounds.violation(plan) == ""
    assert decisions[-1].actor == "chair"
    result = clients["designer"].shown[1][-1].content[0]
    assert result.is_error
    assert made.outcome is DecisionOutcome.DECIDED
    json.dumps(made.transcript).encode("utf-8")


def test_a_call_of_a_tool_that_does_not_exist_goes_back_too(bounds, summary, workbench):
    call = FunctionCall(id="1", name="\ud800" * 10_000, arguments="{}")
    made, clients = hostile_team(bounds, [call])
    made.decide(summary, workbench)
    assert clients["designer"].shown[1][-1].content[0].is_error


def test_the_refusal_says_what_was_wrong():
    read = readable_call(FunctionCall(id="1", name="x", arguments='{"n": ' + "9" * 5_000 + "}"))
    assert json.loads(read.arguments) == {UNREADABLE: "an integer has too many digits"}
    good = FunctionCall(id="1", name="x", arguments='{"note": "Größe \\u00e9"}')
    assert readable_call(good) == good


def test_three_thousand_calls_in_one_message_end_at_the_budget(bounds, summary, workbench):
    calls = [FunctionCall(id=str(n), name="leaders", arguments="{}") for n in range(3_000)]
    made, _ = hostile_team(bounds, calls)
    plan, decisions = made.decide(summary, workbench)
    assert made.outcome is DecisionOutcome.CALLS_EXHAUSTED
    assert plan == made.bounds.fitted(summary.plan)
    assert "tool calls were used up" in decisions[-1].reason
    assert len(workbench.asked) < 100


def test_negative_usage_gives_no_tokens_back(bounds, summary):
    from molagent.agents.session import BudgetExceededError, Session

    session = Session(summary, bounds, Budget(max_tokens=100))
    session.spend(90)
    session.spend(-1_000_000)
    with pytest.raises(BudgetExceededError):
        session.spend(20)


class _Drip(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(1_000):
            if self.server.stopped.wait(0.1):  # type: ignore[attr-defined]
                return
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return


def test_an_answer_that_drips_in_byte_by_byte_ends_with_the_time_of_a_request(
    bounds, summary, workbench
):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Drip)
    server.stopped = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings = ModelSettings(
        provider="openai",
        base_url=f"http://127.0.0.1:{server.server_address[1]}/v1",
        model="slow",
        timeout_s=1.0,
        retries=0,
    )
    try:
        with pytest.raises(EndpointUnreachableError, match="no answer in 1 s"):
            AgentTeam(bounds, settings).decide(summary, workbench)
    finally:
        server.stopped.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()
