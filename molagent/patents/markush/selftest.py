"""The tests that a claim file brings along: its members, its non-members, its standing."""

from collections.abc import Iterator

from molagent.errors import FileFormatError
from molagent.patents.markush.claimset import ClaimSet
from molagent.patents.markush.composites import AnyGroup
from molagent.patents.markush.definition import Claim, ClaimStatus
from molagent.patents.markush.matching import match_claim
from molagent.patents.queries import read_query

__all__ = ["check_members", "check_status"]


def check_status(claim: Claim, place: str) -> None:
    """Refuse "confirmed" without a name, or for a text that was not read."""
    if claim.status is not ClaimStatus.CONFIRMED:
        return
    if not claim.confirmed_by or claim.confirmed_on is None:
        raise FileFormatError(
            "a confirmed claim says by whom and when",
            place=place,
            remedy="add confirmed_by and confirmed_on, or set status = 'draft'",
        )
    if any(_mentions_any_group(site.predicate) for site in claim.sites):
        raise FileFormatError(
            "a confirmed claim uses any_group, which stands for what was not read",
            place=place,
            remedy="read the definition, or set status = 'draft'",
        )


def check_members(claim: Claim, place: str) -> None:
    """Refuse a claim file that fails its own tests, naming the structure and why.

    Structures are asked of the claim as the evidence ladder asks it, so that a claim whose own
    members the ladder would not find does not load.
    """
    if not claim.members or not claim.non_members:
        raise FileFormatError(
            "a claim needs members and non-members to test itself with",
            place=place,
            remedy="add at least one of each",
        )
    claims = ClaimSet([claim])
    for smiles, expected in _expectations(claim):
        query = read_query(smiles)
        if isinstance(query, str):
            raise FileFormatError(query, place=place, remedy="correct it")
        found = claims.match(query.for_claims)
        inside = bool(found) and found[0].inside
        if inside and not expected:
            raise FileFormatError(
                f"non-member {smiles} falls inside ({found[0].why})",
                place=place,
                remedy="correct the claim or the list",
            )
        if expected and not inside:
            raise FileFormatError(
                f"member {smiles} falls outside ({match_claim(claim, smiles).why})",
                place=place,
                remedy="correct the claim or the list",
            )


def _expectations(claim: Claim) -> Iterator[tuple[str, bool]]:
    for smiles in claim.members:
        yield smiles, True
    for smiles in claim.non_members:
        yield smiles, False


def _mentions_any_group(predicate: object) -> bool:
    if isinstance(predicate, AnyGroup):
        return True
    parts = [
        getattr(predicate, name) for name in ("then", "base", "by") if hasattr(predicate, name)
    ]
    parts += getattr(predicate, "options", ())
    parts += [site.predicate for site in getattr(predicate, "sites", ())]
    return any(_mentions_any_group(part) for part in parts)
