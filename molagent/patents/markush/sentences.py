"""A claim read back in English, for a chemist to lay beside the publication's own words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rdkit import Chem

from molagent.patents.markush.definition import Claim, ClaimStatus
from molagent.patents.markush.templates import CoreTemplate, Site

__all__ = ["ClaimReading", "SiteReading", "named_groups", "read_back", "standing"]

# Groups that chemists write by letters; the claim language has no word of its own for them.
_LETTERS: Final = MappingProxyType(
    {
        "*F": "F",
        "*Cl": "Cl",
        "*Br": "Br",
        "*I": "I",
        "*O": "hydroxy",
        "*N": "amino",
        "*C#N": "cyano",
        "*C(F)(F)F": "trifluoromethyl",
        "*OC(F)(F)F": "trifluoromethoxy",
        "*C": "methyl",
        "*CC": "ethyl",
        "*CCC": "n-propyl",
        "*C(C)C": "isopropyl",
        "*C(C)(C)C": "tert-butyl",
        "*C1CC1": "cyclopropyl",
        "*OC": "methoxy",
        "*OCC": "ethoxy",
        "*OC(C)C": "isopropoxy",
        "*OCCC": "propoxy",
        "*OC1CC1": "cyclopropyloxy",
        "*SC": "methylthio",
        "*NC": "methylamino",
        "*N(C)C": "dimethylamino",
        "*C(C)=O": "acetyl",
        "*C(N)=O": "carbamoyl",
        "*C(=O)O": "carboxy",
        "*S(C)(=O)=O": "methylsulfonyl",
        "*C(F)F": "difluoromethyl",
        "*OC(F)F": "difluoromethoxy",
        "*c1ccccc1": "phenyl",
        "*Cc1ccccc1": "benzyl",
        "*N1CCOCC1": "morpholin-4-yl",
        "*N1CCCCC1": "piperidin-1-yl",
        "*N1CCCC1": "pyrrolidin-1-yl",
    }
)
_GROUP: Final = re.compile(r"\*[^\s,;]+")
_ELEMENTS: Final = MappingProxyType({6: "carbon", 7: "nitrogen", 8: "oxygen", 16: "sulfur"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReading:
    """One site in words.

    Attributes
    ----------
    where
        ``position 7 (aromatic carbon)``.
    how_often
        ``always``, ``or hydrogen``, ``one to three times``.
    choices
        What may stand there, one phrase a choice.
    """

    name: str
    where: str
    how_often: str
    choices: tuple[str, ...]

    @property
    def what(self) -> str:
        """Return the choices as one phrase."""
        return " or ".join(self.choices)

    @property
    def sentence(self) -> str:
        """Return for example ``R1, always, at position 7 (aromatic carbon): C1-4 alkoxy``."""
        return f"{self.name}, {self.how_often}, at {self.where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimReading:
    """A claim in words.

    Attributes
    ----------
    heading
        Which claim, of which publication, and who stands behind the reading.
    cores
        SMILES of the cores, with positions as atom map numbers.
    together
        What two sites may be together.
    closing
        What holds for the whole: nothing else may hang on the core, isotopes, stereochemistry.
    """

    heading: str
    cores: tuple[str, ...]
    sites: tuple[SiteReading, ...]
    provisos: tuple[str, ...]
    closing: str
    together: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the whole as one paragraph a line."""
        cores = " or ".join(self.cores)
        lines = [
            f"{self.heading}: a compound with the core {cores}, in which"
            if self.sites
            else f"{self.heading}: the compound {cores} and no other;",
            *(f"  - {site.sentence};" for site in self.sites),
            *(f"  - or {pair};" for pair in self.together),
            *(f"  - provided that {proviso};" for proviso in self.provisos),
            f"  - {self.closing}.",
        ]
        return "\n".join(lines)


def read_back(claim: Claim) -> ClaimReading:
    """Return a claim in words, to be laid beside the text it was read from.

    Notes
    -----
    Words are made from what the matcher works with, never from the claim's `text`: a difference
    between the two is a mistake in the reading.
    """
    number, part = claim.publication_number, claim.claim
    which = f"Claim {part} of {number}" if part[:1].isdigit() else f"{number}, {part}"
    return ClaimReading(
        heading=f"{which} ({claim.kind}; {standing(claim)})",
        cores=tuple(dict.fromkeys(t.smiles for t in claim.templates if not t.joined)),
        sites=tuple(
            _read_site(site, [t for t in claim.templates if not t.joined]) for site in claim.sites
        ),
        provisos=_provisos(claim),
        closing=_closing(claim),
        together=tuple(named_groups(pair.words) for pair in claim.together),
    )


