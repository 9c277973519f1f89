"""Reaction templates: run forward to one product, or backward as a cut that forward confirms.

Templates are data (``data/templates.toml``): SMIRKS, groups that must be absent, a reference and
examples. A reaction that could give two products is refused, because a template cannot tell which
one would form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions, rdMolHash

from molagent.chem.molecules import parse_smarts
from molagent.errors import FileFormatError, StructureError

__all__ = [
    "Example",
    "Outcome",
    "Template",
    "TemplateSet",
    "default_templates",
    "find_cuts",
    "read_templates",
    "run_template",
]

_NEEDED: Final = ("name", "title", "class", "reference", "forward", "examples")
# A structure with more equivalent sites than this is a polymer's, not a reagent's.
_MAX_PRODUCTS: Final = 64
_TAUTOMER: Final = rdMolHash.HashFunction.HetAtomTautomer


@dataclass(frozen=True, slots=True)
class Example:
    """Reactants and the one product they give."""

    reactants: tuple[str, ...]
    product: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One type of reaction.

    Attributes
    ----------
    reaction_class
        After Roughley and Jordan 2011, doi:10.1021/jm200187y.
    reference
        Where the reaction is described.
    sequential
        The reactants are put in one after the other, so one may carry the other's handle.
    unmarked
        Atom map number of a stereocentre whose mark the product does not keep; 0 for none.
    roles
        What each reactant must carry, in order.
    role_smarts
        The same as text; two templates may share a role.
    incompatible
        Names and patterns of groups that no reactant may carry.
    """

    name: str
    title: str
    reaction_class: str
    reference: str
    sequential: bool
    unmarked: int
    role_smarts: tuple[str, ...]
    examples: tuple[Example, ...]
    roles: tuple[Chem.Mol, ...] = field(repr=False, compare=False)
    incompatible: tuple[tuple[str, Chem.Mol], ...] = field(repr=False, compare=False)
    forward: tuple[rdChemReactions.ChemicalReaction, ...] = field(repr=False, compare=False)
    retro: tuple[rdChemReactions.ChemicalReaction, ...] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSet:
    """Templates by name.

    Attributes
    ----------
    unfinished
        Names and patterns of groups that a proposal must not carry any more.
    """

    templates: tuple[Template, ...]
    unfinished: tuple[tuple[str, Chem.Mol], ...] = field(repr=False, compare=False)

    def get(self, name: str) -> Template | None:
        """Return the template of that name, or None."""
        return next((one for one in self.templates if one.name == name), None)

    def find_unfinished(self, mol: Chem.Mol) -> str:
        """Return the name of a reactive group that is left, or ''."""
        return next((name for name, query in self.unfinished if mol.HasSubstructMatch(query)), "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running a template gave: a product, or the reason why there is none."""

    product: Chem.Mol | None
    reason: str = ""


def run_template(template: Template, reactants: Sequence[Chem.Mol]) -> Outcome:
    """Return the one product of reactants given in the template's order, or why there is none.

    Examples
    --------
    >>> amide = default_templates().get("amide_from_amine")
    >>> acid, amine = map(Chem.MolFromSmiles, ("OC(=O)c1ccccc1", "C1COCCN1"))
    >>> Chem.MolToSmiles(run_template(amide, (acid, amine)).product)
    'O=C(c1ccccc1)N1CCOCC1'
    >>> run_template(amide, (acid, Chem.MolFromSmiles("NCCCC(C)N"))).reason
    'ambiguous: 2 products'
    """
    for position, reactant in enumerate(reactants):
        if not reactant.HasSubstructMatch(template.roles[position]):
            return Outcome(None, f"reactant {position + 1} does not fit")
        if reason := _refused(template, position, reactant):
            return Outcome(None, reason)
    products = _products(template, reactants)
    if not products:
        return Outcome(None, "no product")
    if len(products) > 1:
        # Two drawings of one compound, such as 5- and 6-methylbenzimidazole, are not ambiguous.
        keys = {rdMolHash.MolHash(Chem.Mol(mol), _TAUTOMER) for mol in products.values()}
        if len(keys) > 1:
            return Outcome(None, f"ambiguous: {len(keys)} products")
    return Outcome(products[min(products)])


def _refused(template: Template, position: int, reactant: Chem.Mol) -> str:
    for name, query in template.incompatible:
        if reactant.HasSubstructMatch(query):
            return f"incompatible: {name}"
    if template.sequential:
        return ""
    for other, role in enumerate(template.roles):
        if other != position and reactant.HasSubstructMatch(role):
            return "a reactant would react with itself"
    return ""


def _products(template: Template, reactants: Sequence[Chem.Mol]) -> dict[str, Chem.Mol]:
    products: dict[str, Chem.Mol] = {}
    with rdBase.BlockLogs():
        for reaction in template.forward:
            for (mol,) in reaction.RunReactants(tuple(reactants), _MAX_PRODUCTS):
                if template.unmarked:
                    _unmark(mol, template.unmarked)
                settled = _settled(mol)
                if settled is not None and "." not in settled[0]:
                    products.setdefault(*settled)
    return products


def _unmark(mol: Chem.Mol, number: int) -> None:
    for atom in mol.GetAtoms():
        if atom.HasProp("old_mapno") and atom.GetIntProp("old_mapno") == number:
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)


def _settled(mol: Chem.Mol) -> tuple[str, Chem.Mol] | None:
    """Return canonical SMILES and molecule of a raw product, or None where it cannot exist."""
    try:
        Chem.SanitizeMol(mol)
    except (Chem.MolSanitizeException, ValueError):
        return None
    # Read again: what a reaction leaves on atoms would show in later steps.
    again = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
    return None if again is None else (str(Chem.MolToSmiles(again)), again)


