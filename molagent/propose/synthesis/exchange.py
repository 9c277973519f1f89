"""Routes from known compounds: cut one, replace one or two pieces by similar blocks, run again."""

from __future__ import annotations

from typing import Final

import numpy as np

from molagent.propose.sieve import flat_smiles
from molagent.propose.synthesis.building_blocks import BlockLibrary
from molagent.propose.synthesis.cuts import CutTree, TreeRunner
from molagent.propose.synthesis.routes import Route

__all__ = ["PieceExchange"]

SECOND_PIECE_SHARE: Final = 0.3
NEAREST: Final = 100
# The mean rank, by similarity, of the block that replaces a piece at temperature 1.
MEAN_RANK: Final = 12.0


class PieceExchange:
    """Replaces pieces, and remembers which blocks are similar to them.

    Parameters
    ----------
    library
        Where the new pieces come from.
    """

    def __init__(self, library: BlockLibrary) -> None:
        self.library = library
        self._similar: dict[tuple[str, str], list[int]] = {}

    def exchange(
        self, tree: CutTree, rng: np.random.Generator, *, temperature: float
    ) -> Route | None:
        """Return the route with one or two pieces replaced, None if it does not run.

        Parameters
        ----------
        tree
            A compound taken apart. Pieces that stay need not be in the library: whoever made the
            compound had them.
        rng
            Random numbers.
        temperature
            The mean rank of a new block among the similar ones is 12 at 1.0 and grows with it.
        """
        leaves, roles = tree.leaves, tree.roles()
        materials = [self.library.material_of(leaf.smiles) for leaf in leaves]
        pieces = 2 if len(leaves) > 1 and rng.random() < SECOND_PIECE_SHARE else 1
        for at in rng.permutation(len(leaves))[:pieces].tolist():
            smarts, query = roles[at]
            key = (leaves[at].smiles, smarts)
            if key not in self._similar:
                found = self.library.find_similar(*key, query, NEAREST)
                self._similar[key] = [
                    i for i, _ in found if flat_smiles(self.library.blocks[i].smiles) != key[0]
                ]
            if not self._similar[key]:
                return None
            rank = int(rng.geometric(1.0 / (1.0 + MEAN_RANK * temperature))) - 1
            others = self._similar[key]
            materials[at] = self.library.material(others[rank % len(others)])
        return TreeRunner().run(tree, materials)
