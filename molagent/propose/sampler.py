"""The graph generator: molecules from nothing or grown on a core, valid by construction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from molagent.errors import InputError, NotFoundError
from molagent.propose.batches import collate_traces
from molagent.propose.packed import pack_smiles
from molagent.propose.rollout import roll_out
from molagent.propose.seeds import EMPTY_SEED, SeedGraph, parse_seed
from molagent.propose.sieve import Sieve, check_request, compile_smarts
from molagent.propose.traces import draw_trace
from molagent.propose.weights import LoadedPolicy, load_packaged_policy, load_policy
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest

__all__ = ["GraphGenerator"]

ROWS, FEW_ROWS = 256, 64
ATTEMPTS_EACH = 20
BARREN_BATCHES = 6


class GraphGenerator:
    """Proposes structures with a causal graph policy.

    Two modes share one network: ``de_novo`` grows from nothing, ``decorate`` grows on a core that
    stays as it is. Valences and constraints are enforced by masks at every step. The same request
    gives the same list on one machine type and library versions, whatever the number of torch
    threads: sampling runs on one.

    Parameters
    ----------
    weights
        Folder of a trained model; None takes the one that ships with molagent. Read on first use.
    corpus
        File name of the training source to imitate; None mixes all sources evenly.
    charged
        Whether to add ionic groups. ZINC is protonated as at pH 7 (``[NH3+]``, ``[O-]``);
        registered parents are neutral, so the default bars blocks with a net charge.
    """

    name = "graph"
    modes = frozenset({"de_novo", "decorate"})

    def __init__(
        self, weights: Path | None = None, corpus: str | None = None, *, charged: bool = False
    ) -> None:
        self.weights, self.corpus, self.charged = weights, corpus, charged

    @cached_property
    def model(self) -> LoadedPolicy:
        """The network, its blocks and its card.

        Raises
        ------
        ModelError
            If the files are missing or do not belong together.
        """
        return load_packaged_policy() if self.weights is None else load_policy(self.weights)

    @cached_property
    def _corpora(self) -> NDArray[np.int64]:
        sources = self.model.card.get("data", [])
        names = [str(s["file"]) for s in sources] if isinstance(sources, list) else []
        if self.corpus is None:
            return np.arange(self.model.policy.settings.corpora)
        if self.corpus not in names:
            raise NotFoundError("training source", self.corpus, known=names)
        return np.array([names.index(self.corpus)])

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` unique canonical SMILES.

        Parameters
        ----------
        request
            What is wanted; ``scaffold`` is needed for ``decorate``.
        progress
            Receives every structure taken.

        Returns
        -------
        ProposalBatch
            ``complete``, or ``exhausted`` where further attempts brought nothing new.

        Raises
        ------
        InputError
            If the request cannot be met, before anything is sampled.
        ModelError
            If the weights cannot be used.
        """
        seed = self._seed(request)
        check_request(request)
        sieve = Sieve(request, seed.smiles, compile_smarts(request.forbidden_smarts))
        rows = ROWS if request.count > FEW_ROWS // 2 else FEW_ROWS
        attempts = barren = 0
        limit = max(ATTEMPTS_EACH * request.count, BARREN_BATCHES * rows)
        progress.start("propose", request.count)
        batches = self._batches(
            seed,
            rows=rows,
            max_heavy_atoms=request.max_heavy_atoms,
            temperature=request.temperature,
            key=(request.seed, request.cycle),
        )
        while not sieve.full and attempts < limit and barren < BARREN_BATCHES:
            before = len(sieve.taken)
            attempts += sieve.offer_all(next(batches))
            barren = barren + 1 if len(sieve.taken) == before else 0
            progress.advance(len(sieve.taken) - before)
        progress.finish(sieve.summary())
        return ProposalBatch(
            proposals=tuple(self._proposal(s, request) for s in sieve.taken),
            stop_reason="complete" if sieve.full else "exhausted",
            attempts=attempts,
        )

    def _proposal(self, smiles: str, request: ProposalRequest) -> Proposal:
        return Proposal(
            smiles=smiles,
            generator=self.name,
            mode=request.mode,
            seed=request.seed,
            cycle=request.cycle,
            detail=f"weights {self.model.model_hash}",
        )

    def sample(
        self,
        count: int,
        *,
        seed: int,
        scaffold: str | None = None,
        max_heavy_atoms: int = 38,
        temperature: float = 1.0,
    ) -> list[str | None]:
        """Return exactly `count` samples as they come, repeats included.

        Parameters
        ----------
        count
            How many.
        seed
            Seed of the list.
        scaffold
            A core to decorate, or None.
        max_heavy_atoms
            Largest molecule.
        temperature
            Above 1 flattens, below 1 sharpens every choice.

        Returns
        -------
        list
            Canonical SMILES; None counts a graph that RDKit refused.

        Raises
        ------
        InputError
            If the core cannot be decorated.
        """
        core = EMPTY_SEED
        if scaffold is not None:
            core = parse_seed(scaffold, max_heavy_atoms=max_heavy_atoms)
        results: list[str | None] = []
        batches = self._batches(
            core,
            rows=ROWS if count > FEW_ROWS else FEW_ROWS,
            max_heavy_atoms=max_heavy_atoms,
            temperature=temperature,
            key=(seed,),
        )
        while len(results) < count:
            results += next(batches)
        return results[:count]

    def log_prob(self, smiles_list: Sequence[str], *, seed: int = 0) -> NDArray[np.float64]:
        """Return the log-likelihood of one building order of each structure.

        Parameters
        ----------
        smiles_list
            Structures.
        seed
            Picks the order; the same for every structure of one call.

        Returns
        -------
        numpy.ndarray
            ``N``, in nats, a lower bound on the structure's log-likelihood; NaN where the
            structure cannot be built.
        """
        model = self.model
        result = np.full(len(smiles_list), np.nan)
        for start in range(0, len(smiles_list), ROWS):
            places, traces = [], []
            for place, smiles in enumerate(smiles_list[start : start + ROWS], start=start):
                packed = pack_smiles([smiles], model.vocabulary, corpus=int(self._corpora[0]))
                if len(packed):
                    rng = np.random.default_rng(seed)
                    places.append(place)
                    traces.append(draw_trace(packed, 0, model.vocabulary, rng, seeded=False))
            if traces:
                with torch.inference_mode():
                    losses = model.policy(collate_traces(traces))
                result[places] = -losses.total.double().sum(1).numpy()
        return result

    def _seed(self, request: ProposalRequest) -> SeedGraph:
        if request.mode not in self.modes:
            raise NotFoundError("mode of the graph generator", request.mode, known=self.modes)
        if request.mode == "de_novo":
            return EMPTY_SEED
        if not request.scaffold:
            raise InputError(
                "decorating needs a scaffold", remedy="give a core SMILES, exit vectors as [*]"
            )
        return parse_seed(request.scaffold, max_heavy_atoms=request.max_heavy_atoms)

    def _batches(
        self,
        seed: SeedGraph,
        *,
        rows: int,
        max_heavy_atoms: int,
        temperature: float,
        key: tuple[int, ...],
    ) -> Iterator[list[str | None]]:
        number = 0
        while True:
            rng = np.random.default_rng([*key, number])
            yield roll_out(
                self.model.policy,
                self.model.vocabulary,
                seed,
                rows=rows,
                max_heavy_atoms=max_heavy_atoms,
                temperature=temperature,
                corpus=rng.choice(self._corpora, size=rows),
                charged=self.charged,
                rng=rng,
            )
            number += 1
