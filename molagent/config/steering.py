"""Who decides, and the model behind the agents."""

from typing import Literal, Self

from pydantic import Field, model_validator

from molagent.config.section import Section

__all__ = ["LlmConfig", "SteerConfig"]


class SteerConfig(Section):
    """Who decides, and for how long.

    Attributes
    ----------
    policy
        ``agents``, ``fixed`` or a plugin's name.
    cycles
        Design cycles before the shortlist.
    """

    policy: str = "agents"
    cycles: int = Field(default=3, ge=1, le=1000)


class LlmConfig(Section):
    """The model behind the agents; the default needs no key and no network.

    Attributes
    ----------
    provider
        ``playbook`` follows a written playbook; ``openai`` asks any endpoint that speaks that
        protocol.
    model
        The model's name at the endpoint; needed with ``openai``.
    base_url
        The endpoint's address; "" is the provider's own.
    api_key_env
        The environment variable that holds the key. The key itself never stands in a file.
    timeout_s
        Seconds until an answer is given up.
    temperature
        Of the answers.
    max_tokens
        Tokens that one decision may use, all agents together; then the last valid plan stays.
    structures
        Whether structures may leave the machine: there is no other choice.
    endpoints
        Whether objectives, endpoints and targets leave as ``objective_1``, ``endpoint_1`` and
        ``target_1``, or as they are called here. Other names of the project never leave.
    values
        Whether measured and predicted numbers leave as they are, rounded, or not at all.
    """

    provider: Literal["playbook", "openai"] = "playbook"
    model: str = ""
    base_url: str = ""
    api_key_env: str = ""
    timeout_s: float = Field(default=60.0, gt=0.0)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    max_tokens: int = Field(default=200_000, ge=1)
    structures: Literal["never"] = "never"
    endpoints: Literal["aliases", "exact"] = "aliases"
    values: Literal["exact", "rounded", "withheld"] = "rounded"

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.provider != "playbook" and not self.model:
            raise ValueError("name a model when the provider is not 'playbook'")
        return self
