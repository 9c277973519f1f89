"""A model client around another one: what recording, guarding and error handling build on."""

from collections.abc import Sequence
from typing import Unpack

from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelInfo,
    RequestUsage,
)

from molagent.agents.whole_answers import Call, WholeAnswerClient

__all__ = ["DelegatingClient"]


class DelegatingClient(WholeAnswerClient):
    """Passes everything on to `inner`; subclasses change :meth:`create`."""

    def __init__(self, inner: ChatCompletionClient) -> None:
        self.inner = inner

    async def create(self, messages: Sequence[LLMMessage], **call: Unpack[Call]) -> CreateResult:
        """Return one answer of the inner client."""
        return await self.inner.create(messages, **call)

    async def close(self) -> None:
        """Close the inner client."""
        await self.inner.close()

    def actual_usage(self) -> RequestUsage:
        """Return the inner client's usage."""
        return self.inner.actual_usage()

    def total_usage(self) -> RequestUsage:
        """Return the inner client's usage."""
        return self.inner.total_usage()

    @property
    def model_info(self) -> ModelInfo:
        """The inner client's properties."""
        return self.inner.model_info
