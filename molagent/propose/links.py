"""The rule that keeps a linker linkable: a place from which the second core can be reached.

A linker grows from an atom of the first core, its start, until one of its atoms is bonded to an
atom of the second core, its end. Until then the linker's atoms, or the start itself, must keep
an open valence; otherwise the two cores could never become one molecule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["LinkEnds", "Linking", "joining_orders"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Count = TypeVar("Count", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class LinkEnds:
    """The two core atoms that a linker will connect.

    Parameters
    ----------
    start
        Atom of the first core; the linker grows from it.
    end
        Atom of the second core; the linker ends at it.
    """

    start: int
    end: int


def joining_orders(open_valence: Count, fresh: Count) -> Count:
    """Return the highest order of a bond within a linker that leaves one valence open.

    Parameters
    ----------
    open_valence
        Open valences of all linker atoms.
    fresh
        Open valences of the block that the bond adds; 0 for a ring closure.

    Examples
    --------
    A linker of one methylene has two places left; fluorine would keep one, oxo none.

    >>> joining_orders(2, 1)
    1
    >>> joining_orders(2, 2)
    1
    """
    # A bond of order n takes n valences at each end.
    return (open_valence + fresh - 1) // 2


class Linking:
    """The linkers of ``B`` growing molecules of at most ``A`` atoms.

    Parameters
    ----------
    link
        What is to be connected.
    rows, atoms
        ``B`` and ``A``.

    Attributes
    ----------
    linker
        ``B x A``: True for atoms that grew from the start.
    joined
        ``B``: True once the two cores are one molecule.
    """

    def __init__(self, link: LinkEnds, rows: int, atoms: int) -> None:
        self.link = link
        self.linker = np.zeros((rows, atoms), dtype=np.bool_)
        self.joined = np.zeros(rows, dtype=np.bool_)

    def keep(self, rows: Ints) -> None:
        """Drop all rows but `rows`."""
        self.linker, self.joined = self.linker[rows], self.joined[rows]

    def extend(self, row: int, focus: int, begin: int, end: int) -> None:
        """Note that atoms `begin` to `end` were added on the focus."""
        if focus == self.link.start or self.linker[row, focus]:
            self.linker[row, begin:end] = True

    def joinable(self, available: Ints) -> Bools:
        """``B x A``: True where a bond to the second core may start."""
        return self.linker & (available > 0) & ~self.joined[:, None]

    def waiting(self, available: Ints, unmet: Ints) -> Bools:
        """``B``: True where only a further block on the start can lead to the second core."""
        closed = (available * self.linker).sum(axis=1) == 0
        waiting: Bools = ~self.joined & closed & (unmet[:, self.link.start] == 0)
        return waiting

    def order_limit(
        self, available: Ints, unmet: Ints, focus: Ints, fresh: Ints, room: Ints
    ) -> Ints:
        """Return the highest bond order that leaves a way to the second core, ``B x K``.

        Parameters
        ----------
        available, unmet
            State of the atoms, ``B x A``.
        focus
            Existing end of the bond, ``B``.
        fresh
            Open valences of the block added, ``B x K`` or ``1 x K``; 0 for ring closure.
        room
            Atoms that may be added later beside those that unmet exits need, ``B x K``.
        """
        rows, start = np.arange(len(focus)), self.link.start
        at_start = focus == start
        inside = self.linker[rows, focus]
        total = (available * self.linker).sum(axis=1)[:, None]
        again = (available[:, start] - at_start >= 1)[:, None]
        owed = (unmet[:, start] - at_start >= 1)[:, None]
        free = (self.joined | ~(inside | at_start))[:, None] | (again & (owed | (room >= 1)))
        limit = np.where(inside[:, None], joining_orders(total, fresh), total + fresh - 1)
        return np.where(free, 3, np.clip(limit, 0, 3))
