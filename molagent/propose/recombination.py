"""The generator of series: substituents of a series recombined over its core.

A measured compound keeps its core, and one or two of its positions take what other compounds of the
series carry there: the holes of the matrix that a chemist draws of a series. The configuration of
core and substituents is that of the compounds they come from.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.chem.assembly import zipped
from molagent.propose.motifs import read_mol
from molagent.propose.parents import Child, Family, Parent, breed
from molagent.propose.sieve import flat_smiles
from molagent.protocols import Progress
from molagent.records import MatrixRow, ProposalBatch, ProposalRequest, SeriesMatrix

__all__ = ["SeriesGenerator"]

_SECOND_SHARE: Final = 0.4
# A substituent of compounds a log unit better is taken e times as often.
_VALUE_SCALE: Final = 1.0
# For a seed that is no row itself: it starts from so many of the best rows of its series.
_BEST_ROWS: Final = 10
# A matrix is full once so many draws in a row were made before.
_MOST_REPEATS: Final = 300


@dataclass(frozen=True, slots=True)
class _Group:
    """A substituent at a position: who carries it, and how often it is taken."""

    text: str
    compound_id: str
    weight: float


class _Positions:
    """A matrix, ready to be drawn from."""

    def __init__(self, matrix: SeriesMatrix) -> None:
        self.matrix = matrix
        self.pattern = Chem.MolFromSmiles(flat_smiles(matrix.core))
        known = [row.value for row in matrix.rows if row.value is not None]
        middle = float(np.mean(known)) if known else 0.0
        carriers: dict[str, dict[str, list[MatrixRow]]] = defaultdict(lambda: defaultdict(list))
        for row in matrix.rows:
            for position, group in row.groups.items():
                if group.count("[*:") == 1:  # a ring over two positions stays where it is
                    carriers[position][group].append(row)
        self.groups = {
            position: [_group(text, rows, middle) for text, rows in sorted(groups.items())]
            for position, groups in carriers.items()
            if len(groups) > 1
        }

    def rows_of(self, parent: Parent) -> tuple[MatrixRow, ...]:
        """Return the row that a parent is, if it is one."""
        return tuple(row for row in self.matrix.rows if row.compound_id == parent.compound_id)

    def best_rows(self) -> tuple[MatrixRow, ...]:
        """Return the rows of the highest values."""
        valued = [row for row in self.matrix.rows if row.value is not None]
        ranked = sorted(valued, key=lambda row: (-(row.value or 0.0), row.compound_id))
        return tuple(ranked[:_BEST_ROWS])


def _group(text: str, rows: list[MatrixRow], middle: float) -> _Group:
    values = [row.value for row in rows if row.value is not None]
    best = max(rows, key=lambda row: -math.inf if row.value is None else row.value)
    above = float(np.mean(values)) - middle if values else -_VALUE_SCALE
    return _Group(text, best.compound_id, math.exp(above / _VALUE_SCALE))


class SeriesGenerator:
    """Proposes measured compounds with substituents that others of their series carry.

    The same request gives the same list. A proposal's parents are the seed and those whose
    substituents it takes.

    Parameters
    ----------
    matrices
        Returns the series of a project; without it there are none, and nothing is proposed.
    """

    name = "series"
    modes = frozenset({"edit"})

    def __init__(self, matrices: Callable[[], Sequence[SeriesMatrix]] | None = None) -> None:
        self._matrices = matrices

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` compounds that fill holes of the seeds' series.

        Parameters
        ----------
        request
            Needs seeds. A seed that is measured starts from itself, another from the best of the
            series whose core it has; one of no series gives nothing.
        progress
            Receives every compound taken.

        Returns
        -------
        ProposalBatch
            ``complete``, or ``exhausted``: a matrix has only so many holes.

        Raises
        ------
        InputError
            If there are no seeds, a weight is not positive, or a seed cannot be read.
        """
        return breed(self, request, progress)

    def children(self, family: Family) -> Iterator[Child]:
        """Yield each compound that fills a hole of the parents' series once."""
        matrices = () if self._matrices is None else self._matrices()
        return _children(family, [_Positions(each) for each in matrices])


def _children(family: Family, matrices: list[_Positions]) -> Iterator[Child]:
    parents, shares, rng = family.parents, family.shares, family.rng
    starts = [_starts(parent, matrices) for parent in parents]
    able = [index for index, rows in enumerate(starts) if rows]
    if not able:
        return
    weights = shares[able] / shares[able].sum()
    tried: set[tuple[str, ...]] = set()
    repeats = 0
    while repeats < _MOST_REPEATS:
        index = able[int(rng.choice(len(able), p=weights))]
        matrix, row = starts[index][int(rng.integers(len(starts[index])))]
        draw = _draw(matrix, row, rng)
        key = row.core, *draw.groups.values()
        repeats = repeats + 1 if key in tried else 0
        if key not in tried and draw.others:
            tried.add(key)
            yield _joined(parents[index], matrix, row, draw)


def _starts(parent: Parent, matrices: list[_Positions]) -> list[tuple[_Positions, MatrixRow]]:
    """Return where a parent's children start: its own row, or the best of the series it is like."""
    able = [matrix for matrix in matrices if matrix.groups]
    own = [(matrix, row) for matrix in able for row in matrix.rows_of(parent)]
    if own:
        return own
    like = [matrix for matrix in able if parent.mol.HasSubstructMatch(matrix.pattern)]
    if not like:
        return []
    nearest = max(like, key=lambda matrix: matrix.pattern.GetNumAtoms())
    return [(nearest, row) for row in nearest.best_rows()]


@dataclass(frozen=True, slots=True)
class _Draw:
    """The substituents of a child, whose they are, and what was changed."""

    groups: dict[str, str]
    others: list[str]
    changes: list[str]


def _draw(matrix: _Positions, row: MatrixRow, rng: np.random.Generator) -> _Draw:
    draw = _Draw(dict(row.groups), [], [])
    free = [
        name
        for name in sorted(matrix.groups)
        # An aromatic nitrogen of this core may stand where others carry a substituent.
        if row.groups[name].count("[*:") == 1 and f"[*:{name[1:]}]" in row.core
    ]
    count = min(len(free), 1 + int(rng.random() < _SECOND_SHARE))
    for place in rng.choice(len(free), size=count, replace=False).tolist() if free else ():
        name = free[place]
        choices = [group for group in matrix.groups[name] if group.text != row.groups[name]]
        chances = np.array([group.weight for group in choices])
        group = choices[int(rng.choice(len(choices), p=chances / chances.sum()))]
        draw.changes.append(f"{name} {row.groups[name]} to {group.text} as in {group.compound_id}")
        draw.groups[name] = group.text
        draw.others.append(group.compound_id)
    return draw


def _joined(parent: Parent, matrix: _Positions, row: MatrixRow, draw: _Draw) -> Child:
    start = () if row.compound_id == parent.compound_id else (row.compound_id,)
    smiles = zipped([row.core, *draw.groups.values()])
    detail = f"{matrix.matrix.series}: {'; '.join(draw.changes)}"
    mol = None if smiles is None else read_mol(smiles)
    return Child(mol, (parent,), detail, (*start, *draw.others))
