"""Recording: what each agent was answered, at what cost, as transcript rows."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Unpack

from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    TextMessage,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
)
from autogen_core import FunctionCall
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage

from molagent.agents.delegate import DelegatingClient
from molagent.agents.session import Session
from molagent.agents.tool_calls import clean_text, readable_call
from molagent.agents.whole_answers import Call, request_sha256

__all__ = ["RecordingClient", "Row", "Transcript"]

Row = Mapping[str, object]


class RecordingClient(DelegatingClient):
    """Hashes each request of one agent, spends its tokens and stops when something failed."""

    def __init__(self, inner: ChatCompletionClient, session: Session, actor: str) -> None:
        super().__init__(inner)
        self._session = session
        self._actor = actor

    async def create(self, messages: Sequence[LLMMessage], **call: Unpack[Call]) -> CreateResult:
        """Return the inner answer and note what was asked and what it cost."""
        session = self._session
        session.raise_failure()
        with session.model_run():
            answer = asyncio.ensure_future(super().create(messages, **call))
            token = call.get("cancellation_token")
            if token is not None:
                token.link_future(answer)
            result = await answer
            result = _readable(result)
            usage = result.usage
            request: dict[str, object] = {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "request_sha256": request_sha256(messages),
            }
            if result.thought:
                request["thought"] = result.thought
            session.requests[self._actor].append(request)
            session.spend(usage.prompt_tokens + usage.completion_tokens)
            if not isinstance(result.content, str):
                session.spend_calls(len(result.content))
        return result


def _readable(result: CreateResult) -> CreateResult:
    """Return an answer that files and tools can take, whatever a model wrote."""
    said = (
        clean_text(result.content)
        if isinstance(result.content, str)
        else [readable_call(call) for call in result.content]
    )
    thought = None if result.thought is None else clean_text(result.thought)
    return result.model_copy(update={"content": said, "thought": thought})


class Transcript:
    """Rows ``actor``, ``kind``, ``content`` in order, from the team's event stream.

    Parameters
    ----------
    sink
        Called with each row as it is written.
    """

    def __init__(self, session: Session, sink: Callable[[Row], None] | None) -> None:
        self.rows: list[Row] = []
        self.last_message: dict[str, str] = {}
        self._session = session
        self._sink = sink

    def take(self, event: BaseAgentEvent | BaseChatMessage) -> None:
        """Write the rows of one event."""
        if isinstance(event, ToolCallRequestEvent):
            self._usage(event.source)
            for call in event.content:
                self._write(event.source, "tool_call", _call_content(call))
        elif isinstance(event, ToolCallExecutionEvent):
            for result in event.content:
                content = {
                    "call_id": result.call_id,
                    "name": result.name,
                    "is_error": bool(result.is_error),
                    "result": _parsed(result.content),
                }
                self._write(event.source, "tool_result", content)
        elif isinstance(event, TextMessage):
            self._usage(event.source)
            self.last_message[event.source] = event.content
            self._write(event.source, "message", {"text": event.content})
        elif isinstance(event, ToolCallSummaryMessage):
            # Written by AutoGen when an agent's tool rounds are used up.
            self._write(event.source, "message", {"text": event.content, "cut_short": True})

    def finish(self) -> None:
        """Write the cost of answers that never became an event, because the run broke off."""
        for actor in sorted(self._session.requests):
            while self._session.requests[actor]:
                self._usage(actor)

    def _usage(self, actor: str) -> None:
        # No model wrote the opening message, so it has no cost.
        if self._session.requests[actor]:
            self._write(actor, "usage", self._session.requests[actor].popleft())

    def _write(self, actor: str, kind: str, content: Mapping[str, object]) -> None:
        row = {"actor": actor, "kind": kind, "content": content}
        self.rows.append(row)
        if self._sink is not None:
            self._sink(row)


def _call_content(call: FunctionCall) -> dict[str, object]:
    """Return a call with its arguments parsed, and as written where that would not come back."""
    arguments = _parsed(call.arguments)
    content: dict[str, object] = {"call_id": call.id, "name": call.name, "arguments": arguments}
    if not isinstance(arguments, dict) or json.dumps(arguments) != call.arguments:
        content["written"] = call.arguments
    return content


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value
