"""A remote model client that is shown only what the outgoing policy lets through."""

from collections.abc import Sequence
from typing import Unpack

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


class GuardedClient(DelegatingClient):
    """Scrubs every message on its way out; system prompts are this package's own text."""

    def __init__(self, inner: ChatCompletionClient, scrubber: Scrubber) -> None:
        super().__init__(inner)
        self._scrubber = scrubber

    async def create(self, messages: Sequence[LLMMessage], **call: Unpack[Call]) -> CreateResult:
        """Return the inner answer to the scrubbed messages."""
        return await super().create([self._scrubbed(message) for message in messages], **call)

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
                    FunctionCall(id=call.id, name=call.name, arguments=text(call.arguments))
                    for call in message.content
                ]
            thought = None if message.thought is None else text(message.thought)
            return AssistantMessage(content=said, thought=thought, source=message.source)
        if isinstance(message, FunctionExecutionResultMessage):
            return FunctionExecutionResultMessage(
                content=[
                    result.model_copy(update={"content": text(result.content)})
                    for result in message.content
                ]
            )
        return message
