"""Reaction templates: run forward to one product, or backward as a cut that forward confirms.

Templates are data (`template_file`): SMIRKS, groups that must be absent, a reference and
examples. A reaction that could give two products is refused, because a template cannot tell which
one would form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions, rdMolHash

__all__ = [
    "Example",
    "ReactionOutcome",
    "ReactionTemplate",
    "TemplateSet",
    "find_cuts",
    "run_template",
]

# A structure with more equivalent sites than this is a polymer's, not a reagent's.
_MAX_PRODUCTS: Final = 64
_TAUTOMER: Final = rdMolHash.HashFunction.HetAtomTautomer


@dataclass(frozen=True, slots=True)
class Example:
    """Reactants and the one product they give."""

    reactants: tuple[str, ...]
    product: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionTemplate:
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

    templates: tuple[ReactionTemplate, ...]
    unfinished: tuple[tuple[str, Chem.Mol], ...] = field(repr=False, compare=False)

    def get(self, name: str) -> ReactionTemplate | None:
        """Return the template of that name, or None."""
        return next((one for one in self.templates if one.name == name), None)

    def find_unfinished(self, mol: Chem.Mol) -> str:
        """Return the name of a reactive group that is left, or ''."""
        return next((name for name, query in self.unfinished if mol.HasSubstructMatch(query)), "")


@dataclass(frozen=True, slots=True)
class ReactionOutcome:
    """What running a template gave: a product, or the reason why there is none."""

    product: Chem.Mol | None
    reason: str = ""


def run_template(template: ReactionTemplate, reactants: Sequence[Chem.Mol]) -> ReactionOutcome:
    """Return the one product of reactants given in the template's order, or why there is none.

    Examples
    --------
    >>> from molagent.propose.synthesis.template_file import default_templates
    >>> amide = default_templates().get("amide_from_amine")
    >>> acid, amine = map(Chem.MolFromSmiles, ("OC(=O)c1ccccc1", "C1COCCN1"))
    >>> Chem.MolToSmiles(run_template(amide, (acid, amine)).product)
    'O=C(c1ccccc1)N1CCOCC1'
    >>> run_template(amide, (acid, Chem.MolFromSmiles("NCCCC(C)N"))).reason
    'ambiguous: 2 products'
    """
    for position, reactant in enumerate(reactants):
        if not reactant.HasSubstructMatch(template.roles[position]):
            return ReactionOutcome(None, f"reactant {position + 1} does not fit")
        if reason := _refused(template, position, reactant):
            return ReactionOutcome(None, reason)
    products = _products(template, reactants)
    if not products:
        return ReactionOutcome(None, "no product")
    if len(products) > 1:
        # Two drawings of one compound, such as 5- and 6-methylbenzimidazole, are not ambiguous.
        keys = {rdMolHash.MolHash(Chem.Mol(mol), _TAUTOMER) for mol in products.values()}
        if len(keys) > 1:
            return ReactionOutcome(None, f"ambiguous: {len(keys)} products")
    return ReactionOutcome(products[min(products)])


def _refused(template: ReactionTemplate, position: int, reactant: Chem.Mol) -> str:
    for name, query in template.incompatible:
        if reactant.HasSubstructMatch(query):
            return f"incompatible: {name}"
    if template.sequential:
        return ""
    for other, role in enumerate(template.roles):
        if other != position and reactant.HasSubstructMatch(role):
            return "a reactant would react with itself"
    return ""


def _products(template: ReactionTemplate, reactants: Sequence[Chem.Mol]) -> dict[str, Chem.Mol]:
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


def find_cuts(template: ReactionTemplate, mol: Chem.Mol) -> tuple[tuple[str, ...], ...]:
    """Return every way to cut a structure by this template, as reactant SMILES in order.

    A cut counts only if the template, run forward on the pieces, gives the structure back and
    nothing else. Draw the structure without stereo marks.

    Examples
    --------
    >>> from molagent.propose.synthesis.template_file import default_templates
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
