"""What the chemist allows a plan to be, and how a plan is moved inside those bounds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from molagent.errors import ConfigError
from molagent.records import Plan, PlanStep

__all__ = ["Line", "PlanBounds", "line_counts", "spread"]

# A generator and the mode it runs in.
Line = tuple[str, str]


def line_counts(steps: Iterable[PlanStep]) -> dict[Line, int]:
    """Return the count of each generator and mode; a mode may stand in several steps."""
    counts: dict[Line, int] = {}
    for step in steps:
        line = (step.generator, step.mode)
        counts[line] = counts.get(line, 0) + step.count
    return counts


def spread(steps: Sequence[PlanStep], count: int) -> list[PlanStep]:
    """Return the first of `steps` with `count` shared out evenly, none of them empty.

    Examples
    --------
    >>> two = [PlanStep(generator="graph", mode="decorate", count=1)] * 2
    >>> [step.count for step in spread(two, 41)]
    [21, 20]
    """
    kept = steps[:count]
    base, rest = divmod(count, len(kept))
    return [replace(step, count=base + (n < rest)) for n, step in enumerate(kept)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBounds:
    """What the chemist allows a plan to be.

    Attributes
    ----------
    per_cycle
        Proposals a cycle; the counts of a plan add up to exactly this.
    generators
        Generator name to the modes it may run in.
    min_per_step, max_per_step
        Count of one generator in one mode; ``None`` means no more than `per_cycle`.
    weight_min, weight_max
        Objective weight multipliers.
    exploration_min, exploration_max
        0 (greedy) to 1 (full predictive spread).
    allow_stop
        Whether the chair may end a campaign before its planned cycles are done.
    """

    per_cycle: int
    generators: Mapping[str, tuple[str, ...]]
    min_per_step: int = 1
    max_per_step: int | None = None
    weight_min: float = 0.5
    weight_max: float = 2.0
    exploration_min: float = 0.0
    exploration_max: float = 1.0
    max_seeds: int = 12
    max_scaffolds: int = 4
    max_claims: int = 10
    allow_stop: bool = False

    def __post_init__(self) -> None:
        """Refuse bounds that no plan can keep."""
        if not self.lines:
            raise ConfigError("no generator may be used", remedy="name one with its modes")
        if not 1 <= self.min_per_step <= self.most_per_step:
            raise ConfigError(
                f"a step of {self.min_per_step} to {self.most_per_step} proposals is empty",
                remedy="set min_per_step to at least 1 and at most max_per_step",
            )
        if not any(
            steps * self.min_per_step <= self.per_cycle <= steps * self.most_per_step
            for steps in range(1, len(self.lines) + 1)
        ):
            raise ConfigError(
                f"no number of steps of {self.min_per_step} to {self.most_per_step} proposals, "
                f"over {len(self.lines)} generator modes, adds up to {self.per_cycle} a cycle",
                remedy="lower min_per_step or raise max_per_step",
            )
        if not 0 < self.weight_min <= self.weight_max:
            raise ConfigError(
                f"weight bounds {self.weight_min:g} to {self.weight_max:g} are empty",
                remedy="use for example 0.5 to 2.0",
            )

    @property
    def most_per_step(self) -> int:
        """Largest count of one step."""
        return self.per_cycle if self.max_per_step is None else self.max_per_step

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every (generator, mode) that may run, in a fixed order."""
        return tuple(
            (generator, mode)
            for generator in sorted(self.generators)
            for mode in sorted(self.generators[generator])
        )

    def mix_violation(self, counts: Mapping[Line, int]) -> str:
        """Return the bound that these counts leave, or an empty string."""
        allowed = ", ".join(f"{generator}:{mode}" for generator, mode in self.lines)
        for (generator, mode), count in counts.items():
            if (generator, mode) not in self.lines:
                return f"'{generator}:{mode}' may not run; allowed: {allowed}"
            if not self.min_per_step <= count <= self.most_per_step:
                return (
                    f"{generator}:{mode} has {count} proposals; each has {self.min_per_step} to "
                    f"{self.most_per_step}, leave one out for none"
                )
        total = sum(counts.values())
        if total != self.per_cycle:
            return f"the counts add up to {total}; they must add up to exactly {self.per_cycle}"
        return ""

    def weight_violation(self, objective: str, weight: float) -> str:
        """Return how a weight multiplier leaves its bounds, or an empty string."""
        low, high = self.weight_min, self.weight_max
        return _outside(f"weight {weight:g} of {objective}", weight, low, high)

    def exploration_violation(self, exploration: float) -> str:
        """Return how an exploration leaves its bounds, or an empty string."""
        low, high = self.exploration_min, self.exploration_max
        return _outside(f"exploration {exploration:g}", exploration, low, high)

    def violation(self, plan: Plan) -> str:
        """Return the first bound that `plan` leaves, or an empty string."""
        for objective, weight in plan.weights.items():
            if outside := self.weight_violation(objective, weight):
                return outside
        if outside := self.exploration_violation(plan.exploration):
            return outside
        if len(plan.avoid_claims) > self.max_claims:
            return f"more than {self.max_claims} claims to avoid"
        if any(len(step.seed_ids) > self.max_seeds for step in plan.steps):
            return f"a step has more than {self.max_seeds} seeds"
        if plan.stop and not self.allow_stop:
            return "the chemist does not allow the campaign to stop early"
        return self.mix_violation(line_counts(plan.steps))

    def fitted(self, plan: Plan) -> Plan:
        """Return `plan` moved inside the bounds; a plan within them comes back unchanged."""
        if not self.violation(plan):
            return plan
        before = line_counts(plan.steps)
        steps: list[PlanStep] = []
        for (generator, mode), count in self.counts(before).items():
            own = [s for s in plan.steps if (s.generator, s.mode) == (generator, mode)]
            steps += spread(own or [PlanStep(generator=generator, mode=mode, count=1)], count)
        return replace(
            plan,
            steps=tuple(replace(s, seed_ids=s.seed_ids[: self.max_seeds]) for s in steps),
            weights={
                name: min(max(weight, self.weight_min), self.weight_max)
                for name, weight in plan.weights.items()
            },
            exploration=min(max(plan.exploration, self.exploration_min), self.exploration_max),
            stop=plan.stop and self.allow_stop,
        )

    def counts(self, shares: Mapping[Line, float]) -> dict[Line, int]:
        """Turn shares of any scale into counts within the bounds that add up to `per_cycle`.

        Lines with a share keep at least `min_per_step` where the cycle is large enough for all of
        them; lines without one come in only where the others are at their cap.
        """
        wanted = [line for line in self.lines if shares.get(line, 0.0) > 0] or list(self.lines)
        total = sum(shares.get(line, 0.0) for line in wanted)
        share = {line: shares.get(line, 0.0) / total if total else 1.0 for line in self.lines}
        while len(wanted) * self.min_per_step > self.per_cycle:
            wanted.remove(min(wanted, key=lambda line: share[line]))
        others = [line for line in self.lines if line not in wanted]
        while len(wanted) * self.most_per_step < self.per_cycle:
            wanted.append(others.pop(0))
        counts = {line: self.min_per_step for line in self.lines if line in wanted}
        for _ in range(self.per_cycle - sum(counts.values())):
            # The next proposal goes where the count lags its share most, ties to the first line.
            open_lines = [line for line in counts if counts[line] < self.most_per_step]
            lag = {line: self.per_cycle * share[line] - counts[line] for line in open_lines}
            counts[max(open_lines, key=lambda line: lag[line])] += 1
        return counts


def _outside(words: str, value: float, low: float, high: float) -> str:
    """Return that `value`, called `words`, is outside `low` to `high`; empty if it is not."""
    return "" if low <= value <= high else f"{words} is outside {low:g} to {high:g}"
