"""The seams: what a generator, predictor, filter, patent index, policy and progress display are.

Plugins implement these and are found by entry points (``molagent.generators``,
``molagent.predictors``, ``molagent.filters``, ``molagent.policies``). ``molagent.testing`` has a
contract test class for each.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from molagent.records import (
    CycleSummary,
    Decision,
    FloatArray,
    Judgement,
    Mention,
    Overlap,
    PatentRelease,
    Plan,
    PredictionFrame,
    ProposalBatch,
    ProposalRequest,
    PublicationRecord,
    Region,
)

__all__ = [
    "Filter",
    "Generator",
    "MentionReader",
    "NullProgress",
    "PatentIndex",
    "Policy",
    "Predictor",
    "Progress",
    "Surrogate",
    "Workbench",
]


class Progress(Protocol):
    """Receives progress of long work; the null implementation is :class:`NullProgress`."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a stage of `total` steps, or of unknown length."""
        ...

    def advance(self, count: int = 1, note: str = "") -> None:
        """Report `count` further steps done."""
        ...

    def finish(self, note: str = "") -> None:
        """End the current stage."""
        ...


class NullProgress:
    """A progress display that shows nothing."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, count: int = 1, note: str = "") -> None:
        """Do nothing."""

    def finish(self, note: str = "") -> None:
        """Do nothing."""


@runtime_checkable
class Generator(Protocol):
    """Proposes structures."""

    @property
    def name(self) -> str:
        """The entry point's name."""
        ...

    @property
    def modes(self) -> frozenset[str]:
        """Which of ``de_novo``, ``decorate`` and ``edit`` it can do."""
        ...

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` unique canonical SMILES; same request, same answer."""
        ...


@runtime_checkable
class Predictor(Protocol):
    """Estimates one endpoint."""

    @property
    def endpoint(self) -> str:
        """The endpoint's name, for example ``jak1_pki``."""
        ...

    @property
    def card(self) -> Mapping[str, Any]:
        """The model card: what it was trained on, how good it is, what it is not for.

        Keys every card has: ``endpoint``, ``title``, ``unit``, ``kind``, ``n_train``, ``source``,
        ``model_hash``, ``reliable`` (bool), ``reason`` (why not reliable, or ""), ``metrics``
        (name to number or None where it was not computed), ``note``.
        """
        ...

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean, std and in_domain, one row a structure in input order.

        NaN where it cannot tell, never 0.0.
        """
        ...

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return joint posterior draws, ``draws x N``; NaN columns where it cannot tell."""
        ...


class Surrogate(Protocol):
    """Guesses, from what an objective answered in a run, what it would answer of other structures.

    ``learn.surrogate`` implements it; a generator's optimiser is given one to rank candidates by.
    """

    def fit(self, smiles_list: Sequence[str], values: FloatArray) -> None:
        """Learn from structures, each once, and their values; earlier ones are forgotten."""
        ...

    def predict(self, smiles_list: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation, one each a structure; NaN where it cannot tell."""
        ...


@runtime_checkable
class Filter(Protocol):
    """Judges structures."""

    @property
    def name(self) -> str:
        """The filter's name, as it stands in the funnel."""
        ...

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure, in input order."""
        ...


@runtime_checkable
class PatentIndex(Protocol):
    """Finds patent evidence."""

    @property
    def release(self) -> str:
        """Which collection, and of which date, is searched."""
        ...

    @property
    def scope(self) -> str:
        """What the collection covers."""
        ...

    def find_overlap(self, smiles_list: Sequence[str]) -> list[tuple[Overlap, ...]]:
        """Return evidence, strongest first, one non-empty tuple a structure in input order."""
        ...

    def describe_claims(self) -> Mapping[str, Mapping[str, object]]:
        """Return, by claim id, what a policy may read of a claim: read back, not its own text.

        ``publication_number``, ``title``, ``status`` and ``sentence``.
        """
        ...

    def is_inside(self, smiles: str, claim_ids: Sequence[str]) -> bool:
        """Return whether a structure lies inside one of these claims; unknown ids are passed over.

        Drafts count as confirmed claims do: what is asked is where not to propose.
        """
        ...

    def regions(self, claim_ids: Sequence[str]) -> tuple[Region, ...]:
        """Return claims as regions that a generator keeps out of, in this order.

        Raises
        ------
        NotFoundError
            If there is no claim of an id: nothing can be kept out of what is not there.
        """
        ...


@runtime_checkable
class MentionReader(Protocol):
    """Says where the structures of a release's index are mentioned."""

    @property
    def release(self) -> PatentRelease:
        """What is searched."""
        ...

    def find_mentions(
        self, rows: Sequence[int], *, most: int | None = None
    ) -> dict[int, tuple[Mention, ...]]:
        """Return the mentions of rows of the index; a row without any is absent.

        At most `most` a row, those in claims and then the earliest first; by default all.
        """
        ...

    def find_publications(self, numbers: Sequence[str]) -> dict[str, PublicationRecord]:
        """Return the headers of publications by number; an unknown number is absent."""
        ...


class Workbench(Protocol):
    """The read-only tools a policy may call: ids in, numbers out, never a structure.

    ``project`` implements it over the store, the predictors and the patent index.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The tools' names."""
        ...

    def call(self, tool: str, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Run one tool and return a JSON-like answer with a ``source`` entry."""
        ...


@runtime_checkable
class Policy(Protocol):
    """Decides what the next cycle does."""

    @property
    def name(self) -> str:
        """The entry point's name."""
        ...

    def decide(
        self, summary: CycleSummary, workbench: Workbench
    ) -> tuple[Plan, tuple[Decision, ...]]:
        """Return the plan of the next cycle and every decision that led to it, chair's last."""
        ...
