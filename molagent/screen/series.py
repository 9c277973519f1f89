"""What a series was never potent without, as a filter: losing it leads where nothing was measured.

A structure belongs to the series whose core it carries; carrying several, or none, to that of its
nearest potent compound, by the similarity that a model's domain is told by. Potent compounds in no
series have no rules, and what is nearest to one of them passes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.chem.likeness import CountKernel, count_features
from molagent.chem.molecules import parse_smarts
from molagent.records import Judgement, PotentSeries, SeriesRule, Verdict
from molagent.screen.judging import judge_each

__all__ = ["SeriesFilter", "SeriesKnowledge"]

_NAME: Final = "series"


@dataclass(frozen=True, kw_only=True)
class SeriesKnowledge:
    """The series of an endpoint, and its potent compounds in none.

    Attributes
    ----------
    series
        With the rules that hold; one whose rules were all struck still takes its structures.
    others
        SMILES of potent compounds that are in no series.
    """

    series: tuple[PotentSeries, ...]
    others: tuple[str, ...] = ()

    def lost(self, mol: Chem.Mol) -> tuple[PotentSeries | None, tuple[SeriesRule, ...]]:
        """Return the series of a structure, None where it has none, and the rules it breaks."""
        home = self._home(mol)
        if home is None:
            return None, ()
        broken = [rule for rule in home.rules if not mol.HasSubstructMatch(self._queries[rule])]
        return home, tuple(broken)

    def _home(self, mol: Chem.Mol) -> PotentSeries | None:
        carried = [
            number for number, query in enumerate(self._cores) if mol.HasSubstructMatch(query)
        ]
        if len(carried) == 1:
            return self.series[carried[0]]
        among = np.isin(self._owners, carried) if carried else np.ones(len(self._owners), bool)
        if not among.any():
            return None
        similarity = self._kernel(count_features([Chem.MolToSmiles(mol)])[0])[0]
        owner = int(self._owners[int(np.argmax(np.where(among, similarity, -1.0)))])
        return self.series[owner] if owner >= 0 else None

    @cached_property
    def _cores(self) -> list[Chem.Mol]:
        return [parse_smarts(each.pattern) for each in self.series]

    @cached_property
    def _queries(self) -> dict[SeriesRule, Chem.Mol]:
        return {rule: parse_smarts(rule.smarts) for each in self.series for rule in each.rules}

    @cached_property
    def _owners(self) -> np.ndarray:
        """Number of the series of each potent compound, -1 for those in none."""
        sizes = [len(each.smiles) for each in self.series]
        return np.concatenate(
            [np.repeat(np.arange(len(sizes)), sizes), np.full(len(self.others), -1)]
        ).astype(int)

    @cached_property
    def _kernel(self) -> CountKernel:
        members = [smiles for each in self.series for smiles in each.smiles]
        return CountKernel(count_features([*members, *self.others])[0])


class SeriesFilter:
    """UNKNOWN for what lost a motif or core of its series: its potency was never measured.

    Parameters
    ----------
    knowledge
        Gives the series; asked once, when the first structures come.
    keeps
        Without it losing one is a PASS that says what was lost.

    Examples
    --------
    >>> SeriesFilter(lambda: SeriesKnowledge(series=())).judge(["CCO"])[0].verdict.value
    'pass'
    """

    name = _NAME

    def __init__(self, knowledge: Callable[[], SeriesKnowledge], *, keeps: bool = True) -> None:
        self._load = knowledge
        self._verdict = Verdict.UNKNOWN if keeps else Verdict.PASS

    @cached_property
    def knowledge(self) -> SeriesKnowledge:
        """The series that structures are held against."""
        return self._load()

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure, with what it lost as evidence."""
        return judge_each(self.name, smiles_list, self._judge)

    def _judge(self, mol: Chem.Mol) -> Judgement:
        home, broken = self.knowledge.lost(mol)
        if home is None or not broken:
            return Judgement(filter=self.name, verdict=Verdict.PASS, reason="")
        reason = "; ".join(_said(rule, home) for rule in broken)
        names = tuple(f"{rule.series} {rule.kind} {rule.name}" for rule in broken)
        return Judgement(filter=self.name, verdict=self._verdict, reason=reason, evidence=names)


def _said(rule: SeriesRule, home: PotentSeries) -> str:
    what = f"the core {rule.name}" if rule.kind == "core" else rule.name
    varied = "never varied" if rule.carried == rule.of else "hardly ever varied"
    return (
        f"lost {what}, which {rule.carried} of {rule.of} potent compounds of series {home.series} "
        f"({home.name}) carry: {varied}"
    )
