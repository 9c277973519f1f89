"""A claim in words that hold no structure: what a policy, and a model behind it, may read of it."""

import re
from typing import Final

from rdkit import Chem, rdBase

from molagent.patents.markush.claims import Claim, ClaimStatus

__all__ = ["outline_claim"]

_DRAWN: Final = re.compile(r"[*=#()\[\]@\\/]")
_FEWEST: Final = 3


def outline_claim(claim: Claim) -> str:
    """Return a claim as a sentence: how large its core is, and what may stand at its sites.

    A group that has no name but its SMILES is "a group as drawn". Who confirmed the claim is not
    said.
    """
    sizes = sorted({_heavy_atoms(template.smiles) for template in claim.templates})
    core = f"a core of {' or '.join(map(str, sizes))} heavy atoms"
    sites = "; ".join(
        f"{site.name}: {_without_structures(site.predicate.describe())}" for site in claim.sites
    )
    where = f", where {sites}" if sites else ", and no other compound"
    standing = claim.status.value
    if claim.status is not ClaimStatus.CONFIRMED:
        standing += ", not confirmed"
    return f"{claim.claim_id} ({claim.kind}; {standing}): {core}{where}."


def _without_structures(words: str) -> str:
    return " ".join("a group as drawn" if _is_drawn(word) else word for word in words.split())


def _is_drawn(word: str) -> bool:
    bare = word.strip("(),;.")
    if not bare or bare.islower():
        return bare.startswith("*")
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(bare, sanitize=False)
    if mol is None:
        return _DRAWN.search(bare) is not None and any(c in bare for c in "*[=#")
    return mol.GetNumAtoms() >= _FEWEST or "*" in bare


def _heavy_atoms(smiles: str) -> int:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
    return 0 if mol is None else sum(atom.GetAtomicNum() > 1 for atom in mol.GetAtoms())
