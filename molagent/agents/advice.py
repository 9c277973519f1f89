"""Advice and rules: the playbook's form, and where its rules switch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from molagent.agents.evidence import ShownEvidence

__all__ = ["THRESHOLDS", "Advice", "Rule", "Thresholds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where the rules switch."""

    low_pass_rate: float = 0.10
    enough_proposed: int = 10
    claim_share: float = 0.30
    in_domain_share: float = 0.50
    stall_gain: float = 0.01
    series_share: float = 0.50
    failure_share: float = 0.30
    yield_ratio: float = 2.0
    # How far one cycle moves.
    shift_share: float = 0.25
    small_shift_share: float = 0.10
    exploration_step: float = 0.2
    weight_down: float = 0.7
    weight_up: float = 1.25
    seeds_per_series: int = 2
    measured_seed_share: float = 0.25


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One action with its arguments, in the form a tool call takes."""

    action: str
    arguments: Mapping[str, Any]
    reason: str
    sources: tuple[str, ...]

    @property
    def call_arguments(self) -> dict[str, Any]:
        """Arguments of the tool call."""
        return {**self.arguments, "reason": self.reason, "sources": list(self.sources)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of one role.

    Attributes
    ----------
    target
        The setting it touches; the rules of a role are asked in order and the first advice on a
        target stands.
    answers
        True for a rule that answers a question of the chair; it is asked only then.
    """

    name: str
    says: str
    target: str
    advise: Callable[[ShownEvidence], Advice | None]
    answers: bool = False
