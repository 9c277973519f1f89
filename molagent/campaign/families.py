"""Which stereoisomers of a chosen compound to order: the one that was chosen, or all of them.

A model without an eye for stereo says the same of mirror images. Then the choice between them is
chance, and the honest order is the mixture, to be separated and measured apart.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from rdkit import Chem

from molagent.chem.identity import connectivity_block, inchikey
from molagent.chem.isomers import count_open_stereo, open_isomers
from molagent.chem.molecules import parse_smiles
from molagent.records import FloatArray

__all__ = ["Family", "find_families", "isomer_order"]

#: Proposal id and SMILES of each stereoisomer that was proposed of one connectivity.
Family = Sequence[tuple[str, str]]

# An isomer is told apart if it is the best in this share of draws and by this much desirability:
# networks give mirror images slightly different numbers, all of them by chance.
_SURE: Final = 0.8
_MARGIN: Final = 0.05


def find_families(proposals: pd.DataFrame) -> dict[str, Family]:
    """Return proposal id to all proposals of its connectivity, itself among them, by id."""
    blocks = proposals["inchikey"].map(connectivity_block)
    families: dict[str, Family] = {}
    for _, rows in proposals.sort_values("proposal_id").groupby(blocks.loc[proposals.index]):
        family = tuple(zip(rows["proposal_id"], rows["smiles"], strict=True))
        families |= dict.fromkeys(rows["proposal_id"], family)
    return families


def isomer_order(
    proposal_id: str, smiles: str, family: Family, draws: Mapping[str, FloatArray]
) -> dict[str, object]:
    """Return what of a family to order.

    Parameters
    ----------
    family
        As of :func:`find_families`.
    draws
        Proposal id to joint draws of its desirability, for those that stood every filter.

    Returns
    -------
    dict
        ``order``, in words: "" where there is no stereo to speak of; ``ids``, the proposals that
        are measured then; ``apart``, whether the scores tell the chosen one from the others.
    """
    standing = [(name, text) for name, text in family if name in draws]
    others = [name for name, _ in standing if name != proposal_id]
    if not others:
        return {"order": _alone(smiles, family, standing), "ids": [proposal_id], "apart": True}
    mine = draws[proposal_id]
    best = np.max([draws[name] for name in others], axis=0)
    apart = bool((mine > best).mean() >= _SURE and (mine - best).mean() >= _MARGIN)
    ids = [name for name, _ in standing]
    if apart:
        order = f"this isomer; the scores prefer it to {', '.join(others)}"
        return {"order": order, "ids": [proposal_id], "apart": True}
    pair = [text for _, text in standing]
    is_racemate = len(family) == len(pair) == 2 and mirror_image(pair[0]) == pair[1]
    mixture = "racemate" if is_racemate else f"mixture of {len(ids)} isomers"
    named = " and ".join(ids) if len(ids) == 2 else ", ".join(ids)
    order = f"{mixture}, separate: the scores do not tell {named} apart"
    return {"order": order, "ids": ids, "apart": False}


def mirror_image(smiles: str) -> str:
    """Return the enantiomer as canonical SMILES; the structure itself if it is not chiral.

    Examples
    --------
    >>> mirror_image("C[C@H](O)C(=O)O")
    'C[C@@H](O)C(=O)O'
    """
    mol = parse_smiles(smiles)
    for atom in mol.GetAtoms():
        atom.InvertChirality()
    return str(Chem.MolToSmiles(mol))


def _alone(smiles: str, family: Family, standing: Family) -> str:
    open_stereo = count_open_stereo(smiles)
    # Some drawings leave open what can be in one way only, as on which face a small bridge lies.
    if open_stereo and len({inchikey(isomer) for isomer in open_isomers(smiles)}) > 1:
        return f"{open_stereo} stereo element{'s' if open_stereo > 1 else ''} left open"
    if len(family) > len(standing):
        return "this isomer; a filter stopped the others"
    return "this isomer" if "@" in smiles else ""
