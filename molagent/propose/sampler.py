"""The graph generator: molecules from nothing or grown on a core, valid by construction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from molagent.errors import InputError, NotFoundError
from molagent.propose.batches import collate_traces
from molagent.propose.conditions import Conditions
from molagent.propose.constraints import Rules
from molagent.propose.growers import ROWS_A_START, Grower
from molagent.propose.packed import pack_smiles
from molagent.propose.sieve import Sieve, check_request
from molagent.propose.starts import MODES, Start, find_starts
from molagent.propose.traces import draw_trace
from molagent.propose.weights import LoadedPolicy, load_packaged_policy, load_policy
from molagent.protocols import Progress
from molagent.records import Constraints, Proposal, ProposalBatch, ProposalRequest

__all__ = ["GraphGenerator"]

ROWS, FEW_ROWS = 256, 64
ATTEMPTS_EACH = 20
BARREN_BATCHES = 6


class GraphGenerator:
    """Proposes structures with a causal graph policy.

    Four modes share one network: ``de_novo`` grows from nothing, ``decorate`` on a core that stays
    as it is, ``link`` between two such cores, and ``around`` regrows parts of known compounds, one
    to three at a time, while their protected atoms stay.

    Valences and constraints are enforced by masks at every step. The same request gives the same
    list on one machine type and library versions, whatever the number of torch threads: sampling
    runs on one.

    Parameters
    ----------
    weights
        Folder of a trained model; None takes the one that ships with molagent. Read on first use.
    corpus
        File name of the training source to imitate; None takes the compounds that the weights were
        fine-tuned on, and mixes all sources evenly where they were not.
    charged
        Whether to add ionic groups. ZINC is protonated as at pH 7 (``[NH3+]``, ``[O-]``);
        registered parents are neutral, so the default bars blocks with a net charge.
    """

    name = "graph"
    modes = MODES

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
    def corpora(self) -> NDArray[np.int64]:
        """Numbers of the training sources to imitate.

        Raises
        ------
        NotFoundError
            If the weights know no source of the name asked for.
        """
        if self.corpus is None:
            return self.model.imitated
        sources = self.model.sources
        if self.corpus not in sources:
            raise NotFoundError("training source", self.corpus, known=sources)
        return np.array([sources[self.corpus]])

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` unique canonical SMILES.

        Parameters
        ----------
        request
            What is wanted; ``decorate`` and ``link`` need a frozen part, ``around`` needs seeds.
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
        check_request(request, conditioned=True)
        rules = Rules.of(request)
        starts = find_starts(request, rules)
        sieve = Sieve(request, "")
        for known in (*(start.text for start in starts[:1]), *(s.smiles for s in request.seeds)):
            sieve.note_known(known)
        rows = ROWS if request.count > FEW_ROWS // 2 else FEW_ROWS
        conditions = self._conditions(Conditions.of(request.asked))
        grower = self._grower(rules, request.temperature, conditions)
        grower.check(starts)
        batches = grower.batches(starts, rows=rows, key=(request.seed, request.cycle))
        attempts = barren = 0
        limit = max(ATTEMPTS_EACH * request.count, BARREN_BATCHES * rows)
        patience = max(BARREN_BATCHES, -(-len(starts) * ROWS_A_START // rows))
        proposals: list[Proposal] = []
        progress.start("propose", request.count)
        while not sieve.full and attempts < limit and barren < patience:
            before = len(proposals)
            for start, smiles in next(batches):
                attempts += 1
                if sieve.offer(smiles) and smiles is not None:
                    proposals.append(self._proposal(smiles, start, request))
                if len(proposals) == request.count:
                    break
            barren = barren + 1 if len(proposals) == before else 0
            progress.advance(len(proposals) - before)
        progress.finish(sieve.summary())
        return ProposalBatch(
            proposals=tuple(proposals),
            stop_reason="complete" if sieve.full else "exhausted",
            attempts=attempts,
            refused=sieve.counts,
        )

    def _grower(self, rules: Rules, temperature: float, conditions: Conditions | None) -> Grower:
        return Grower(
            self.model,
            rules,
            corpora=self.corpora,
            charged=self.charged,
            temperature=temperature,
            conditions=conditions,
        )

    def _conditions(self, conditions: Conditions | None) -> Conditions | None:
        """Refuse properties that the weights were never told; None where nothing is asked."""
        asked = conditions.given if conditions else {}
        for name in asked:
            if name not in self.model.conditions:
                known = ", ".join(self.model.conditions) or "none"
                raise InputError(
                    f"these weights know no condition {name!r}, they know {known}",
                    remedy="fine-tune with activities"
                    if name == "activity"
                    else "use weights that were trained with conditions",
                )
        return conditions if asked else None

    def _proposal(self, smiles: str, start: Start, request: ProposalRequest) -> Proposal:
        kept = f", kept {start.text}" if start.parent else ""
        return Proposal(
            smiles=smiles,
            generator=self.name,
            mode=request.mode,
            seed=request.seed,
            cycle=request.cycle,
            parents=(start.parent,) if start.parent else (),
            detail=f"weights {self.model.model_hash}{kept}",
        )

    def sample(
        self,
        count: int,
        *,
        seed: int,
        scaffold: str | None = None,
        max_heavy_atoms: int = 38,
        temperature: float = 1.0,
        mode: str | None = None,
        constraints: Constraints | None = None,
        conditions: Conditions | None = None,
    ) -> list[str | None]:
        """Return exactly `count` samples as they come, repeats included.

        Parameters
        ----------
        count
            How many.
        seed
            Seed of the list.
        scaffold
            A core to decorate or two to be linked, or None.
        max_heavy_atoms
            Largest molecule.
        temperature
            Above 1 flattens, below 1 sharpens every choice.
        mode
            As in a request; None decorates the scaffold where there is one.
        constraints
            What else to keep to; what no mask can hold is not checked here.
        conditions
            Properties to aim at; they steer and do not bind.

        Returns
        -------
        list
            Canonical SMILES; None counts a graph that RDKit refused.

        Raises
        ------
        InputError
            If the request cannot be met.
        """
        frozen = scaffold or (constraints.frozen if constraints else "")
        request = ProposalRequest(
            count=count,
            seed=seed,
            cycle=0,
            mode=mode or ("decorate" if frozen else "de_novo"),
            scaffold=scaffold,
            max_heavy_atoms=max_heavy_atoms,
            temperature=temperature,
            constraints=constraints,
        )
        rules = Rules.of(request)
        starts = find_starts(request, rules)
        rows = ROWS if count > FEW_ROWS else FEW_ROWS
        grower = self._grower(rules, temperature, self._conditions(conditions))
        grower.check(starts)
        batches = grower.batches(starts, rows=rows, key=(seed,))
        results: list[str | None] = []
        while len(results) < count:
            results += [smiles for _, smiles in next(batches)]
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
                packed = pack_smiles([smiles], model.vocabulary, corpus=int(self.corpora[0]))
                if len(packed):
                    rng = np.random.default_rng(seed)
                    places.append(place)
                    traces.append(draw_trace(packed, 0, model.vocabulary, rng, seeded=False))
            if traces:
                with torch.inference_mode():
                    losses = model.policy(collate_traces(traces))
                result[places] = -losses.total.double().sum(1).numpy()
        return result
