"""A remote model client that is shown only what the outgoing policy lets through.

What it says of an alias comes back as what is said of the name, so that nothing behind it knows of
aliases.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Final, Unpack

from autogen_core import FunctionCall
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    UserMessage,
)

from molagent.agents.delegate import DelegatingClient
from molagent.agents.guard import Scrubber
from molagent.agents.whole_answers import Call

__all__ = ["GuardedClient"]


_TOOL_NAME: Final = re.compile(r"[a-z][a-z_]{0,40}")


class GuardedClient(DelegatingClient):
    """Scrubs every message on its way out; system prompts are this package's own text."""

    def __init__(self, inner: ChatCompletionClient, scrubber: Scrubber) -> None:
        super().__init__(inner)
        self._scrubber = scrubber

    async def create(self, messages: Sequence[LLMMessage], **call: Unpack[Call]) -> CreateResult:
        """Return the inner answer to the scrubbed messages, with names where it has aliases."""
        # Beside the event loop, so that the budget's clock runs on meanwhile.
        shown = await asyncio.to_thread(lambda: [self._scrubbed(each) for each in messages])
        return self._named(await super().create(shown, **call))

    def _named(self, result: CreateResult) -> CreateResult:
        aliases = self._scrubber.aliases
        if isinstance(result.content, str):
            said: str | list[FunctionCall] = aliases.named(result.content)
        else:
            said = [
                FunctionCall(
                    id=call.id, name=call.name, arguments=aliases.named_json(call.arguments)
                )
                for call in result.content
            ]
        thought = None if result.thought is None else aliases.named(result.thought)
        return result.model_copy(update={"content": said, "thought": thought})

    def _scrubbed(self, message: LLMMessage) -> LLMMessage:
        text = self._scrubber.text
        if isinstance(message, UserMessage):
            # Images never come from this package; a list is flattened to its text.
            content = message.content
            parts = [content] if isinstance(content, str) else content
            words = "\n".join(part for part in parts if isinstance(part, str))
            return UserMessage(content=text(words), source=message.source)
        if isinstance(message, AssistantMessage):
            said: str | list[FunctionCall]
            if isinstance(message.content, str):
                said = text(message.content)
            else:
                said = [
                    FunctionCall(
                        id=call.id,
                        name=self._tool_name(call.name),
                        arguments=self._scrubber.arguments(call.arguments),
                    )
                    for call in message.content
                ]
            thought = None if message.thought is None else text(message.thought)
            return AssistantMessage(content=said, thought=thought, source=message.source)
        if isinstance(message, FunctionExecutionResultMessage):
            return FunctionExecutionResultMessage(
                content=[
                    result.model_copy(
                        update={
                            "name": self._tool_name(result.name),
                            # A refusal speaks of bounds, and an agent has to know them exactly.
                            "content": text(result.content, numbers=not result.is_error),
                        }
                    )
                    for result in message.content
                ]
            )
        return message

    def _tool_name(self, name: str) -> str:
        """Return a tool's name; a model may call one that does not exist by any text."""
        return name if _TOOL_NAME.fullmatch(name) else self._scrubber.text(name)
