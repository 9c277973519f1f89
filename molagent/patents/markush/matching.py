"""Asking whether a structure falls inside a claim, and saying a claim in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rdkit import Chem

from molagent.errors import StructureError
from molagent.patents.markush.definition import Claim, ClaimStatus
from molagent.patents.markush.preparing import components, prepare_mol
from molagent.patents.markush.sites import Fit
from molagent.patents.markush.tautomers import is_one_compound, tautomers_of

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
    tautomer
        The tautomer that is inside, where the structure as drawn is not; the two have one InChI.
    hint
        A tautomer that would be inside and has another InChI; the structure itself is outside.
    not_tried
        Why nothing can be said; empty where something can.
    """

    claim_id: str
    inside: bool
    core_found: bool
    assignment: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    tautomer: str = ""
    hint: str = ""
    not_tried: str = ""

    @property
    def why(self) -> str:
        """What stands where, what fails, or why it was not tried, in one line."""
        if self.not_tried:
            return self.not_tried
        if self.inside:
            said = ", ".join(f"{site} = {group}" for site, group in self.assignment.items())
            return f"{said}; as its tautomer {self.tautomer}" if self.tautomer else said
        said = "; ".join(self.failures) if self.core_found else "its core does not occur"
        if self.hint:
            said = f"{said or 'outside as drawn'}; its tautomer {self.hint} would be inside"
        return said


def match_claim(claim: Claim, smiles: str) -> ClaimMatch:
    """Return whether a structure falls inside a claim.

    Raises
    ------
    StructureError
        If the structure cannot be read or is too large to try.
    """
    return match_prepared(claim, prepare_mol(smiles, claim.isotopes))


def match_prepared(claim: Claim, mol: Chem.Mol) -> ClaimMatch:
    """Return whether a molecule made by ``prepare_mol`` falls inside a claim.

    Where it does not as drawn, its other tautomers are tried.
    """
    try:
        fit = claim.find_fit(mol)
        if fit is not None and not fit.failures:
            return _hit(claim, fit)
        other = _find_tautomer(claim, mol)
    except StructureError as error:
        return ClaimMatch(
            claim_id=claim.claim_id, inside=False, core_found=True, not_tried=error.message
        )
    if other is not None and other.tautomer:
        return other
    return ClaimMatch(
        claim_id=claim.claim_id,
        inside=False,
        core_found=fit is not None,
        failures=() if fit is None else fit.failures,
        hint="" if other is None else other.hint,
    )


def _hit(claim: Claim, fit: Fit, *, tautomer: str = "") -> ClaimMatch:
    return ClaimMatch(
        claim_id=claim.claim_id,
        inside=True,
        core_found=True,
        assignment=fit.assignment(),
        tautomer=tautomer,
    )


def _find_tautomer(claim: Claim, mol: Chem.Mol) -> ClaimMatch | None:
    """Return a hit by a tautomer that is the same compound, else one with a hint, else None."""
    hint = None
    for other in tautomers_of(mol, claim.templates):
        fit = claim.find_fit(other)
        if fit is None or fit.failures:
            continue
        smiles = str(Chem.MolToSmiles(other))
        if any(is_one_compound(component, other) for component in components(mol)):
            return _hit(claim, fit, tautomer=smiles)
        hint = hint or ClaimMatch(
            claim_id=claim.claim_id, inside=False, core_found=False, hint=smiles
        )
    return hint


def describe_claim(claim: Claim) -> str:
    """Return the claim read back as an English sentence, for a chemist to check.

    The status stands in it: only what somebody confirmed may be relied on.
    """
    cores = " or ".join(each.smiles for each in claim.templates if not each.joined)
    sites = "; ".join(site.describe() for site in claim.sites)
    sites += "".join(f"; {pair.words}" for pair in claim.together)
    proviso = f", with at least one of {', '.join(claim.filled)} filled" if claim.filled else ""
    proviso += "".join(f", provided: {proviso.words}" for proviso in claim.provisos)
    if claim.salts == "none":
        proviso += ", as the free form"
    elif not isinstance(claim.salts, str):
        proviso += f", as the salt with {' or '.join(claim.salts)}"
    if claim.stereo != "ignored":
        proviso += ", in the configuration drawn"
    if claim.stereo == "relative":
        proviso += " or its mirror image"
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
    allowed = claim.allowed()
    for site in claim.sites:
        if site.name not in assignment:
            continue
        sentences.append(
            f"{site.name} = {assignment[site.name]} ({site.places()}); "
            f"the claim allows {allowed[site.name]}"
        )
    return tuple(sentences)
