"""The page of a generator's model card: its data, how its losses fell, what it can do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from molagent.propose.training.card import JSON, ModelCard, build_card
from molagent.report.chart import Axes, span
from molagent.report.colours import BLUE, GREY, ORANGE
from molagent.report.files import replace_file
from molagent.report.page import render
from molagent.report.wording import is_unknown

__all__ = ["loss_plot", "render_generator_card", "write_generator_card"]

_HTML: Final = "card.html"
_FACTS: Final = ("parameters", "blocks", "steps", "traces", "epochs", "minutes")
_FURTHER: Final = {
    "started_from": "Trained on from",
    "conditions": "Conditions: centre and width",
    "described": "Molecules with known conditions",
    "activity": "Activity",
    "unsupported": "Compounds left out",
    "figures": "Measured",
    "network": "Network",
    "training": "Training settings",
}
_LIMITS: Final = (
    "Proposals are valid molecules, not promises: nothing here predicts activity or safety.",
    "Stereo marks are dropped; isotopes, salts, metals and molecules above 60 heavy atoms are "
    "outside what the policy can build.",
    "It imitates its training sources. Chemistry that they lack is rare in its samples.",
    "Conditions steer, they do not bind: the achieved values scatter about what was asked for.",
)
# Column of the losses to its words and its line; a dash as well as a colour tells lines apart.
_LINES: Final = {
    "train": ("training", GREY, ""),
    "total": ("held out", BLUE, ""),
    "empty": ("held out, from nothing", ORANGE, "6 3"),
    "asked": ("held out, properties known", "#009E73", "2 3"),
}
_SAMPLE: Final = 26  # pixels of a line beside its words
_ROW: Final = 16


def write_generator_card(folder: Path) -> tuple[Path, Path]:
    """Write ``card.html`` and ``card.json`` beside the weights; return both paths.

    Raises
    ------
    ModelError
        If the model cannot be loaded, or its losses or figures cannot be read.
    MolagentError
        If a file cannot be written.
    """
    card = build_card(folder)
    return (
        replace_file(folder / _HTML, render_generator_card(card).encode("utf-8")),
        replace_file(folder / JSON, card.to_json().encode("utf-8")),
    )


def render_generator_card(card: ModelCard) -> str:
    """Return a generator's card as one HTML document without scripts and without remote parts."""
    facts = card.facts
    return str(
        render(
            "generator_card.html",
            title=f"Graph policy {facts['model_hash']}",
            facts=[(name, facts[name]) for name in _FACTS if facts.get(name) is not None],
            data=facts["data"],
            command=facts.get("command", "unknown"),
            losses=loss_plot(card.losses),
            held_out=facts.get("held_out_nll") or {},
            further=[(words, facts[name]) for name, words in _FURTHER.items() if facts.get(name)],
            limits=_LIMITS,
        )
    )


def loss_plot(rows: Sequence[Mapping[str, float]]) -> Markup:
    """Return training and held-out losses against steps as SVG; '' where none were recorded.

    Parameters
    ----------
    rows
        One a checkpoint: ``step`` and losses in nats an event, NaN where there is none.
    """
    lines = {
        name: [(row["step"], row[name]) for row in rows if not is_unknown(row.get(name))]
        for name in _LINES
    }
    known = [point for points in lines.values() for point in points]
    if not known:
        return Markup("")
    axes = Axes(
        x_range=(min(step for step, _ in known), max(1.0, *(step for step, _ in known))),
        y_range=span([loss for _, loss in known], alone=1.0),
        x_label="optimiser steps",
        y_label="nats an event",
        title="Losses against optimiser steps",
        description="The lower a line, the likelier are the decisions that build real molecules.",
        width=720,
        right=20,
    )
    corner = (axes.x_range[1], axes.y_range[1])
    for row, (name, points) in enumerate((n, p) for n, p in lines.items() if p):
        words, colour, dash = _LINES[name]
        axes.curve(points, colour, width=1.6, dash=dash)
        y = _ROW * (row + 1)
        axes.text(corner, words, anchor="end", shift=(-_SAMPLE - 6, y))
        axes.sample(corner, colour, length=_SAMPLE, shift=(0, y - 4), dash=dash)
    return axes.to_svg()
