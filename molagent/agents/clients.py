"""Which model answers: settings, and the client they stand for."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from molagent.agents.guard import OutgoingPolicy, OutgoingRequest, Scrubber
from molagent.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from autogen_core.models import ChatCompletionClient

__all__ = ["PROVIDERS", "ModelSettings", "client_factory", "model_client"]

PROVIDERS = ("openai", "playbook", "replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which model answers for the agents.

    Attributes
    ----------
    provider
        ``playbook`` (written rules, no network), ``openai`` (any OpenAI-compatible endpoint) or
        ``replay`` (a stored transcript).
    base_url, model
        The endpoint, for example ``http://127.0.0.1:11434/v1``, and the model's name there.
    api_key_env
        Name of the environment variable that holds the key; empty for endpoints without one.
    timeout_s, retries
        Of one request. Only what an endpoint may get right the next time is tried again.
    """

    provider: Literal["playbook", "openai", "replay"] = "playbook"
    base_url: str = ""
    model: str = ""
    api_key_env: str = ""
    timeout_s: float = 60.0
    max_tokens: int = 1_024
    temperature: float = 0.0
    seed: int = 0
    retries: int = 2

    def __post_init__(self) -> None:
        """Refuse settings that no request can be sent with."""
        if self.provider not in PROVIDERS:
            raise NotFoundError("model provider", self.provider, known=PROVIDERS)
        if self.provider != "openai":
            return
        if urlsplit(self.base_url).scheme not in {"http", "https"}:
            raise ConfigError(
                f"base_url {self.base_url!r} is no http address",
                place="[agents]",
                remedy="write for example http://127.0.0.1:11434/v1",
            )
        if not self.model:
            raise ConfigError(
                "no model is named", place="[agents]", remedy="set model to the endpoint's name"
            )

    def api_key(self) -> str:
        """Return the key from the environment, or a placeholder where none is needed.

        Raises
        ------
        ConfigError
            If a variable is named and not set.
        """
        if not self.api_key_env:
            return "none"
        key = os.environ.get(self.api_key_env, "")
        if not key:
            raise ConfigError(
                f"the environment variable {self.api_key_env} is not set",
                place="[agents] api_key_env",
                remedy=f"export {self.api_key_env}, or run with the playbook",
            )
        return key


def model_client(
    settings: ModelSettings,
    role: str,
    *,
    transcript: Sequence[Mapping[str, object]] = (),
    outgoing: OutgoingPolicy | None = None,
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
    sink
        Called with every request body before it is sent.
    """
    return client_factory(settings, transcript=transcript, outgoing=outgoing, sink=sink)(role)


def client_factory(
    settings: ModelSettings,
    *,
    transcript: Sequence[Mapping[str, object]] = (),
    outgoing: OutgoingPolicy | None = None,
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

    scrubber = Scrubber(outgoing or OutgoingPolicy())
    return lambda _role: GuardedClient(endpoint_client(settings, sink), scrubber)
