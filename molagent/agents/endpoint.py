"""Any OpenAI-compatible endpoint, with every failure as one clear sentence."""

import asyncio
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Unpack

import openai
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    RequestUsage,
)
from autogen_ext.models.openai import OpenAIChatCompletionClient

from molagent.agents.delegate import DelegatingClient
from molagent.agents.guard import OutgoingRequest
from molagent.agents.settings import ModelSettings
from molagent.agents.whole_answers import Call, estimated_tokens, message_texts
from molagent.errors import EndpointError, EndpointUnreachableError

__all__ = ["EndpointClient", "endpoint_client"]

# What AutoGen's client raises on an answer that is not a chat completion: HTML arrives as a str,
# a foreign schema lacks the attributes, and the pre-2023 function_call is a ValueError.
_NONSENSE = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    AssertionError,
    RecursionError,
)


class _NonsenseError(EndpointError):
    """One answer that cannot be used; the next may be."""

    transient = True


class EndpointClient(DelegatingClient):
    """Turns failures of an endpoint into typed errors and retries nonsense a few times."""

    def __init__(self, inner: ChatCompletionClient, settings: ModelSettings) -> None:
        super().__init__(inner)
        self._settings = settings

    async def create(self, messages: Sequence[LLMMessage], **call: Unpack[Call]) -> CreateResult:
        """Return a usable answer.

        Raises
        ------
        EndpointUnreachableError
            If nothing answers at the address, or not in time.
        EndpointError
            If it answers what cannot be used, also after retries.
        """
        tries = self._settings.retries + 1
        for attempt in range(1, tries + 1):
            try:
                result = await self._asked(messages, call)
                self._check(result, messages, has_tools=bool(call.get("tools")))
            except _NonsenseError as error:
                if attempt == tries:
                    times = f" ({tries} times)" if tries > 1 else ""
                    raise EndpointError(
                        f"{error.message}{times}",
                        place=self._settings.base_url,
                        remedy="use a model that calls tools, or run with the playbook",
                    ) from error
                await asyncio.sleep(min(0.25 * 2 ** (attempt - 1), 2.0))
            else:
                return result
        raise AssertionError("the loop returns or raises")

    async def _asked(self, messages: Sequence[LLMMessage], call: Call) -> CreateResult:
        settings = self._settings
        try:
            # The client's own limit is for each read: one byte a second would never end.
            result = await asyncio.wait_for(
                self.inner.create(messages, **call), timeout=settings.timeout_s
            )
        except (TimeoutError, openai.APITimeoutError) as error:
            raise EndpointUnreachableError(
                f"no answer in {settings.timeout_s:g} s",
                place=settings.base_url,
                remedy="raise timeout_s, start the server or run with --policy fixed",
            ) from error
        except openai.APIResponseValidationError as error:
            raise _NonsenseError("the answer is no chat completion") from error
        except openai.APIConnectionError as error:
            raise EndpointUnreachableError(
                "nothing answers there",
                place=settings.base_url,
                remedy="start the server or run with --policy fixed",
            ) from error
        except openai.APIStatusError as error:
            raise self._status_error(error) from error
        except _NONSENSE as error:
            raise _NonsenseError(
                f"the answer is no chat completion ({type(error).__name__})"
            ) from error
        usage = result.usage
        if min(usage.prompt_tokens, usage.completion_tokens) < 0 or not (
            usage.prompt_tokens + usage.completion_tokens
        ):
            # Some servers count nothing, or wrong; the budget must hold all the same.
            result.usage = RequestUsage(
                prompt_tokens=estimated_tokens(str(message_texts(messages))),
                completion_tokens=estimated_tokens(str(result.content)),
            )
        return result

    def _status_error(self, error: openai.APIStatusError) -> EndpointError:
        settings, status = self._settings, error.status_code
        server_error = 500
        if status >= server_error or status in {408, 409, 429}:
            return _NonsenseError(f"the endpoint answered HTTP {status}")
        remedies = {
            401: f"check the key in {settings.api_key_env or 'api_key_env'}",
            403: f"check the key in {settings.api_key_env or 'api_key_env'}",
            307: "set base_url to where it redirects, if that is meant to receive the requests",
            308: "set base_url to where it redirects, if that is meant to receive the requests",
            404: f"check base_url and that it serves the model {settings.model!r}",
        }
        return EndpointError(
            f"the endpoint answered HTTP {status}",
            place=settings.base_url,
            remedy=remedies.get(status, "check the model's name and whether it takes tools"),
        )

    def _check(
        self, result: CreateResult, messages: Sequence[LLMMessage], *, has_tools: bool
    ) -> None:
        """Refuse an empty answer, and closing words before any tool was called."""
        if not result.content:
            raise _NonsenseError("the answer is empty")
        acted = any(isinstance(message, FunctionExecutionResultMessage) for message in messages)
        if has_tools and not acted and isinstance(result.content, str):
            raise _NonsenseError(
                f"the model {self._settings.model!r} answered in text and called no tool"
            )


def endpoint_client(
    settings: ModelSettings, sink: Callable[[OutgoingRequest], None] | None = None
) -> EndpointClient:
    """Return a client for ``settings.base_url``.

    Parameters
    ----------
    sink
        Called with each request body before it is sent.
    """
    # AutoGen knows OpenAI's own model names and warns about every other server's.
    for message in ("Resolved model mismatch", "Finish reason mismatch", "Tool call function arg"):
        warnings.filterwarnings("ignore", message=message, category=UserWarning)

    async def log_request(request: Any) -> None:  # noqa: ANN401 - httpx or httpx2, as openai has it
        if sink is not None:
            body = (await request.aread()).decode("utf-8", "replace")
            sink(OutgoingRequest(url=str(request.url), body=body))

    inner = OpenAIChatCompletionClient(
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key(),
        timeout=settings.timeout_s,
        max_retries=0,
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        seed=settings.seed,
        # Not every server takes the `name` field of a message.
        include_name_in_message=False,
        add_name_prefixes=True,
        model_info={
            "vision": False,
            "function_calling": True,
            "json_output": False,
            "family": "unknown",
            "structured_output": False,
        },
        # Passed through to openai; AutoGen's type leaves it out. No redirects: what may leave was
        # decided for this address and no other.
        http_client=openai.DefaultAsyncHttpxClient(
            timeout=settings.timeout_s,
            follow_redirects=False,
            event_hooks={"request": [log_request]},
        ),  # type: ignore[call-arg]
    )
    return EndpointClient(inner, settings)
