"""Claims as data with their own tests.

A claim is one file of ``claims/``. It says what was read, how it was interpreted, and which
structures must and must not fall inside; those are tried whenever the file is loaded. A draft never
counts as covering a structure; only a confirmed claim does, and who confirmed it stands in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from rdkit import Chem

from molagent.chem.molecules import parse_smiles
from molagent.errors import FileFormatError, InputError, StructureError
from molagent.patents.markush.composites import AnyGroup
from molagent.patents.markush.cores import build_template
from molagent.patents.markush.groups import group_smiles
from molagent.patents.markush.language import parse_sites
from molagent.patents.markush.templates import Fit, Site, Template
from molagent.patents.publications import (
    normalize_publication_number,
    read_toml,
    take_fields,
)

__all__ = [
    "MAX_ATOMS",
    "Claim",
    "ClaimEvent",
    "ClaimStatus",
    "keep_one_fragment",
    "parse_claim",
    "prepare_mol",
    "read_claim",
    "read_claims",
]

# A hang-proof cap: the largest drug-like macrocycles have about 100 heavy atoms.
MAX_ATOMS: Final = 150

_REQUIRED: Final = frozenset(
    {
        "claim_id",
        "publication_number",
        "claim",
        "kind",
        "status",
        "source",
        "read_on",
        "text",
        "interpretation",
        "core",
        "site",
        "members",
        "non_members",
    }
)
_OPTIONAL: Final = frozenset(
    {"confirmed_by", "confirmed_on", "isotopes", "filled", "note", "history"}
)
_EVENT: Final = {"what", "by", "on", "note"}


class ClaimStatus(StrEnum):
    """Who stands behind the reading of a claim."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvent:
    """What was done to a claim file, by whom and when: imported, drafted, confirmed, rejected."""

    what: str
    by: str
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One Markush claim.

    Attributes
    ----------
    text
        What was read, abridged where marked.
    interpretation
        What had to be decided to turn the text into a template.
    templates
        One template a core; a structure is inside if it fits one of them.
    isotopes
        ``ignored`` (deuterium counts as hydrogen) or ``literal``.
    filled
        Sites of which at least one must be filled (a proviso).
    members, non_members
        Structures that must and must not fall inside.
    history
        What was done to the file, oldest first.
    """

    claim_id: str
    publication_number: str
    claim: str
    kind: str
    status: ClaimStatus
    source: str
    read_on: date
    text: str
    interpretation: str
    templates: tuple[Template, ...]
    members: tuple[str, ...]
    non_members: tuple[str, ...]
    isotopes: str = "ignored"
    filled: tuple[str, ...] = ()
    confirmed_by: str = ""
    confirmed_on: date | None = None
    note: str = ""
    history: tuple[ClaimEvent, ...] = ()

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites, which every core of the claim shares."""
        return self.templates[0].sites

    def find_fit(self, mol: Chem.Mol) -> Fit | None:
        """Return how a molecule lies on the claim; None if no core occurs in it.

        `mol` comes from :func:`prepare_mol`. The molecule is inside if the fit has no failures.
        """
        best: Fit | None = None
        for template in self.templates:
            fit = template.find_fit(mol)
            if fit is None:
                continue
            fit = self._with_proviso(fit)
            if not fit.failures:
                return fit
            if best is None or len(fit.failures) < len(best.failures):
                best = fit
        return best

    def _with_proviso(self, fit: Fit) -> Fit:
        if fit.failures or not self.filled or any(fit.groups[name] for name in self.filled):
            return fit
        names = " and ".join(self.filled)
        return Fit(fit.groups, (f"{names} are all unfilled; the claim requires one of them",))


def prepare_mol(smiles: str, isotopes: str = "ignored") -> Chem.Mol:
    """Return the molecule a claim is tried on: one fragment, isotope labels dropped or kept.

    Raises
    ------
    StructureError
        If the structure cannot be read or has more than :data:`MAX_ATOMS` atoms.
    """
    return keep_one_fragment(parse_smiles(smiles, max_atoms=MAX_ATOMS), isotopes)


def keep_one_fragment(mol: Chem.Mol, isotopes: str = "ignored") -> Chem.Mol:
    """Return the largest fragment of a molecule, isotope labels dropped or kept."""
    fragments = Chem.GetMolFrags(mol, asMols=True)
    if len(fragments) > 1:
        mol = max(fragments, key=Chem.Mol.GetNumHeavyAtoms)
    if isotopes == "literal":
        return mol
    if any(atom.GetIsotope() for atom in mol.GetAtoms()):
        for atom in mol.GetAtoms():
            atom.SetIsotope(0)
        mol = Chem.RemoveHs(mol)
    return mol


