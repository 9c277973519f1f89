"""The AutoGen model client that all clients here are: one call, one whole answer.

AutoGen's interface has two methods with the same seven parameters. Here the parameters stand once,
in :class:`Call`, and the stream is derived from the answer, because a bounded team needs whole,
validated answers.
"""

import hashlib
import json
from abc import abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypedDict, Unpack

from autogen_core import CancellationToken
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, ModelInfo
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

__all__ = ["Call", "WholeAnswerClient", "estimated_tokens", "message_texts", "request_sha256"]


class Call(TypedDict, total=False):
    """What AutoGen passes with the messages; every entry may be missing."""

    tools: Sequence[Tool | ToolSchema]
    tool_choice: Tool | Literal["auto", "required", "none"]
    json_output: bool | type[BaseModel] | None
    extra_create_args: Mapping[str, Any]
    cancellation_token: CancellationToken | None


def message_texts(messages: Sequence[LLMMessage]) -> list[dict[str, Any]]:
    """Return messages as plain JSON, in order."""
    return [message.model_dump(mode="json") for message in messages]


def request_sha256(messages: Sequence[LLMMessage]) -> str:
    """Return a hash of everything a model is shown; two equal requests have equal hashes."""
    text = json.dumps(message_texts(messages), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has: four characters each."""
    return (len(text) + 3) // 4


class WholeAnswerClient(ChatCompletionClient):
    """A client whose subclasses write :meth:`create` and nothing else of the calling interface.

    Attributes
    ----------
    window
        Assumed length of the context, in tokens.
    """

    component_type = "model"
    window: ClassVar[int] = 32_768

    @abstractmethod
    async def create(self, messages: Sequence[LLMMessage], **call: Unpack[Call]) -> CreateResult:
        """Return one answer of the model."""

    async def create_stream(
        self, messages: Sequence[LLMMessage], **call: Unpack[Call]
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Yield the words of :meth:`create`, if it answers in words, and then the answer."""
        result = await self.create(messages, **call)
        if isinstance(result.content, str):
            yield result.content
        yield result

    def count_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        """Return an estimate; counting exactly would need the model's own tokeniser."""
        del tools
        return estimated_tokens(json.dumps(message_texts(messages)))

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        """Return what the window leaves."""
        return self.window - self.count_tokens(messages, tools=tools)

    @property
    def capabilities(self) -> Any:  # noqa: ANN401 - deprecated in AutoGen, still abstract
        """The model's properties."""
        return self.model_info

    @property
    @abstractmethod
    def model_info(self) -> ModelInfo:
        """The model's properties, in AutoGen's words."""
