"""What an agent has been shown so far, read back from its messages.

The playbook has no other source: it reads the same messages a language model would.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autogen_core import FunctionCall
from autogen_core.models import (
    AssistantMessage,
    FunctionExecutionResultMessage,
    LLMMessage,
    UserMessage,
)

__all__ = ["Answer", "ShownEvidence", "read_evidence"]

Line = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One tool call and what came of it.

    Attributes
    ----------
    turn
        The agent's own turn, from 0, in which it was made.
    """

    tool: str
    arguments: Mapping[str, Any]
    turn: int
    value: Mapping[str, Any]
    error: str

    @property
    def call(self) -> str:
        """The id the answer is cited by."""
        return str(self.value.get("call", ""))


@dataclass(slots=True)
class ShownEvidence:
    """The brief and every tool answer, oldest first."""

    brief: Mapping[str, Any] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    turn: int = 0
    calls: int = 0

    def get(self, tool: str) -> Answer | None:
        """Return the latest good answer of a tool."""
        found = [answer for answer in self.answers if answer.tool == tool and not answer.error]
        return found[-1] if found else None

    def all(self, tool: str) -> list[Answer]:
        """Return every good answer of a tool."""
        return [answer for answer in self.answers if answer.tool == tool and not answer.error]

    def this_turn(self, tool: str) -> list[Answer]:
        """Return answers and refusals of a tool in the agent's present turn."""
        return [a for a in self.answers if a.tool == tool and a.turn == self.turn]

    def rows(self, tool: str, key: str) -> list[Mapping[str, Any]]:
        """Return a table of the latest answer; empty where the tool said nothing."""
        answer = self.get(tool)
        rows = answer.value.get(key) if answer is not None else None
        return [row for row in rows or () if isinstance(row, Mapping)]

    def cite(self, *tools: str) -> tuple[str, ...]:
        """Return the ids of the latest answers of these tools."""
        found = (self.get(tool) for tool in tools)
        return tuple(answer.call for answer in found if answer is not None and answer.call)

    def bound(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return a bound from the brief."""
        return self.brief["bounds"][name]

    @property
    def endpoints(self) -> dict[str, str]:
        """Objective to endpoint, where the endpoint has a model."""
        models = self.brief.get("models", ())
        return {
            name: row["endpoint"]
            for name, row in self.brief.get("objectives", {}).items()
            if row["endpoint"] in models
        }

    @property
    def mix(self) -> dict[Line, int]:
        """Counts of the plan that is in force."""
        mix: dict[Line, int] = {}
        for step in self.brief["current_plan"]["steps"]:
            line = (step["generator"], step["mode"])
            mix[line] = mix.get(line, 0) + int(step["count"])
        return mix

    @property
    def lines(self) -> list[Line]:
        """Generator modes that may run."""
        pairs = (str(line).partition(":") for line in self.bound("lines"))
        return [(generator, mode) for generator, _, mode in pairs]


def read_evidence(messages: Sequence[LLMMessage]) -> ShownEvidence:
    """Return what `messages` say."""
    evidence = ShownEvidence()
    pending: dict[str, FunctionCall] = {}
    for message in messages:
        if isinstance(message, UserMessage) and not evidence.brief:
            evidence.brief = _brief(message)
        elif isinstance(message, AssistantMessage):
            if isinstance(message.content, str):
                evidence.turn += 1
            else:
                evidence.calls += len(message.content)
                pending |= {call.id: call for call in message.content}
        elif isinstance(message, FunctionExecutionResultMessage):
            evidence.answers.extend(_answers(message, pending, evidence.turn))
    return evidence


def _brief(message: UserMessage) -> Mapping[str, Any]:
    text = message.content if isinstance(message.content, str) else ""
    found = text[text.find("{") :] if "{" in text else "{}"
    brief = json.loads(found)
    return brief if isinstance(brief, dict) else {}


def _answers(
    message: FunctionExecutionResultMessage, pending: Mapping[str, FunctionCall], turn: int
) -> Iterator[Answer]:
    for result in message.content:
        call = pending[result.call_id]
        value: Mapping[str, Any] = {}
        if not result.is_error:
            value = json.loads(result.content)
        yield Answer(
            tool=call.name,
            arguments=json.loads(call.arguments),
            turn=turn,
            value=value,
            error=result.content if result.is_error else "",
        )
