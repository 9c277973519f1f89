"""A random forest on fingerprint bits, all trees and molecules at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.pmo.oracles.modifiers import FloatArray
from benchmarks.pmo.oracles.unpickle import Shell
from molagent.errors import ModelError

__all__ = ["Forest"]

_LEAF = -1


@dataclass(frozen=True)
class Forest:
    """The trees of a classifier of two classes, in one table of nodes.

    Attributes
    ----------
    roots
        ``T``: the first node of each tree.
    feature
        ``N``: the bit a node asks for; 0 in a leaf.
    children
        ``2N``: where node ``i`` leads, at ``2i`` if the bit is off and at ``2i + 1`` if it is on;
        itself in a leaf.
    active
        ``N``: the share of the active class in a node.
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    children: NDArray[np.int64]
    active: FloatArray

    @classmethod
    def from_shell(cls, shell: Shell) -> "Forest":
        """Return the forest of an unpickled ``RandomForestClassifier``."""
        sizes, features, children, actives = [], [], [], []
        start = 0
        for estimator in shell.shells("estimators_"):
            tree = estimator.shell("tree_")
            nodes, values = tree.array("nodes"), tree.array("values")[:, 0, :]
            leaf = nodes["left_child"] == _LEAF
            if not np.all((nodes["threshold"] >= 0) & (nodes["threshold"] < 1) | leaf):
                raise ModelError("a tree asks for more than bits", place="random forest")
            itself = np.arange(len(nodes))
            pair = [np.where(leaf, itself, nodes[side]) for side in ("left_child", "right_child")]
            children.append(start + np.stack(pair, axis=1).ravel())
            features.append(np.where(leaf, 0, nodes["feature"]))
            actives.append(values[:, 1] / values.sum(axis=1))
            sizes.append(len(nodes))
            start += len(nodes)
        return cls(
            roots=np.cumsum([0, *sizes[:-1]]),
            feature=np.concatenate(features),
            children=np.concatenate(children),
            active=np.concatenate(actives),
        )

    def probability(self, bits: NDArray[np.uint8]) -> FloatArray:
        """Return the probability of the active class, 0 to 1, for ``M x F`` bits."""
        n_trees = len(self.roots)
        node = np.tile(self.roots, len(bits))
        offset = np.repeat(np.arange(len(bits)) * bits.shape[1], n_trees)
        flat = bits.ravel()
        walking = np.arange(len(node))
        while len(walking):
            here = node[walking]
            there = self.children[2 * here + flat[offset[walking] + self.feature[here]]]
            node[walking] = there
            walking = walking[here != there]
        return np.asarray(
            self.active[node].reshape(len(bits), n_trees).mean(axis=1), dtype=np.float64
        )
