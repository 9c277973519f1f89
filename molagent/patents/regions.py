"""Regions of chemical space that proposals keep out of: what a claim holds, or a kind of group."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from rdkit import Chem

from molagent.errors import NotFoundError
from molagent.patents.markush.claims import Claim
from molagent.patents.markush.groups import find_neighbours, groups_at
from molagent.patents.markush.language import parse_predicate
from molagent.patents.markush.matching import describe_claim, match_prepared
from molagent.patents.markush.predicates import Predicate
from molagent.patents.markush.preparing import prepare_parent

__all__ = ["OutsideClaim", "SiteKeptOut", "claims_digest"]


@dataclass(frozen=True)
class OutsideClaim:
    """Everything inside a claim, as a region that proposals keep out of."""

    claim: Claim

    @property
    def name(self) -> str:
        """``inside US-5770603/1``."""
        return f"inside {self.claim.claim_id}"

    def contains(self, mol: Chem.Mol) -> bool:
        """Return whether the claim as read holds the molecule, or could not be tried on it."""
        match = match_prepared(self.claim, prepare_parent(mol, self.claim.isotopes))
        return match.inside or bool(match.not_tried)

    def __repr__(self) -> str:
        """Name the claim and what it says, so that another reading is another region."""
        return f"OutsideClaim({self.claim.claim_id}, {claims_digest(self.claim)})"


@dataclass(frozen=True)
class SiteKeptOut:
    """Everything with a claim's core that carries a kind of group at one of its sites.

    Wider than the claim: what stands at the other sites does not matter.

    Parameters
    ----------
    claim
        Whose core and site.
    site
        Its name, ``R2``.
    group
        What may not stand there, in the claim language: ``{"alkyl": [1, 4]}``. None takes what
        the claim allows there.

    Raises
    ------
    NotFoundError
        If the claim has no such site.
    FileFormatError
        If the group is not a predicate.

    Examples
    --------
    >>> from molagent.patents.markush.claims import parse_claim
    >>> claim = parse_claim({
    ...     "claim_id": "X/1", "publication_number": "US-1234567", "claim": 1, "kind": "compound",
    ...     "status": "draft", "source": "page", "read_on": "2026-11-22", "text": "",
    ...     "interpretation": "", "members": [], "non_members": [], "core": "[cH:2]1ccncc1",
    ...     "site": [{"name": "R2", "positions": [2], "count": 1, "group": {"alkyl": [1, 6]}}],
    ... }, place="example")
    >>> region = SiteKeptOut(claim, "R2", {"alkyl": [1, 4]})
    >>> [region.contains(Chem.MolFromSmiles(s)) for s in ("CCc1ccncc1", "CCCCCc1ccncc1")]
    [True, False]
    """

    claim: Claim
    site: str
    group: object = None
    _kept_out: Predicate = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a site or group that does not exist, before anything is generated."""
        object.__setattr__(self, "_kept_out", self._predicate())

    @property
    def name(self) -> str:
        """``R2 of US-5770603/1 is C1-4 alkyl``."""
        return f"{self.site} of {self.claim.claim_id} is {self._kept_out.describe()}"

    def contains(self, mol: Chem.Mol) -> bool:
        """Return whether the core occurs with such a group at the site's positions."""
        mol = prepare_parent(mol, self.claim.isotopes)
        predicate, site = self._kept_out, self._site()
        for template in self.claim.templates:
            places = [i for i, position in template.positions.items() if position in site.positions]
            for match in template.core_matches(mol):
                rest = frozenset(range(mol.GetNumAtoms())) - frozenset(match)
                adjacency = find_neighbours(mol)
                for place in places:
                    found = groups_at(mol, adjacency, match[place], rest)
                    if any(predicate.matches(group) for group in found):
                        return True
        return False

    def __repr__(self) -> str:
        """Name the site and the group, so that another one is another region."""
        return f"SiteKeptOut({self.name}, {claims_digest(self.claim)})"

    def _site(self) -> Any:  # noqa: ANN401 - a site of whichever template module
        sites = {site.name: site for site in self.claim.sites}
        if self.site not in sites:
            raise NotFoundError("site", self.site, known=sites, place=self.claim.claim_id)
        return sites[self.site]

    def _predicate(self) -> Predicate:
        site = self._site()
        if self.group is None:
            predicate: Predicate = site.predicate
            return predicate
        return parse_predicate(self.group, place=f"{self.claim.claim_id}: {self.site}")


def claims_digest(*claims: Claim) -> str:
    """Return what tells readings apart: SHA-256 (first 16 hex digits) of what claims say."""
    said = "\n".join(f"{claim.isotopes} {describe_claim(claim)}" for claim in claims)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
