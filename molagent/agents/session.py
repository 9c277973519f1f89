"""One decision in progress: its draft, its budget and what went wrong in it."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from enum import StrEnum

from molagent.agents.bounds import PlanBounds
from molagent.agents.draft import PlanDraft
from molagent.errors import InputError, MolagentError, NotFoundError, PolicyError
from molagent.records import CycleSummary

__all__ = ["Budget", "BudgetExceededError", "DecisionOutcome", "Session"]


class DecisionOutcome(StrEnum):
    """How a decision ended. All but DECIDED fall back to the last valid plan."""

    DECIDED = "decided"
    TURNS_EXHAUSTED = "turns_exhausted"
    TOKENS_EXHAUSTED = "tokens_exhausted"
    TIME_EXHAUSTED = "time_exhausted"
    CALLS_EXHAUSTED = "calls_exhausted"


class BudgetExceededError(PolicyError):
    """A decision used more tokens, or made more tool calls, than it may.

    Parameters
    ----------
    outcome
        How the decision ends.
    """

    def __init__(
        self, message: str, outcome: DecisionOutcome = DecisionOutcome.TOKENS_EXHAUSTED
    ) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one decision may cost.

    Attributes
    ----------
    timeout_s
        Wall time of the whole decision.
    max_tokens
        Prompt and completion together, over all agents.
    max_turns
        Turns at the table; five speak once, a question costs two more.
    max_tool_rounds
        Model calls within one agent's turn.
    max_calls
        Tool calls over all agents; one message may hold thousands.
    max_refusals
        Proposals out of bounds an agent may make before its tools close.
    """

    timeout_s: float = 300.0
    max_tokens: int = 200_000
    max_turns: int = 9
    max_tool_rounds: int = 8
    max_calls: int = 1_000
    max_refusals: int = 3


class _Kept:
    """Keeps an error on its way out, because AutoGen hands errors on as text only."""

    def __init__(self, session: "Session", expected: tuple[type[Exception], ...]) -> None:
        self._session = session
        self._expected = expected

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        del kind, trace
        if isinstance(error, Exception) and not isinstance(error, self._expected):
            self._session.failure = self._session.failure or error


@dataclass(slots=True)
class Session:
    """State shared by the agents, tools and clients of one decision."""

    summary: CycleSummary
    bounds: PlanBounds
    budget: Budget
    draft: PlanDraft = field(init=False)
    tokens: int = 0
    tool_calls: int = 0
    failure: Exception | None = None
    calls: Counter[str] = field(default_factory=Counter)
    calls_by: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    refusals: Counter[str] = field(default_factory=Counter)
    answers: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    requests: defaultdict[str, deque[dict[str, object]]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def __post_init__(self) -> None:
        """Open the draft."""
        self.draft = PlanDraft(self.summary, self.bounds)

    def next_call(self, actor: str, tool: str) -> str:
        """Return the id that this tool call is cited by, for example ``c2:leaders#3``."""
        self.calls[tool] += 1
        call = f"c{self.summary.cycle}:{tool}#{self.calls[tool]}"
        self.calls_by[actor].append(call)
        self.draft.known.calls.add(call)
        return call

    def tool_run(self) -> _Kept:
        """Return a context that keeps an unexpected error of a tool.

        A wrong id or a bound is the model's to correct; anything else is ours to report.
        """
        return _Kept(self, (InputError, NotFoundError, PolicyError))

    def model_run(self) -> _Kept:
        """Return a context that keeps any error of a model client."""
        return _Kept(self, ())

    def raise_failure(self) -> None:
        """Raise what a tool or client failed with, if anything did."""
        if self.failure is None:
            return
        if isinstance(self.failure, MolagentError):
            raise self.failure
        raise PolicyError(
            f"the agents met {type(self.failure).__name__}: {self.failure}",
            place=f"cycle {self.summary.cycle}",
            remedy="run with --policy fixed, and report this as a bug",
        ) from self.failure

    def spend(self, tokens: int) -> None:
        """Count tokens.

        Raises
        ------
        BudgetExceededError
            If there are more than the budget allows.
        """
        self.tokens += max(0, tokens)  # a server that counts backwards gives nothing back
        if self.tokens > self.budget.max_tokens:
            raise BudgetExceededError(
                f"{self.tokens} tokens used; the budget is {self.budget.max_tokens}"
            )

    def spend_calls(self, calls: int) -> None:
        """Count tool calls, before they are made.

        Raises
        ------
        BudgetExceededError
            If there are more than the budget allows.
        """
        self.tool_calls += calls
        if self.tool_calls > self.budget.max_calls:
            raise BudgetExceededError(
                f"{self.tool_calls} tool calls; the budget is {self.budget.max_calls}",
                DecisionOutcome.CALLS_EXHAUSTED,
            )
