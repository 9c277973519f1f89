"""Model cards: what each model was trained on, how good it is, and what it is not for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from molagent.report.content import ReportContent
from molagent.report.plots import parity_plot
from molagent.report.vector import inline_svg
from molagent.report.wording import (
    as_mapping,
    count,
    is_unknown,
    label,
    number,
    percent,
    typeset,
    unit_words,
    with_unit,
)

__all__ = ["ModelView", "model_views", "split_metrics"]

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
_COUNTS: Final = frozenset({"n", "n_train", "n_test", "n_validation"})


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


def model_views(content: ReportContent) -> list[ModelView]:
    """Return the cards of what steers, those of the profile first; the panel's are not here."""
    panel = set(content.panel)
    order = {name: place for place, name in enumerate(content.endpoints)}
    steering = [card for card in content.cards if str(card.get("endpoint")) not in panel]
    cards = sorted(steering, key=lambda c: order.get(str(c.get("endpoint")), len(order)))
    return [_model(card, content) for card in cards]


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


def _model(card: Mapping[str, Any], content: ReportContent) -> ModelView:
    columns = split_metrics(card)
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    bands = _records(card.get("domain_bands") or card.get("domain"))
    heads = list(dict.fromkeys(key for band in bands for key in band))
    title = content.spell(str(card.get("title") or card.get("endpoint")))
    return ModelView(
        title=title,
        endpoint=str(card.get("endpoint", "")),
        unit=unit_words(card.get("unit")),
        facts=tuple(
            (words, count(card[key]) if key in _COUNTS else content.spell(str(card[key])))
            for key, words in (
                ("kind", "kind"),
                ("n_train", "training compounds"),
                ("source", "data"),
                ("model_hash", "hash"),
            )
            if not is_unknown(card.get(key)) and card.get(key) != ""
        ),
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
        parity=inline_svg(parity_plot(card.get("parity") or (), axis_label=_parity_label(card))),
    )


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
