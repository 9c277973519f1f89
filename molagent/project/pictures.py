"""What a notebook shows and a file keeps: a piece of HTML."""

from dataclasses import dataclass
from pathlib import Path

from molagent.report.files import replace_file
from molagent.report.sar import page

__all__ = ["Picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A piece of HTML without scripts; a notebook shows it, :meth:`write` makes a page of it."""

    title: str
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def write(self, path: Path | str) -> Path:
        """Write a page of its own and return its path."""
        target = Path(path)
        replace_file(target, page(self.title, [self.html]).encode())
        return target
