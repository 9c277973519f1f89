"""Every client takes AutoGen's call as AutoGen writes it, and streams one whole answer."""

import asyncio
import inspect

import pytest
from autogen_core import CancellationToken
from autogen_core.models import ChatCompletionClient, CreateResult, UserMessage

from molagent.agents.delegate import DelegatingClient
from molagent.agents.guard import OutgoingPolicy, Scrubber
from molagent.agents.guarded import GuardedClient
from molagent.agents.playbook import PlaybookClient
from molagent.agents.whole_answers import Call, WholeAnswerClient

MESSAGES = [UserMessage(content='{"cycle": 1}', source="brief")]


def clients() -> list[WholeAnswerClient]:
    playbook = PlaybookClient("patent_analyst")
    return [
        playbook,
        DelegatingClient(playbook),
        GuardedClient(playbook, Scrubber(OutgoingPolicy())),
    ]


def test_the_call_has_the_parameters_of_autogens_interface():
    for method in (ChatCompletionClient.create, ChatCompletionClient.create_stream):
        assert set(inspect.signature(method).parameters) - {"self", "messages"} == set(
            Call.__annotations__
        )


@pytest.mark.parametrize("client", clients(), ids=lambda client: type(client).__name__)
def test_a_call_with_every_parameter_is_answered_and_streamed_in_one_piece(client):
    call: Call = {
        "tools": (),
        "tool_choice": "none",
        "json_output": None,
        "extra_create_args": {},
        "cancellation_token": CancellationToken(),
    }

    async def answered() -> tuple[CreateResult, list[str | CreateResult]]:
        stream = [part async for part in client.create_stream(MESSAGES, **call)]
        return await client.create(MESSAGES, **call), stream

    result, stream = asyncio.run(answered())
    assert isinstance(result.content, str)
    assert stream == [result.content, result]


def test_what_is_left_of_the_window_shrinks_with_what_was_said():
    inner = DelegatingClient(PlaybookClient("chair"))
    used = inner.count_tokens(MESSAGES)
    assert used > 10
    assert inner.remaining_tokens(MESSAGES) == 32_768 - used
