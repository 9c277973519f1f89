"""The campaign report: one HTML file that needs nothing else, for screens, paper and mail."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from molagent.report.brief import brief
from molagent.report.compound import compound_views, shared_searches
from molagent.report.content import ReportContent
from molagent.report.departures import departures_told
from molagent.report.endpoints import panel_endpoints
from molagent.report.files import replace_file
from molagent.report.modelcard import model_views
from molagent.report.ordering import PROPERTY_HEADS, order_rows, pieces, shown_properties
from molagent.report.page import render
from molagent.report.panel import panel_view
from molagent.report.patent_evidence import news_rows
from molagent.report.sar_motifs import motifs_html
from molagent.report.sections import (
    cycle_views,
    funnel_views,
    leaver_views,
    settings_text,
    stage_times,
    trend_figures,
)
from molagent.report.wording import LEVEL_WORDS, NOT_LEGAL_ADVICE, UNKNOWN

__all__ = ["render_html", "write_html"]

_REJECTIONS_SHOWN = 60
_COMPARED_ENDPOINTS = 8
_NEWS: Final = 60


def render_html(content: ReportContent) -> str:
    """Return the report as one HTML document without scripts and without remote parts.

    Parameters
    ----------
    content
        The report's data.
    """
    return str(render("report.html", **_context(content)))


def write_html(content: ReportContent, path: Path) -> Path:
    """Write the report; see :func:`render_html`.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    return replace_file(path, render_html(content).encode("utf-8"))


def _context(content: ReportContent) -> dict[str, Any]:
    compounds = compound_views(content)
    rows = order_rows(content)
    created = content.created_at
    stages, times = stage_times(content)
    profiled = [str(item.get("endpoint")) for item in content.profile]
    panel = set(content.panel)
    compared = [
        name for name in content.endpoints if name in profiled or not (profiled or name in panel)
    ]
    return {
        "content": content,
        "created": created.strftime("%d %B %Y, %H:%M %Z").strip(" ,")
        if isinstance(created, datetime)
        else str(created),
        "brief": brief(content),
        "compounds": compounds,
        "news": None if content.news is None else news_rows(content.news)[:_NEWS],
        "news_left_out": 0 if content.news is None else max(0, len(content.news) - _NEWS),
        "news_notes": () if content.news is None else content.news.attrs["notes"],
        "news_compared": content.news is not None and content.news.attrs.get("compared", True),
        "compared": compared[:_COMPARED_ENDPOINTS],
        "searches": shared_searches(compounds),
        "departures": departures_told(content.departures, len(compounds)),
        "figures": trend_figures(content),
        "funnels": funnel_views(content),
        "yields": content.yields.to_dict("records"),
        "leavers": leaver_views(content),
        "models": model_views(content),
        "order_rows": rows,
        "any_state": any(row.state for row in rows),
        "property_heads": [PROPERTY_HEADS[name][0] for name in shown_properties(content)],
        "pieces": pieces(content),
        "panel": panel_view(content),
        "panel_models": panel_endpoints(content),
        "motifs": motifs_html(content.series) if content.series else "",
        "cycles": cycle_views(content),
        "stages": stages,
        "times": times,
        "total_seconds": content.timings["seconds"].sum() if len(content.timings) else None,
        "sources": content.sources.to_dict("records"),
        "licensed": {"source", "licence"} <= set(content.sources.columns),
        "rejections": content.rejections.head(_REJECTIONS_SHOWN).to_dict("records"),
        "more_rejections": max(0, len(content.rejections) - _REJECTIONS_SHOWN),
        "settings": settings_text(content.settings),
        "levels": LEVEL_WORDS,
        "legal": NOT_LEGAL_ADVICE,
        "unknown": UNKNOWN,
    }
