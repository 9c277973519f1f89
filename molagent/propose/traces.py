"""Random-order building traces of known molecules: what the policy learns to imitate.

Every epoch draws a fresh trace of a packed molecule: a core (nothing, the Murcko scaffold with
its exit vectors, the molecule without some motifs, or two of its parts without the linker between
them) and a random order in which the rest is added. Random orders are the augmentation, and the
reason why one model grows molecules from nothing and from any core.
"""

from __future__ import annotations

import numpy as np

from molagent.propose.cores import SeedDraw, UnpackedMol, draw_core
from molagent.propose.packed import PackedMolecules
from molagent.propose.recorder import Recorder
from molagent.propose.trace import Trace
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["draw_trace"]

# In place of an atom number: the bond that joins the linker to the second core.
JOINING = -1


def draw_trace(
    packed: PackedMolecules,
    index: int,
    vocabulary: MotifVocabulary,
    rng: np.random.Generator,
    *,
    seeded: bool,
) -> Trace:
    """Draw one trace of a packed molecule.

    Parameters
    ----------
    packed, index
        The molecule.
    vocabulary
        The vocabulary it was packed with.
    rng
        Source of seed and order.
    seeded
        Whether to start from a part of the molecule; falls back to an empty seed where the
        molecule has no part to cut off.
    """
    plan = UnpackedMol.unpack(packed, index)
    seed = draw_core(plan, rng) if seeded else SeedDraw()
    recorder = Recorder(plan, vocabulary, rng, seed)
    bridge = seed.link[2] if seed.link else -1
    if seed.atoms:
        frontier = recorder.open_edges(seed.atoms)
        if seed.link:
            frontier = [edge for edge in frontier if edge[:2] != seed.link[1:]]
    else:
        root = plan.members[int(rng.integers(len(plan.pieces)))]
        frontier = recorder.open_edges(recorder.add(None, root[int(rng.integers(len(root)))], 0))
    while frontier:
        source, atom, order = frontier.pop(int(rng.integers(len(frontier))))
        if atom == JOINING:
            recorder.join(source)
            continue
        fresh = recorder.add(source, atom, order)
        frontier += recorder.open_edges(fresh)
        if bridge in fresh:
            frontier.append((bridge, JOINING, 1))
        closing = [edge for edge in frontier if edge[1] in recorder.number]
        if closing:
            frontier = [edge for edge in frontier if edge[1] not in recorder.number]
            for number in rng.permutation(len(closing)).tolist():
                other, last, bond = closing[number]
                recorder.close(other, last, bond)
    return recorder.finish(int(packed.corpus[index]))
