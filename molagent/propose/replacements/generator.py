"""The generator of replacements: one or two parts of a known compound become what others had there.

What is not replaced stays as it is, its configuration too. After CReM (Polishchuk 2020,
doi:10.1186/s13321-020-00431-w), from tables of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from rdkit import Chem

from molagent.propose.constraints import Rules
from molagent.propose.motifs import read_mol
from molagent.propose.parents import Child, Family, breed
from molagent.propose.replacements.choices import Changes, Offers
from molagent.propose.replacements.counting import count_parts
from molagent.propose.replacements.table import ReplacementTable
from molagent.propose.replacements.table_file import default_table, load_table
from molagent.protocols import Progress
from molagent.records import ProposalBatch, ProposalRequest

__all__ = ["ReplaceGenerator"]

_SECOND_SHARE: Final = 0.3
# In the shipped table once may be a mistake of drawing; in one's own data it is a compound.
_LEAST_SHIPPED: Final = 2
_LEAST_OWN: Final = 1


class ReplaceGenerator:
    """Proposes known compounds with parts replaced as real compounds have them.

    The same request gives the same list. A proposal's ``detail`` says what was replaced and where
    that was seen.

    Parameters
    ----------
    table
        A file of ``molagent train replacements``; None takes the table that ships.
    own
        Returns the structures of a project's own measured compounds, which are counted when a
        proposal is asked for, and trusted more.
    """

    name = "replace"
    modes = frozenset({"edit"})

    def __init__(
        self, table: Path | None = None, own: Callable[[], Sequence[str]] | None = None
    ) -> None:
        self._path = table
        self._own = own
        self._known: tuple[tuple[str, ...], Offers] | None = None

    @cached_property
    def table(self) -> ReplacementTable:
        """The table of others' compounds, read when it is first needed."""
        return default_table() if self._path is None else load_table(self._path)

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` unique children of ``request.seeds``.

        Parameters
        ----------
        request
            Needs seeds; a seed is drawn in proportion to its weight. A higher temperature takes
            what was seen seldom more often.
        progress
            Receives every child taken.

        Returns
        -------
        ProposalBatch
            ``complete``, or ``exhausted`` after a bounded number of attempts.

        Raises
        ------
        InputError
            If there are no seeds, a weight is not positive, or a seed cannot be read.
        """
        return breed(self, request, progress)

    def children(self, family: Family) -> Iterator[Child]:
        """Yield children without end."""
        offers, rng = self._offers(), family.rng
        most = Rules.of(family.request).max_heavy_atoms

        @lru_cache(maxsize=2000)
        def changes_of(smiles: str, fewest: float, cuts: int) -> Changes:
            return Changes(Chem.MolFromSmiles(smiles), offers, (fewest, most), cuts=cuts)

        while True:
            parent = family.draw()
            fewest = min(parent.fewest, most)
            smiles: str | None = parent.smiles
            said: list[str] = []
            # The second change is one of a substituent: linkers cost most of the time.
            for cuts in (2, 1)[: 1 + int(rng.random() < _SECOND_SHARE)]:
                changes = changes_of(smiles, fewest, cuts) if smiles else None
                if not changes:
                    smiles = None
                    break
                change = changes.draw(rng, family.request.temperature)
                smiles = change.smiles
                said.append(change.to_text())
            mol = None if smiles is None else read_mol(smiles)
            yield Child(mol, (parent,), "; ".join(said))

    def _offers(self) -> Offers:
        """Return what the project's own compounds, if there are any, and others' offer."""
        own = tuple(self._own()) if self._own is not None else ()
        if self._known is None or self._known[0] != own:
            tables = [(self.table, _LEAST_SHIPPED)]
            if own:
                tables.insert(0, (ReplacementTable.of(count_parts(own)), _LEAST_OWN))
            self._known = own, Offers(tables)
        return self._known[1]