def standing(claim: Claim) -> str:
    """Return who confirmed a reading (``confirmed by ... on ...``), or that it is a draft."""
    if claim.status is ClaimStatus.CONFIRMED:
        return f"confirmed by {claim.confirmed_by} on {claim.confirmed_on}"
    if claim.status is ClaimStatus.REJECTED:
        return "rejected"
    return "a draft that nobody confirmed"


def named_groups(text: str) -> str:
    """Return words with the groups that have a common name called by it.

    Examples
    --------
    >>> named_groups("*OC or cyano or *C(=O)N1CCOCC1")
    'methoxy or cyano or *C(=O)N1CCOCC1'
    """
    return _GROUP.sub(lambda found: _LETTERS.get(found[0], found[0]), text)


def _read_site(site: Site, templates: Sequence[CoreTemplate]) -> SiteReading:
    return SiteReading(
        name=site.name,
        where=_where(site, templates),
        how_often=_how_often(site.counts),
        choices=tuple(
            named_groups(option.describe())
            for option in getattr(site.predicate, "options", (site.predicate,))
        ),
    )


def _where(site: Site, templates: Sequence[CoreTemplate]) -> str:
    """Return the positions with what stands there, as far as all of them are alike."""
    kinds: dict[str, None] = {}
    for template in templates:
        named = _atoms_by_position(template)
        kinds.update(dict.fromkeys(named[p] for p in site.positions if p in named))
    atoms = " or ".join(kinds)
    places = site.places()
    if len(site.positions) == 2:  # a pair is no range
        places = f"positions {site.positions[0]} and {site.positions[1]}"
    return f"{places} ({atoms})" if atoms else places


def _atoms_by_position(template: CoreTemplate) -> Mapping[int, str]:
    core = Chem.MolFromSmiles(template.smiles)
    return {atom.GetAtomMapNum(): _atom_words(atom) for atom in core.GetAtoms()}


def _atom_words(atom: Chem.Atom) -> str:
    element = _ELEMENTS.get(atom.GetAtomicNum(), str(atom.GetSymbol()))
    if atom.GetIsAromatic():
        return f"aromatic {element}"
    return f"ring {element}" if atom.IsInRing() else element


def _how_often(counts: tuple[int, ...]) -> str:
    """Return a count in words.

    Examples
    --------
    >>> _how_often((1,)), _how_often((0, 1)), _how_often((1, 2, 3)), _how_often((0, 4))
    ('always', 'or hydrogen', '1 to 3 times', '0 or 4 times')
    """
    if counts == (1,):
        return "always"
    if counts == (0, 1):
        return "or hydrogen"
    if len(counts) == 1:
        return f"exactly {counts[0]} times"
    if counts == tuple(range(counts[0], counts[-1] + 1)):
        low = "up to" if counts[0] == 0 else f"{counts[0]} to"
        return f"{low} {counts[-1]} times"
    return f"{' or '.join(str(count) for count in counts)} times"


def _provisos(claim: Claim) -> tuple[str, ...]:
    words = [proviso.words for proviso in claim.provisos]
    if claim.filled:
        words.append(f"at least one of {' and '.join(claim.filled)} is not hydrogen")
    return tuple(words)


def _closing(claim: Claim) -> str:
    where = "every other place" if claim.sites else "every place"
    literal = claim.isotopes == "literal"
    isotopes = "isotopes count as such" if literal else "isotopes make no difference"
    salts = {
        "any": "a salt counts as its free compound",
        "none": "only the free compound counts, no salt",
    }
    stereo = {
        "literal": "only in the configuration drawn",
        "relative": "only in the configuration drawn or its mirror image",
    }.get(claim.stereo, "stereochemistry is not looked at")
    ions = ", ".join(claim.salts) if not isinstance(claim.salts, str) else ""
    return (
        f"nothing else: {where} of the core carries hydrogen; {isotopes}; "
        f"{salts.get(str(claim.salts), f'of salts only those with {ions}')}; "
        f"{stereo}"
    )
