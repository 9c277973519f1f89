"""A stored proposal's route back as a record: its text is read and its reactions run again."""

from __future__ import annotations

import re
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError
from molagent.propose.synthesis.routes import UNLISTED, Route, StartingMaterial, Step
from molagent.propose.synthesis.template_file import default_templates
from molagent.propose.synthesis.templates import TemplateSet, run_template

__all__ = ["replay_route"]

_STEP: Final = re.compile(r"(\d+) (\w+): (.+)")
_MATERIAL: Final = re.compile(r"(\S+) \[(.*)\]")
_EARLIER: Final = re.compile(r"product (\d+)")


def replay_route(text: str, templates: TemplateSet | None = None) -> Route:
    """Return the route that :meth:`Route.to_text` wrote, for example a proposal's ``detail``.

    Parameters
    ----------
    text
        The route; an id ends at the first blank of a label.
    templates
        Those of the generator; None takes the ones that come with molagent.

    Raises
    ------
    InputError
        If the text is no route with steps, a template is not known, or a reaction does not give
        one product any more.

    Examples
    --------
    >>> text = "1 amide_from_aniline: CC(=O)O [B1 acetic acid] + Nc1ccccc1 [B2 aniline]"
    >>> route = replay_route(text)
    >>> route.product, route.materials[0].name
    ('CC(=O)Nc1ccccc1', 'acetic acid')
    """
    known = templates or default_templates()
    made: list[Chem.Mol] = []
    steps: list[Step] = []
    materials: list[StartingMaterial] = []
    for part in text.split("; "):
        match = _STEP.fullmatch(part)
        template = None if match is None else known.get(match[2])
        if match is None or template is None or int(match[1]) != len(made) + 1:
            raise InputError(
                f"{part!r} is not a step of a route that the templates know",
                remedy="give the text of a route, and the templates that made it",
            )
        reactants = [_reactant(word, made, materials) for word in match[3].split(" + ")]
        if len(reactants) != len(template.roles):
            raise InputError(f"{part!r} has {len(reactants)} reactants, not {len(template.roles)}")
        outcome = run_template(template, reactants)
        if outcome.product is None:
            raise InputError(
                f"{part!r} gives no product ({outcome.reason})",
                remedy="give the templates that made the route",
            )
        names = tuple(Chem.MolToSmiles(mol) for mol in reactants)
        product = Chem.MolToSmiles(outcome.product)
        steps.append(Step(template=template.name, reactants=names, product=product))
        made.append(outcome.product)
    return Route(product=steps[-1].product, steps=tuple(steps), materials=tuple(materials))


def _reactant(word: str, made: list[Chem.Mol], materials: list[StartingMaterial]) -> Chem.Mol:
    earlier = _EARLIER.fullmatch(word)
    if earlier is not None and 0 < int(earlier[1]) <= len(made):
        return made[int(earlier[1]) - 1]
    match = _MATERIAL.fullmatch(word)
    if match is None:
        raise InputError(f"{word!r} is not a reactant of a route")
    mol = parse_smiles(match[1])
    block_id, _, name = ("", "", "") if match[2] == UNLISTED else match[2].partition(" ")
    materials.append(StartingMaterial(smiles=match[1], block_id=block_id, name=name))
    return mol
