"""Make RDKit's SVG small enough to put two dozen structures into one notebook cell."""

import re
from html import escape, unescape
from typing import Final

from markupsafe import Markup

__all__ = ["compact_svg", "empty_tile", "inline_svg", "lay_under"]

_ELEMENT = re.compile(r"<(path|ellipse|text) ([^>]*?)/?>(?:([^<]*)</text>)?", re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w-]+)='([^']*)'", re.DOTALL)
_STYLE = re.compile(r"([\w-]+):([^;]+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_COMMAND = re.compile(r"([MLQCZ])([^MLQCZ]*)")
_INK: Final = "none"


def compact_svg(
    svg: str,
    size: tuple[int, int],
    shown: tuple[int, int],
    label: str,
    *,
    ground: str = "",
) -> str:
    """Return the same picture with its paths merged by colour and written relatively.

    Parameters
    ----------
    svg
        What RDKit's drawer wrote.
    size, shown
        Width and height of the drawing and of the picture on the page, in pixels.
    label
        Text for screen readers.
    ground
        Colour of highlighted atoms, ``#RRGGBB``: drawn first, so that it never covers a bond.
    """
    layers: dict[str, list[str]] = {}
    letters: dict[str, list[str]] = {}
    # The smaller the picture is shown, the coarser its coordinates may be.
    digits = 0 if size[0] >= 2 * shown[0] else 1
    for kind, raw, text in _ELEMENT.findall(svg.split("<!-- END OF HEADER -->", 1)[-1]):
        attributes = dict(_ATTRIBUTE.findall(raw))
        if "miterlimit" in raw and "class" not in attributes:
            # RDKit fills the corners between bonds; round line ends do that for nothing.
            continue
        if kind == "text":
            place, paint = _letter(attributes, digits)
            letters.setdefault(paint, []).append(f"<text {place}>{escape(unescape(text))}</text>")
        elif kind == "ellipse":
            layers.setdefault(_paint(attributes), []).append(_ellipse_data(attributes))
        else:
            layers.setdefault(_paint(attributes), []).append(_path_data(attributes["d"], digits))
    ordered = sorted(layers, key=lambda paint: not (ground and ground in paint))
    paths = "".join(f"<path {paint} d='{''.join(layers[paint])}'/>" for paint in ordered)
    words = "".join(f"<g {paint}>{''.join(items)}</g>" for paint, items in letters.items())
    return (
        f"{_opening(size, shown, label)}<rect width='{size[0]}' height='{size[1]}' fill='#fff'/>"
        f"<g fill='none' stroke-linecap='round'>{paths}</g>{words}</svg>"
    )


def lay_under(svg: str, shapes: str) -> str:
    """Return a picture of :func:`compact_svg` with `shapes` between its ground and its lines.

    Examples
    --------
    >>> lay_under("<svg><rect fill='#fff'/><g/></svg>", "<circle/>")
    "<svg><rect fill='#fff'/><circle/><g/></svg>"
    """
    ground = "fill='#fff'/>"
    return svg.replace(ground, ground + shapes, 1)


def inline_svg(svg: str) -> Markup:
    """Return a picture that templates insert as it is; every other text is escaped.

    Only for what this package drew: a caller's text inside it has been escaped there.
    """
    return Markup(svg)  # noqa: S704


def empty_tile(shown: tuple[int, int], text: str) -> str:
    """Return a white tile with a line of text in its middle.

    Examples
    --------
    >>> "not drawn" in empty_tile((100, 80), "not drawn")
    True
    """
    width, height = shown
    return (
        f"{_opening(shown, shown, text)}<rect width='{width}' height='{height}' fill='#fff'/>"
        f"<text x='{width / 2:g}' y='{height / 2:g}' text-anchor='middle' fill='#5b6470' "
        f"font-size='11'>{escape(text)}</text></svg>"
    )


def _opening(size: tuple[int, int], shown: tuple[int, int], label: str) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {size[0]} {size[1]}' "
        f"width='{shown[0]}' height='{shown[1]}' font-family='sans-serif' role='img' "
        f"aria-label='{escape(label)}'>"
    )


def _letter(attributes: dict[str, str], digits: int) -> tuple[str, str]:
    style = dict(_STYLE.findall(attributes["style"]))
    x, y = (_short(float(attributes[key]), digits) for key in ("x", "y"))
    paint = f"fill='{style['fill'].strip()}' font-size='{style['font-size'].removesuffix('px')}'"
    if (anchor := style.get("text-anchor", "start")) != "start":
        paint += f" text-anchor='{anchor}'"
    return f"x='{x}' y='{y}'", paint


def _paint(attributes: dict[str, str]) -> str:
    style = dict(_STYLE.findall(attributes.get("style", "")))
    fill = attributes.get("fill") or style.get("fill", _INK)
    stroke = style.get("stroke", _INK)
    if stroke == _INK or style.get("stroke-width", "0px") == "0.0px":
        return f"fill='{fill}'"
    width = style.get("stroke-width", "1px").removesuffix("px")
    ink = f"stroke='{stroke}' stroke-width='{width}'"
    return ink if fill == _INK else f"fill='{fill}' {ink}"


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
