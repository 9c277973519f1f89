"""The endpoints of the ADMET panel: what each is called, where it stands, how good its model is."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from molagent.report.content import ReportContent
from molagent.report.modelcard import split_metrics
from molagent.report.wording import count, is_unknown, label, number, typeset, unit_words

__all__ = ["PanelEndpoint", "panel_endpoints"]

_TABLE: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = tomllib.loads(
    (resources.files("molagent.report") / "data" / "panel.toml").read_text(encoding="utf-8")
)
_PLACES: Final = {
    name: (place, group, entry)
    for place, (group, name, entry) in enumerate(
        (group, name, entry) for group, entries in _TABLE.items() for name, entry in entries.items()
    )
}
_OTHER: Final = "Other"
_SCORES: Final = {"auroc": "AUROC", "r2": "R²", "rmse": "RMSE", "mae": "MAE"}
_DIRECTIONS: Final = {"minimise": "low", "maximise": "high"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelEndpoint:
    """One endpoint of the panel.

    Attributes
    ----------
    column
        The name in the distribution on approved drugs; '' for another model's endpoint.
    wanted
        ``low``, ``high``, or '' where that depends on the drug.
    """

    endpoint: str
    name: str
    unit: str
    group: str
    digits: int
    column: str
    wanted: str
    probability: bool
    reliable: bool
    reason: str
    n_train: str
    score: str

    @property
    def head(self) -> str:
        """Return the name with its unit; a probability needs none."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    @property
    def unit_text(self) -> str:
        """Return the unit, 'probability' spelled out."""
        return "probability" if self.probability else self.unit


def panel_endpoints(content: ReportContent) -> list[PanelEndpoint]:
    """Return the panel in the order absorption, distribution, metabolism, excretion, toxicity."""
    entries = [(name, content.card(name)) for name in content.panel]
    entries.sort(key=lambda entry: _place(*entry))
    return [_endpoint(name, card) for name, card in entries]


def _endpoint(name: str, card: Mapping[str, Any]) -> PanelEndpoint:
    column = _column(name, card)
    _, group, entry = _PLACES.get(column, (0, _OTHER, {}))
    unit = str(card.get("unit") or "")
    probability = unit == "probability"
    return PanelEndpoint(
        endpoint=name,
        name=str(entry.get("name") or label(name)),
        unit="" if probability else unit_words(entry.get("unit", unit)),
        group=group,
        digits=2 if probability else int(entry.get("digits", 2)),
        column=str(card.get("column") or ""),
        wanted=_DIRECTIONS.get(str(card.get("direction")), ""),
        probability=probability,
        reliable=bool(card.get("reliable", False)),
        reason=_reason(card),
        n_train=count(card.get("n_train")),
        score=_score(card),
    )


def _place(name: str, card: Mapping[str, Any]) -> tuple[int, str]:
    return (_PLACES.get(_column(name, card), (len(_PLACES), "", {}))[0], name)


def _column(name: str, card: Mapping[str, Any]) -> str:
    return str(card.get("column") or name)


def _reason(card: Mapping[str, Any]) -> str:
    if not card:
        return "it has no model card"
    return "" if card.get("reliable") else typeset(str(card.get("reason") or "no reason was given"))


def _score(card: Mapping[str, Any]) -> str:
    """Return the leading figure of the hardest split."""
    for figures in split_metrics(card).values():
        for key, words in _SCORES.items():
            if not is_unknown(figures.get(key)):
                return f"{words} {number(figures[key])}"
    return number(None)
