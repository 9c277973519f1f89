"""What nearly all potent compounds of a series carry."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["PotentSeries", "SeriesRule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRule:
    """A motif, or a core ring system, that a series was never potent without.

    Attributes
    ----------
    kind
        ``motif``: a donor and an acceptor with the path of atoms between them; ``core``: a ring
        system, or two with what links them.
    name
        What it is called in a report and struck by: the pattern of a motif, the name of a core.
    smarts
        What finds it.
    series
        Id of the series, ``S1`` the largest.
    carried, of
        How many potent compounds of the series carry it, of how many.
    reference_share
        Share of approved drugs that carry it, 0..1: small, or it would say nothing of the series.
    """

    kind: Literal["motif", "core"]
    name: str
    smarts: str
    series: str
    carried: int
    of: int
    reference_share: float

    @property
    def sentence(self) -> str:
        """What was found, in words: ``[nH]~c~[nX2]: in 98 of 98, never varied``."""
        varied = "never varied" if self.carried == self.of else "hardly ever varied"
        return f"{self.name}: in {self.carried} of {self.of}, {varied}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PotentSeries:
    """The potent compounds that share a core ring system, and the rules they keep.

    Attributes
    ----------
    series
        ``S1`` for the largest, ``S2``, ...
    name
        What a chemist would call its core.
    core
        The core as SMILES.
    pattern
        SMARTS that finds the core whatever hangs on it.
    compound_ids, smiles
        The potent compounds, the best first.
    rules
        Cores, then motifs.
    """

    series: str
    name: str
    core: str
    pattern: str
    compound_ids: tuple[str, ...]
    smiles: tuple[str, ...]
    rules: tuple[SeriesRule, ...]
