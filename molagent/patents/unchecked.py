"""The index of a project that has no patent collection: every answer is "not checked"."""

from collections.abc import Sequence

from molagent.errors import NotFoundError
from molagent.records import Overlap, OverlapLevel, Region

__all__ = ["UncheckedIndex"]


class UncheckedIndex:
    """Searches nothing and says so; implements ``PatentIndex``.

    Parameters
    ----------
    reason
        Why nothing is searched; stands in every answer.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.release = "none"
        self.scope = "nothing"

    def find_overlap(self, smiles_list: Sequence[str]) -> list[tuple[Overlap, ...]]:
        """Return one "not checked" a structure."""
        unchecked = Overlap(level=OverlapLevel.NOT_CHECKED, searched="nothing", reason=self.reason)
        return [(unchecked,) for _ in smiles_list]

    def describe_claims(self) -> dict[str, dict[str, object]]:
        """Return nothing: there are no claims."""
        return {}

    def is_inside(self, smiles: str, claim_ids: Sequence[str]) -> bool:
        """Return False: there is no claim to be inside of."""
        del smiles, claim_ids
        return False

    def regions(self, claim_ids: Sequence[str]) -> tuple[Region, ...]:
        """Return no region.

        Raises
        ------
        NotFoundError
            If a claim is asked for: nothing can be kept out of what is not there.
        """
        for claim_id in claim_ids:
            raise NotFoundError("claim", claim_id, place=self.reason)
        return ()
