"""Every page and every picture of HTML: one environment, one frame, one style.

What stands on a page is a template and the data it is given; the environment escapes all of the
data. A :class:`Picture` is a section that a notebook shows with its style, light or dark, and that
a page holds beside others. No page has scripts or parts from elsewhere.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from molagent.report import wording
from molagent.report.files import replace_file
from molagent.report.scale import signed

if TYPE_CHECKING:
    import jinja2

__all__ = ["Picture", "drawing", "environment", "page", "picture", "render", "together"]

_SECTION: Final = re.compile(r'<section id="([\w-]+)"[^>]* aria-label="([^"]*)"')
_NOT_A_NAME: Final = re.compile(r"[^a-z0-9]+")
_WORDS: Final = (
    wording.count,
    wording.duration,
    wording.label,
    wording.number,
    wording.percent,
    wording.plus_minus,
    wording.target,
    wording.typeset,
    signed,
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A section of HTML; a notebook shows it, :meth:`write` makes a page of it.

    Attributes
    ----------
    title
        Of the section, or of the page that holds several.
    html
        One section or more, without their style.
    """

    title: str
    html: Markup

    def __html__(self) -> Markup:
        """Return the sections, for a template."""
        return self.html

    def _repr_html_(self) -> str:
        return str(render("cell.html", body=self.html))

    def write(self, path: Path | str) -> Path:
        """Write a page of its own and return its path.

        Raises
        ------
        MolagentError
            If the file cannot be written.
        """
        return replace_file(Path(path), page(self.title, [self]).encode())


def picture(title: str, template: str = "section.html", **context: object) -> Picture:
    """Return a template of a section as a picture.

    Parameters
    ----------
    title
        Its heading, plain text.
    template
        What extends ``section.html``; with that itself, only `note` and `body` stand there.
    context
        What the template asks for; ``note`` is the line under the heading.
    """
    return Picture(title, render(template, **({"note": "", "body": ""} | context), title=title))


def drawing(title: str, drawn: Markup, *, note: str = "") -> Picture:
    """Return one SVG under its heading."""
    return picture(title, "figure.html", note=note, drawn=drawn, keys=(), otherwise="")


def together(title: str, pictures: Sequence[Picture]) -> Picture:
    """Return several pictures as one, one under the other."""
    return Picture(title, Markup("").join(pictures))


def page(title: str, pictures: Sequence[Picture], *, kicker: str = "molagent") -> str:
    """Return pictures as one HTML document without scripts or outside references.

    Parameters
    ----------
    kicker
        What kind of page it is, over the title.
    """
    return str(render("pictures.html", title=title, kicker=kicker, pictures=pictures))


def render(template: str, **context: object) -> Markup:
    """Return a template with its data; every text that is not markup already is escaped."""
    # Templates are part of the package, and the environment escapes what they are given.
    return Markup(environment().get_template(template).render(**context))  # noqa: S704


@functools.cache
def environment() -> "jinja2.Environment":
    """Return the environment of every template: it escapes, and refuses what it does not know."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("molagent.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({words.__name__: words for words in _WORDS})
    made.tests["unknown"] = wording.is_unknown
    made.filters.update(tone=wording.level_tone, contents=_contents, anchor=_anchor)
    made.globals["kit"] = made.get_template("macros.html").module
    return made


def _contents(body: Markup) -> list[Mapping[str, str]]:
    """Return the sections that a page has, in order, for its list of contents."""
    return [
        {"anchor": anchor, "name": unescape(name)} for anchor, name in _SECTION.findall(str(body))
    ]


def _anchor(title: str) -> str:
    """Return what a section is called in an address.

    Examples
    --------
    >>> _anchor("R groups: 4-anilinoquinazoline"), _anchor("<>")
    ('r-groups-4-anilinoquinazoline', 'section')
    """
    return _NOT_A_NAME.sub("-", title.lower()).strip("-") or "section"
