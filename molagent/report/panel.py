"""The ADMET panel: what is predicted beside the profile, as one compact heat table."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np

from molagent.errors import NotFoundError
from molagent.records import FloatArray
from molagent.report.content import ReportContent
from molagent.report.endpoints import PanelEndpoint, panel_endpoints
from molagent.report.wording import UNKNOWN, count, is_unknown, number, plus_minus
from molagent.screen.admet_cards import approved_percentile

__all__ = [
    "PanelCell",
    "PanelRow",
    "PanelTable",
    "PanelView",
    "likely_unwanted",
    "panel_view",
    "percentiles",
]

#: Columns that fit an A4 page held sideways.
_WIDEST: Final = 30
_SHADES: Final = 5
_LIKELY: Final = 0.5
_ADMET_AI: Final = (
    "Predictions of ADMET-AI (doi:10.1093/bioinformatics/btae416): the mean of five networks, each "
    "from the drawn structure alone; two decimals mean a probability. None of them "
    "steered the campaign."
)
_OTHER_MODELS: Final = "Predictions of models that did not steer the campaign."


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelCell:
    """One value; `shade` is 0 (as wanted) to 4 (most unwanted), None where that is not known."""

    text: str
    shade: int | None
    hint: str
    outside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRow:
    """One compound's line."""

    rank: str
    proposal_id: str
    cells: tuple[PanelCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelTable:
    """As many endpoints as fit a page, in groups."""

    groups: tuple[tuple[str, int], ...]
    endpoints: tuple[PanelEndpoint, ...]
    rows: tuple[PanelRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """The section: tables of what is reliable, names of what is not."""

    tables: tuple[PanelTable, ...]
    hidden: tuple[PanelEndpoint, ...]
    undirected: tuple[str, ...]
    scaled: tuple[str, ...]
    elsewhere: tuple[str, ...]
    source: str


def panel_view(content: ReportContent) -> PanelView | None:
    """Return the panel; None where nothing was predicted beside the profile and the assays."""
    endpoints = panel_endpoints(content)
    if not endpoints or content.shortlist.empty:
        return None
    shown = [item for item in endpoints if item.reliable]
    predicted = _predictions(content)
    sources = {str(content.card(item.endpoint).get("source")).lower() for item in endpoints}
    return PanelView(
        tables=tuple(_table(part, content, predicted) for part in _pages(shown)),
        hidden=tuple(item for item in endpoints if not item.reliable),
        undirected=tuple(item.name for item in shown if not item.wanted),
        scaled=tuple(item.name for item in shown if item.wanted and not item.probability),
        elsewhere=tuple(
            content.title(str(item["endpoint"]))
            for item in content.profile
            if content.card(str(item.get("endpoint"))).get("column")
        ),
        source=_ADMET_AI if any("admet-ai" in text for text in sources) else _OTHER_MODELS,
    )


def likely_unwanted(content: ReportContent) -> list[tuple[str, int]]:
    """Return for how many compounds a reliable panel model finds the unwanted more likely than not.

    Returns
    -------
    list of tuple
        ``(name, compounds)``, the commonest first; only where it is known what is wanted.
    """
    predicted = _predictions(content)
    ids = [str(name) for name in content.shortlist["proposal_id"]]
    tally: Counter[str] = Counter()
    for item in panel_endpoints(content):
        if item.reliable and item.wanted and item.probability:
            means = _means(ids, item.endpoint, predicted)
            unwanted = means if item.wanted == "low" else 1.0 - means
            words = item.name if item.wanted == "low" else f"poor {item.name.lower()}"
            tally[words] = int((unwanted >= _LIKELY).sum())
    return [(name, n) for name, n in tally.most_common() if n]


def percentiles(item: PanelEndpoint, means: FloatArray) -> FloatArray:
    """Return the share of approved drugs predicted below each value, 0..100; NaN where unknown."""
    if not item.column:
        return np.full(len(means), np.nan)
    try:
        return approved_percentile(item.column, means)
    except NotFoundError:
        return np.full(len(means), np.nan)


def _table(
    endpoints: Sequence[PanelEndpoint],
    content: ReportContent,
    predicted: Mapping[tuple[str, str], Mapping[str, Any]],
) -> PanelTable:
    compounds = content.shortlist.sort_values("rank")
    ids = [str(name) for name in compounds["proposal_id"]]
    columns = [_column(item, ids, predicted) for item in endpoints]
    return PanelTable(
        groups=tuple((name, len(list(part))) for name, part in groupby(e.group for e in endpoints)),
        endpoints=tuple(endpoints),
        rows=tuple(
            PanelRow(rank=count(rank), proposal_id=name, cells=tuple(cells))
            for rank, name, *cells in zip(compounds["rank"], ids, *columns, strict=True)
        ),
    )


def _column(
    item: PanelEndpoint,
    ids: Sequence[str],
    predicted: Mapping[tuple[str, str], Mapping[str, Any]],
) -> list[PanelCell]:
    shares = percentiles(item, _means(ids, item.endpoint, predicted))
    return [
        _cell(item, predicted.get((name, item.endpoint), {}), float(share))
        for name, share in zip(ids, shares, strict=True)
    ]


def _cell(item: PanelEndpoint, entry: Mapping[str, Any], share: float) -> PanelCell:
    mean = entry.get("mean")
    if is_unknown(mean):
        return PanelCell(
            text=UNKNOWN, shade=None, hint=f"{item.name}: no value computed", outside=False
        )
    value = float(mean)  # type: ignore[arg-type]
    words = f"{item.name} {plus_minus(value, entry.get('std'))} {item.unit}".strip()
    if math.isfinite(share):
        words += f"; above {share:.0f} % of approved drugs"
    return PanelCell(
        text=_probability(value) if item.probability else number(value, item.digits),
        shade=_shade(item, value, share),
        hint=words,
        outside=not bool(entry.get("in_domain", False)),
    )


def _shade(item: PanelEndpoint, value: float, share: float) -> int | None:
    """Return how unwanted a value is; a number is compared with approved drugs."""
    level = value if item.probability else share / 100.0
    if not item.wanted or not math.isfinite(level):
        return None
    unwanted = level if item.wanted == "low" else 1.0 - level
    return min(_SHADES - 1, max(0, math.floor(unwanted * _SHADES)))


def _probability(value: float) -> str:
    """Return a probability; a network is never so sure that it is 0 or 1.

    Examples
    --------
    >>> _probability(0.414), _probability(0.0001), _probability(0.9999)
    ('0.41', '<0.01', '>0.99')
    """
    text = number(value)
    return {"0.00": "<0.01", "1.00": ">0.99"}.get(text, text)


def _pages(endpoints: Sequence[PanelEndpoint]) -> list[list[PanelEndpoint]]:
    """Return the endpoints in as many tables as they need; a group stays in one."""
    pages: list[list[PanelEndpoint]] = []
    for _, part in groupby(endpoints, key=lambda item: item.group):
        group = list(part)
        if not pages or len(pages[-1]) + len(group) > _WIDEST:
            pages.append([])
        pages[-1].extend(group)
    return pages


def _means(
    ids: Sequence[str], endpoint: str, predicted: Mapping[tuple[str, str], Mapping[str, Any]]
) -> FloatArray:
    values = [predicted.get((name, endpoint), {}).get("mean") for name in ids]
    return np.array([math.nan if is_unknown(v) else float(v) for v in values])  # type: ignore[arg-type]


def _predictions(content: ReportContent) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (str(row["proposal_id"]), str(row["endpoint"])): {str(k): v for k, v in row.items()}
        for row in content.predictions.to_dict("records")
    }
