"""What nearly all potent compounds of a series carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["MatrixRow", "PotentSeries", "SeenChange", "SeriesMatrix", "SeriesRule"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A measured compound of a series, taken apart.

    Attributes
    ----------
    core
        With a point ``[*:1]`` at each position.
    groups
        Position (``R1``) to the substituent, with its point; ``[H][*:1]`` for none.
    value
        Its potency, larger is better; None where it is only a bound or not known.
    """

    compound_id: str
    smiles: str
    core: str
    groups: Mapping[str, str]
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesMatrix:
    """The compounds of a series as a core and what hangs on its positions.

    Attributes
    ----------
    series
        What a chemist would call it.
    core
        The scaffold that all rows share, as SMILES.
    """

    series: str
    core: str
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChange:
    """A change that matched pairs have seen, at a place of a compound.

    Attributes
    ----------
    constant
        What stays of the compound, with ``*`` where the changing part hangs.
    start, end
        The part before and after.
    mean
        What it brought in the pairs, log units.
    pairs
        How many pairs of exact values.
    """

    constant: str
    start: str
    end: str
    mean: float
    pairs: int

    @property
    def sentence(self) -> str:
        """The change and what it brought: ``*[H] to *F, +0.4 in 5 pairs``."""
        return f"{self.start} to {self.end}, {self.mean:+.1f} in {self.pairs} pairs"
