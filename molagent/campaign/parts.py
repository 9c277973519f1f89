"""What a campaign is put together from; ``project`` fills it in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from molagent.protocols import Generator, PatentIndex, Policy, Predictor, Progress
from molagent.records import Judgement, PotentSeries, SeedCompound

__all__ = ["Parts", "ProposalLimits", "Screen", "Screens"]


class Screen(Protocol):
    """Runs every filter in order; a later filter sees what the earlier ones did not fail."""

    def run(self, smiles_list: Sequence[str], progress: Progress) -> Sequence[Sequence[Judgement]]:
        """Return the judgements of each structure, in funnel order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Screens:
    """The filters of a campaign.

    Attributes
    ----------
    gate
        What is asked of everything that generators made, before the models choose: only what
        passes is predicted. Its filters stand first in `funnel` as well, so that their verdicts
        are stored with the others.
    funnel
        Every filter, asked of the proposals that were kept.
    """

    gate: Screen
    funnel: Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLimits:
    """What generators are told of what every proposal must keep to; the gate holds them to it.

    Attributes
    ----------
    core
        What decoration grows on; '' for the core of a step's series.
    required, forbidden
        SMARTS that a proposal must, and may not, contain.
    max_heavy_atoms
        The largest proposal.
    why_max
        Where that number is from.
    notes
        What a policy is told of it: series and counts, no structure.
    """

    core: str = ""
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    max_heavy_atoms: int = 36
    why_max: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The running objects behind a campaign.

    Attributes
    ----------
    screens
        Makes the filters from the measured compounds, as `measured` reads them.
    fit
        Fits, or loads, the predictors for the measured values in the store.
    panel
        Predictors of further endpoints, for the shortlist alone; they steer nothing.
    patents
        One that checks nothing where the campaign file names no collection.
    measured
        Reads the measured compounds from the store, one row each.
    leads
        What changes start from, from the measured compounds; none for the best of them.
    limits
        What every proposal must keep to, from the measured compounds.
    kept
        SMARTS that what is made of a seed carries as the seed does, from the measured compounds.
    series
        The series whose rules are kept, from the measured compounds: cores keep what they carry.
    make
        Says of each structure how it may be made, as JSON-able mappings.
    """

    generators: Mapping[str, Generator]
    screens: Callable[[pd.DataFrame], Screens]
    fit: Callable[[Progress], Sequence[Predictor]]
    panel: Callable[[], Sequence[Predictor]]
    policy: Policy
    patents: PatentIndex
    measured: Callable[[], pd.DataFrame]
    make: Callable[[Sequence[str]], Sequence[Mapping[str, object]]]
    leads: Callable[[pd.DataFrame], Sequence[SeedCompound]] = lambda _: ()
    limits: Callable[[pd.DataFrame], ProposalLimits] = lambda _: ProposalLimits()
    kept: Callable[[pd.DataFrame], Sequence[str]] = lambda _: ()
    series: Callable[[pd.DataFrame], Sequence[PotentSeries]] = lambda _: ()
