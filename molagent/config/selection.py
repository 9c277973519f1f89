"""How the batch is chosen."""

from typing import Literal

from pydantic import Field

from molagent.config.section import Section, Share

__all__ = ["SelectConfig"]


class SelectConfig(Section):
    """The batch that goes to the laboratory.

    Attributes
    ----------
    count
        Compounds on the shortlist.
    per_core
        At most so many of one core, the largest ring system of a structure. Left out, half of the
        places, and more only where the pool holds nothing else.
    min_cores
        The best compound of each of so many cores has a place, where the pool holds as many that
        are worth at least half of the best one.
    per_scaffold
        At most so many of one scaffold, which is all rings with the linkers between them. Left
        out, three, and more only where places would stay empty.
    draws
        Joint draws from the models, by which the batch is chosen and hits are counted.
    strategy
        How a place is filled: a draw each (Thompson), the best estimate, the best upper bound, or
        the likeliest hit.
    explore
        Share of the places for what teaches most about the pool.
    max_similarity
        Tanimoto similarity that no two compounds of the batch exceed.
    hit
        Overall desirability that counts as a hit.
    """

    count: int = Field(default=24, ge=1, le=10_000)
    per_core: int | None = Field(default=None, ge=1)
    min_cores: int = Field(default=3, ge=1)
    per_scaffold: int | None = Field(default=None, ge=1)
    draws: int = Field(default=256, ge=16, le=100_000)
    strategy: Literal["thompson", "greedy", "upper_bound", "probability_of_hit"] = "thompson"
    explore: Share = 0.0
    max_similarity: float = Field(default=1.0, gt=0.0, le=1.0)
    hit: float = Field(default=0.6, gt=0.0, le=1.0)
