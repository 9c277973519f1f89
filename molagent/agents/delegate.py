"""A model client around another one: what recording, guarding and error handling build on."""

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from autogen_core import CancellationToken
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

__all__ = ["DelegatingClient", "estimated_tokens", "message_texts", "request_sha256"]

ToolChoice = Tool | Literal["auto", "required", "none"]


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


class DelegatingClient(ChatCompletionClient):
    """Passes everything on to `inner`; subclasses change :meth:`create`.

    Streams are answered in one piece, because a bounded team needs whole, validated answers.
    """

    component_type = "model"

    def __init__(self, inner: ChatCompletionClient) -> None:
        self.inner = inner

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """Return one answer of the model."""
        return await self.inner.create(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args or {},
            cancellation_token=cancellation_token,
        )

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Yield the one answer of :meth:`create`."""
        yield await self.create(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )

    async def close(self) -> None:
        """Close the inner client."""
        await self.inner.close()

    def actual_usage(self) -> RequestUsage:
        """Return the inner client's usage."""
        return self.inner.actual_usage()

    def total_usage(self) -> RequestUsage:
        """Return the inner client's usage."""
        return self.inner.total_usage()

    def count_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        """Return an estimate; counting exactly would need the model's own tokeniser."""
        del tools
        return estimated_tokens(json.dumps(message_texts(messages)))

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        """Return what an assumed window of 32,768 tokens leaves."""
        return 32_768 - self.count_tokens(messages, tools=tools)

    @property
    def capabilities(self) -> Any:  # noqa: ANN401 - deprecated in AutoGen, still abstract
        """The model's properties."""
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        """The inner model's properties."""
        return self.inner.model_info
