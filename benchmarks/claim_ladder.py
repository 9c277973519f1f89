"""Members of stored claims, drawn from their definitions, asked of the evidence ladder itself."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rdkit import rdBase

from benchmarks.markush import claim_files
from molagent.chem.standardize import standardize_smiles
from molagent.errors import StructureError
from molagent.patents.ladder import PatentLadder
from molagent.patents.markush.claims import Claim, read_claim
from molagent.patents.markush.draws import draw_members
from molagent.records import Overlap, OverlapLevel

__all__ = ["bench_claim_ladder"]

_INSIDE = {OverlapLevel.IN_CONFIRMED_CLAIM, OverlapLevel.IN_DRAFT_CLAIM}
_BATCH = 500


def bench_claim_ladder(
    folders: Sequence[Path], *, count: int = 10_000, seed: int = 0
) -> Iterator[dict[str, object]]:
    """Draw members of each stored claim, standardise them, and ask the ladder for each of them.

    Members of a claim on a salt or a label are asked as drawn: the standardiser takes off what the
    claim is on.

    Parameters
    ----------
    folders
        Folders of claim files.
    count
        Members of each claim.
    seed
        Of the draws.

    Yields
    ------
    dict
        ``claim_id, drawn, distinct, refused, found, by_tautomer, hints, not_tried, missed,
        first_missed, seconds``. `refused` could not be standardised, `found` are those that the
        ladder finds inside, `by_tautomer` those of them drawn as another tautomer; seconds are CPU
        time.
    """
    for path in claim_files(folders):
        yield _ask(read_claim(path), count, seed)


def _ask(claim: Claim, count: int, seed: int) -> dict[str, object]:
    started = time.process_time()
    with rdBase.BlockLogs():
        drawn = draw_members(claim, count, seed=seed)
    literal = claim.isotopes == "literal" or not isinstance(claim.salts, str)
    asked = drawn if literal else [smiles for each in drawn if (smiles := _standard(each))]
    ladder = PatentLadder(None, [claim])
    answers: list[tuple[str, tuple[Overlap, ...]]] = []
    for start in range(0, len(asked), _BATCH):
        part = asked[start : start + _BATCH]
        answers += zip(part, ladder.find_overlap(part), strict=True)
    inside = [each for _, found in answers for each in found if _is_inside(each)]
    missed = [smiles for smiles, found in answers if not any(map(_is_inside, found))]
    levels = [each for _, found in answers for each in found if not _is_inside(each)]
    return {
        "claim_id": claim.claim_id,
        "drawn": len(drawn),
        "distinct": len(set(drawn)),
        "refused": len(drawn) - len(asked),
        "found": len(inside),
        "by_tautomer": sum(each.relation == "tautomer" for each in inside),
        "hints": sum(each.relation == "tautomer" for each in levels),
        "not_tried": sum(each.level is OverlapLevel.NOT_CHECKED for each in levels),
        "missed": len(missed),
        "first_missed": missed[0] if missed else "",
        "seconds": time.process_time() - started,
    }


def _is_inside(overlap: Overlap) -> bool:
    # A hint stands on the rung of drafts, and has no assignment.
    hint = overlap.relation == "tautomer" and not overlap.assignment
    return overlap.level in _INSIDE and not hint


def _standard(smiles: str) -> str:
    try:
        return standardize_smiles(smiles)
    except StructureError:
        return ""
