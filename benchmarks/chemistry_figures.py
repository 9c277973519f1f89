"""What a chemist would see in a set of structures, as figures: BAD, READY, and why.

- *unstable*: has a group that does not keep (:mod:`molagent.screen.unstable`).
- *ring*, *bond*: a ring system, a bond, in neither ChEMBL nor the campaign's measured compounds.
- *motif*, *core*: lost what nearly all potent compounds of its series carry.
- BAD: any of the first three, or the motif lost. READY: not BAD, core kept, no stereo left open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.fingerprints import morgan_bits, morgan_counts, tanimoto
from molagent.chem.isomers import count_open_stereo
from molagent.chem.molecules import parse_smiles
from molagent.chem.precedent import environment_counts
from molagent.chem.ring_systems import ring_systems
from molagent.learn.boosted import BoostedTrees
from molagent.learn.splits import random_folds
from molagent.project.series_rules import knowledge_of
from molagent.records import FloatArray, Judgement, Verdict
from molagent.sar.motifs import potent
from molagent.screen.precedent import PrecedentFilter
from molagent.screen.unstable import UnstableFilter

__all__ = ["ChemistryJudge", "ChemistryRow", "area_under_curve"]

# Fewer held-out compounds tell no independent potency.
_FEWEST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ChemistryRow:
    """Figures of one set of structures; shares 0..1, None where there is nothing to compare.

    Attributes
    ----------
    of
        Which set: ``chosen``, ``ranked`` (all that reach the ranking), ``real`` (held out).
    precedent_auc
        How often a real held-out compound has more precedent than one of this set; 0.5 is ideal.
    cores
        Different largest ring systems.
    judged
        Mean potency by boosted trees that were fitted on the held-out compounds alone.
    predicted
        Mean potency by the campaign's own model.
    model_over
        By how much that model's mean is above what was measured, of the held-out compounds that it
        puts first, as many as were chosen.
    judge_under
        By how much those trees' mean is below what was measured, of the same compounds, each told
        by trees that had not seen it. Where both are right, `predicted` and `judged` differ by it.
    nearest
        Mean Tanimoto similarity to the nearest potent compound of the campaign's data.
    """

    target: str
    of: str
    count: int
    bad: float
    ready: float
    unstable: float
    ring: float
    bond: float
    motif: float
    core: float
    open_stereo: float
    precedent: float
    precedent_auc: float | None
    cores: int
    judged: float | None
    predicted: float | None
    nearest: float
    model_over: float | None = None
    judge_under: float | None = None


class ChemistryJudge:
    """Judges structures by a target's compounds, known and held out.

    Parameters
    ----------
    measured
        What a campaign knows: ``compound_id, smiles, p_value, p_relation``.
    held_out
        Real compounds of the target that it does not know, with their ``p_value``.
    """

    def __init__(self, target: str, measured: pd.DataFrame, held_out: pd.DataFrame) -> None:
        self.target = target
        self.measured = measured
        self._held_out = held_out
        self._unstable = UnstableFilter()
        self._precedent = PrecedentFilter(list(measured["smiles"]))
        self._series = knowledge_of(measured)
        self._potent = morgan_bits(list(potent(measured)["smiles"]))
        # The reference holds the held-out compounds too: as real ones they are not to know it.
        self._counts = environment_counts().without(list(held_out["smiles"]))

    def row(
        self, of: str, smiles_list: Sequence[str], *, predicted: float | None = None
    ) -> ChemistryRow:
        """Return the figures of one set."""
        faults = self.faults(smiles_list)
        worth = self.precedents(smiles_list)
        rings = [ring_systems(parse_smiles(smiles)) for smiles in smiles_list]
        return ChemistryRow(
            target=self.target,
            of=of,
            count=len(smiles_list),
            **{name: float(faults[name].mean()) for name in faults.columns},
            precedent=float(np.mean(worth)),
            precedent_auc=area_under_curve(self._real, worth) if len(self._real) else None,
            cores=len({max(each, key=len) for each in rings if each}),
            judged=self.judged(smiles_list),
            predicted=predicted,
            nearest=float(tanimoto(morgan_bits(smiles_list), self._potent).max(axis=1).mean()),
        )

    def real(self) -> ChemistryRow:
        """Return the figures of the held-out compounds themselves."""
        # The trees were fitted on these very compounds.
        return replace(self.row("real", list(self._held_out["smiles"])), judged=None)

    def faults(self, smiles_list: Sequence[str]) -> pd.DataFrame:
        """Return which structure has which fault, ``N x 8`` of bool."""
        frame = pd.DataFrame(
            {
                "unstable": _fails(self._unstable.judge(smiles_list)),
                "ring": _names("ring: ", self._precedent.judge(smiles_list)),
                "bond": _names("bond: ", self._precedent.judge(smiles_list)),
                "motif": [self._lost(smiles, "motif") for smiles in smiles_list],
                "core": [self._lost(smiles, "core") for smiles in smiles_list],
                "open_stereo": [count_open_stereo(smiles) > 0 for smiles in smiles_list],
            }
        )
        bad = frame[["unstable", "ring", "bond", "motif"]].any(axis=1)
        return frame.assign(bad=bad, ready=~(bad | frame["core"] | frame["open_stereo"]))

    def precedents(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return the precedent of each structure, as if the held-out compounds were not made."""
        return np.array([self._counts.precedent(parse_smiles(each)) for each in smiles_list])

    def judged(self, smiles_list: Sequence[str]) -> float | None:
        """Return the mean potency by the independent trees; None with too few held out."""
        if self._trees is None:
            return None
        return float(self._trees.predict(morgan_counts(smiles_list)).mean())

    def held_up(
        self, said: Callable[[Sequence[str]], FloatArray], count: int
    ) -> tuple[float | None, float | None]:
        """Return `model_over` and `judge_under`; None with too few compounds held out.

        Parameters
        ----------
        said
            What the campaign's model predicts of structures.
        count
            How many were chosen.
        """
        if self._trees is None:
            return None, None
        smiles = list(self._held_out["smiles"])
        measured = self._held_out["p_value"].to_numpy(dtype=float)
        counts, told = morgan_counts(smiles), np.empty(len(smiles))
        folds = random_folds(len(smiles))
        for fold in np.unique(folds):
            seen = folds != fold
            trees = BoostedTrees.fit(counts[seen], measured[seen])
            told[~seen] = trees.predict(counts[~seen])
        predicted = said(smiles)
        first = np.argsort(-predicted, kind="stable")[:count]
        gaps = (predicted - measured, measured - told)
        model, judge = (float(gap[first].mean()) for gap in gaps)
        return model, judge

    @cached_property
    def _real(self) -> FloatArray:
        return self.precedents(list(self._held_out["smiles"]))

    @cached_property
    def _trees(self) -> BoostedTrees | None:
        if len(self._held_out) < _FEWEST:
            return None
        counts = morgan_counts(list(self._held_out["smiles"]))
        return BoostedTrees.fit(counts, self._held_out["p_value"].to_numpy(dtype=float))

    def _lost(self, smiles: str, kind: str) -> bool:
        _, broken = self._series.lost(parse_smiles(smiles))
        return any(rule.kind == kind for rule in broken)


def area_under_curve(real: FloatArray, others: FloatArray) -> float:
    """Return how often a value of the first is above one of the second; ties count half.

    Examples
    --------
    >>> area_under_curve(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    above = real[:, None] - others[None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def _fails(judged: Sequence[Judgement]) -> list[bool]:
    return [each.verdict is Verdict.FAIL for each in judged]


def _names(prefix: str, judged: Sequence[Judgement]) -> list[bool]:
    return [any(text.startswith(prefix) for text in each.evidence) for each in judged]
