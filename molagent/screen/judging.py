"""What every filter of structures does first: read them, and judge those that can be read."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from rdkit import Chem

from molagent.chem.fragments import flat
from molagent.chem.molecules import readable_mol
from molagent.errors import StructureError
from molagent.records import Judgement, Verdict

__all__ = ["judge_each", "remembering"]

# A campaign asks about some thousand structures, most of them twice.
_KEPT: Final = 50_000


def judge_each(
    name: str, smiles_list: Sequence[str], judge: Callable[[Chem.Mol], Judgement]
) -> list[Judgement]:
    """Return one judgement a structure; UNKNOWN, by the filter `name`, where it cannot be read."""
    return [_judge_one(name, smiles, judge) for smiles in smiles_list]


def remembering(
    name: str, judge: Callable[[Chem.Mol], Judgement], *, flatly: bool = False
) -> Callable[[str], Judgement]:
    """Return `judge` as a function of SMILES that remembers what it has said.

    For a filter that is asked of one structure before the models choose and again in the funnel.

    Parameters
    ----------
    flatly
        Whether the filter does not look at configuration: isomers then share one answer.
    """

    @lru_cache(maxsize=_KEPT)
    def judged(smiles: str) -> Judgement:
        return _judge_one(name, smiles, judge)

    def judged_flatly(smiles: str) -> Judgement:
        try:
            return judged(flat(smiles))
        except StructureError:
            return judged(smiles)

    return judged_flatly if flatly else judged


def _judge_one(name: str, smiles: str, judge: Callable[[Chem.Mol], Judgement]) -> Judgement:
    mol = readable_mol(smiles)
    if mol is None:
        return Judgement(
            filter=name, verdict=Verdict.UNKNOWN, reason="the structure cannot be read"
        )
    return judge(mol)
