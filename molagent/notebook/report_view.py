"""A report inside a notebook cell."""

import re
from html import escape, unescape
from pathlib import Path
from typing import Final, Self

from molagent.errors import InputError
from molagent.report.brief import brief
from molagent.report.content import ReportContent
from molagent.report.summary import render_html

__all__ = ["ReportView"]

_HEIGHT_PX: Final = 700
_TITLE: Final = re.compile(r"<title>(.*?)</title>", re.DOTALL)


class ReportView:
    """Shows a report in a frame of its own, so that its style does not touch the notebook.

    Use :meth:`of` for a report's data and :meth:`read` for a file that a run has written.

    Parameters
    ----------
    html
        A whole HTML document.
    text
        What a reader without HTML sees.
    height
        Of the frame, in pixels.
    """

    def __init__(self, html: str, text: str, height: int = _HEIGHT_PX) -> None:
        self.html = html
        self.text = text
        self.height = height

    @classmethod
    def of(cls, content: ReportContent, height: int = _HEIGHT_PX) -> Self:
        """Return a view of a report's data; its text form is the summary."""
        lines = [f"{heading}: {sentence}" for heading, sentence in brief(content)]
        return cls(render_html(content), "\n".join([content.name, *lines]), height)

    @classmethod
    def read(cls, path: Path | str, height: int = _HEIGHT_PX) -> Self:
        """Return a view of a report file.

        Raises
        ------
        InputError
            If the file cannot be read.
        """
        try:
            html = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                "the report cannot be read", place=str(path), remedy="run the campaign first"
            ) from error
        title = _TITLE.search(html)
        return cls(html, f"{unescape(title.group(1)) if title else 'report'}: {path}", height)

    def __repr__(self) -> str:
        """Return the report's text form."""
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        del include, exclude
        # The sandbox grants nothing: the report has no script and needs none.
        frame = (
            f"<iframe sandbox srcdoc='{escape(self.html)}' width='100%' "
            f"height='{self.height:d}' style='border:1px solid #d9dee4'></iframe>"
        )
        return {"text/plain": self.text, "text/html": frame}
