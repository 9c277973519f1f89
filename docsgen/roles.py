"""Docstrings in numpy style speak reStructuredText in two places; the site speaks Markdown."""

import re
from typing import Final

from griffe import Extension, GriffeLoader, Object

__all__ = ["PlainRoles", "to_markdown"]

_ROLE: Final = re.compile(r":(?:class|data|func|meth|mod|attr|exc):`~?([^`]+)`")
_LITERAL: Final = re.compile(r"::(?=\n\n|\Z)")


def to_markdown(docstring: str) -> str:
    """Return a docstring whose roles are plain code and whose literal blocks are Markdown's.

    Examples
    --------
    >>> to_markdown("See :func:`~molagent.config.load_config`.")
    'See `molagent.config.load_config`.'
    """
    text = _ROLE.sub(r"`\1`", docstring)
    return _LITERAL.sub(":", text).removeprefix(":\n").replace("\n:\n\n", "\n\n")


class PlainRoles(Extension):
    """Rewrites each docstring that griffe reads."""

    def on_object(self, *, obj: Object, loader: GriffeLoader, **_: object) -> None:  # noqa: ARG002
        """Rewrite the docstring of one object."""
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value)
