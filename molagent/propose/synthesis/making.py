"""How a chosen compound may be made: a route to itself, or else the nearest that has one.

A route here is what templates allow from pieces; a piece that is not in the file of building blocks
has to be found at a vendor or made. Nobody has run it. What no template cuts is not found, which is
not the same as not makeable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from molagent.chem.molecules import parse_smiles
from molagent.errors import StructureError
from molagent.propose.synthesis.analogues import AnalogueFinder
from molagent.propose.synthesis.routes import Route

__all__ = ["DEEPEST", "Making", "exact_route", "plan_making"]

Making = dict[str, Any]
"""JSON-able: ``how`` (``route``, ``analogue`` or ``not found``), ``steps``, ``route`` in words,
``buy`` (a mapping a piece: ``smiles, block_id, name``), ``product`` and ``similarity`` of an
analogue, ``reason`` where nothing was found."""

DEEPEST: Final = 3
"""Reactions in a row that are looked for."""

# An analogue that resembles a compound less is another compound.
_LEAST_SIMILAR: Final = 0.4


def exact_route(finder: AnalogueFinder, smiles: str, *, depth: int = DEEPEST) -> Route | None:
    """Return the route to a structure, stereo aside, that leaves least to be found elsewhere.

    That is the one whose largest piece outside the file of building blocks is the smallest, then
    that with the fewest such pieces, then the fewest steps. None where no template cuts it.

    Raises
    ------
    StructureError
        If the structure cannot be read.

    Examples
    --------
    >>> route = exact_route(AnalogueFinder(), "O=C(c1ccc(F)cc1)N1CCOCC1")
    >>> [material.smiles for material in route.materials], route.all_in_file
    (['O=C(O)c1ccc(F)cc1', 'C1COCCN1'], True)
    """
    return min(finder.exact_routes(smiles, depth=depth), key=_left_to_find, default=None)


def plan_making(finder: AnalogueFinder, smiles_list: Sequence[str]) -> list[Making]:
    """Say of each structure how it may be made."""
    return [_plan(finder, smiles) for smiles in smiles_list]


def _plan(finder: AnalogueFinder, smiles: str) -> Making:
    try:
        route = exact_route(finder, smiles)
        if route is not None:
            return {"how": "route", **_told(route)}
        search = finder.find(smiles, count=1)
    except StructureError as error:
        return {"how": "not found", "reason": str(error)}
    if not search.analogues or search.analogues[0].similarity < _LEAST_SIMILAR:
        reason = search.reason or "unknown: no makeable structure resembles it"
        return {"how": "not found", "reason": reason}
    nearest = search.analogues[0]
    return {
        "how": "analogue",
        "product": nearest.smiles,
        "similarity": round(nearest.similarity, 4),
        **_told(nearest.route),
    }


def _told(route: Route) -> Making:
    return {
        "steps": len(route.steps),
        "route": route.to_text(),
        "buy": [
            {"smiles": one.smiles, "block_id": one.block_id, "name": one.name}
            for one in dict.fromkeys(route.materials)
        ],
    }


def _left_to_find(route: Route) -> tuple[int, int, int, str]:
    sizes = [
        parse_smiles(one.smiles).GetNumHeavyAtoms() for one in route.materials if not one.block_id
    ]
    return max(sizes, default=0), len(sizes), len(route.steps), route.to_text()
