"""Size and mixture of an optimisation, and the ways it can end."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum

from molagent.errors import InputError
from molagent.propose.optimise.agent import AgentSettings
from molagent.propose.weights import LoadedPolicy

__all__ = [
    "CROSSOVER",
    "MUTATION",
    "OPERATORS",
    "POLICY",
    "REGROW",
    "OptimiseOutcome",
    "OptimiserSettings",
    "StopReason",
    "check_settings",
]

POLICY, REGROW, CROSSOVER, MUTATION = "policy", "regrow", "crossover", "mutation"
OPERATORS = (POLICY, REGROW, CROSSOVER, MUTATION)


class StopReason(StrEnum):
    """Why a run ended."""

    CALLS_SPENT = "calls_spent"
    EXHAUSTED = "exhausted"
    NO_SIGNAL = "no_signal"
    ALL_UNKNOWN = "all_unknown"


@dataclass(frozen=True, kw_only=True)
class OptimiserSettings:
    """Size and mixture of a run.

    Parameters
    ----------
    calls
        Budget: how many unique structures may be scored.
    seed
        Seed of everything random.
    proposals
        Structures a step.
    operators
        Which operators propose.
    population
        How many of the best are parents of edits.
    pressure
        Rank weighting of parents; small prefers the best.
    mutation_rate
        Probability that a child of a crossover is mutated.
    regrow_rows
        Structures regrown on each opened core.
    max_heavy_atoms
        Largest proposal.
    corpus
        Number of the training source whose style the policy keeps.
    floor
        Smallest share of each operator.
    elite
        An operator earns credit with structures that enter the `elite` best.
    give_up_after
        Calls after which a run without any reward above zero, or without any total, ends; None
        never gives up.
    barren_steps
        Steps without a new structure after which the space counts as exhausted.
    prerank
        How many times the structures of a step are made, for a surrogate to choose among; 1
        chooses among none.
    unranked
        Share of a step that is chosen by chance.
    least_correlation
        While the surrogate's rank correlation over the last batches is lower, it does not choose.
    agent
        How the policy learns; ``updates=0`` leaves it as it is.
    """

    calls: int
    seed: int
    proposals: int = 32
    operators: tuple[str, ...] = OPERATORS
    population: int = 64
    pressure: float = 0.05
    mutation_rate: float = 0.5
    regrow_rows: int = 4
    max_heavy_atoms: int = 50
    corpus: int = 0
    floor: float = 0.05
    elite: int = 100
    give_up_after: int | None = None
    barren_steps: int = 10
    prerank: int = 8
    unranked: float = 0.1
    least_correlation: float = 0.2
    agent: AgentSettings = field(default_factory=AgentSettings)

    @property
    def described(self) -> dict[str, object]:
        """What a run that goes on must agree with, as JSON-like data; `calls` may be raised.

        Without pre-ranking its settings say nothing, and are not there.
        """
        settings = asdict(self)
        del settings["calls"]
        settings["operators"] = list(self.operators)
        if self.prerank == 1:
            for name in ("prerank", "unranked", "least_correlation"):
                del settings[name]
        return settings


@dataclass(frozen=True)
class OptimiseOutcome:
    """How a run ended.

    Parameters
    ----------
    stop_reason
        Why.
    calls, steps
        Structures scored and steps made.
    """

    stop_reason: StopReason
    calls: int
    steps: int


def check_settings(settings: OptimiserSettings, model: LoadedPolicy) -> None:
    """Refuse settings that cannot be run.

    Raises
    ------
    InputError
        Naming the setting.
    """
    unknown = [name for name in settings.operators if name not in OPERATORS]
    if unknown or not settings.operators:
        raise InputError(
            f"operators {unknown or 'none'} cannot propose",
            remedy=f"choose among {', '.join(OPERATORS)}",
        )
    if settings.calls < 1 or settings.seed < 0 or settings.proposals < 1:
        raise InputError(
            f"calls {settings.calls} and proposals {settings.proposals} must be at least 1, "
            f"seed {settings.seed} not negative"
        )
    if settings.prerank < 1 or not 0.0 <= settings.unranked <= 1.0:
        raise InputError(
            f"prerank {settings.prerank} must be at least 1 and unranked {settings.unranked:g} "
            "a share in 0..1"
        )
    if not 0 <= settings.corpus < model.policy.settings.corpora:
        raise InputError(f"the weights know no training source number {settings.corpus}")
