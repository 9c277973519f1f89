"""Drawing members of a claim from its definition, to test the matcher and the claim file."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from molagent.errors import StructureError
from molagent.patents.markush.definition import Claim
from molagent.patents.markush.groups import Group, free_group
from molagent.patents.markush.templates import CoreTemplate, Site

__all__ = ["Draw", "draw_members", "draws"]

# A draw can ask for groups that do not fit together (a valence, a proviso); it is drawn again.
_ATTEMPTS = 400


@dataclass(frozen=True, slots=True)
class Draw:
    """A core and the groups drawn for its sites: (site, position, group as SMILES)."""

    template: CoreTemplate
    placed: list[tuple[Site, int, str]]

    def groups(self) -> dict[str, tuple[Group, ...]]:
        """Return site name to what was drawn for it."""
        found: dict[str, tuple[Group, ...]] = {site.name: () for site in self.template.sites}
        for site, _, smiles in self.placed:
            found[site.name] += (free_group(smiles),)
        return found

    def smiles(self, claim: Claim) -> str:
        """Return the structure, with a counter ion where the claim names one.

        Raises
        ------
        StructureError
            If the groups do not fit on the core.
        """
        smiles = str(Chem.MolToSmiles(self.template.fill(self.placed)))
        return smiles if isinstance(claim.salts, str) else f"{smiles}.{claim.salts[0]}"


def draw_members(claim: Claim, count: int, *, seed: int) -> list[str]:
    """Return structures drawn from the definition of a claim; all of them are inside.

    Duplicates are possible; same seed, same structures.

    Raises
    ------
    StructureError
        If none can be drawn: its counts, positions and provisos leave nothing inside.
    """
    rng = np.random.default_rng(seed)
    return [_draw(claim, rng) for _ in range(count)]


def draws(claim: Claim, rng: np.random.Generator) -> Iterator[Draw]:
    """Yield draws that meet the provisos of the claim."""
    for _ in range(_ATTEMPTS):
        template = claim.templates[int(rng.integers(len(claim.templates)))]
        try:
            draw = Draw(template, template.draw(rng))
            if _meets_provisos(claim, draw):
                yield draw
        except StructureError:
            continue


def _meets_provisos(claim: Claim, draw: Draw) -> bool:
    """Ask the provisos about what was drawn, not about what a matcher makes of it."""
    if not claim.filled and not claim.provisos:
        return True
    mol = draw.template.fill(draw.placed)
    groups = draw.groups()
    unfilled = claim.filled and not any(groups.get(name, True) for name in claim.filled)
    return not unfilled and all(proviso.allows(groups, mol) for proviso in claim.provisos)


def _draw(claim: Claim, rng: np.random.Generator) -> str:
    for draw in draws(claim, rng):
        try:
            return draw.smiles(claim)
        except StructureError:
            continue
    raise StructureError(
        f"no member of {claim.claim_id} could be drawn",
        remedy="check that its counts, positions and provisos fit together",
    )
