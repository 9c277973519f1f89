"""Drawing members and near misses of a claim, to test the matcher and the claim file."""

from collections.abc import Iterator

import numpy as np
from rdkit import Chem

from molagent.errors import StructureError
from molagent.patents.markush.claims import Claim
from molagent.patents.markush.templates import Site, Template

__all__ = ["draw_members", "draw_near_misses"]

# A draw can ask for groups that do not fit together (a valence); it is drawn again.
_ATTEMPTS = 50


def draw_members(claim: Claim, count: int, *, seed: int) -> list[str]:
    """Return structures drawn from the definition of a claim; all of them are inside.

    Duplicates are possible; same seed, same structures.
    """
    rng = np.random.default_rng(seed)
    return [_draw(claim, rng) for _ in range(count)]


def draw_near_misses(claim: Claim, count: int, *, seed: int) -> list[tuple[str, str]]:
    """Return members with exactly one group broken: (structure, name of the broken site)."""
    rng = np.random.default_rng(seed)
    return [miss for _ in range(count) for miss in _break(claim, rng)]


def _draw(claim: Claim, rng: np.random.Generator) -> str:
    for template, placed in _draws(claim, rng):
        try:
            return Chem.MolToSmiles(template.fill(placed))
        except StructureError:
            continue
    raise StructureError(
        f"no member of {claim.claim_id} could be drawn",
        remedy="check that its counts and positions fit together",
    )


def _break(claim: Claim, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    for template, placed in _draws(claim, rng):
        if not placed:
            continue
        chosen = int(rng.integers(len(placed)))
        site, position, _ = placed[chosen]
        placed[chosen] = (site, position, site.predicate.sample_outside(rng))
        try:
            smiles = Chem.MolToSmiles(template.fill(placed))
        except StructureError:
            continue
        yield smiles, site.name
        return


def _draws(
    claim: Claim, rng: np.random.Generator
) -> Iterator[tuple[Template, list[tuple[Site, int, str]]]]:
    for _ in range(_ATTEMPTS):
        template = claim.templates[int(rng.integers(len(claim.templates)))]
        placed = template.draw(rng)
        names = {site.name for site, _, _ in placed}
        if claim.filled and not names & set(claim.filled):
            continue
        yield template, placed
