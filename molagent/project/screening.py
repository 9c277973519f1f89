"""Which filters a campaign asks: the gate before the models choose, and the whole funnel."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from molagent.campaign.parts import Screens
from molagent.config import CampaignConfig
from molagent.project.plugins import load_plugins
from molagent.project.series_rules import series_filter
from molagent.project.wishes import campaign_wishes
from molagent.protocols import Filter, PatentIndex

if TYPE_CHECKING:
    import pandas as pd

    from molagent.screen.funnel import Funnel

__all__ = ["build_screen", "build_screens", "building_blocks", "gate_filters"]


def building_blocks(config: CampaignConfig, base: Path) -> Path | None:
    """Return the site's file of building blocks; None for the list that ships."""
    named = config.generate.building_blocks
    return base / named if named else None


def gate_filters(config: CampaignConfig, measured: "pd.DataFrame") -> list[Filter]:
    """Return the filters that are asked of everything that generators made.

    Parameters
    ----------
    measured
        The project's measured compounds, as `load_measured` returns them: what was made and
        measured here has precedent, whatever a reference says.
    """
    from molagent.screen.unstable import UnstableFilter
    from molagent.screen.wishes import WishFilter

    filters: list[Filter] = [WishFilter(campaign_wishes(config, measured)), UnstableFilter()]
    if config.screen.precedent:
        from molagent.screen.precedent import PrecedentFilter

        filters.append(PrecedentFilter(list(measured.get("smiles", ()))))
    return [*filters, *series_filter(config, measured)]


def build_screens(
    config: CampaignConfig, base: Path, patents: PatentIndex | None, measured: "pd.DataFrame"
) -> Screens:
    """Return the gate and the funnel of a campaign; the gate's filters stand first in both."""
    from molagent.screen.funnel import Funnel

    first = gate_filters(config, measured)
    return Screens(gate=Funnel(first), funnel=_funnel(config, base, patents, first))


def build_screen(
    config: CampaignConfig, base: Path, patents: PatentIndex | None, measured: "pd.DataFrame"
) -> "Funnel":
    """Return the funnel of a campaign: the gate's filters, cheap ones, plugins, patents."""
    return _funnel(config, base, patents, gate_filters(config, measured))


def _funnel(
    config: CampaignConfig, base: Path, patents: PatentIndex | None, first: Sequence[Filter]
) -> "Funnel":
    from molagent.screen.alerts import AlertFilter
    from molagent.screen.controlled import ControlledFilter
    from molagent.screen.funnel import Funnel
    from molagent.screen.plausibility import PlausibilityFilter
    from molagent.screen.rules import RuleFilter

    settings = config.screen
    extra = base / settings.controlled_extra if settings.controlled_extra else None
    filters: list[Filter] = [
        *first,
        ControlledFilter(extra=extra),
        PlausibilityFilter(),
        *([RuleFilter(settings.rules)] if settings.rules else []),
        AlertFilter(settings.alerts),
        *load_plugins("filter", settings.filters).values(),
    ]
    if settings.max_steps is not None:
        from molagent.propose.synthesis.route_filter import RouteFilter

        filters.append(RouteFilter(settings.max_steps, building_blocks(config, base)))
    if patents is not None:
        from molagent.patents.gate import PatentFilter

        filters.append(PatentFilter(patents))
    return Funnel(filters)
