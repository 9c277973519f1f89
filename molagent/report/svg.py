"""SVG as elements: the one place where words and numbers become markup, and are escaped."""

from typing import Final, TypeAlias

from markupsafe import Markup

__all__ = ["Attributes", "element", "group", "svg"]

#: Names of attributes, with ``_`` for ``-``, to their values; None leaves one out.
Attributes: TypeAlias = dict[str, str | float | None]

_FONT: Final = "system-ui,Segoe UI,Helvetica,Arial,sans-serif"
_SMALL: Final = 10.0
_OPEN: Final = Markup("<{}{}>{}</{}>")
_CLOSED: Final = Markup("<{}{}/>")
_ATTRIBUTE: Final = Markup(" {}='{}'")


def element(tag: str, *content: str, **attributes: str | float | None) -> Markup:
    """Return one element; every text that is not markup already is escaped.

    Parameters
    ----------
    content
        Words, and elements inside this one.
    attributes
        By name, with ``_`` for ``-`` and a last ``_`` where Python has the word; those that are
        None are left out. Numbers are rounded to what a screen can show.

    Examples
    --------
    >>> element("text", "a < b", x=12.04, text_anchor="middle")
    Markup("<text x='12' text-anchor='middle'>a &lt; b</text>")
    >>> element("path", class_="bar", d="M0 0", stroke=None)
    Markup("<path class='bar' d='M0 0'/>")
    """
    given = group(
        *(
            _ATTRIBUTE.format(name.rstrip("_").replace("_", "-"), _plain(value))
            for name, value in attributes.items()
            if value is not None
        )
    )
    if not content:
        return _CLOSED.format(tag, given)
    return _OPEN.format(tag, given, group(*content), tag)


def group(*content: str) -> Markup:
    """Return elements one after the other."""
    return Markup("").join(content)


def svg(
    size: tuple[float, float],
    *content: str,
    title: str = "",
    description: str = "",
    label: str = "",
    shown: tuple[float, float] | None = None,
    ground: bool = True,
    **attributes: str | float | None,
) -> Markup:
    """Return a picture that stands alone and reads aloud.

    Parameters
    ----------
    size
        Width and height of what is drawn, in its own units.
    title, description
        What a reader sees on hovering and hears.
    label
        What is heard instead, without anything to hover for.
    shown
        Width and height on the page in pixels, where they differ from `size`.
    ground
        Whether there is a white ground, so that it reads the same on a dark page.
    """
    width, height = shown or size
    head = [
        element(tag, words) for tag, words in (("title", title), ("desc", description)) if words
    ]
    if ground:
        head.append(element("rect", width=size[0], height=size[1], fill="#fff"))
    given: Attributes = {"font_family": _FONT, "role": "img", "aria_label": label or None}
    given |= attributes
    return element(
        "svg",
        *head,
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        width=width,
        height=height,
        **given,
    )


def _plain(value: str | float) -> str:
    """Return an attribute's value; a coordinate needs no more than a tenth of a pixel."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    text = f"{value:.1f}" if abs(value) >= _SMALL else f"{value:.2f}"
    return text.rstrip("0").rstrip(".")
