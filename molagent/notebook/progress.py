"""Progress of long work in one notebook output."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from IPython.display import display

from molagent.report.wording import count as counted
from molagent.report.wording import duration

__all__ = ["NotebookProgress"]

# A front end that gets more updates than this falls behind the kernel.
_SECONDS_BETWEEN: Final = 0.25
# A long campaign has hundreds of stages; older ones are summed up in one line.
_STAGES_SHOWN: Final = 24


@dataclass
class _Stage:
    name: str
    total: int | None
    depth: int
    started: float
    done: int = 0
    note: str = ""
    seconds: float | None = None


class NotebookProgress:
    """A progress display that updates one output and keeps its last state when saved.

    Implements :class:`molagent.protocols.Progress`. A stage that starts while another one runs
    is shown below it, indented.

    Parameters
    ----------
    title
        A line above the stages.
    clock
        Seconds from an arbitrary start; another one in tests.
    """

    def __init__(self, title: str = "", *, clock: Callable[[], float] = time.perf_counter) -> None:
        self.title = title
        self._clock = clock
        self._stages: list[_Stage] = []
        self._open: list[_Stage] = []
        self._handle: Any = None
        self._shown_at = float("-inf")

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a stage of `total` steps, or of unknown length."""
        begun = _Stage(stage, total, len(self._open), self._clock())
        self._stages.append(begun)
        self._open.append(begun)
        self._show()

    def advance(self, count: int = 1, note: str = "") -> None:
        """Report `count` further steps done."""
        if not self._open:
            return
        self._open[-1].done += count
        self._open[-1].note = note or self._open[-1].note
        if self._clock() - self._shown_at >= _SECONDS_BETWEEN:
            self._show()

    def finish(self, note: str = "") -> None:
        """End the current stage."""
        if not self._open:
            return
        stage = self._open.pop()
        stage.note = note or stage.note
        stage.seconds = self._clock() - stage.started
        self._show()

    def to_text(self) -> str:
        """Return the state as plain text, one line a stage."""
        lines = [self.title] if self.title else []
        lines += [text for text in [self._earlier()] if text]
        for stage in self._stages[-_STAGES_SHOWN:]:
            parts = (stage.name, _steps(stage), self._time(stage), stage.note)
            words = "  ".join(part for part in parts if part)
            lines.append(f"{'  ' * stage.depth}{_mark(stage)} {words}")
        return "\n".join(lines)

    def to_html(self) -> str:
        """Return the state as an HTML table."""
        rows = "".join(self._row(stage) for stage in self._stages[-_STAGES_SHOWN:])
        heading = f"<div><strong>{escape(self.title)}</strong></div>" if self.title else ""
        return (
            f"<div style='font-size:13px'>{heading}<div>{self._earlier()}</div>"
            f"<table style='border-collapse:collapse'><tbody>{rows}</tbody></table></div>"
        )

    def _earlier(self) -> str:
        hidden = self._stages[:-_STAGES_SHOWN]
        return f"{len(hidden)} earlier stages" if hidden else ""

    def _row(self, stage: _Stage) -> str:
        cells = (
            ("left", "&emsp;" * stage.depth + f"{_mark(stage)} {escape(stage.name)}"),
            ("left", _bar(stage)),
            ("right", _steps(stage)),
            ("right", self._time(stage)),
            ("left", escape(stage.note)),
        )
        return "<tr>{}</tr>".format(
            "".join(
                f"<td style='text-align:{side};padding:1px 12px 1px 0;vertical-align:top'>"
                f"{text}</td>"
                for side, text in cells
            )
        )

    def _time(self, stage: _Stage) -> str:
        running = self._clock() - stage.started
        return duration(running if stage.seconds is None else stage.seconds)

    def _show(self) -> None:
        self._shown_at = self._clock()
        bundle = {"text/plain": self.to_text(), "text/html": self.to_html()}
        if self._handle is None:
            self._handle = display(  # type: ignore[no-untyped-call]
                bundle, raw=True, display_id=True
            )
        else:
            self._handle.update(bundle, raw=True)


def _mark(stage: _Stage) -> str:
    return "…" if stage.seconds is None else "✓"


def _steps(stage: _Stage) -> str:
    if stage.total is None:
        return counted(stage.done) if stage.done else ""
    return f"{counted(stage.done)} of {counted(stage.total)}"


def _bar(stage: _Stage) -> str:
    """Return a bar; empty where the length of the stage is unknown."""
    if stage.total is None or stage.total <= 0:
        return ""
    share = min(1.0, stage.done / stage.total)
    return (
        "<svg width='120' height='10' style='vertical-align:middle'>"
        "<rect width='120' height='10' fill='#e6e9ed'/>"
        f"<rect width='{120 * share:.0f}' height='10' fill='#0072b2'/></svg>"
    )
