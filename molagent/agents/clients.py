"""The client that a model's settings stand for."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from molagent.agents.guard import OutgoingPolicy, OutgoingRequest, Scrubber
from molagent.agents.settings import ModelSettings

if TYPE_CHECKING:
    from autogen_core.models import ChatCompletionClient

    from molagent.agents.aliases import Aliases

__all__ = ["client_factory", "model_client"]


def model_client(
    settings: ModelSettings,
    role: str,
    *,
    transcript: Sequence[Mapping[str, object]] = (),
    outgoing: OutgoingPolicy | None = None,
    aliases: "Aliases | None" = None,
    sink: Callable[[OutgoingRequest], None] | None = None,
) -> "ChatCompletionClient":
    """Return the client that answers for one role.

    Parameters
    ----------
    transcript
        Rows of an earlier decision, for ``replay``.
    outgoing
        What may leave the machine, for ``openai``; the default withholds structures and names
        and rounds values.
    aliases
        What the project's names are called outside.
    sink
        Called with every request body before it is sent.
    """
    factory = client_factory(
        settings, transcript=transcript, outgoing=outgoing, aliases=aliases, sink=sink
    )
    return factory(role)


def client_factory(
    settings: ModelSettings,
    *,
    transcript: Sequence[Mapping[str, object]] = (),
    outgoing: OutgoingPolicy | None = None,
    aliases: "Aliases | None" = None,
    sink: Callable[[OutgoingRequest], None] | None = None,
) -> "Callable[[str], ChatCompletionClient]":
    """Return a function from role name to model client; arguments as for `model_client`."""
    if settings.provider == "playbook":
        from molagent.agents.playbook import PlaybookClient

        return PlaybookClient
    if settings.provider == "replay":
        from molagent.agents.replay import Tape

        return Tape(transcript).client
    from molagent.agents.endpoint import endpoint_client
    from molagent.agents.guarded import GuardedClient

    scrubber = Scrubber(outgoing or OutgoingPolicy(), aliases)
    return lambda _role: GuardedClient(endpoint_client(settings, sink), scrubber)
