"""What MkDocs calls: markers in a page become generated Markdown.

A page holds a marker on a line of its own::

    <!-- commands patents claims -->
    <!-- keys molagent.ingest.layouts.Layout [layout] -->

The first is replaced by the commands of that group (of none, by those at the top), the second by
the keys of that model, whose table has that header. ``mkdocs.yml`` names this file.
"""

import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig

from docsgen.commands import commands_markdown
from docsgen.keys import keys_markdown

__all__ = ["fill_markers", "on_config", "on_page_markdown"]

_MARKER: Final = re.compile(r"^<!-- (commands|keys)((?: [\w.\[\]]+)*) -->$", re.MULTILINE)
_SOURCE: Final = Path(__file__).parent.parent / "molagent"


def fill_markers(markdown: str) -> str:
    """Return the page with every marker replaced."""
    return _MARKER.sub(_generated, markdown)


def _generated(marker: re.Match[str]) -> str:
    words = marker[2].split()
    if marker[1] == "commands":
        return commands_markdown(" ".join(words))
    return keys_markdown(*words)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Build again while serving whenever the code changes that pages are made from."""
    config.watch.append(str(_SOURCE))
    return config


def on_page_markdown(markdown: str, **_: object) -> str:
    """Fill the markers of a page."""
    return fill_markers(markdown)
