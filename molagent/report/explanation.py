"""An estimate explained on one page: atoms in colour, measured neighbours, what argues against.

Blue raises the estimate, orange lowers it; whether that is wanted is the project's matter. The
colours are told apart by the colour-blind, and every number stands beside them.
"""

from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from molagent.chem.molecules import parse_smiles
from molagent.learn.evaluation import Z_90
from molagent.learn.explanation import CLOSE, AtomContributions, AtomGroup, Explanation, Neighbour
from molagent.report.cards import Card, Line
from molagent.report.chart import Axes
from molagent.report.colours import BLUE, ORANGE, QUIET, WHITE, blend
from molagent.report.drawing import align_to_reference, structure_svg
from molagent.report.files import replace_file
from molagent.report.page import Picture, render
from molagent.report.scale import signed
from molagent.report.wording import is_unknown, label, number, unit_words

__all__ = [
    "atom_colours",
    "contribution_svg",
    "explanation_html",
    "render_explanation",
    "write_explanation",
]

_RAISES: Final = (0, 114, 178)
_LOWERS: Final = (213, 94, 0)
_UNKNOWN: Final = "#d9dee4"
# Full colour would hide bonds and letters drawn over it.
_DEEPEST: Final = 0.62
# Below this share of the largest contribution a tint would not be seen.
_PALE: Final = 0.04
_GROUPS_SHOWN: Final = 8


def atom_colours(contributions: AtomContributions, *, limit: float = 0.0) -> dict[int, str]:
    """Return a colour for each atom, ``#RRGGBB``: blue raises, orange lowers, grey is unknown.

    Parameters
    ----------
    limit
        Contribution that gets the deepest colour, in the endpoint's unit; the largest of the
        structure for 0. Give one limit for pictures that are to be compared.
    """
    values = contributions.atoms
    known = np.abs(values[np.isfinite(values)])
    largest = limit or float(known.max(initial=0.0))
    colours = {}
    for atom, value in enumerate(values.tolist()):
        if is_unknown(value):
            colours[atom] = _UNKNOWN
        elif largest > 0 and abs(value) / largest >= _PALE:
            colours[atom] = _blend(value / largest)
    return colours


def contribution_svg(
    contributions: AtomContributions, *, width: int = 460, height: int = 320, limit: float = 0.0
) -> Markup:
    """Return the structure with each atom on the colour of its contribution.

    Parameters
    ----------
    width, height
        In pixels.
    limit
        See :func:`atom_colours`.
    """
    title = (
        f"{contributions.smiles}: contributions to {contributions.endpoint}, "
        "blue raises the estimate, orange lowers it"
    )
    return structure_svg(
        contributions.smiles,
        width=width,
        height=height,
        tints=atom_colours(contributions, limit=limit),
        title=title,
    )


def render_explanation(explanation: Explanation, *, name: str = "") -> str:
    """Return an explanation as one HTML document without scripts and without remote parts.

    Parameters
    ----------
    name
        What the compound is called; its SMILES where empty.
    """
    return str(render("explanation.html", **_context(explanation, name)))


def explanation_html(explanation: Explanation, *, name: str = "") -> Picture:
    """Return the explanation alone, for a notebook cell or as a part of another page."""
    context = _context(explanation, name)
    body = render("explanation_head.html", **context) + render("explanation_body.html", **context)
    return Picture(context["title"], Markup("<section>{}</section>").format(body))


