"""The patent filter: evidence turned into pass, fail or unknown.

It stops a structure that a publication names (or a variant of it) or that lies inside a confirmed
claim. A structure that was not checked, or that only a draft may cover, is unknown, never a pass.
A pass says what was searched; it says nothing about the law.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from molagent.protocols import PatentIndex
from molagent.records import Judgement, Overlap, OverlapLevel, Verdict

__all__ = ["PatentFilter", "explain_overlap"]

_FAIL: Final = frozenset(
    {
        OverlapLevel.EXACT_IN_CLAIMS,
        OverlapLevel.EXACT_ELSEWHERE,
        OverlapLevel.VARIANT,
        OverlapLevel.IN_CONFIRMED_CLAIM,
    }
)
_UNKNOWN: Final = frozenset({OverlapLevel.IN_DRAFT_CLAIM, OverlapLevel.NOT_CHECKED})

_WORDS: Final = {
    OverlapLevel.EXACT_IN_CLAIMS: "named in the claims",
    OverlapLevel.EXACT_ELSEWHERE: "named outside the claims",
    OverlapLevel.VARIANT: "variant of a named compound",
    OverlapLevel.IN_CONFIRMED_CLAIM: "inside a confirmed claim",
    OverlapLevel.IN_DRAFT_CLAIM: "may be inside a draft claim",
    OverlapLevel.SAME_SCAFFOLD: "same scaffold as a named compound",
    OverlapLevel.SIMILAR: "similar to a named compound",
    OverlapLevel.NOT_FOUND: "not found",
    OverlapLevel.NOT_CHECKED: "not checked",
}


class PatentFilter:
    """Judges structures by the evidence of a patent index.

    Parameters
    ----------
    index
        Where evidence comes from.
    name
        How the filter is called in the funnel.
    """

    def __init__(self, index: PatentIndex, name: str = "patents") -> None:
        self.index = index
        self._name = name

    @property
    def name(self) -> str:
        """The filter's name."""
        return self._name

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure, in input order, with every piece of evidence."""
        return [self._judge(overlaps) for overlaps in self.index.find_overlap(smiles_list)]

    def _judge(self, overlaps: tuple[Overlap, ...]) -> Judgement:
        levels = {overlap.level for overlap in overlaps}
        if levels & _FAIL:
            verdict = Verdict.FAIL
        elif levels & _UNKNOWN:
            verdict = Verdict.UNKNOWN
        else:
            verdict = Verdict.PASS
        evidence = tuple(explain_overlap(overlap) for overlap in overlaps)
        return Judgement(
            filter=self.name,
            verdict=verdict,
            reason=evidence[0],
            evidence=(*evidence, f"searched: {overlaps[0].searched}"),
        )


def explain_overlap(overlap: Overlap) -> str:
    """Return one piece of evidence as a sentence.

    Examples
    --------
    >>> explain_overlap(Overlap(level=OverlapLevel.NOT_CHECKED, searched="", reason="no folder"))
    'not checked: no folder'
    """
    return ": ".join(part for part in (_headline(overlap), overlap.reason) if part)


def _headline(overlap: Overlap) -> str:
    words = _WORDS[overlap.level]
    if overlap.relation == "tautomer" and not overlap.assignment and overlap.claim_id:
        # A confirmed claim may hold it, too, where only another tautomer is inside.
        words = "may be inside a claim"
    return " ".join([words, *_details(overlap)])


def _details(overlap: Overlap) -> Iterator[str]:
    if overlap.matched_name:
        yield f"({overlap.matched_name})"
    if overlap.claim_id:
        yield overlap.claim_id
    elif overlap.publication_number:
        yield f"in {overlap.publication_number}"
    about = [part for part in (overlap.assignee, overlap.publication_date) if part]
    if overlap.publication_number and about:
        yield f"[{', '.join(about)}]"
    if overlap.similarity == overlap.similarity and overlap.level in (
        OverlapLevel.SAME_SCAFFOLD,
        OverlapLevel.SIMILAR,
    ):
        yield f"at Tanimoto {overlap.similarity:.2f}"
    if overlap.further:
        yield f"and in {overlap.further:,} further publications"
