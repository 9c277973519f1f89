"""What the pictures of structure-activity relationships share: frame, colours, words, structures.

Every picture is a fragment of HTML that carries its own style under one class, so that it looks the
same in a notebook, light or dark, and in a page of its own.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import pandas as pd
from rdkit import Chem

from molagent.errors import StructureError
from molagent.report.drawing import align_to_reference, depict, structure_svg
from molagent.report.vector import empty_tile
from molagent.report.wording import UNKNOWN, is_unknown, number
from molagent.sar.fragments import fragmentations, swapped
from molagent.sar.measured import EXACT

__all__ = [
    "Picture",
    "Scale",
    "aligned_svgs",
    "changed_atoms",
    "core_svg",
    "delta_colour",
    "fragment",
    "heat_cell",
    "page",
    "part_svg",
    "signed",
    "value_text",
]

_STYLE: Final = """
section.ma-sar{background:#fff;color:#1f2933;padding:14px 16px;
font:13px/1.45 system-ui,'Segoe UI',Helvetica,Arial,sans-serif;
border-radius:6px;max-width:1180px;box-sizing:border-box;overflow-x:auto}
section.ma-sar *{box-sizing:border-box}
section.ma-sar h3{margin:0 0 2px;font-size:16px;font-weight:650;color:#1f2933}
section.ma-sar p{margin:2px 0 10px;color:#5b6470;max-width:88ch}
section.ma-sar table{table-layout:auto;border-collapse:collapse;font-size:12.5px;margin:0;
background:#fff;color:#1f2933}
section.ma-sar th{font-weight:600;color:#3b4652;text-align:left;padding:5px 8px;
vertical-align:bottom;
border-bottom:1.5px solid #9aa3ad;background:#fff}
section.ma-sar td{padding:4px 8px;border-bottom:1px solid #e6e9ed;vertical-align:middle;
text-align:left;
background:#fff}
section.ma-sar tbody tr:hover td{background-color:#fff}
section.ma-sar td.num,section.ma-sar th.num{
text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
section.ma-sar td.mid,section.ma-sar th.mid{text-align:center}
section.ma-sar td.heat{text-align:center;font-variant-numeric:tabular-nums;border:2px solid #fff;
min-width:58px;border-radius:4px;font-weight:600;white-space:nowrap}
section.ma-sar td.heat small{display:block;font-weight:400;font-size:10.5px;line-height:1.2}
section.ma-sar td.none{background:#fbfbfc;border:2px solid #fff}
section.ma-sar svg{display:block;max-width:none}
section.ma-sar .quiet{color:#5b6470;font-weight:400}
section.ma-sar .id{font-size:11.5px;color:#3b4652;white-space:nowrap}
section.ma-sar .big{font-size:17px;font-weight:650;font-variant-numeric:tabular-nums;
white-space:nowrap}
section.ma-sar .cards{display:flex;flex-wrap:wrap;gap:12px}
section.ma-sar .card{border:1px solid #d9dee4;border-radius:6px;padding:8px 10px;background:#fff}
section.ma-sar .pair{display:flex;align-items:center;gap:6px}
section.ma-sar .pair figure,section.ma-sar figure{margin:0}
section.ma-sar figcaption{font-size:12px;line-height:1.35;text-align:center}
section.ma-sar .arrow{min-width:80px;text-align:center;color:#3b4652}
section.ma-sar .flow{display:flex;align-items:center;gap:4px}
section.ma-sar .tag{display:inline-block;border:1px solid #c4ccd5;border-radius:9px;padding:0 7px;
font-size:11px;color:#3b4652;white-space:nowrap}
section.ma-sar .scale{display:inline-block;width:90px;height:9px;vertical-align:middle;margin:0 5px;
background:linear-gradient(90deg,#f2f7fc,#9cc3e4,#1764ab)}
"""
_PAGE: Final = (
    "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
    "<style>body{{margin:18px auto;max-width:1220px;background:#f4f6f8}}"
    ".ma-sar{{margin:0 0 18px}}</style></head><body>{body}</body></html>"
)
_RAMP: Final = ((242, 247, 252), (156, 195, 228), (23, 100, 171))
_RISE: Final = ((255, 255, 255), (148, 190, 226), (0, 98, 168))
_FALL: Final = ((255, 255, 255), (246, 188, 148), (200, 84, 0))
_HYDROGEN: Final = re.compile(r"\*\[H\]|\[H\]\[\*:\d+\]|\[\*:\d+\]\[H\]")
_DARK: Final = 0.62
_LONGEST: Final = 1.35


class Scale:
    """Which values are pale and which are dark.

    Parameters
    ----------
    values
        All values of the assay; the middle 96 % of them span the colours, so that one outlier does
        not make the others alike.
    """

    def __init__(self, values: pd.Series | Sequence[float]) -> None:
        known = np.asarray(values, dtype=float)
        known = known[np.isfinite(known)]
        self.low, self.high = (
            (float(np.quantile(known, 0.02)), float(np.quantile(known, 0.98)))
            if len(known)
            else (0.0, 1.0)
        )

    def share(self, value: float) -> float:
        """Return where a value lies, 0..1."""
        span = self.high - self.low
        return min(1.0, max(0.0, (value - self.low) / span)) if span > 0 else 0.5

    def legend(self) -> str:
        """Return a strip of the colours with its ends."""
        return (
            f"<span class='quiet'>{number(self.low, 1)}<span class='scale'></span>"
            f"{number(self.high, 1)}; a striped cell is a bound, an empty one was not made</span>"
        )


class Picture(str):
    """A picture as HTML text, which a notebook shows as a picture."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


def fragment(title: str, note: str, body: str) -> Picture:
    """Return a picture with its heading.

    Parameters
    ----------
    title, note
        Plain text; the note may hold the markup of this module (:meth:`Scale.legend`).
    """
    return Picture(
        f"<section class='ma-sar'><style>{_STYLE}</style><h3>{escape(title)}</h3>"
        f"<p>{note}</p>{body}</section>"
    )


def page(title: str, fragments: Sequence[str]) -> str:
    """Return fragments as one HTML document without scripts or outside references."""
    return _PAGE.format(title=escape(title), body="".join(fragments))


def value_text(value: object, relation: object = EXACT, digits: int = 2) -> str:
    """Return a value as it was measured; a bound keeps its sign.

    Examples
    --------
    >>> value_text(6.3), value_text(4.0, "<"), value_text(float("nan"), "~")
    ('6.30', '< 4.00', 'unknown')
    """
    if is_unknown(value):
        return UNKNOWN
    text = number(value, digits)
    return text if relation == EXACT else f"{relation} {text}"


def signed(value: object, relation: object = EXACT, digits: int = 2) -> str:
    """Return a difference with its sign.

    Examples
    --------
    >>> signed(0.5), signed(-2.0, "<"), signed(2.1, ">")
    ('+0.50', '≤ −2.00', '≥ +2.10')
    """
    if is_unknown(value):
        return UNKNOWN
    text = number(value, digits)
    text = text if text.startswith("−") else f"+{text}"
    return {"<": f"≤ {text}", ">": f"≥ {text}"}.get(str(relation), text)


def heat_cell(
    value: object, relation: object, scale: Scale, *, below: str = "", hint: str = ""
) -> str:
    """Return a table cell on the colour of its value; striped where it is a bound.

    Parameters
    ----------
    below
        A second, smaller line.
    hint
        What a pointer over the cell shows.
    """
    small = f"<small>{escape(below)}</small>" if below else ""
    title = f" title='{escape(hint)}'" if hint else ""
    if is_unknown(value):
        return f"<td class='heat'{title}><span class='quiet'>{UNKNOWN}</span>{small}</td>"
    share = scale.share(float(value))  # type: ignore[arg-type]
    ground = _blend(_RAMP, share)
    ink = "#fff" if share > _DARK else "#1f2933"
    paint = f"background:{ground}"
    if relation != EXACT:
        paint = (
            f"background:repeating-linear-gradient(135deg,{ground} 0 5px,#fff 5px 8px);"
            "font-weight:400"
        )
        ink = "#1f2933"
    return (
        f"<td class='heat' style='{paint};color:{ink}'{title}>"
        f"{escape(value_text(value, relation))}{small}</td>"
    )


def delta_colour(delta: float, full: float = 2.0) -> str:
    """Return the colour of a difference: blue where it rises, orange where it falls."""
    share = min(1.0, abs(delta) / full)
    return _blend(_RISE if delta >= 0 else _FALL, share)


def part_svg(part: str, *, width: int = 96, height: int = 62) -> str:
    """Return a drawing of a substituent or linker, its open bonds crossed by a wavy line.

    A hydrogen is written as a letter. Two open ends of a linker are told apart by number.
    """
    plain = part.replace("[1*]", "[*:1]").replace("[2*]", "[*:2]")
    if _HYDROGEN.fullmatch(plain):
        return empty_tile((width, height), "H")
    try:
        mol = depict(plain)
    except StructureError:
        return empty_tile((width, height), "not drawn")
    numbered = len({atom.GetAtomMapNum() for atom in mol.GetAtoms() if atom.GetAtomMapNum()}) > 1
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            if numbered:
                atom.SetProp("_displayLabel", f"({atom.GetAtomMapNum()})")
            atom.SetAtomMapNum(0)
    return structure_svg(
        mol, width=width, height=height, title=part, thumbnail=True, open_ends=not numbered
    )


def core_svg(core: str, *, width: int = 340, height: int = 230) -> str:
    """Return a drawing of a core with R1, R2 and so on at its positions."""
    try:
        mol = depict(core)
    except StructureError:
        return empty_tile((width, height), "structure not drawn")
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0 and (label := atom.GetAtomMapNum()):
            atom.SetProp("_displayLabel", f"R<sub>{label}</sub>")
            atom.SetProp("_displayLabelW", f"R<sub>{label}</sub>")
            atom.SetAtomMapNum(0)
    return structure_svg(mol, width=width, height=height, title=core)


def changed_atoms(smiles: str, constant: str, variable: str) -> tuple[int, ...]:
    """Return the atoms of a compound that a matched pair changes; empty for a hydrogen."""
    mol = depict(smiles)
    for item in fragmentations(mol):
        same = {item.variable, swapped(item.variable) if item.cuts > 1 else item.variable}
        if item.constant == constant and variable in same:
            return item.atoms
    return ()


def aligned_svgs(
    first: str,
    second: str,
    *,
    highlights: tuple[tuple[int, ...], tuple[int, ...]] | None = None,
    width: int = 205,
    height: int = 160,
) -> tuple[str, str]:
    """Return two structures in one orientation, with what differs on a tinted ground.

    Parameters
    ----------
    highlights
        Atoms of the first and of the second that differ; what lies outside their largest common
        part where None.
    """
    pair = align_to_reference(second, first)
    marks = highlights or (align_to_reference(first, second).changed, pair.changed)
    # A ring system forced into another's place has bonds across the picture: better turned.
    other = depict(second) if _is_stretched(pair.mol) else pair.mol
    return (
        structure_svg(pair.reference, width=width, height=height, highlight=marks[0]),
        structure_svg(other, width=width, height=height, highlight=marks[1]),
    )


def _is_stretched(mol: Chem.Mol) -> bool:
    places = mol.GetConformer().GetPositions()[:, :2]
    lengths = [
        float(np.linalg.norm(places[bond.GetBeginAtomIdx()] - places[bond.GetEndAtomIdx()]))
        for bond in mol.GetBonds()
    ]
    return bool(lengths) and max(lengths) > _LONGEST * float(np.median(lengths))


def _blend(stops: Sequence[tuple[int, int, int]], share: float) -> str:
    place = share * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    part = place - index
    mixed = [round(a + part * (b - a)) for a, b in zip(stops[index], stops[index + 1], strict=True)]
    return f"#{mixed[0]:02x}{mixed[1]:02x}{mixed[2]:02x}"
