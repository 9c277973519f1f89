"""Replay: the answers of a stored transcript, given again to the same questions only."""

import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Unpack

from autogen_core import FunctionCall
from autogen_core.models import (
    CreateResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    RequestUsage,
)

from molagent.agents.delegate import DelegatingClient
from molagent.agents.playbook import PlaybookClient
from molagent.agents.whole_answers import Call, request_sha256
from molagent.errors import FileFormatError, PolicyError

__all__ = ["ReplayClient", "Tape"]


@dataclass(slots=True)
class RecordedAnswer:
    """One answer of one agent, and the hash of what it was an answer to."""

    request_sha256: str
    usage: RequestUsage
    thought: str | None
    text: str = ""
    calls: list[FunctionCall] = field(default_factory=list)


class Tape:
    """The recorded answers of one decision, by agent.

    Parameters
    ----------
    transcript
        Rows ``actor``, ``kind``, ``content`` in order, as :attr:`AgentTeam.transcript` has them.

    Raises
    ------
    FileFormatError
        If the rows hold no recorded answer.
    """

    def __init__(self, transcript: Sequence[Mapping[str, object]]) -> None:
        self.answers: defaultdict[str, deque[RecordedAnswer]] = defaultdict(deque)
        self.results: dict[str, object] = {}
        for row in transcript:
            content = row["content"]
            if isinstance(content, Mapping):
                self._take(str(row["actor"]), str(row["kind"]), content)
        if not self.answers:
            raise FileFormatError(
                f"the transcript of {len(transcript)} rows holds no recorded answer",
                remedy="record a decision first",
            )

    def client(self, role: str) -> "ReplayClient":
        """Return the client that answers for one role."""
        return ReplayClient(role, self)

    def _take(self, actor: str, kind: str, content: Mapping[str, Any]) -> None:
        if kind == "usage":
            self.answers[actor].append(
                RecordedAnswer(
                    request_sha256=str(content["request_sha256"]),
                    usage=RequestUsage(
                        prompt_tokens=int(content["prompt_tokens"]),
                        completion_tokens=int(content["completion_tokens"]),
                    ),
                    thought=content.get("thought"),
                )
            )
        elif kind == "tool_call":
            arguments = content.get("written")
            if arguments is None:
                arguments = json.dumps(content["arguments"])
            self.answers[actor][-1].calls.append(
                FunctionCall(id=content["call_id"], name=content["name"], arguments=arguments)
            )
        elif kind == "tool_result":
            self.results[str(content["call_id"])] = content["result"]
        elif kind == "message" and actor in self.answers and not content.get("cut_short"):
            self.answers[actor][-1].text = str(content["text"])


class ReplayClient(DelegatingClient):
    """Gives one agent's recorded answers again, in order."""

    def __init__(self, role: str, tape: Tape) -> None:
        # Stands in for the properties only; it is never asked.
        super().__init__(PlaybookClient(role))
        self._role = role
        self._tape = tape

    async def create(self, messages: Sequence[LLMMessage], **call: Unpack[Call]) -> CreateResult:
        """Return the next recorded answer.

        Raises
        ------
        PolicyError
            If the messages differ from the recorded ones, or the transcript has ended.
        """
        del call
        remedy = "replay against the project file and settings that the transcript was recorded on"
        left = self._tape.answers[self._role]
        if not left:
            raise PolicyError("the transcript has ended", place=self._role, remedy=remedy)
        answer = left.popleft()
        if answer.request_sha256 != request_sha256(messages):
            raise PolicyError(
                f"the messages differ from the recorded ones{self._difference(messages)}",
                place=self._role,
                remedy=remedy,
            )
        return CreateResult(
            finish_reason="function_calls" if answer.calls else "stop",
            content=answer.calls or answer.text,
            usage=answer.usage,
            cached=True,
            thought=answer.thought,
        )

    def _difference(self, messages: Sequence[LLMMessage]) -> str:
        """Return which tool answered otherwise, if that is what differs."""
        for message in messages:
            if isinstance(message, FunctionExecutionResultMessage):
                for result in message.content:
                    recorded = self._tape.results.get(result.call_id)
                    if isinstance(recorded, Mapping):
                        recorded = json.dumps(recorded)
                    if recorded is not None and recorded != result.content:
                        return f": {result.name} ({result.call_id}) answered otherwise"
        return ""
