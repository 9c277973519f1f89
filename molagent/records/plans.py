"""What a policy decides, and what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CycleSummary", "Decision", "Plan", "PlanStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One typed, bounded action of a policy: ask one generator for a number of proposals.

    Attributes
    ----------
    seed_ids
        Compound ids to start from (``edit``); never SMILES, so that a language model cannot
        write a structure into the plan.
    scaffold_id
        Series whose Murcko scaffold is decorated (``decorate``); see ``chem.scaffolds``.
    """

    generator: str
    mode: str
    count: int
    seed_ids: tuple[str, ...] = ()
    scaffold_id: str | None = None
    temperature: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the next cycle does.

    Attributes
    ----------
    weights
        Objective name to weight multiplier, within the bounds of the campaign file.
    avoid_claims
        Claim ids whose members are to be designed around.
    exploration
        0 (greedy) to 1 (Thompson sampling with the full predictive spread).
    """

    steps: tuple[PlanStep, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    avoid_claims: tuple[str, ...] = ()
    exploration: float = 0.5
    stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided what, why, and from which sources.

    Attributes
    ----------
    actor
        ``fixed``, ``chair``, ``designer``, ... or a user name.
    reason
        One or two sentences in words.
    sources
        Ids of what the decision rests on: tool calls, compounds, model hashes.
    """

    cycle: int
    actor: str
    action: str
    reason: str
    sources: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSummary:
    """What a policy sees after a cycle: ids, counts and numbers, no structures.

    Attributes
    ----------
    funnel
        ``(stage or filter, structures left)`` in order.
    failures
        Reason to count, over everything that left the funnel in this cycle.
    leaders
        One mapping a compound, best first: ``compound_id``, ``desirability``, ``generator``,
        ``mode``, ``scaffold_id``, ``overlap`` and one entry per endpoint.
    generators
        Generator and mode to counts: ``made`` by the generator, ``gated`` (past the gate),
        ``proposed`` (chosen of these), ``passed`` (every filter), ``leaders``.
    models
        Endpoint to its card's headline numbers (``n``, ``rmse``, ``r2``, ``coverage_90``, ...).
    claims
        Claim id to the number of structures it stopped.
    measured
        The best measured compounds, shaped like `leaders`; endpoints hold measured values.
    """

    cycle: int
    cycles_planned: int
    seed: int
    funnel: tuple[tuple[str, int], ...]
    failures: Mapping[str, int]
    leaders: tuple[Mapping[str, object], ...]
    generators: Mapping[str, Mapping[str, int]]
    models: Mapping[str, Mapping[str, object]]
    claims: Mapping[str, int]
    objectives: Mapping[str, float]
    best_by_cycle: tuple[float, ...]
    plan: Plan
    measured: tuple[Mapping[str, object], ...] = ()
    notes: tuple[str, ...] = ()
