"""An estimate explained on one page: atoms in colour, measured neighbours, what argues against.

Blue raises the estimate, orange lowers it; whether that is wanted is the project's matter. The
colours are told apart by the colour-blind, and every number stands beside them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jinja2
import numpy as np
from markupsafe import Markup

from molagent.chem.molecules import parse_smiles
from molagent.learn.evaluation import Z_90
from molagent.learn.explanation import CLOSE, AtomContributions, Explanation, Group, Neighbour
from molagent.report.drawing import align_to_reference, structure_svg
from molagent.report.files import replace_file
from molagent.report.vector import inline_svg
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _GroupView:
    """A line of the table of groups."""

    picture: Markup
    value: str
    bar: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class _NeighbourView:
    """A measured compound."""

    picture: Markup
    name: str
    value: str
    similarity: str


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
) -> str:
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
    environment = _environment()
    styles = environment.get_template("report.css").render()
    return environment.get_template("explanation.html").render(
        # The style sheets are part of the package, not of the data.
        styles=Markup(styles),  # noqa: S704
        body=explanation_html(explanation, name=name),
        title=f"{name or explanation.contributions.smiles}, "
        f"{label(explanation.contributions.endpoint)}",
    )


def explanation_html(explanation: Explanation, *, name: str = "") -> Markup:
    """Return the explanation alone, for a notebook cell or as a part of another page."""
    shares = explanation.contributions
    unit = unit_words(shares.unit)
    largest = max((abs(g.value) for g in shares.groups if np.isfinite(g.value)), default=0.0)
    text = (
        _environment()
        .get_template("explanation_body.html")
        .render(
            name=name,
            shares=shares,
            endpoint=label(shares.endpoint),
            unit=unit,
            explanation=explanation,
            low=number(shares.predicted - Z_90 * explanation.std),
            high=number(shares.predicted + Z_90 * explanation.std),
            picture=inline_svg(contribution_svg(shares)),
            limit=number(_largest(shares)),
            groups=[_group(group, shares, largest) for group in shares.groups[:_GROUPS_SHOWN]],
            more=max(0, len(shares.groups) - _GROUPS_SHOWN),
            total=number(float(shares.atoms.sum())),
            neighbours=[_neighbour(entry, shares) for entry in explanation.neighbours],
            pair=_pair(explanation),
            nearest=max((entry.similarity for entry in explanation.neighbours), default=0.0),
            close=CLOSE,
            unknown_atoms=int(np.sum(~np.isfinite(shares.atoms))),
        )
    )
    return Markup(text)  # noqa: S704 - the template escapes what is the caller's


def write_explanation(explanation: Explanation, path: Path, *, name: str = "") -> Path:
    """Write the page; see :func:`render_explanation`.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    return replace_file(path, render_explanation(explanation, name=name).encode("utf-8"))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("molagent.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(label=label, number=number, signed=_signed)
    return environment


def _blend(share: float) -> str:
    """Return the colour of a share -1..1: the tone mixed with white."""
    tone = _RAISES if share > 0 else _LOWERS
    depth = _DEEPEST * min(abs(share), 1.0)
    return "#" + "".join(f"{round(255 + depth * (part - 255)):02x}" for part in tone)


def _largest(shares: AtomContributions) -> float:
    known = np.abs(shares.atoms[np.isfinite(shares.atoms)])
    return float(known.max(initial=0.0))


def _signed(value: float) -> str:
    if is_unknown(value):
        return number(value)
    return f"+{number(value)}" if value >= 0 else number(value)


def _group(group: Group, shares: AtomContributions, largest: float) -> _GroupView:
    picture = structure_svg(
        shares.smiles,
        width=150,
        height=104,
        tints=dict.fromkeys(group.atoms, _UNKNOWN if is_unknown(group.value) else _tone(group)),
        title=f"{group.smiles} in {shares.smiles}",
        thumbnail=True,
    )
    return _GroupView(
        picture=inline_svg(picture), value=_signed(group.value), bar=_bar(group.value, largest)
    )


def _tone(group: Group) -> str:
    return _blend(1.0 if group.value >= 0 else -1.0)


def _bar(value: float, largest: float) -> Markup:
    """Return a bar to the right of the middle for what raises, to the left for what lowers."""
    if is_unknown(value) or largest <= 0:
        return Markup("")
    length = 58.0 * abs(value) / largest
    start = 60.0 if value >= 0 else 60.0 - length
    tone = "#0072b2" if value >= 0 else "#d55e00"
    return inline_svg(
        "<svg xmlns='http://www.w3.org/2000/svg' width='120' height='12' aria-hidden='true'>"
        f"<rect x='{start:.1f}' y='1' width='{length:.1f}' height='10' fill='{tone}'/>"
        "<path d='M60 0V12' stroke='#5b6470'/></svg>"
    )


def _neighbour(entry: Neighbour, shares: AtomContributions) -> _NeighbourView:
    pair = align_to_reference(entry.smiles, shares.smiles)
    return _NeighbourView(
        picture=inline_svg(
            structure_svg(pair.mol, width=210, height=130, highlight=pair.changed, thumbnail=True)
        ),
        name=entry.compound_id or entry.smiles,
        value=_value(entry),
        similarity=number(entry.similarity),
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
        "own": inline_svg(
            structure_svg(other.reference, width=320, height=220, highlight=own.changed)
        ),
        "other": inline_svg(
            structure_svg(other.mol, width=320, height=220, highlight=other.changed)
        ),
        "name": against.neighbour.compound_id or against.neighbour.smiles,
        "value": _value(against.neighbour),
        "similarity": number(against.neighbour.similarity),
        "gap": number(abs(against.gap)),
        "side": "higher" if against.gap > 0 else "lower",
        "closer": against.closer,
        "same": same and not other.changed,
    }
