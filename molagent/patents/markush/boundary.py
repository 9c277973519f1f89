"""The boundary of a claim: how far a structure is from it, and which small change crosses it.

A closed claim is left by any one group that its site does not allow. Here such changes are made on
the structure itself: groups are exchanged for common ones, and single atoms are changed. Every
suggestion was tried by the matcher. Leaving a claim as it was read says nothing about equivalents,
other claims or the law.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.errors import StructureError
from molagent.patents.markush.boundary_changes import Change, change_atoms, exchange_group
from molagent.patents.markush.claims import Claim, ClaimStatus, prepare_mol
from molagent.patents.markush.groups import Group, group_smiles
from molagent.patents.markush.matching import match_claim, match_prepared
from molagent.patents.markush.templates import Fit

__all__ = [
    "ClaimBoundary",
    "Exit",
    "Hold",
    "claim_distance",
    "count_changes",
    "find_boundary",
    "find_outcome",
]

CORE: Final = "core"
"""The name under which changes of the core itself are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """One change that takes a structure out of a claim, tried by the matcher.

    Attributes
    ----------
    site
        Where; ``core`` for the core itself.
    change
        In words, ``methoxy → difluoromethoxy`` or ``C becomes N``.
    smiles
        The structure after the change.
    reason
        What the claim says against it.
    similarity
        To the structure before, Tanimoto of Morgan fingerprints (radius 2, 1024 bit), 0..1.
    """

    site: str
    change: str
    smiles: str
    reason: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What keeps a structure inside at one site.

    Attributes
    ----------
    group
        SMILES of what stands there; ``H`` for nothing.
    allowed
        What the claim allows, in words.
    stays
        Changes at this site that do not leave the claim, nearest first.
    """

    site: str
    group: str
    allowed: str
    stays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBoundary:
    """Where one structure stands to one claim.

    Attributes
    ----------
    distance
        0 inside, 1 where the core does not occur; see :func:`claim_distance`.
    changes
        How many things would have to change for it to be inside, 0 if it is; None where the core
        does not occur.
    failures
        For a near miss, which predicate fails, with what was found.
    holds
        For a hit, what keeps it inside, site by site.
    exits
        For a hit, changes that leave the claim: nearest first within each site.
    """

    claim_id: str
    inside: bool
    distance: float
    changes: int | None
    failures: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    exits: tuple[Exit, ...] = ()


def count_changes(claim: Claim, mol: Chem.Mol) -> int | None:
    """Return how many things keep a molecule outside a claim; 0 inside, None without the core.

    `mol` comes from ``prepare_mol``. Counted are groups that their site does not allow, groups
    where no site is, missing groups, and further rings of the core.

    Raises
    ------
    StructureError
        If the claim cannot be tried on it.
    """
    match = match_prepared(claim, mol)
    if match.not_tried:
        raise StructureError(match.not_tried, remedy="look at it by hand")
    return (0 if match.inside else len(match.failures)) if match.core_found else None


def claim_distance(claims: Sequence[Claim], mol: Chem.Mol) -> float:
    """Return how far a molecule is from the nearest of some claims, 0..1.

    With `n` things that keep it outside it is ``n / (n + 1)``: 0 inside, 0.5 where one group
    fails, 0.67 for two, and 1 where no claim's core occurs. NaN without claims.

    Examples
    --------
    >>> import math
    >>> math.isnan(claim_distance([], Chem.MolFromSmiles("CCO")))
    True
    """
    nearest = 1.0 if claims else float("nan")
    for claim in claims:
        changes = count_changes(claim, mol)
        if changes == 0:
            return 0.0
        if changes is not None:
            nearest = min(nearest, changes / (changes + 1))
    return nearest


def find_outcome(claim: Claim, smiles: str) -> dict[str, object]:
    """Return one row for one structure and claim: ``outcome`` and ``why``, and the distance.

    The outcome is ``inside``, ``may be inside`` (a draft), ``near miss`` (the core occurs),
    ``outside``, or ``not checked`` where the structure cannot be tried.
    """
    row: dict[str, object] = {
        "structure": smiles,
        "claim": claim.claim_id,
        "status": claim.status.value,
    }
    try:
        mol = prepare_mol(smiles, claim.isotopes)
    except StructureError as error:
        return row | {"outcome": "not checked", "distance": float("nan"), "why": str(error)}
    match = match_prepared(claim, mol)
    row["why"] = match.why
    if match.not_tried:
        return row | {"outcome": "not checked", "distance": float("nan")}
    if match.inside:
        confirmed = claim.status is ClaimStatus.CONFIRMED
        return row | {"outcome": "inside" if confirmed else "may be inside", "distance": 0.0}
    count = len(match.failures)
    outcome = "near miss" if match.core_found else "outside"
    return row | {"outcome": outcome, "distance": count / (count + 1) if count else 1.0}


def find_boundary(
    claim: Claim, smiles: str, *, beside: Sequence[Claim] = (), top: int = 4
) -> ClaimBoundary:
    """Return where a structure stands to a claim, and for a hit what would take it out.

    Parameters
    ----------
    beside
        Further claims that no suggestion may lie in.
    top
        Most changes listed a site.

    Raises
    ------
    StructureError
        If the structure cannot be read or is too large to try.
    """
    mol = prepare_mol(smiles, claim.isotopes)
    fit = claim.find_fit(mol)
    if fit is None or fit.failures:
        match = match_prepared(claim, mol)
        if match.tautomer:
            return find_boundary(claim, match.tautomer, beside=beside, top=top)
        changes = None if fit is None else len(fit.failures)
        return ClaimBoundary(
            claim_id=claim.claim_id,
            inside=False,
            distance=claim_distance([claim], mol),
            changes=changes,
            failures=() if fit is None else fit.failures,
        )
    holds, exits = [], []
    judge = _Judge(claim, beside, smiles)
    allowed = claim.allowed()
    for site, groups in fit.groups.items():
        leaving, staying = judge.sort(site, [c for g in groups for c in _changes_of(mol, g)])
        exits += leaving[:top]
        shown = fit.assignment()[site]
        holds.append(Hold(site=site, group=shown, allowed=allowed[site], stays=staying[:top]))
    joined = sorted(set(fit.joined) - set(fit.groups))
    holds += [Hold(site=site, group=fit.joined[site], allowed=allowed[site]) for site in joined]
    exits += judge.sort(CORE, change_atoms(mol, _core_atoms(mol, fit)))[0][:top]
    return ClaimBoundary(
        claim_id=claim.claim_id,
        inside=True,
        distance=0.0,
        changes=0,
        holds=tuple(holds),
        exits=tuple(exits),
    )


def _changes_of(mol: Chem.Mol, group: Group) -> list[Change]:
    found = exchange_group(mol, group)
    return [*found, *change_atoms(mol, sorted(group.atoms), whole=group_smiles(group))]


def _core_atoms(mol: Chem.Mol, fit: Fit) -> list[int]:
    hung = {index for groups in fit.groups.values() for group in groups for index in group.atoms}
    return [index for index in range(mol.GetNumAtoms()) if index not in hung]


class _Judge:
    """Tries changes on a claim and puts the nearest first."""

    def __init__(self, claim: Claim, beside: Sequence[Claim], smiles: str) -> None:
        self._claim = claim
        self._beside = [other for other in beside if other.claim_id != claim.claim_id]
        mol = prepare_mol(smiles)
        self._smiles = str(Chem.MolToSmiles(mol))
        self._size = mol.GetNumHeavyAtoms()
        self._bits = morgan_bits([self._smiles])
        # One structure can come about in several ways; it is listed where it came first.
        self._seen = {self._smiles}

    def sort(self, site: str, changes: Sequence[Change]) -> tuple[list[Exit], tuple[str, ...]]:
        """Return changes that leave every claim, and those that stay inside, nearest first."""
        new = []
        for change in changes:
            if change.smiles not in self._seen:
                self._seen.add(change.smiles)
                new.append(change)
        if not new:
            return [], ()
        similar = tanimoto(self._bits, morgan_bits([change.smiles for change in new]))[0]
        ranked = sorted(
            zip(new, similar.tolist(), strict=True), key=lambda item: (item[0].cost, -item[1])
        )
        exits, stays = [], []
        for change, similarity in ranked:
            reason = self._why_outside(change.smiles)
            if reason is None:
                stays.append(change.words)
            elif reason:
                exits.append(
                    Exit(
                        site=site,
                        change=change.words,
                        smiles=change.smiles,
                        reason=reason,
                        similarity=similarity,
                    )
                )
        return exits, tuple(dict.fromkeys(stays))

    def _why_outside(self, smiles: str) -> str | None:
        """Return why it is outside the claim; None if inside, empty if another holds it."""
        match = match_claim(self._claim, smiles)
        if match.inside:
            return None
        if match.not_tried or any(match_claim(other, smiles).inside for other in self._beside):
            return ""
        return "; ".join(match.failures) if match.core_found else "the core does not occur"
