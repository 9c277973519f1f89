"""A synthesis as a record: steps, starting materials, text, JSON and a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from rdkit.Chem import rdChemReactions
from rdkit.Chem.Draw import rdMolDraw2D

from molagent.errors import InputError

__all__ = ["UNLISTED", "Route", "StartingMaterial", "Step"]

UNLISTED: Final = "not in the block file"

_STEP_WIDTH_PX: Final = 760
_STEP_HEIGHT_PX: Final = 220


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingMaterial:
    """What a route starts from.

    Attributes
    ----------
    block_id
        Id in the file of building blocks; '' for a piece that is not in it.
    """

    smiles: str
    block_id: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """Return id and name, or that the piece is not in the file of building blocks."""
        label = f"{self.block_id} {self.name}".strip() or UNLISTED
        # These two separate steps and reactants in the text of a route.
        return label.replace("; ", ", ").replace(" + ", "+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One reaction: the template's name, reactants in its order, product."""

    template: str
    reactants: tuple[str, ...]
    product: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A synthesis that templates allow; nobody has run it.

    Attributes
    ----------
    product
        Canonical SMILES.
    steps
        In the order of work; none if the product is itself a building block.
    materials
        Starting materials in the order in which they are used.

    Examples
    --------
    >>> route = Route(
    ...     product="CC(=O)Nc1ccccc1",
    ...     steps=(
    ...         Step(
    ...             template="amide_from_aniline",
    ...             reactants=("CC(=O)O", "Nc1ccccc1"),
    ...             product="CC(=O)Nc1ccccc1",
    ...         ),
    ...     ),
    ...     materials=(
    ...         StartingMaterial(smiles="CC(=O)O", block_id="B1", name="acetic acid"),
    ...         StartingMaterial(smiles="Nc1ccccc1"),
    ...     ),
    ... )
    >>> route.to_text()
    '1 amide_from_aniline: CC(=O)O [B1 acetic acid] + Nc1ccccc1 [not in the block file]'
    >>> Route.from_json(route.to_json()) == route
    True
    """

    product: str
    steps: tuple[Step, ...]
    materials: tuple[StartingMaterial, ...]

    @property
    def all_in_file(self) -> bool:
        """Whether every starting material is in the file of building blocks."""
        return all(material.block_id for material in self.materials)

    def to_text(self) -> str:
        """Return one line: the steps, and where each reactant comes from.

        ``synthesis.replay.replay_route`` reads it.
        """
        if not self.steps:
            return f"nothing to do: {self.product} [{self.materials[0].label}]"
        origins = {material.smiles: material.label for material in self.materials}
        made: dict[str, int] = {}
        parts = []
        for number, step in enumerate(self.steps, start=1):
            names = [
                f"product {made[text]}" if text in made else f"{text} [{origins.get(text, '?')}]"
                for text in step.reactants
            ]
            parts.append(f"{number} {step.template}: {' + '.join(names)}")
            made[step.product] = number
        return "; ".join(parts)

    def to_json(self) -> str:
        """Return the route as JSON, keys in a fixed order."""
        return json.dumps(
            {
                "product": self.product,
                "steps": [
                    {
                        "template": step.template,
                        "reactants": list(step.reactants),
                        "product": step.product,
                    }
                    for step in self.steps
                ],
                "materials": [
                    {"smiles": one.smiles, "block_id": one.block_id, "name": one.name}
                    for one in self.materials
                ],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Route:
        """Return the route of :meth:`to_json`.

        Raises
        ------
        InputError
            If the text is something else.
        """
        try:
            document: Mapping[str, Any] = json.loads(text)
            return cls(
                product=str(document["product"]),
                steps=tuple(
                    Step(
                        template=str(one["template"]),
                        reactants=tuple(str(text) for text in one["reactants"]),
                        product=str(one["product"]),
                    )
                    for one in document["steps"]
                ),
                materials=tuple(StartingMaterial(**one) for one in document["materials"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"the text is not a route ({error})", remedy="give what Route.to_json wrote"
            ) from error

    def to_svg(self) -> str:
        """Return a picture, one reaction a row on a white ground; '' for a route without steps."""
        if not self.steps:
            return ""
        height = _STEP_HEIGHT_PX * len(self.steps)
        rows = []
        for number, step in enumerate(self.steps):
            title = escape(f"{number + 1}  {step.template.replace('_', ' ')}")
            rows.append(
                f'<svg y="{number * _STEP_HEIGHT_PX}" width="{_STEP_WIDTH_PX}" '
                f'height="{_STEP_HEIGHT_PX}">{_draw(step)}'
                f'<text x="12" y="22" font-family="sans-serif" font-size="14">{title}</text></svg>'
            )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_STEP_WIDTH_PX}" height="{height}" '
            f'viewBox="0 0 {_STEP_WIDTH_PX} {height}">{"".join(rows)}</svg>'
        )


def _draw(step: Step) -> str:
    reaction = rdChemReactions.ReactionFromSmarts(
        f"{'.'.join(step.reactants)}>>{step.product}", useSmiles=True
    )
    canvas = rdMolDraw2D.MolDraw2DSVG(_STEP_WIDTH_PX, _STEP_HEIGHT_PX)
    canvas.DrawReaction(reaction)
    canvas.FinishDrawing()
    svg = str(canvas.GetDrawingText())
    # The XML declaration may stand only at the head of a document.
    return svg[svg.index("<svg") :]
