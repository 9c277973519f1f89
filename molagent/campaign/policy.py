"""The policy without agents, and the plan a campaign starts with."""

from collections.abc import Mapping, Sequence
from typing import Final

from molagent.campaign.yields import shares_by_yield, standing_share
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
    """Let shares follow what stood after all filters, and seeds move to the best compounds so far.

    Half of the seeds at most are proposals, of those that were made of measured compounds; the
    others are the best measured ones. The rule for shares is
    :func:`molagent.campaign.yields.shares_by_yield`, from the mix of the campaign file and what the
    last cycle brought.

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
        """Return the mix that the last cycle earned, with new seeds."""
        near = [row for row in summary.leaders if row.get("one_step", True)]
        seeds = _ids(near)[: self._n_seeds // 2]
        seeds += _ids(summary.measured)[: self._n_seeds - len(seeds)]
        scaffolds = _series([*summary.leaders, *summary.measured])
        mix = shares_by_yield(self._mix, summary.generators)
        steps = steps_of_mix(mix, self._per_cycle, seeds, scaffolds, self._temperature)
        decision = Decision(
            cycle=summary.cycle,
            actor="fixed",
            action="share_by_yield",
            reason=(
                f"Shares follow what stood after all filters ({_told(mix, summary)}); "
                f"{len(seeds)} seeds and {min(len(scaffolds), _MAX_SCAFFOLDS)} series are the best "
                "so far."
            ),
            sources=tuple(seeds[:5]),
        )
        return Plan(steps=steps, exploration=summary.plan.exploration), (decision,)


def _told(mix: Mapping[str, float], summary: CycleSummary) -> str:
    """Say for each line what stood and the share that it has next."""
    words = []
    for key, share in mix.items():
        stood = standing_share(summary.generators[key]) if key in summary.generators else None
        words.append(f"{key} {'not measured' if stood is None else f'{stood:.0%}'} → {share:.0%}")
    return ", ".join(words)


def _ids(rows: Sequence[Mapping[str, object]]) -> list[str]:
    return [str(row["compound_id"]) for row in rows]


def _series(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the series of the rows in order; acyclic compounds belong to none."""
    return list(dict.fromkeys(str(row["scaffold_id"]) for row in rows if row.get("scaffold_id")))