def _context(explanation: Explanation, name: str) -> dict[str, Any]:
    shares = explanation.contributions
    largest = max((abs(g.value) for g in shares.groups if np.isfinite(g.value)), default=0.0)
    return {
        "title": f"{name or shares.smiles}, {label(shares.endpoint)}",
        "name": name,
        "shares": shares,
        "endpoint": label(shares.endpoint),
        "unit": unit_words(shares.unit),
        "explanation": explanation,
        "low": number(shares.predicted - Z_90 * explanation.std),
        "high": number(shares.predicted + Z_90 * explanation.std),
        "drawn": contribution_svg(shares),
        "limit": number(_largest(shares)),
        "groups": shares.groups[:_GROUPS_SHOWN],
        "part": partial(_part, shares=shares),
        "bar": partial(_bar, largest=largest),
        "more": max(0, len(shares.groups) - _GROUPS_SHOWN),
        "neighbours": [_neighbour(entry, shares) for entry in explanation.neighbours],
        "pair": _pair(explanation),
        "nearest": max((entry.similarity for entry in explanation.neighbours), default=0.0),
        "close": CLOSE,
        "unknown_atoms": int(np.sum(~np.isfinite(shares.atoms))),
    }


def write_explanation(explanation: Explanation, path: Path, *, name: str = "") -> Path:
    """Write the page; see :func:`render_explanation`.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    return replace_file(path, render_explanation(explanation, name=name).encode("utf-8"))


def _blend(share: float) -> str:
    """Return the colour of a share -1..1: the tone mixed with white."""
    return blend((WHITE, _RAISES if share > 0 else _LOWERS), _DEEPEST * min(abs(share), 1.0))


def _largest(shares: AtomContributions) -> float:
    known = np.abs(shares.atoms[np.isfinite(shares.atoms)])
    return float(known.max(initial=0.0))


def _part(group: AtomGroup, shares: AtomContributions) -> Markup:
    return structure_svg(
        shares.smiles,
        width=150,
        height=104,
        tints=dict.fromkeys(group.atoms, _UNKNOWN if is_unknown(group.value) else _tone(group)),
        title=f"{group.smiles} in {shares.smiles}",
        thumbnail=True,
    )


def _tone(group: AtomGroup) -> str:
    return _blend(1.0 if group.value >= 0 else -1.0)


def _bar(value: float, largest: float) -> Markup:
    """Return a bar to the right of the middle for what raises, to the left for what lowers."""
    if is_unknown(value) or largest <= 0:
        return Markup("")
    axes = Axes.bare((-largest, largest), (0.0, 1.0), signed(value), (120, 12), sides=2)
    axes.rectangle((0.0, 0.1), (value, 0.9), BLUE if value >= 0 else ORANGE)
    axes.line((0.0, 0.0), (0.0, 1.0), QUIET, width=1)
    return axes.to_svg(x_ticks=[], y_ticks=[])


def _neighbour(entry: Neighbour, shares: AtomContributions) -> Card:
    pair = align_to_reference(entry.smiles, shares.smiles)
    return Card(
        drawn=structure_svg(
            pair.mol, width=210, height=130, highlight=pair.changed, thumbnail=True
        ),
        lines=(
            Line("", _value(entry), unit_words(shares.unit)),
            Line(quiet=f"similarity {number(entry.similarity)}"),
            Line(quiet=entry.compound_id or entry.smiles),
        ),
    )


def _value(entry: Neighbour) -> str:
    sign = "" if entry.relation == "=" else f"{entry.relation} "
    return f"{sign}{number(entry.value)}"


def _pair(explanation: Explanation) -> dict[str, object] | None:
    """Return both pictures, in one orientation and with the difference marked, and the numbers."""
    against = explanation.against
    if against is None:
        return None
    shares = explanation.contributions
    other = align_to_reference(against.neighbour.smiles, shares.smiles)
    own = align_to_reference(shares.smiles, against.neighbour.smiles)
    same = parse_smiles(shares.smiles).GetNumAtoms() == own.mol.GetNumAtoms() and not own.changed
    return {
        "own": structure_svg(other.reference, width=320, height=220, highlight=own.changed),
        "other": structure_svg(other.mol, width=320, height=220, highlight=other.changed),
        "name": against.neighbour.compound_id or against.neighbour.smiles,
        "value": _value(against.neighbour),
        "similarity": number(against.neighbour.similarity),
        "gap": number(abs(against.gap)),
        "side": "higher" if against.gap > 0 else "lower",
        "closer": against.closer,
        "same": same and not other.changed,
    }
