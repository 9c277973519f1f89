"""What a campaign is put together from; ``project`` fills it in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from molagent.protocols import Generator, PatentIndex, Policy, Predictor, Progress
from molagent.records import Judgement, Region

__all__ = ["Parts", "Screen"]


class Screen(Protocol):
    """Runs every filter in order; a later filter sees what the earlier ones did not fail."""

    def run(self, smiles_list: Sequence[str], progress: Progress) -> Sequence[Sequence[Judgement]]:
        """Return the judgements of each structure, in funnel order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The running objects behind a campaign.

    Attributes
    ----------
    fit
        Fits, or loads, the predictors for the measured values in the store.
    panel
        Predictors of further endpoints, for the shortlist alone; they steer nothing.
    patents
        None where the campaign file names no collection: overlap is then *not checked*.
    claims
        Claim id to title, publication number and a sentence, for the policy's tools.
    inside_claims
        Whether a structure falls inside one of the claims of these ids.
    claim_regions
        The claims of these ids as regions that generators keep out of.
    """

    generators: Mapping[str, Generator]
    screen: Screen
    fit: Callable[[Progress], Sequence[Predictor]]
    panel: Callable[[], Sequence[Predictor]]
    policy: Policy
    patents: PatentIndex | None = None
    claims: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    inside_claims: Callable[[str, Sequence[str]], bool]
    claim_regions: Callable[[Sequence[str]], tuple[Region, ...]] = lambda _ids: ()
    measured: Callable[[], pd.DataFrame]
