"""Model cards: what each model was trained on, how good it is, and what it is not for."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from molagent.report.content import ReportContent
from molagent.report.files import replace_file
from molagent.report.page import Picture, picture, render
from molagent.report.plots import parity_plot
from molagent.report.wording import (
    as_mapping,
    count,
    is_unknown,
    label,
    number,
    percent,
    plus_minus,
    typeset,
    unit_words,
    with_unit,
)

__all__ = ["ModelView", "card_html", "model_views", "render_card", "split_metrics", "write_card"]

_METRIC_WORDS: Final[dict[str, str]] = {
    "n": "n",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "rmse_mean": "RMSE of always the mean",
    "rmse_nearest": "RMSE of the nearest neighbour",
    "spearman": "Spearman ρ",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "coverage_90": "90 % interval covers",
    "coverage_90_recalibrated": "90 % interval covers, recalibrated",
    "replicate_sd": "replicate SD (noise floor)",
    "in_domain": "in domain",
    "similarity_at_least": "similarity at least",
}
# A time split is harder than a scaffold split, which is harder than a random one.
_HARDEST: Final = {"time": 0, "scaffold": 1, "random": 2}
# How far ahead a card says the widening of; half a year is a long time in a programme.
_MONTHS_AHEAD: Final = 6
_COUNTS: Final = frozenset(
    {
        "n",
        "n_train",
        "n_test",
        "n_validation",
        "n_censored",
        "n_rejected",
        "members",
        "rounds",
        "width",
    }
)
_IDS: Final = frozenset({"version", "model_hash"})
# What a card alone says beside its figures, in this order.
_FURTHER: Final = {
    "target": "target",
    "assay": "assay",
    "snapshot": "snapshot",
    "data_hash": "hash of the training data",
    "n_censored": "limits among the training values",
    "n_rejected": "rows left out",
    "noise_floor": "replicate SD of the assay",
    "std_floor": "least standard deviation stated",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """One model card."""

    title: str
    endpoint: str
    unit: str
    facts: tuple[tuple[str, str], ...]
    reliable: bool
    reason: str
    note: str
    splits: tuple[str, ...]
    metrics: tuple[tuple[str, tuple[str, ...]], ...]
    bands: tuple[tuple[str, ...], ...]
    band_heads: tuple[str, ...]
    parity: Markup
    settings: tuple[tuple[str, str], ...] = ()


def model_views(content: ReportContent) -> list[ModelView]:
    """Return the cards of what steers, those of the profile first; the panel's are not here."""
    panel = set(content.panel)
    order = {name: place for place, name in enumerate(content.endpoints)}
    steering = [card for card in content.cards if str(card.get("endpoint")) not in panel]
    cards = sorted(steering, key=lambda c: order.get(str(c.get("endpoint")), len(order)))
    return [_model(card, content.spell) for card in cards]


def render_card(card: Mapping[str, Any]) -> str:
    """Return one model card as an HTML document without scripts and without remote parts.

    Cards of every kind have the keys of ``Predictor.card``; what else a card says is shown where
    it is known.
    """
    return str(render("card.html", model=_model(card, str, settings=_settings(card))))


def card_html(card: Mapping[str, Any]) -> Picture:
    """Return a model card alone, for a notebook cell or as a part of another page."""
    model = _model(card, str, settings=_settings(card))
    return picture(model.title, "card_section.html", model=model)


