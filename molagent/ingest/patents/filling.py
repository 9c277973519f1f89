"""From given structures to a searchable release: keys computed, rows numbered, index written."""

from typing import Final

import numpy as np
import pyarrow as pa

from molagent.ingest.patents.structures import StructureComputer
from molagent.patents.index.compounds import CompoundIndex
from molagent.patents.index.keys import IdentityKeys
from molagent.patents.index.writer import CompoundIndexWriter
from molagent.patents.structurekeys import StructureKeys
from molagent.protocols import Progress
from molagent.store.patents.building import ReleaseBuilder

__all__ = ["fill_index"]

# Committed so often: what a killed build has to compute again.
_BATCH: Final = 5_000
_WORDS: Final = 16
# A quarter of a millisecond a structure; of more than these it is a step of its own.
_SKELETONS_UP_TO: Final = 2_000_000


def fill_index(builder: ReleaseBuilder, computer: StructureComputer, progress: Progress) -> None:
    """Compute what is not known of the build's structures, number them and write their index."""
    progress.start("keys of structures", builder.structures.find_missing())
    for structures in builder.structures.missing(_BATCH):
        builder.structures.add(computer.compute(structures, progress))
        builder.computed += len(structures)
    progress.finish(f"{builder.computed} computed, {len(builder.structures)} known")
    n_rows = builder.number_rows()
    progress.start("write the index", n_rows)
    with CompoundIndexWriter(builder.index_folder) as writer:
        for batch in builder.index_rows():
            writer.add(*_index_columns(batch))
            progress.advance(batch.num_rows)
    progress.finish()
    index = CompoundIndex.open(builder.index_folder)
    index.add_patterns(progress)
    if n_rows > _SKELETONS_UP_TO:
        builder.notes.append("skeletons and scaffolds are left to `molagent patents prepare`")
        return
    progress.start("skeletons and scaffolds")
    parents = (index.parent(row) for row in range(len(index)))
    StructureKeys.from_parents(parents).write(builder.index_folder, index)
    progress.finish()


def _index_columns(
    batch: pa.RecordBatch,
) -> tuple[list[str | None], list[IdentityKeys | None], np.ndarray]:
    bits = np.zeros((batch.num_rows, _WORDS), dtype=np.uint64)
    parents: list[str | None] = []
    keys: list[IdentityKeys | None] = []
    for place, row in enumerate(batch.to_pylist()):
        parent = row["parent"]
        parents.append(parent)
        if parent is None:
            keys.append(None)
            continue
        keys.append(
            IdentityKeys(
                row["inchikey"],
                row["connectivity"],
                row["without_stereo"] or "",
                row["without_tautomers"] or "",
            )
        )
        bits[place] = np.frombuffer(row["words"], dtype="<u8")
    return parents, keys, bits
