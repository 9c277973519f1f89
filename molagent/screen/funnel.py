"""Filters in order: what each says of what is left, with counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError, StructureError
from molagent.protocols import Filter, NullProgress, Progress
from molagent.records import Judgement, Verdict

__all__ = ["Funnel", "FunnelResult", "FunnelStage", "StructureFilter"]


class StructureFilter:
    """Fails what cannot be read as one structure: the first stage of every funnel.

    Examples
    --------
    >>> StructureFilter().judge(["C1CC"])[0].verdict.value
    'fail'
    """

    name = "structure"

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return FAIL with the parser's reason for an unreadable structure, else PASS."""
        return [self._judge(smiles) for smiles in smiles_list]

    def _judge(self, smiles: str) -> Judgement:
        try:
            parse_smiles(smiles)
        except StructureError as error:
            return Judgement(filter=self.name, verdict=Verdict.FAIL, reason=error.message)
        return Judgement(filter=self.name, verdict=Verdict.PASS, reason="")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStage:
    """Counts of one filter: how many it saw and what it said of them."""

    filter: str
    seen: int
    passed: int
    failed: int
    unknown: int

    @property
    def left(self) -> int:
        """How many go on: all but the failed."""
        return self.seen - self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelResult(Sequence[tuple[Judgement, ...]]):
    """What a funnel said of N structures: a sequence of each structure's judgements, with counts.

    Attributes
    ----------
    judgements
        ``N``; each structure's judgements in the order of the filters, up to its first FAIL. The
        position in the tuple is the ordinal of the stage.
    stages
        Counts per filter, in order.
    """

    judgements: tuple[tuple[Judgement, ...], ...]
    stages: tuple[FunnelStage, ...]

    def __len__(self) -> int:
        """Return the number of structures."""
        return len(self.judgements)

    @overload
    def __getitem__(self, index: int) -> tuple[Judgement, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[tuple[Judgement, ...], ...]: ...
    def __getitem__(
        self, index: int | slice
    ) -> tuple[Judgement, ...] | tuple[tuple[Judgement, ...], ...]:
        """Return one structure's judgements."""
        return self.judgements[index]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """``N``; FAIL if any filter failed it, else UNKNOWN if any could not tell, else PASS."""
        return tuple(_overall(judgements) for judgements in self.judgements)

    @property
    def survivors(self) -> tuple[int, ...]:
        """Indices of the structures that no filter failed; some may be unknown."""
        return tuple(
            index for index, verdict in enumerate(self.verdicts) if verdict is not Verdict.FAIL
        )

    @property
    def failures(self) -> Mapping[str, int]:
        """Filter and reason to count, most frequent first."""
        counts = Counter(
            f"{judgement.filter}: {judgement.reason}"
            for judgements in self.judgements
            for judgement in judgements
            if judgement.verdict is Verdict.FAIL
        )
        return dict(counts.most_common())


class Funnel:
    """Runs filters in order; each sees only what no earlier one failed.

    UNKNOWN goes on, recorded: it is neither a pass nor a fail. A :class:`StructureFilter` is put
    first where none is given.

    Parameters
    ----------
    filters
        In order, cheap ones first; names must differ.
    """

    def __init__(self, filters: Sequence[Filter]) -> None:
        has_structure = any(each.name == StructureFilter.name for each in filters)
        self.filters: tuple[Filter, ...] = (
            tuple(filters) if has_structure else (StructureFilter(), *filters)
        )
        names = [each.name for each in self.filters]
        if len(set(names)) < len(names):
            raise InputError(
                f"two filters share a name: {', '.join(names)}", remedy="name them apart"
            )

    def run(self, smiles_list: Sequence[str], progress: Progress | None = None) -> FunnelResult:
        """Return all judgements and the counts per stage."""
        shown = progress or NullProgress()
        judgements: list[list[Judgement]] = [[] for _ in smiles_list]
        left = list(range(len(smiles_list)))
        stages: list[FunnelStage] = []
        shown.start("screen", len(self.filters))
        for each in self.filters:
            answers = each.judge([smiles_list[index] for index in left])
            for index, answer in zip(left, answers, strict=True):
                judgements[index].append(answer)
            counts = Counter(answer.verdict for answer in answers)
            stages.append(
                FunnelStage(
                    filter=each.name,
                    seen=len(left),
                    passed=counts[Verdict.PASS],
                    failed=counts[Verdict.FAIL],
                    unknown=counts[Verdict.UNKNOWN],
                )
            )
            left = [
                index
                for index, answer in zip(left, answers, strict=True)
                if answer.verdict is not Verdict.FAIL
            ]
            shown.advance(note=f"{each.name}: {len(left)} left")
        shown.finish()
        return FunnelResult(
            judgements=tuple(tuple(answers) for answers in judgements), stages=tuple(stages)
        )


def _overall(judgements: Sequence[Judgement]) -> Verdict:
    verdicts = {judgement.verdict for judgement in judgements}
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN):
        if verdict in verdicts:
            return verdict
    return Verdict.PASS
