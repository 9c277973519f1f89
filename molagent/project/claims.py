"""The claims of a collection: read back, drawn, tried, and kept out of."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from molagent.errors import NotFoundError
from molagent.patents.markush.boundary import ClaimBoundary, find_boundary, find_outcome
from molagent.patents.markush.claims import Claim
from molagent.patents.markush.members import run_members
from molagent.patents.markush.sentences import read_back
from molagent.patents.steering import keep_outside
from molagent.records import Constraints

if TYPE_CHECKING:
    import pandas as pd

    from molagent.report.page import Picture

__all__ = ["ClaimShelf"]


class ClaimShelf(Sequence[Claim]):
    """Markush claims, by number or by id.

    Methods that begin with ``show_`` return a picture. Nothing here is legal advice: a claim is
    one person's reading, and a draft has not been confirmed by anyone.

    Examples
    --------
    >>> from molagent import Patents
    >>> claims = Patents.open("data/patents").claims  # doctest: +SKIP
    >>> claims["US-9662335-B2/1"].status  # doctest: +SKIP
    """

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._claims = tuple(claims)
        self._by_id = {claim.claim_id: claim for claim in self._claims}

    @overload
    def __getitem__(self, key: int | str) -> Claim: ...

    @overload
    def __getitem__(self, key: slice) -> tuple[Claim, ...]: ...

    def __getitem__(self, key: int | str | slice) -> Claim | tuple[Claim, ...]:
        """Return a claim by its id or its place.

        Raises
        ------
        NotFoundError
            If there is no claim of that id.
        """
        if not isinstance(key, str):
            return self._claims[key]
        if key not in self._by_id:
            raise NotFoundError("claim", key, known=sorted(self._by_id))
        return self._by_id[key]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._claims)

    def __iter__(self) -> Iterator[Claim]:
        """Yield them in file order."""
        return iter(self._claims)

    def table(self) -> "pd.DataFrame":
        """Return one row a claim: ``claim, status, kind, sites, confirmed_by, in_words``."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "claim": claim.claim_id,
                    "status": claim.status.value,
                    "kind": claim.kind,
                    "sites": len(claim.sites),
                    "confirmed_by": claim.confirmed_by,
                    "in_words": read_back(claim).text,
                }
                for claim in self
            ],
            columns=["claim", "status", "kind", "sites", "confirmed_by", "in_words"],
        )

    def show(self, claim_id: str) -> "Picture":
        """Draw a claim: its core, its sites in words, its members and non-members."""
        from molagent.report.claim import claim_html

        claim = self[claim_id]
        return claim_html(claim, run_members(claim))

    def match(self, smiles_list: Sequence[str]) -> "pd.DataFrame":
        """Try structures on every claim.

        Returns
        -------
        pandas.DataFrame
            ``structure, claim, status, outcome, distance, why``; the outcome is ``inside``, ``may
            be inside`` (a draft), ``near miss``, ``outside`` or ``not checked``.
        """
        import pandas as pd

        rows = [find_outcome(claim, smiles) for smiles in smiles_list for claim in self]
        columns = ["structure", "claim", "status", "outcome", "distance", "why"]
        return pd.DataFrame(rows, columns=columns)

    def boundary(self, claim_id: str, smiles: str, *, top: int = 4) -> ClaimBoundary:
        """Say what keeps a structure inside a claim and which changes leave it, or what fails.

        Changes that lead into another claim of the shelf are not offered.
        """
        claim = self[claim_id]
        others = [other for other in self if other is not claim]
        return find_boundary(claim, smiles, beside=others, top=top)

    def show_boundary(self, claim_id: str, smiles: str, *, most: int = 12) -> "Picture":
        """Draw what keeps a structure inside a claim, and changes that leave it."""
        from molagent.report.claim import boundary_html

        found = self.boundary(claim_id, smiles)
        return boundary_html(smiles, found, most=most)

    def keep_outside(
        self, claim_ids: Sequence[str] = (), constraints: Constraints | None = None
    ) -> Constraints:
        """Return constraints under which no proposal lies inside some claims, all by default."""
        wanted = [self[name] for name in claim_ids] if claim_ids else list(self)
        return keep_outside(wanted, constraints)