def read_claims(folder: Path) -> tuple[Claim, ...]:
    """Read every claim of ``folder/claims``, in file order; none if there is no such folder."""
    claims = tuple(read_claim(path) for path in sorted((folder / "claims").glob("*.toml")))
    seen: set[str] = set()
    for claim in claims:
        if claim.claim_id in seen:
            raise FileFormatError(
                f"claim {claim.claim_id} stands twice",
                place=str(folder / "claims"),
                remedy="give one of them another claim_id",
            )
        seen.add(claim.claim_id)
    return claims


def read_claim(path: Path) -> Claim:
    """Read one claim and run its own tests.

    Raises
    ------
    FileFormatError
        Naming the file, the claim, and the field or the SMILES that is wrong.
    """
    claim = parse_claim(read_toml(path), place=str(path))
    place = f"{path}: claim {claim.claim_id}"
    _check_status(claim, place)
    # A reading that was rejected may be wrong: it is kept for the record and never matched.
    if claim.status is not ClaimStatus.REJECTED:
        _check_members(claim, place)
    return claim


def parse_claim(data: Mapping[str, Any], *, place: str) -> Claim:
    """Return the claim that a file's tables mean, without running its own tests.

    Raises
    ------
    FileFormatError
        Naming `place`, the claim, and the field that is wrong.
    """
    fields = take_fields(data, set(_REQUIRED | _OPTIONAL), set(_REQUIRED), place=place)
    place = f"{place}: claim {fields['claim_id']}"
    sites = parse_sites(fields.pop("site"), place=place)
    cores = fields.pop("core")
    cores = [cores] if isinstance(cores, str) else cores
    try:
        fields["publication_number"] = normalize_publication_number(fields["publication_number"])
        fields["status"] = ClaimStatus(fields["status"])
    except (InputError, ValueError) as error:
        raise FileFormatError(
            str(error), place=place, remedy="correct publication_number or status"
        ) from error
    for name in ("members", "non_members", "filled"):
        fields[name] = tuple(fields.get(name, ()))
    fields["history"] = tuple(
        ClaimEvent(**take_fields(event, _EVENT, {"what", "by", "on"}, place=f"{place}: history"))
        for event in fields.get("history", ())
    )
    return Claim(
        templates=tuple(build_template(core, sites, place=place) for core in cores),
        **fields | {"claim": str(fields["claim"])},
    )


def _check_status(claim: Claim, place: str) -> None:
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


def _check_members(claim: Claim, place: str) -> None:
    """Refuse a claim file that fails its own tests, naming the structure and why."""
    if not claim.members or not claim.non_members:
        raise FileFormatError(
            "a claim needs members and non-members to test itself with",
            place=place,
            remedy="add at least one of each",
        )
    for smiles, expected in _expectations(claim):
        try:
            fit = claim.find_fit(prepare_mol(smiles, claim.isotopes))
        except StructureError as error:
            raise FileFormatError(error.message, place=place, remedy="correct it") from error
        inside = fit is not None and not fit.failures
        if inside and not expected:
            raise FileFormatError(
                f"non-member {smiles} falls inside ({_shown(fit)})",
                place=place,
                remedy="correct the claim or the list",
            )
        if expected and not inside:
            why = "its core does not occur" if fit is None else "; ".join(fit.failures)
            raise FileFormatError(
                f"member {smiles} falls outside ({why})",
                place=place,
                remedy="correct the claim or the list",
            )


def _expectations(claim: Claim) -> Iterator[tuple[str, bool]]:
    for smiles in claim.members:
        yield smiles, True
    for smiles in claim.non_members:
        yield smiles, False


def _shown(fit: Fit | None) -> str:
    if fit is None:
        return ""
    pairs: Mapping[str, Any] = {
        name: [group_smiles(group) for group in groups] or "H"
        for name, groups in fit.groups.items()
    }
    return ", ".join(f"{name} = {value}" for name, value in pairs.items())


def _mentions_any_group(predicate: object) -> bool:
    if isinstance(predicate, AnyGroup):
        return True
    parts = [
        getattr(predicate, name) for name in ("then", "base", "by") if hasattr(predicate, name)
    ]
    parts += getattr(predicate, "options", ())
    parts += [site.predicate for site in getattr(predicate, "sites", ())]
    return any(_mentions_any_group(part) for part in parts)
