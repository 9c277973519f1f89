"""Traces as padded tensors, drawn in a worker process in a fixed order.

Pool ``p`` of a run is a function of the run's seed and ``p`` alone, so a resumed run sees the
same batches as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from molagent.propose.conditions import NAMES, draw_rows
from molagent.propose.packed import PackedMolecules
from molagent.propose.trace import STOP, UNAVAILABLE, Trace
from molagent.propose.traces import draw_trace
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["SeedTensors", "TraceBatch", "TracePools", "collate_traces", "stream_batches"]


@dataclass
class SeedTensors:
    """Cores of a batch as one disjoint graph of ``N`` atoms and ``2 E`` directed bonds.

    Parameters
    ----------
    features
        ``N x 5`` as in `Trace.seed_atoms`.
    edges, edge_codes
        ``2 x 2E`` atom pairs and ``2E`` bond codes.
    rows, columns
        ``N``: batch row and position in the core of each atom.
    """

    features: torch.Tensor
    edges: torch.Tensor
    edge_codes: torch.Tensor
    rows: torch.Tensor
    columns: torch.Tensor

    def to(self, device: torch.device) -> SeedTensors:
        """Return a copy on `device`."""
        return SeedTensors(*(getattr(self, f.name).to(device) for f in fields(self)))


@dataclass
class TraceBatch:
    """``B`` traces of at most ``T`` events, ``S`` core atoms and ``S + A`` atoms.

    Core atoms stand in the first ``S`` columns; see `Trace` for the meaning of each field.
    `conditions` is ``B x 8``, see `Conditions.to_row`.
    """

    seed: SeedTensors
    focus: torch.Tensor
    block: torch.Tensor
    attach: torch.Tensor
    order: torch.Tensor
    order_limit: torch.Tensor
    slots: torch.Tensor
    nodes: torch.Tensor
    code: torch.Tensor
    close_ok: torch.Tensor
    join_ok: torch.Tensor
    stop_ok: torch.Tensor
    distance: torch.Tensor
    seed_distance: torch.Tensor
    focus_distance: torch.Tensor
    focus_seed_distance: torch.Tensor
    heavy: torch.Tensor
    steps: torch.Tensor
    corpus: torch.Tensor
    seed_size: torch.Tensor
    conditions: torch.Tensor

    def to(self, device: torch.device) -> TraceBatch:
        """Return the batch on `device`; itself where it is there already."""
        if self.focus.device == device:
            return self
        return TraceBatch(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})

    def hide(self) -> TraceBatch:
        """Return the batch with nothing asked for."""
        return replace(self, conditions=torch.zeros_like(self.conditions))


def seed_tensors(
    atoms: Sequence[np.ndarray], bonds: Sequence[np.ndarray]
) -> tuple[SeedTensors, torch.Tensor]:
    """Join cores to one graph; also return the core sizes, ``B``."""
    sizes = np.array([len(a) for a in atoms], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    pairs = [b[:, :2] + s for b, s in zip(bonds, starts.tolist(), strict=True)]
    forward = np.concatenate(pairs).reshape(-1, 2).T
    codes = np.concatenate([b[:, 2] for b in bonds])
    columns = [np.arange(n) for n in sizes.tolist()]
    tensors = SeedTensors(
        features=torch.from_numpy(np.concatenate(atoms).reshape(-1, 5)),
        edges=torch.from_numpy(np.concatenate([forward, forward[::-1]], axis=1)),
        edge_codes=torch.from_numpy(np.concatenate([codes, codes])),
        rows=torch.from_numpy(np.repeat(np.arange(len(sizes)), sizes)),
        columns=torch.from_numpy(np.concatenate(columns).astype(np.int64)),
    )
    return tensors, torch.from_numpy(sizes)


def _pad(arrays: Sequence[np.ndarray], shape: tuple[int, ...], fill: int = 0) -> torch.Tensor:
    out = np.full((len(arrays), *shape), fill, dtype=np.int64)
    for row, array in enumerate(arrays):
        place: tuple[slice | int, ...] = (row, *(slice(0, n) for n in array.shape))
        out[place] = array
    return torch.from_numpy(out)


def collate_traces(traces: Sequence[Trace], conditions: np.ndarray | None = None) -> TraceBatch:
    """Pad traces to one batch; `conditions` is ``B x 8``, None where nothing is asked for."""
    if conditions is None:
        conditions = np.zeros((len(traces), 2 * len(NAMES)), dtype=np.float32)
    steps = max(len(t.focus) for t in traces)
    core = max(len(t.seed_atoms) for t in traces)
    added = max(len(t.slots) for t in traces)
    code = np.full((len(traces), steps, core + added), UNAVAILABLE, dtype=np.int64)
    focus = np.full((len(traces), steps), STOP, dtype=np.int64)
    for row, trace in enumerate(traces):
        count, own = len(trace.focus), len(trace.seed_atoms)
        code[row, :count, :own] = trace.code[:, :own]
        code[row, :count, core : core + len(trace.slots)] = trace.code[:, own:]
        shift = np.where(trace.focus >= own, core - own, 0)
        focus[row, :count] = trace.focus + shift
    seed, sizes = seed_tensors([t.seed_atoms for t in traces], [t.seed_bonds for t in traces])
    return TraceBatch(
        seed=seed,
        focus=torch.from_numpy(focus),
        block=_pad([t.block for t in traces], (steps,)),
        attach=_pad([t.attach for t in traces], (steps,)),
        order=_pad([t.order for t in traces], (steps,)),
        order_limit=_pad([t.order_limit for t in traces], (steps,)),
        slots=_pad([t.slots for t in traces], (added,)),
        nodes=_pad([t.nodes for t in traces], (added,)),
        code=torch.from_numpy(code),
        close_ok=_pad([t.close_ok for t in traces], (steps,)).bool(),
        join_ok=_pad([t.join_ok for t in traces], (steps,)).bool(),
        stop_ok=_pad([t.stop_ok for t in traces], (steps,)).bool(),
        distance=_pad([t.distance for t in traces], (steps, steps)),
        seed_distance=_pad([t.seed_distance for t in traces], (steps, core)),
        focus_distance=_pad([t.focus_distance for t in traces], (steps, steps)),
        focus_seed_distance=_pad([t.focus_seed_distance for t in traces], (steps, core)),
        heavy=_pad([t.heavy for t in traces], (steps,)),
        steps=torch.tensor([len(t.focus) for t in traces]),
        corpus=torch.tensor([t.corpus for t in traces]),
        seed_size=sizes,
        conditions=torch.from_numpy(np.ascontiguousarray(conditions)),
    )


class TracePools(Dataset[list[TraceBatch]]):
    """Pools of batches; molecules of similar trace length share a batch.

    Parameters
    ----------
    packed, vocabulary
        The training structures.
    members
        Which of them to draw from.
    others, others_share
        Further members, and the chance that a trace is drawn from them instead.
    batch_size
        Traces in a batch.
    seeded_batches, empty_batches
        How many batches of a pool start from a core, and from nothing.
    seed
        Seed of the run.
    pools
        Nominal number of pools.
    """

    def __init__(
        self,
        packed: PackedMolecules,
        vocabulary: MotifVocabulary,
        members: NDArray[np.int64],
        *,
        batch_size: int,
        seeded_batches: int,
        empty_batches: int,
        seed: int,
        pools: int,
        others: NDArray[np.int64] | None = None,
        others_share: float = 0.0,
    ) -> None:
        self.packed, self.vocabulary = packed, vocabulary
        self.members, self.others, self.others_share = members, others, others_share
        self.batch_size, self.seed, self.pools = batch_size, seed, pools
        self.seeded_batches, self.empty_batches = seeded_batches, empty_batches

    def __len__(self) -> int:
        """Return the nominal number of pools."""
        return self.pools

    def __getitem__(self, pool: int) -> list[TraceBatch]:
        """Draw one pool."""
        rng = np.random.default_rng([self.seed, pool])
        batches = []
        for seeded, count in ((True, self.seeded_batches), (False, self.empty_batches)):
            chosen = self._draw(count * self.batch_size, rng)
            rows = draw_rows(self.packed.properties[chosen], rng)
            traces = [
                draw_trace(self.packed, i, self.vocabulary, rng, seeded=seeded)
                for i in chosen.tolist()
            ]
            order = sorted(
                range(len(traces)), key=lambda i: (len(traces[i].focus), len(traces[i].slots))
            )
            for start in range(0, len(order), self.batch_size):
                part = order[start : start + self.batch_size]
                batches.append(collate_traces([traces[i] for i in part], rows[part]))
        return [batches[i] for i in rng.permutation(len(batches)).tolist()]

    def _draw(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        chosen: NDArray[np.int64] = self.members[rng.integers(len(self.members), size=count)]
        if self.others is None or not self.others_share:
            return chosen
        other = self.others[rng.integers(len(self.others), size=count)]
        mixed: NDArray[np.int64] = np.where(rng.random(count) < self.others_share, other, chosen)
        return mixed


def _first(items: list[list[TraceBatch]]) -> list[TraceBatch]:
    return items[0]


def stream_batches(pools: TracePools, *, start: int, workers: int) -> Iterator[TraceBatch]:
    """Yield batches in the run's order from batch number `start` on."""
    per_pool = pools.seeded_batches + pools.empty_batches
    first, skip = divmod(start, per_pool)
    loader: DataLoader[list[TraceBatch]] = DataLoader(
        pools,
        batch_size=1,
        sampler=range(first, pools.pools),
        num_workers=workers,
        collate_fn=_first,
        prefetch_factor=3 if workers else None,
    )
    for batches in loader:
        yield from batches[skip:]
        skip = 0
