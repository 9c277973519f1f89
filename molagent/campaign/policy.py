"""The policy without agents, and the plan a campaign starts with."""

from collections.abc import Mapping, Sequence
from typing import Final

from molagent.protocols import Workbench
from molagent.records import CycleSummary, Decision, Plan, PlanStep

__all__ = ["FixedPolicy", "first_plan", "steps_of_mix"]

# A scaffold is decorated with at least this many proposals: fewer would not show its SAR.
_MIN_PER_SCAFFOLD: Final = 20
_MAX_SCAFFOLDS: Final = 4


def steps_of_mix(
    mix: Mapping[str, float],
    per_cycle: int,
    seed_ids: Sequence[str],
    scaffold_ids: Sequence[str],
    temperature: float,
) -> tuple[PlanStep, ...]:
    """Turn shares (``generator:mode`` to share) into steps that add up to `per_cycle`."""
    steps: list[PlanStep] = []
    left = per_cycle
    shares = [(key, share) for key, share in mix.items() if share > 0]
    for position, (key, share) in enumerate(shares):
        last = position == len(shares) - 1
        count = left if last else min(left, round(share * per_cycle))
        left -= count
        generator, mode = key.split(":")
        if mode == "decorate":
            steps += _decorations(generator, count, scaffold_ids, temperature)
        elif count > 0:
            seeds = tuple(seed_ids) if mode == "edit" else ()
            steps.append(
                PlanStep(
                    generator=generator,
                    mode=mode,
                    count=count,
                    seed_ids=seeds,
                    temperature=temperature,
                )
            )
    return tuple(steps)


def _decorations(
    generator: str, count: int, scaffold_ids: Sequence[str], temperature: float
) -> list[PlanStep]:
    if not scaffold_ids or count <= 0:
        return []
    n_scaffolds = max(1, min(_MAX_SCAFFOLDS, len(scaffold_ids), count // _MIN_PER_SCAFFOLD))
    base, rest = divmod(count, n_scaffolds)
    return [
        PlanStep(
            generator=generator,
            mode="decorate",
            count=base + (position < rest),
            scaffold_id=scaffold_id,
            temperature=temperature,
        )
        for position, scaffold_id in enumerate(scaffold_ids[:n_scaffolds])
    ]


def first_plan(
    mix: Mapping[str, float],
    per_cycle: int,
    temperature: float,
    n_seeds: int,
    measured: Sequence[Mapping[str, object]],
) -> Plan:
    """Return the plan of the first cycle: the file's mix, seeded by the best measured compounds."""
    return Plan(
        steps=steps_of_mix(mix, per_cycle, _ids(measured)[:n_seeds], _series(measured), temperature)
    )


class FixedPolicy:
    """Keep the mix of the first cycle and move the seeds to the best compounds so far.

    Parameters
    ----------
    mix, per_cycle, temperature, n_seeds
        As in the campaign file.
    """

    name = "fixed"

    def __init__(
        self, mix: Mapping[str, float], per_cycle: int, temperature: float, n_seeds: int
    ) -> None:
        self._mix = dict(mix)
        self._per_cycle = per_cycle
        self._temperature = temperature
        self._n_seeds = n_seeds

    def decide(
        self,
        summary: CycleSummary,
        workbench: Workbench,  # noqa: ARG002 - a policy's signature; this one asks nothing
    ) -> tuple[Plan, tuple[Decision, ...]]:
        """Return the same mix with new seeds."""
        pool = [*summary.leaders, *summary.measured]
        seeds = _ids(pool)[: self._n_seeds]
        scaffolds = _series(pool)
        steps = steps_of_mix(self._mix, self._per_cycle, seeds, scaffolds, self._temperature)
        decision = Decision(
            cycle=summary.cycle,
            actor="fixed",
            action="keep_mix",
            reason=(
                f"The mix of the campaign file is kept; {len(seeds)} seeds and "
                f"{min(len(scaffolds), _MAX_SCAFFOLDS)} series are the best so far."
            ),
            sources=tuple(seeds[:5]),
        )
        return Plan(steps=steps, exploration=summary.plan.exploration), (decision,)


def _ids(rows: Sequence[Mapping[str, object]]) -> list[str]:
    return [str(row["compound_id"]) for row in rows]


def _series(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the series of the rows in order; acyclic compounds belong to none."""
    return list(dict.fromkeys(str(row["scaffold_id"]) for row in rows if row.get("scaffold_id")))
