"""What a campaign's run ended with."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["RunResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run ended with.

    Attributes
    ----------
    cycles
        How many cycles the campaign has run so far.
    shortfall
        Why the shortlist is shorter than asked; '' if it is not.
    hits
        How many of the chosen may reach the profile's mark, in a sentence; '' where nothing was
        chosen.
    files
        What was written.
    """

    cycles: int
    chosen: int
    seconds: float
    shortfall: str
    hits: str
    files: tuple[Path, ...]

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        minutes, seconds = divmod(round(self.seconds), 60)
        hits = f" By the models, {self.hits}." if self.hits else ""
        return (
            f"{self.chosen} compounds chosen after {self.cycles} cycles "
            f"in {minutes} min {seconds} s.{hits}"
        )
