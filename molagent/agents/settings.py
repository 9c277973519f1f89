"""Which model answers for the agents, and how it is asked."""

import os
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from molagent.errors import ConfigError, NotFoundError

__all__ = ["PROVIDERS", "ModelSettings"]

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
                place="[llm]",
                remedy="write for example http://127.0.0.1:11434/v1",
            )
        if not self.model:
            raise ConfigError(
                "no model is named", place="[llm]", remedy="set model to the endpoint's name"
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
                place="[llm] api_key_env",
                remedy=f"export {self.api_key_env}, or run with the playbook",
            )
        return key
