"""Which progress display a command shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molagent.protocols import Progress

__all__ = ["progress_display"]


@contextmanager
def progress_display(*, quiet: bool) -> "Iterator[Progress]":
    """Give a progress display and take it down whatever happens."""
    from molagent.cli.terminal import TerminalProgress
    from molagent.protocols import NullProgress

    if quiet:
        yield NullProgress()
        return
    display = TerminalProgress()
    try:
        yield display
    finally:
        display.close()
