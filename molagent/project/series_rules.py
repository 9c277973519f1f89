"""What a campaign's series never varied: of which endpoint, and what its chemist struck of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from molagent.campaign.pool import RELATION
from molagent.config import CampaignConfig
from molagent.errors import ConfigError
from molagent.records import PotentSeries, SeriesRule

if TYPE_CHECKING:
    import pandas as pd

    from molagent.screen.series import SeriesFilter, SeriesKnowledge

__all__ = [
    "campaign_series",
    "kept_patterns",
    "kept_series",
    "knowledge_of",
    "potency_endpoint",
    "potency_frame",
    "series_filter",
    "without_struck",
]


def potency_endpoint(config: CampaignConfig) -> str | None:
    """Return the measured endpoint that the campaign wants most of; None where it wants none.

    That of the heaviest objective to maximise; of a difference, what is subtracted from.
    """
    measured = {assay.endpoint for assay in config.assays}
    minuend = {derived.endpoint: derived.minuend for derived in config.derived}
    wanted = [each for each in config.profile if each.direction == "maximise"]
    wanted.sort(key=lambda each: (each.endpoint not in measured, -each.weight))
    named = (minuend.get(each.endpoint, each.endpoint) for each in wanted)
    return next((name for name in named if name in measured), None)


def campaign_series(config: CampaignConfig, measured: "pd.DataFrame") -> "SeriesKnowledge":
    """Return the series of the campaign's main endpoint with the rules that hold.

    None where nothing is measured that is wanted, or what is measured is no potency.

    Parameters
    ----------
    measured
        As :func:`molagent.campaign.pool.load_measured` returns it.

    Raises
    ------
    ConfigError
        If the campaign file strikes what is no rule.
    """
    from molagent.screen.series import SeriesKnowledge

    frame = potency_frame(config, measured)
    if frame.empty:
        return SeriesKnowledge(series=())
    return knowledge_of(frame, config.generate.struck)


def potency_frame(config: CampaignConfig, measured: "pd.DataFrame") -> "pd.DataFrame":
    """Return the values of the campaign's main endpoint as SAR reads them; empty without one."""
    endpoint = potency_endpoint(config)
    relation = f"{endpoint}{RELATION}"
    if relation not in measured.columns:
        return measured.iloc[:0]
    known = measured[measured[endpoint].notna()]
    return known[["compound_id", "smiles"]].assign(
        p_value=known[endpoint], p_relation=known[relation]
    )


def knowledge_of(frame: "pd.DataFrame", struck: Sequence[str] = ()) -> "SeriesKnowledge":
    """Return the series of one endpoint's values; see :func:`molagent.sar.motifs.find_series`."""
    from molagent.sar.motifs import find_series, potent
    from molagent.screen.series import SeriesKnowledge

    found = find_series(frame)
    members = {name for each in found for name in each.compound_ids}
    best = potent(frame)
    others = best.loc[~best["compound_id"].isin(members), "smiles"]
    return SeriesKnowledge(series=without_struck(found, struck), others=tuple(others))


def without_struck(
    series: Sequence[PotentSeries], struck: Iterable[str]
) -> tuple[PotentSeries, ...]:
    """Return the series without the rules that a chemist struck.

    Parameters
    ----------
    struck
        Names or patterns of rules; ``S2`` strikes all of a series, ``core`` and ``motif`` all of a
        kind, and ``S2 core`` those of one series.

    Raises
    ------
    ConfigError
        If one is none of these: a rule that was meant to go would hold unseen.
    """
    names = tuple(struck)
    known = {name for each in series for rule in each.rules for name in _names(rule)}
    kinds = {"core", "motif"}
    for name in names:
        if name not in known | kinds:
            raise ConfigError(
                f"no series has a rule {name!r} to strike",
                place="[generate] struck",
                remedy=f"use some of {', '.join(sorted(known)) or 'none: there are no rules'}",
            )
    return tuple(
        replace(each, rules=tuple(rule for rule in each.rules if not _names(rule) & set(names)))
        for each in series
    )


def series_filter(config: CampaignConfig, measured: "pd.DataFrame") -> "list[SeriesFilter]":
    """Return the filter of the campaign's series; none where ``[generate] motifs`` is "off"."""
    from molagent.screen.series import SeriesFilter

    if config.generate.motifs == "off":
        return []
    keeps = config.generate.motifs == "keep"
    return [SeriesFilter(partial(campaign_series, config, measured), keeps=keeps)]


def kept_patterns(config: CampaignConfig, measured: "pd.DataFrame") -> tuple[str, ...]:
    """Return SMARTS of the rules that generators keep to; none unless ``motifs`` is "keep".

    A pattern binds what is made of a compound that has it.
    """
    found = kept_series(config, measured)
    return tuple(dict.fromkeys(rule.smarts for each in found for rule in each.rules))


def kept_series(config: CampaignConfig, measured: "pd.DataFrame") -> tuple[PotentSeries, ...]:
    """Return the series with rules that hold; none unless ``motifs`` is "keep"."""
    if config.generate.motifs != "keep":
        return ()
    return tuple(each for each in campaign_series(config, measured).series if each.rules)


def _names(rule: SeriesRule) -> set[str]:
    own = {rule.name, rule.smarts, rule.series, rule.kind}
    return own | {f"{rule.series} {rule.kind}", f"{rule.series} {rule.name}"}
