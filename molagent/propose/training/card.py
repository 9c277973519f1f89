"""The model card of a generator: what it was trained on, how the losses fell, what it can do.

Written beside the weights as ``card.html`` for people and ``card.json`` for programs, from the
settings and the losses that training left there (Mitchell et al. 2019, Model Cards for Model
Reporting, doi:10.1145/3287560.3287596).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from molagent.errors import ModelError
from molagent.propose.training.loop import LOSSES
from molagent.propose.weights import LoadedPolicy, load_policy, write_text

__all__ = ["FIGURES", "ModelCard", "build_card", "write_card", "write_figures"]

# Measured figures that a benchmark leaves beside the weights, shown as they are.
FIGURES = "figures.json"
HTML, JSON = "card.html", "card.json"
LONG = 40

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .8rem .25rem 0;
border-bottom:1px solid #ddd;vertical-align:top}th{font-weight:600}
code{font-size:.85em;overflow-wrap:anywhere}.n{white-space:nowrap}svg{max-width:100%;height:auto}
"""
_LIMITS = (
    "Proposals are valid molecules, not promises: nothing here predicts activity or safety.",
    "Stereo marks are dropped; isotopes, salts, metals and molecules above 60 heavy atoms are "
    "outside what the policy can build.",
    "It imitates its training sources. Chemistry that they lack is rare in its samples.",
    "Conditions steer, they do not bind: the achieved values scatter about what was asked for.",
)


@dataclass(frozen=True)
class ModelCard:
    """What is known about a generator.

    Parameters
    ----------
    facts
        Content of ``card.json``.
    losses
        One row a checkpoint: step, minutes, mean training loss and held-out parts.
    """

    facts: Mapping[str, object]
    losses: Sequence[Mapping[str, float]]

    def to_json(self) -> str:
        """Return facts and losses as JSON text."""
        return json.dumps({**self.facts, "losses": list(self.losses)}, indent=2)

    def to_html(self) -> str:
        """Return one page that needs no other file."""
        facts = self.facts
        title = f"Graph policy {escape(str(facts['model_hash']))}"
        parts = [
            f"<h1>{title}</h1>",
            _table(
                (name, facts[name])
                for name in ("parameters", "blocks", "steps", "traces", "epochs", "minutes")
                if facts.get(name) is not None
            ),
            "<h2>Training data</h2>",
            _grid(facts["data"]),
            f"<p>Command: <code>{escape(str(facts.get('command', 'unknown')))}</code></p>",
            "<h2>Loss</h2>",
            self._curve(),
            "<h2>Held-out loss</h2><p>Nats an event; molecules that this training left out.</p>",
            _table(_mapping(facts.get("held_out_nll")).items()),
        ]
        for name, heading in (
            ("started_from", "Trained on from"),
            ("conditions", "Conditions: centre and width"),
            ("described", "Molecules with known conditions"),
            ("activity", "Activity"),
            ("unsupported", "Compounds left out"),
            ("figures", "Measured"),
            ("network", "Network"),
            ("training", "Training settings"),
        ):
            value = facts.get(name)
            if value:
                parts += [f"<h2>{heading}</h2>", _show(value)]
        parts.append("<h2>Limits</h2><ul>")
        parts += [f"<li>{escape(limit)}</li>" for limit in _LIMITS]
        parts.append("</ul>")
        return (
            f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
            f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
        )

    def _curve(self) -> str:
        if not self.losses:
            return "<p>No losses were recorded.</p>"
        return plot_losses(self.losses)


def plot_losses(rows: Sequence[Mapping[str, float]]) -> str:
    """Draw training and held-out losses against steps; return SVG text."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "molagent", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.5, 3.6), layout="constrained")
        axes = figure.add_subplot()
        names = {
            "train": "training",
            "total": "held out",
            "empty": "held out, from nothing",
            "asked": "held out, properties known",
        }
        for name, label in names.items():
            points = [(row["step"], row[name]) for row in rows if row.get(name) == row.get(name)]
            if points:
                axes.plot(*zip(*points, strict=True), label=label, linewidth=1.4)
        axes.set_xlabel("optimiser steps")
        axes.set_ylabel("nats an event")
        axes.grid(visible=True, alpha=0.3)
        axes.legend(frameon=False)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    content = text.getvalue()
    return content[content.index("<svg") :]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _table(rows: object) -> str:
    cells = "".join(
        f"<tr><th>{escape(str(name).replace('_', ' '))}</th><td>{_show(value)}</td></tr>"
        for name, value in rows  # type: ignore[attr-defined]
    )
    return f"<table>{cells}</table>"


def _grid(rows: object) -> str:
    """Return a table with a column for every key."""
    if not isinstance(rows, list) or not rows:
        return "<p>Unknown.</p>"
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_show(row.get(name, ''))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _show(value: object) -> str:
    if isinstance(value, Mapping):
        return _table(value.items())
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return _grid(value)
    if isinstance(value, list | tuple):
        return ", ".join(_show(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"<span class='n'>{value:,}</span>"
    if isinstance(value, float):
        return f"<span class='n'>{value:.4g}</span>"
    text = escape(str(value))
    return f"<code>{text}</code>" if len(text) > LONG else text


def _read_losses(path: Path) -> list[dict[str, float]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as handle:
        try:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(handle)]
        except (TypeError, ValueError) as error:
            raise ModelError(f"losses cannot be read: {error}", place=str(path)) from error


def _epochs(card: Mapping[str, object]) -> float | None:
    data, traces = card.get("data"), card.get("traces")
    if not isinstance(data, list) or not isinstance(traces, int):
        return None
    taught = [source for number, source in enumerate(data) if number in _own(card, len(data))]
    molecules = sum(int(source.get("packed", 0)) for source in taught)
    return round(traces / molecules, 2) if molecules else None


def _own(card: Mapping[str, object], count: int) -> Sequence[int]:
    """Return the sources that this run itself was trained on."""
    imitated = card.get("imitate")
    return imitated if isinstance(imitated, list) else range(count)


def build_card(folder: Path) -> ModelCard:
    """Collect what is known about the generator in a folder.

    Raises
    ------
    ModelError
        If the model cannot be loaded, or losses or figures cannot be read.
    """
    model: LoadedPolicy = load_policy(folder)
    card = model.card
    facts: dict[str, object] = {
        "model_hash": model.model_hash,
        "parameters": sum(p.numel() for p in model.policy.parameters()),
        "blocks": len(model.vocabulary.blocks),
        "epochs": _epochs(card),
        **card,
    }
    figures = folder / FIGURES
    if figures.exists():
        try:
            facts["figures"] = json.loads(figures.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelError(f"figures cannot be read: {error}", place=str(figures)) from error
    losses = _read_losses(folder / LOSSES)
    return ModelCard(facts, losses)


def write_figures(folder: Path, figures: Mapping[str, object]) -> None:
    """Leave measured figures beside the weights for the card; earlier ones of other names stay."""
    path = folder / FIGURES
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    write_text(path, json.dumps({**earlier, **figures}, indent=2))


def write_card(folder: Path) -> tuple[Path, Path]:
    """Write ``card.html`` and ``card.json`` beside the weights; return both paths."""
    card = build_card(folder)
    write_text(folder / HTML, card.to_html())
    write_text(folder / JSON, card.to_json())
    return folder / HTML, folder / JSON
