"""What every filter of structures does first: read them, and judge those that can be read."""

from collections.abc import Callable, Sequence

from rdkit import Chem

from molagent.chem.molecules import readable_mol
from molagent.records import Judgement, Verdict

__all__ = ["judge_each"]


def judge_each(
    name: str, smiles_list: Sequence[str], judge: Callable[[Chem.Mol], Judgement]
) -> list[Judgement]:
    """Return one judgement a structure; UNKNOWN, by the filter `name`, where it cannot be read."""
    unread = Judgement(filter=name, verdict=Verdict.UNKNOWN, reason="the structure cannot be read")
    mols = (readable_mol(smiles) for smiles in smiles_list)
    return [unread if mol is None else judge(mol) for mol in mols]
