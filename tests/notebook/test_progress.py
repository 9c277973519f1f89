"""Progress is one output that ends in its last state."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from molagent.notebook import progress as module
from molagent.notebook.progress import NotebookProgress
from molagent.protocols import Progress


class Screen:
    """Stands in for a front end: one handle, and everything shown on it."""

    def __init__(self) -> None:
        self.bundles: list[dict[str, str]] = []
        self.handles = 0

    def display(self, bundle, *, raw, display_id):
        assert raw
        assert display_id
        self.handles += 1
        self.bundles.append(bundle)
        return self

    def update(self, bundle, *, raw):
        assert raw
        self.bundles.append(bundle)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def screen(monkeypatch) -> Screen:
    stand_in = Screen()
    monkeypatch.setattr(module, "display", stand_in.display)
    return stand_in


def test_many_steps_make_one_output_and_few_updates(screen):
    clock = Clock()
    progress = NotebookProgress("run", clock=clock)
    progress.start("screen", 1000)
    for _ in range(1000):
        clock.now += 0.002
        progress.advance()
    progress.finish("612 passed")
    assert screen.handles == 1
    assert len(screen.bundles) < 12
    last = screen.bundles[-1]
    assert list(last) == ["text/plain", "text/html"]
    assert last["text/plain"] == "run\n✓ screen  1,000 of 1,000  2.0 s  612 passed"


@pytest.mark.usefixtures("screen")
def test_a_stage_within_a_stage_is_indented_and_counts_for_itself():
    progress = NotebookProgress(clock=Clock())
    progress.start("ingest", 2)
    progress.start("jak1.csv")
    progress.advance(40)
    progress.finish()
    progress.advance(note="jak1.csv")
    progress.finish()
    assert progress.to_text().splitlines() == [
        "✓ ingest  1 of 2  0.0 s  jak1.csv",
        "  ✓ jak1.csv  40  0.0 s",
    ]


def test_a_long_campaign_is_summed_up(screen):
    progress = NotebookProgress(clock=Clock())
    for cycle in range(100):
        progress.start(f"cycle {cycle}")
        progress.finish()
    assert "76 earlier stages" in progress.to_text()
    assert len(screen.bundles[-1]["text/html"]) < 10_000


def test_a_hostile_note_is_text(screen):
    progress = NotebookProgress(clock=Clock())
    progress.start("<script>", 1)
    progress.advance(note="<img src=x>")
    progress.finish()
    assert "<script>" not in screen.bundles[-1]["text/html"]
    assert "<img" not in screen.bundles[-1]["text/html"]


def test_ending_what_was_never_begun_does_nothing(screen):
    progress: Progress = NotebookProgress()
    progress.advance()
    progress.finish()
    assert screen.bundles == []


def test_the_real_display_gives_a_handle_that_can_be_updated(capsys):
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        progress = NotebookProgress()
        progress.start("fit", 1)
        progress.finish()
        assert progress._handle is not None
    finally:
        shell.history_manager.end_session()
        InteractiveShell.clear_instance()
    assert "fit" in capsys.readouterr().out
