"""Make RDKit's SVG small enough to put two dozen structures into one notebook cell."""

import re
from collections.abc import Sequence
from html import unescape
from typing import Final, TypeAlias

from markupsafe import Markup

from molagent.report.colours import QUIET
from molagent.report.svg import Attributes, element, svg

__all__ = ["compact_svg", "empty_tile"]

_ELEMENT = re.compile(r"<(path|ellipse|text) ([^>]*?)/?>(?:([^<]*)</text>)?", re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w-]+)='([^']*)'", re.DOTALL)
_STYLE = re.compile(r"([\w-]+):([^;]+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_COMMAND = re.compile(r"([MLQCZ])([^MLQCZ]*)")
_INK: Final = "none"
_FONT: Final = "sans-serif"

Paint: TypeAlias = tuple[tuple[str, str], ...]


def compact_svg(
    drawn: str,
    size: tuple[int, int],
    shown: tuple[int, int],
    label: str,
    *,
    ground: str = "",
    under: Sequence[Markup] = (),
) -> Markup:
    """Return the same picture with its paths merged by colour and written relatively.

    Parameters
    ----------
    drawn
        What RDKit's drawer wrote.
    size, shown
        Width and height of the drawing and of the picture on the page, in pixels.
    label
        Text for screen readers.
    ground
        Colour of highlighted atoms, ``#RRGGBB``: drawn first, so that it never covers a bond.
    under
        Shapes between the white ground and the lines.
    """
    layers: dict[Paint, list[str]] = {}
    letters: dict[Paint, list[Markup]] = {}
    # The smaller the picture is shown, the coarser its coordinates may be.
    digits = 0 if size[0] >= 2 * shown[0] else 1
    for kind, raw, text in _ELEMENT.findall(drawn.split("<!-- END OF HEADER -->", 1)[-1]):
        attributes = dict(_ATTRIBUTE.findall(raw))
        if "miterlimit" in raw and "class" not in attributes:
            # RDKit fills the corners between bonds; round line ends do that for nothing.
            continue
        if kind == "text":
            x, y = (_short(float(attributes[key]), digits) for key in ("x", "y"))
            letters.setdefault(_letter(attributes), []).append(
                element("text", unescape(text), x=x, y=y)
            )
        elif kind == "ellipse":
            layers.setdefault(_paint(attributes), []).append(_ellipse_data(attributes))
        else:
            layers.setdefault(_paint(attributes), []).append(_path_data(attributes["d"], digits))
    ordered = sorted(layers, key=lambda paint: not (ground and ground in dict(paint).values()))
    paths = [element("path", **dict(paint), d="".join(layers[paint])) for paint in ordered]
    return svg(
        size,
        *under,
        element("g", *paths, fill="none", stroke_linecap="round"),
        *(element("g", *items, **dict(paint)) for paint, items in letters.items()),
        shown=shown,
        label=label,
        font_family=_FONT,
    )


def empty_tile(shown: tuple[int, int], text: str) -> Markup:
    """Return a white tile with a line of text in its middle.

    Examples
    --------
    >>> "not drawn" in empty_tile((100, 80), "not drawn")
    True
    """
    middle: Attributes = {"x": shown[0] / 2, "y": shown[1] / 2 + 4, "text_anchor": "middle"}
    words = element("text", text, **middle, fill=QUIET, font_size=11)
    return svg(shown, words, label=text, font_family=_FONT)


def _letter(attributes: dict[str, str]) -> Paint:
    style = dict(_STYLE.findall(attributes["style"]))
    paint = [("fill", style["fill"].strip()), ("font_size", style["font-size"].removesuffix("px"))]
    if (anchor := style.get("text-anchor", "start")) != "start":
        paint.append(("text_anchor", anchor))
    return tuple(paint)


def _paint(attributes: dict[str, str]) -> Paint:
    style = dict(_STYLE.findall(attributes.get("style", "")))
    fill = attributes.get("fill") or style.get("fill", _INK)
    stroke = style.get("stroke", _INK)
    if stroke == _INK or style.get("stroke-width", "0px") == "0.0px":
        return (("fill", fill),)
    ink = (
        ("stroke", stroke),
        ("stroke_width", style.get("stroke-width", "1px").removesuffix("px")),
    )
    return ink if fill == _INK else (("fill", fill), *ink)


def _ellipse_data(attributes: dict[str, str]) -> str:
    cx, cy, rx, ry = (float(attributes[key]) for key in ("cx", "cy", "rx", "ry"))
    arc = f"a{rx:.1f} {ry:.1f} 0 1 0"
    return f"M{cx - rx:.1f} {cy:.1f}{arc} {2 * rx:.1f} 0{arc} {-2 * rx:.1f} 0z"


def _path_data(d: str, digits: int) -> str:
    """Return path data with a relative step for every absolute one."""
    out: list[str] = []
    at = (0.0, 0.0)
    for command, text in _COMMAND.findall(d):
        if command == "Z":
            out.append("z")
            continue
        values = [round(float(value), digits) for value in _NUMBER.findall(text)]
        points = list(zip(values[::2], values[1::2], strict=True))
        if command == "M":
            out.append("M" + _join([values[0], values[1]], digits))
        else:
            steps = [v for x, y in points for v in (x - at[0], y - at[1])]
            out.append(command.lower() + _join(steps, digits))
        at = points[-1]
    return "".join(out)


def _join(values: list[float], digits: int) -> str:
    text = ""
    for value in values:
        number = _short(value, digits)
        text += number if not text or number.startswith("-") else f" {number}"
    return text


def _short(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
