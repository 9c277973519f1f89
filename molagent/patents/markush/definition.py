"""What a claim is: cores with sites, provisos, and who stands behind the reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rdkit import Chem

from molagent.patents.markush.groups import Group
from molagent.patents.markush.preparing import components, counter_ions
from molagent.patents.markush.provisos import Proviso
from molagent.patents.markush.templates import CoreTemplate, Fit, Site
from molagent.patents.markush.together import Together

__all__ = ["Claim", "ClaimEvent", "ClaimStatus"]


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
    declared
        The sites as the file writes them; a core may lack some of their positions.
    isotopes
        ``ignored`` (deuterium counts as hydrogen) or ``literal``.
    salts
        ``any`` (a structure is tried without its counter ions), ``none`` (only the free form is
        inside), or the counter ions that are.
    stereo
        ``ignored``, ``literal``: the configuration of the core must be met, or ``relative``: it or
        its mirror image.
    together
        What two sites may be together; each way has its core among `templates`.
    filled
        Sites of which at least one must be filled (a proviso).
    provisos
        What else is asked; an assignment that meets all of them is enough to be inside.
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
    templates: tuple[CoreTemplate, ...]
    members: tuple[str, ...]
    non_members: tuple[str, ...]
    isotopes: str = "ignored"
    filled: tuple[str, ...] = ()
    confirmed_by: str = ""
    confirmed_on: date | None = None
    note: str = ""
    history: tuple[ClaimEvent, ...] = ()
    declared: tuple[Site, ...] = ()
    salts: str | tuple[str, ...] = "any"
    stereo: str = "ignored"
    provisos: tuple[Proviso, ...] = ()
    together: tuple[Together, ...] = ()

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites, which the cores of the claim share."""
        return self.declared or self.templates[0].sites

    def allowed(self) -> dict[str, str]:
        """Return site name to what the claim allows there, in words."""
        said = {site.name: site.predicate.describe() for site in self.sites}
        for pair in self.together:
            for name in dict.fromkeys(pair.sites):
                said[name] += f"; {pair.words}"
            if pair.carried is not None:
                said[pair.carried.name] = pair.carried.predicate.describe()
        return said

    def find_fit(self, mol: Chem.Mol) -> Fit | None:
        """Return how a molecule lies on the claim; None if no core occurs in it.

        `mol` comes from :func:`~molagent.patents.markush.preparing.prepare_mol`. The molecule is
        inside if the fit has no failures; of a mixture one component suffices.
        """
        best: Fit | None = None
        for component in components(mol):
            for template in self.templates:
                fit = self._lay(component, template)
                if fit is None:
                    continue
                if not fit.failures:
                    return fit
                if best is None or fit.rank < best.rank:
                    best = fit
        return best

    def _lay(self, mol: Chem.Mol, template: CoreTemplate) -> Fit | None:
        return template.find_fit(mol, accept=lambda groups: self.excludes(groups, mol))

    def excludes(self, groups: Mapping[str, tuple[Group, ...]], mol: Chem.Mol) -> str:
        """Return what takes an assignment that the sites allow out of the claim; empty if nothing.

        Parameters
        ----------
        groups
            Site name to the groups found there.
        mol
            The prepared molecule.
        """
        if self.filled and not any(groups.get(name, True) for name in self.filled):
            return f"{' and '.join(self.filled)} are all unfilled; the claim requires one of them"
        for proviso in self.provisos:
            if not proviso.allows(groups, mol):
                return f"the claim provides: {proviso.words}"
        ions = () if self.salts == "any" else counter_ions(mol)
        if self.salts == "none" and ions:
            return f"a salt or mixture with {', '.join(ions)}; the claim names the free form only"
        if not isinstance(self.salts, str) and not (ions and set(ions) <= set(self.salts)):
            found = f"with {', '.join(ions)}" if ions else "no salt"
            return f"{found}; the claim names the salt with {' or '.join(self.salts)}"
        return ""