def write_card(card: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write ``<endpoint>-<model hash>.html`` and ``.json``; return both paths.

    Raises
    ------
    MolagentError
        If a file cannot be written.
    """
    stem = "".join(
        letter if letter.isalnum() or letter in "-_" else "_"
        for letter in f"{card['endpoint']}-{card['model_hash']}"
    )
    text = json.dumps(_plain(card), indent=1, sort_keys=True, allow_nan=False)
    return (
        replace_file(folder / f"{stem}.html", render_card(card).encode("utf-8")),
        replace_file(folder / f"{stem}.json", text.encode("utf-8")),
    )


def split_metrics(card: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a card's figures by split, the hardest first; what was not computed is left out.

    A card has ``splits`` (split to figures), or ``metrics`` nested in the same way, or only flat
    ``metrics``, which then stand under the empty name.

    Examples
    --------
    >>> split_metrics({"metrics": {"r2": 0.8, "auroc": None}})
    {'': {'r2': 0.8}}
    """
    metrics = as_mapping(card.get("splits")) or as_mapping(card.get("metrics"))
    nested = {name: as_mapping(value) for name, value in metrics.items() if as_mapping(value)}
    flat = {name: value for name, value in metrics.items() if name not in nested}
    columns = {**nested, **({"": flat} if flat else {})}
    ordered = sorted(columns, key=lambda name: _HARDEST.get(name, len(_HARDEST)))
    return {
        name: {key: value for key, value in columns[name].items() if not is_unknown(value)}
        for name in ordered
    }


def _model(
    card: Mapping[str, Any],
    spell: Callable[[str], str],
    settings: tuple[tuple[str, str], ...] = (),
) -> ModelView:
    columns = split_metrics(card)
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    bands = _records(card.get("domain_bands") or card.get("domain"))
    heads = list(dict.fromkeys(key for band in bands for key in band))
    title = spell(str(card.get("title") or card.get("endpoint")))
    return ModelView(
        title=title,
        endpoint=str(card.get("endpoint", "")),
        unit=unit_words(card.get("unit")),
        facts=_facts(card, spell),
        reliable=bool(card.get("reliable", True)),
        reason=typeset(str(card.get("reason") or "")),
        note=str(card.get("note") or ""),
        splits=tuple(label(name) for name in columns),
        metrics=tuple(
            (_metric_words(name), tuple(_metric(name, col.get(name)) for col in columns.values()))
            for name in names
        ),
        bands=tuple(tuple(_metric(head, band.get(head)) for head in heads) for band in bands),
        band_heads=tuple(_metric_words(head) for head in heads),
        parity=parity_plot(card.get("parity") or (), axis_label=_parity_label(card)),
        settings=settings,
    )


def _facts(card: Mapping[str, Any], spell: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    """Return what a card says of its model in a line: what it is, and what it was held against."""
    choice = as_mapping(card.get("choice"))
    # The kind of model in its own words, where the card has them.
    said = {**card, "kind": choice.get("title") or label(str(card.get("kind") or ""))}
    rows = [
        (words, _fact(key, said[key], spell))
        for key, words in (
            ("kind", "kind"),
            ("version", "version"),
            ("n_train", "training compounds"),
            ("source", "data"),
            ("model_hash", "hash"),
        )
        if not is_unknown(said.get(key)) and said.get(key) != ""
    ]
    compared = _compared(choice)
    if len(compared) > 1:
        rows.append(("compared", ", ".join(f"{what}: {error}" for what, error in compared)))
    selected = as_mapping(card.get("selected"))
    if not is_unknown(selected.get("top")):
        rows.append(("chosen compounds", _selected(selected)))
    return tuple(rows)


def _selected(selected: Mapping[str, Any]) -> str:
    """Return by how much the compounds a model would choose are over-predicted.

    Examples
    --------
    >>> _selected({"share": 0.1, "n": 14, "top": 0.21, "top_error": 0.08})
    'the 10 % predicted highest on held-out scaffolds (14) were over-predicted by 0.21 ± 0.08'
    """
    shift = float(selected["top"])
    over = "over" if shift >= 0 else "under"
    return (
        f"the {percent(selected['share'])} predicted highest on held-out scaffolds"
        f" ({count(selected['n'])}) were {over}-predicted by"
        f" {plus_minus(abs(shift), selected['top_error'])}"
    )


def _fact(key: str, value: object, spell: Callable[[str], str]) -> str:
    if key in _COUNTS:
        return count(value)
    # An id is given to a command as it stands.
    return str(value) if key in _IDS else spell(str(value))


def _settings(card: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what a card says beside its figures, in words."""
    further = [
        (words, _metric(key, card[key]))
        for key, words in _FURTHER.items()
        if not is_unknown(card.get(key)) and card[key] != ""
    ]
    hyper = as_mapping(card.get("hyperparameters"))
    settings = [(label(key), _metric(key, value)) for key, value in hyper.items()]
    ahead = _ahead(as_mapping(as_mapping(card.get("calibration")).get("ahead")))
    return tuple(further + settings + ahead + _compared(as_mapping(card.get("choice"))))


def _ahead(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how far ahead in time the intervals were tried, and how they widen."""
    if not found:
        return []
    base, growth = float(found["base_months"]), float(found["growth"])
    factor = max(_MONTHS_AHEAD / base, 1.0) ** growth
    return [
        ("predicted ahead in time up to", f"{number(found['seen_months'])} months"),
        (f"interval {_MONTHS_AHEAD} months ahead", f"{factor:.2f} times as wide"),
    ]


def _compared(choice: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the models that were held against each other, with their errors on one split."""
    rows = []
    for name, figures in as_mapping(choice.get("compared")).items():
        found = as_mapping(figures)
        error = number(found.get("rmse_with_limits", found.get("rmse")))
        mark = ", chosen" if name == choice.get("chosen") else ""
        rows.append((f"{label(name)} on the {choice.get('split')} split", f"RMSE {error}{mark}"))
    return rows


def _plain(value: object) -> object:
    """Return a JSON-able copy: what is not known is null, as JSON has no NaN."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, Sequence):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _parity_label(card: Mapping[str, Any]) -> str:
    return with_unit(label(str(card.get("endpoint", ""))), unit_words(card.get("unit")))


def _metric_words(name: str) -> str:
    return _METRIC_WORDS.get(name, label(name))


def _metric(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _COUNTS:
        return count(value)
    if name.startswith("coverage"):
        return percent(value)
    if isinstance(value, int | float) or value is None:
        return number(value)
    return str(value)


def _records(value: object) -> list[dict[str, Any]]:
    """Return a list of mappings from such a list, or from a mapping of mappings."""
    if isinstance(value, Mapping):
        return [{"band": name, **as_mapping(entry)} for name, entry in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [as_mapping(entry) for entry in value if as_mapping(entry)]
    return []