def find_cuts(template: Template, mol: Chem.Mol) -> tuple[tuple[str, ...], ...]:
    """Return every way to cut a structure by this template, as reactant SMILES in order.

    A cut counts only if the template, run forward on the pieces, gives the structure back and
    nothing else. Draw the structure without stereo marks.

    Examples
    --------
    >>> amide = default_templates().get("amide_from_amine")
    >>> find_cuts(amide, Chem.MolFromSmiles("O=C(c1ccccc1)N1CCOCC1"))
    (('O=C(O)c1ccccc1', 'C1COCCN1'),)
    """
    wanted = Chem.MolToSmiles(mol)
    cuts: dict[tuple[str, ...], None] = {}
    tried: set[tuple[str, ...]] = set()
    with rdBase.BlockLogs():
        for reaction in template.retro:
            for pieces in reaction.RunReactants((mol,), _MAX_PRODUCTS):
                settled = [found for piece in pieces if (found := _settled(piece)) is not None]
                smiles = tuple(text for text, _ in settled)
                if smiles in tried or len(settled) < len(pieces):
                    continue
                tried.add(smiles)
                product = run_template(template, [piece for _, piece in settled]).product
                if product is not None and Chem.MolToSmiles(product) == wanted:
                    cuts[smiles] = None
    return tuple(sorted(cuts))


@cache
def default_templates() -> TemplateSet:
    """Return the templates that come with molagent."""
    text = (resources.files(__package__) / "data" / "templates.toml").read_text(encoding="utf-8")
    return _template_set(tomllib.loads(text), place="templates.toml")


def read_templates(path: Path) -> TemplateSet:
    """Return the templates of a site's own file, written like ``data/templates.toml``.

    Raises
    ------
    FileFormatError
        If the file is not TOML, an entry is incomplete, or a pattern does not parse.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileFormatError(
            f"not a readable TOML file ({error})", place=str(path), remedy="correct the file"
        ) from error
    return _template_set(document, place=str(path))


def _template_set(document: Mapping[str, Any], *, place: str) -> TemplateSet:
    atoms = {str(key): str(value) for key, value in document.get("atoms", {}).items()}
    groups = {
        str(key): _query(str(value), f"{place}: group {key}")
        for key, value in document.get("groups", {}).items()
    }
    templates = tuple(
        _template(entry, atoms, groups, f"{place}: template {number}")
        for number, entry in enumerate(document.get("template", ()), start=1)
    )
    if not templates:
        raise FileFormatError("no template in the file", place=place, remedy="add [[template]]")
    names = [template.name for template in templates]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FileFormatError(
            f"templates named twice: {', '.join(twice)}", place=place, remedy="rename one"
        )
    return TemplateSet(
        templates=templates,
        unfinished=_named(document.get("unfinished", ()), groups, f"{place}: unfinished"),
    )


def _template(
    entry: Mapping[str, Any], atoms: Mapping[str, str], groups: Mapping[str, Chem.Mol], place: str
) -> Template:
    if missing := [key for key in _NEEDED if not entry.get(key)]:
        raise FileFormatError(
            f"{', '.join(missing)} missing", place=place, remedy="complete the entry"
        )
    place = f"{place} ({entry['name']})"
    forward = tuple(_reaction(text, place) for text in _texts(entry["forward"], atoms))
    roles = tuple(_texts(entry.get("roles", ()), atoms)) or tuple(
        Chem.MolToSmarts(query) for query in forward[0].GetReactants()
    )
    return Template(
        name=str(entry["name"]),
        title=str(entry["title"]),
        reaction_class=str(entry["class"]),
        reference=str(entry["reference"]),
        sequential=bool(entry.get("sequential", False)),
        unmarked=int(entry.get("unmarked", 0)),
        role_smarts=roles,
        examples=tuple(
            Example(tuple(one["reactants"]), str(one["product"])) for one in entry["examples"]
        ),
        roles=tuple(_query(text, place) for text in roles),
        incompatible=_named(entry.get("incompatible", ()), groups, place),
        forward=forward,
        retro=tuple(_reaction(text, place) for text in _texts(entry.get("retro", ()), atoms)),
    )


def _texts(value: str | Sequence[str], atoms: Mapping[str, str]) -> list[str]:
    texts = [value] if isinstance(value, str) else list(value)
    for name, smarts in atoms.items():
        texts = [text.replace("{" + name + "}", smarts) for text in texts]
    return texts


def _reaction(smirks: str, place: str) -> rdChemReactions.ChemicalReaction:
    try:
        with rdBase.BlockLogs():
            reaction = rdChemReactions.ReactionFromSmarts(smirks)
            reaction.Initialize()
            _, errors = reaction.Validate(silent=True)
    except ValueError as error:
        raise FileFormatError(
            f"{smirks!r} is not SMIRKS", place=place, remedy="correct the reaction"
        ) from error
    if errors:
        raise FileFormatError(
            f"{smirks!r} has {errors} faults", place=place, remedy="correct the reaction"
        )
    return reaction


def _query(smarts: str, place: str) -> Chem.Mol:
    try:
        query = parse_smarts(smarts, place=place)
    except StructureError as error:
        raise FileFormatError(error.message, place=place, remedy=error.remedy) from error
    return query


def _named(
    names: Sequence[str], groups: Mapping[str, Chem.Mol], place: str
) -> tuple[tuple[str, Chem.Mol], ...]:
    if unknown := sorted(set(names) - set(groups)):
        raise FileFormatError(
            f"no group named {', '.join(unknown)}", place=place, remedy="add it to [groups]"
        )
    return tuple((name, groups[name]) for name in names)
