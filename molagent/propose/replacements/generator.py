"""The generator of replacements: one or two parts of a known compound become what others had there.

What is not replaced stays as it is, its configuration too. After CReM (Polishchuk 2020,
doi:10.1186/s13321-020-00431-w), from tables of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.errors import NotFoundError
from molagent.propose.motifs import read_mol
from molagent.propose.parents import Parent, read_parents, take_child
from molagent.propose.replacements.choices import Changes
from molagent.propose.replacements.counting import count_parts
from molagent.propose.replacements.table import ReplacementTable
from molagent.propose.replacements.table_file import default_table, load_table
from molagent.propose.sieve import Sieve, check_request
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest

__all__ = ["ReplaceGenerator"]

_SECOND_SHARE: Final = 0.3
# In the shipped table once may be a mistake of drawing; in one's own data it is a compound.
_LEAST_SHIPPED: Final = 2
_LEAST_OWN: Final = 1


@dataclass(frozen=True, slots=True)
class _Replaced:
    parent: Parent
    mol: Chem.Mol | None
    detail: str


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
        if request.mode not in self.modes:
            raise NotFoundError("mode of the generator replace", request.mode, known=self.modes)
        check_request(request)
        parents, shares = read_parents(request.seeds)
        sieve = Sieve(request, "")
        for parent in parents:
            sieve.note_known(parent.smiles)
        rng = np.random.default_rng([request.seed, request.cycle])
        made = self._children(parents, shares, sieve, rng)
        return sieve.gather(made, lambda child: self._taken(child, sieve), progress)

    def _taken(self, made: _Replaced, sieve: Sieve) -> Proposal | None:
        parents = (made.parent,)
        return take_child(sieve, made.mol, parents, generator=self.name, detail=made.detail)

    def _children(
        self,
        parents: list[Parent],
        shares: NDArray[np.float64],
        sieve: Sieve,
        rng: np.random.Generator,
    ) -> Iterator[_Replaced]:
        tables, temperature = self._tables(), sieve.request.temperature
        most = sieve.rules.max_heavy_atoms

        @lru_cache(maxsize=2000)
        def changes_of(smiles: str, fewest: float, cuts: int) -> Changes:
            return Changes(Chem.MolFromSmiles(smiles), tables, (fewest, most), cuts=cuts)

        while True:
            parent = parents[int(rng.choice(len(parents), p=shares))]
            fewest = min(parent.fewest, most)
            smiles: str | None = parent.smiles
            said: list[str] = []
            # The second change is one of a substituent: linkers cost most of the time.
            for cuts in (2, 1)[: 1 + int(rng.random() < _SECOND_SHARE)]:
                changes = changes_of(smiles, fewest, cuts) if smiles else None
                if not changes:
                    smiles = None
                    break
                change = changes.draw(rng, temperature)
                smiles = change.smiles
                said.append(change.to_text())
            yield _Replaced(parent, None if smiles is None else read_mol(smiles), "; ".join(said))

    def _tables(self) -> list[tuple[ReplacementTable, int]]:
        """Return the project's own table, if there is one, and then that of others."""
        tables = [(self.table, _LEAST_SHIPPED)]
        own = () if self._own is None else self._own()
        if own:
            tables.insert(0, (_own_table(tuple(own)), _LEAST_OWN))
        return tables


@lru_cache(maxsize=4)
def _own_table(smiles_list: tuple[str, ...]) -> ReplacementTable:
    """Return what a project's own compounds have where; substituents only, in seconds."""
    return ReplacementTable.of(count_parts(smiles_list))
