"""What a batch may hold: a cap per group, a distance between members, a budget, what is there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from molagent.chem.fingerprints import tanimoto
from molagent.errors import InputError
from molagent.records import BoolArray, FloatArray

__all__ = ["Cap", "Chooser", "Limits", "PackedBits"]

PackedBits = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most so many of one group in a batch.

    Attributes
    ----------
    noun
        What a group is: "core", "scaffold". For the words of a shortfall.
    groups
        ``N``; the group of each candidate.
    most
        Of one group; 1 or more.
    """

    noun: str
    groups: Sequence[str]
    most: int

    def __post_init__(self) -> None:
        """Refuse a cap that lets nothing through."""
        if self.most < 1:
            raise InputError(f"{self.most} a {self.noun}", remedy="allow at least one")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """What may stand together in one batch of ``N`` candidates.

    Attributes
    ----------
    groups
        ``N``; for example the Murcko scaffold or the cluster of each candidate.
    noun
        What such a group is called.
    per_group
        At most so many of one group.
    further
        Caps by other groupings of the same candidates.
    fingerprints, max_similarity
        ``N x words`` packed bits; no two chosen are more similar than this.
    costs, budget
        ``N`` prices, and what may be spent in all, in one currency. NaN is a price nobody knows:
        under a budget such a candidate is not chosen.
    available
        ``N``; False for what cannot be ordered or made now.

    Examples
    --------
    >>> limits = Limits(groups=["a", "b"], costs=np.array([80.0, 300.0]), budget=100.0)
    >>> chooser = Chooser(limits, np.array([True, True]))
    >>> chooser.allowed.tolist()
    [True, False]
    """

    groups: Sequence[str]
    noun: str = "group"
    per_group: int = 1_000_000
    further: Sequence[Cap] = ()
    fingerprints: PackedBits | None = None
    max_similarity: float = 1.0
    costs: FloatArray | None = None
    budget: float = float("inf")
    available: BoolArray | None = None

    def __post_init__(self) -> None:
        """Refuse limits that do not speak of the same candidates."""
        size = len(self.groups)
        for noun, values in (
            ("fingerprints", self.fingerprints),
            ("costs", self.costs),
            ("entries of availability", self.available),
            *((f"{cap.noun}s", cap.groups) for cap in self.further),
        ):
            if values is not None and len(values) != size:
                raise InputError(
                    f"{len(values)} {noun} for {size} candidates", remedy="give one a candidate"
                )
        if np.isfinite(self.budget) and self.costs is None:
            raise InputError(f"a budget of {self.budget:g} without costs", remedy="give the costs")

    @property
    def caps(self) -> tuple[Cap, ...]:
        """Every cap, that of `groups` first."""
        return (Cap(noun=self.noun, groups=self.groups, most=self.per_group), *self.further)

    @property
    def is_spread(self) -> bool:
        """Whether similar candidates shut each other out."""
        return self.fingerprints is not None and self.max_similarity < 1.0


@dataclass(slots=True, eq=False)
class Chooser:
    """What may still be chosen, given what has been.

    Attributes
    ----------
    known
        ``N``; candidates with a value.
    allowed
        ``N``; what may be taken next.
    """

    limits: Limits
    known: BoolArray
    chosen: list[int] = field(default_factory=list)
    spent: float = 0.0
    allowed: BoolArray = field(init=False)
    _counts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Start with everything that is known, available and affordable."""
        if len(self.limits.groups) != len(self.known):
            raise InputError(
                f"{len(self.limits.groups)} groups for {len(self.known)} candidates",
                remedy="give one group a candidate",
            )
        self.allowed = self.known.copy()
        if self.limits.available is not None:
            self.allowed &= self.limits.available
        self._afford()

    def take(self, row: int) -> None:
        """Choose one candidate, and shut out what may not stand beside it."""
        limits = self.limits
        self.chosen.append(row)
        self.allowed[row] = False
        for place, cap in enumerate(limits.caps):
            group = cap.groups[row]
            self._counts[place, group] += 1
            if self._counts[place, group] >= cap.most:
                self.allowed &= np.array([other != group for other in cap.groups], dtype=bool)
        if limits.is_spread and limits.fingerprints is not None:
            bits = limits.fingerprints
            self.allowed &= tanimoto(bits[row : row + 1], bits)[0] <= limits.max_similarity
        if limits.costs is not None and np.isfinite(limits.costs[row]):
            self.spent += float(limits.costs[row])
        self._afford()

    def take_best(self, values: FloatArray, count: int) -> None:
        """Choose by falling value until `count` are chosen or nothing is allowed."""
        ranked = np.argsort(-np.where(self.known, values, -np.inf), kind="stable")
        for row in ranked.tolist():
            if len(self.chosen) >= count:
                return
            if self.allowed[row]:
                self.take(row)

    def shortfall(self, count: int) -> str:
        """Say why fewer than `count` were chosen; "" if they were."""
        if len(self.chosen) >= count:
            return ""
        known = int(self.known.sum())
        if known == len(self.chosen):
            unknown = len(self.known) - known
            words = f"only {known} candidates have a known desirability"
            return f"{words}; {unknown} are unknown" if unknown else words
        return f"{self._caps()} leave {len(self.chosen)} of {known} candidates"

    def _afford(self) -> None:
        if self.limits.costs is not None and np.isfinite(self.limits.budget):
            left = self.limits.budget - self.spent
            # A comparison with NaN is False: an unknown price is not affordable.
            self.allowed &= np.asarray(self.limits.costs <= left, dtype=bool)

    def _caps(self) -> str:
        limits = self.limits
        caps = [
            f"at most {cap.most} of a {cap.noun}"
            for cap in limits.caps
            if cap.most < max(Counter(cap.groups).values(), default=0)
        ]
        if limits.is_spread:
            caps.append(f"no two more similar than {limits.max_similarity:g}")
        if np.isfinite(limits.budget):
            caps.append(f"a budget of {limits.budget:g}")
        if limits.available is not None:
            caps.append("what is available")
        return " and ".join(caps) or "the limits"
