"""Asking whether a structure falls inside a claim, and saying a claim in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rdkit import Chem

from molagent.patents.markush.definition import Claim, ClaimStatus
from molagent.patents.markush.preparing import prepare_mol

__all__ = ["ClaimMatch", "describe_claim", "match_claim", "match_prepared", "what_would_leave"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMatch:
    """The answer of one claim for one structure.

    Attributes
    ----------
    inside
        Whether every atom is accounted for by the core or a site.
    core_found
        Whether the core occurs at all: outside with the core found is a near miss.
    assignment
        Site name to the SMILES of what stands there (``H`` for nothing), for a hit.
    failures
        For a near miss, what does not fit.
    """

    claim_id: str
    inside: bool
    core_found: bool
    assignment: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[str, ...] = ()


def match_claim(claim: Claim, smiles: str) -> ClaimMatch:
    """Return whether a structure falls inside a claim.

    Raises
    ------
    StructureError
        If the structure cannot be read or is too large to try.
    """
    return match_prepared(claim, prepare_mol(smiles, claim.isotopes))


def match_prepared(claim: Claim, mol: Chem.Mol) -> ClaimMatch:
    """Return whether a molecule made by ``prepare_mol`` falls inside a claim."""
    fit = claim.find_fit(mol)
    if fit is None:
        return ClaimMatch(claim_id=claim.claim_id, inside=False, core_found=False)
    if fit.failures:
        return ClaimMatch(
            claim_id=claim.claim_id, inside=False, core_found=True, failures=fit.failures
        )
    return ClaimMatch(
        claim_id=claim.claim_id, inside=True, core_found=True, assignment=fit.assignment()
    )


def describe_claim(claim: Claim) -> str:
    """Return the claim read back as an English sentence, for a chemist to check.

    The status stands in it: only what somebody confirmed may be relied on.
    """
    cores = " or ".join(template.smiles for template in claim.templates)
    sites = "; ".join(site.describe() for site in claim.sites)
    proviso = f", with at least one of {', '.join(claim.filled)} filled" if claim.filled else ""
    proviso += "".join(f", provided: {proviso.words}" for proviso in claim.provisos)
    if claim.salts == "none":
        proviso += ", as the free form"
    elif not isinstance(claim.salts, str):
        proviso += f", as the salt with {' or '.join(claim.salts)}"
    if claim.stereo == "literal":
        proviso += ", in the configuration drawn"
    standing = (
        f"confirmed by {claim.confirmed_by} on {claim.confirmed_on}"
        if claim.status is ClaimStatus.CONFIRMED
        else f"{claim.status.value}, not confirmed"
    )
    isotopes = "deuterium counted as such" if claim.isotopes == "literal" else "isotopes ignored"
    what = (
        f"a compound whose core is {cores}, where {sites}{proviso}; "
        "no other atom may hang on the core,"
        if sites
        else f"the compound {cores} and no other{proviso};"
    )
    return f"{claim.claim_id} ({claim.kind}; {standing}): {what} {isotopes}."


def what_would_leave(claim: Claim, assignment: Mapping[str, str]) -> tuple[str, ...]:
    """Return, for a structure inside a claim, one sentence a site: what keeps it inside.

    A structure leaves the claim as soon as one of these no longer holds, or when the core changes.
    """
    sentences = []
    for site in claim.sites:
        if site.name not in assignment:
            continue
        sentences.append(
            f"{site.name} = {assignment[site.name]} ({site.places()}); "
            f"the claim allows {site.predicate.describe()}"
        )
    return tuple(sentences)
