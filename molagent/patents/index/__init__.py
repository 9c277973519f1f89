"""Finding structures among millions: identity keys and fingerprints, memory-mapped.

``CompoundIndexWriter`` takes rows in batches; ``CompoundIndex`` finds them by key, by similarity
and by substructure; ``compute_row`` is what both know of a structure.
"""

from molagent.patents.index.compounds import CompoundIndex
from molagent.patents.index.keys import DEPTHS, IdentityKeys
from molagent.patents.index.manifest import IndexSettings
from molagent.patents.index.rows import IndexRow, compute_row
from molagent.patents.index.similarity import ApproximateAnswer, SimilarRow
from molagent.patents.index.substructure import SubstructureAnswer
from molagent.patents.index.writer import CompoundIndexWriter

__all__ = [
    "DEPTHS",
    "ApproximateAnswer",
    "CompoundIndex",
    "CompoundIndexWriter",
    "IdentityKeys",
    "IndexRow",
    "IndexSettings",
    "SimilarRow",
    "SubstructureAnswer",
    "compute_row",
]
