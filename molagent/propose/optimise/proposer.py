"""New structures for one step: from the policy, regrown, and bred from the best so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Sequence

import numpy as np
from rdkit import Chem

from molagent.errors import StructureError
from molagent.propose.optimise.agent import Agent
from molagent.propose.optimise.bounds import GrowthBounds
from molagent.propose.optimise.breeding import breed, mutant
from molagent.propose.optimise.buffer import Buffer, Scored
from molagent.propose.optimise.operators import OperatorShares
from molagent.propose.optimise.regrowth import open_core
from molagent.propose.optimise.settings import (
    CROSSOVER,
    POLICY,
    REGROW,
    OptimiserSettings,
)
from molagent.propose.seeds import parse_seed

__all__ = ["Proposer"]

TRIES_EACH = 5
# Edits take 2 to 3 ms a structure, the policy 4 and regrowth 10.
DEAR = frozenset({REGROW})

Choose = Callable[[list[str], int], list[str]]


class Proposer:
    """Asks every operator for its share of a step.

    Parameters
    ----------
    agent
        The policy that learns.
    settings
        Size and mixture.
    bounds
        Constraints, or None.

    Attributes
    ----------
    shares
        Who proposes how much.
    """

    def __init__(
        self, agent: Agent, settings: OptimiserSettings, bounds: GrowthBounds | None
    ) -> None:
        self.agent, self.settings, self.bounds = agent, settings, bounds
        self.shares = OperatorShares(settings.operators, floor=settings.floor)
        self._mols: dict[str, Chem.Mol] = {}

    def propose(
        self,
        buffer: Buffer,
        count: int,
        rng: np.random.Generator,
        *,
        times: int = 1,
        choose: Choose | None = None,
    ) -> dict[str, str]:
        """Return up to `count` new structures and who proposed them, in a fixed order.

        Parameters
        ----------
        times
            How many times as many each operator makes for `choose` to choose among; of dear ones
            two times.
        choose
            Takes the candidates of one operator and its share of the step.
        """
        found: dict[str, str] = {}
        counts = self.shares.split(count, rng)
        if not buffer.ranked:  # nothing to breed from
            counts = {POLICY: count}
        for operator, share in counts.items():
            many = share * (min(times, 2) if operator in DEAR else times)
            made = self._collect(found, operator, many, buffer, rng)
            # An operator keeps its share: what is bred is liked most, and would take every place.
            kept = made if choose is None else choose(made, share)
            found.update(dict.fromkeys(kept, operator))
        return found

    def _collect(
        self,
        found: Container[str],
        operator: str,
        count: int,
        buffer: Buffer,
        rng: np.random.Generator,
    ) -> list[str]:
        made: dict[str, None] = {}
        for _ in range(TRIES_EACH):
            if len(made) == count:
                break
            for smiles in self._make(operator, count - len(made), buffer, rng):
                if smiles is None or smiles in made or smiles in found or smiles in buffer:
                    continue
                if self._fits(smiles):
                    made[smiles] = None
                if len(made) == count:
                    break
        return list(made)

    def _make(
        self, operator: str, count: int, buffer: Buffer, rng: np.random.Generator
    ) -> Iterator[str | None]:
        if operator == POLICY:
            grow = self.agent.propose if self.bounds is None else self.bounds.grow
            yield from grow(count, rng)
        elif operator == REGROW:
            rows = self.settings.regrow_rows
            for row in self._parents(buffer, math.ceil(count / rows), rng):
                core = open_core(row.smiles, rng)
                if core is not None:
                    yield from self._regrow(core, rows, rng)
        else:
            parents = iter(self._parents(buffer, 2 * count, rng))
            for _ in range(count):
                if operator == CROSSOVER:
                    rate = self.settings.mutation_rate
                    yield breed(lambda: self._mol(next(parents).smiles), rng, mutation_rate=rate)
                else:
                    yield mutant(lambda: self._mol(next(parents).smiles), rng)

    def _regrow(self, core: str, rows: int, rng: np.random.Generator) -> Sequence[str | None]:
        try:
            limit = self.settings.max_heavy_atoms
            seed = parse_seed(core, max_heavy_atoms=limit, link="." in core)
        except StructureError:
            # An element the policy cannot build, or no room: another parent is drawn instead.
            return []
        return self.agent.propose(rows, rng, seed)

    def _parents(self, buffer: Buffer, count: int, rng: np.random.Generator) -> list[Scored]:
        settings = self.settings
        return buffer.draw(count, rng, among=settings.population, pressure=settings.pressure)

    def _mol(self, smiles: str) -> Chem.Mol:
        if smiles not in self._mols:
            self._mols[smiles] = Chem.MolFromSmiles(smiles)
        return self._mols[smiles]

    def _fits(self, smiles: str) -> bool:
        """Return whether a structure is not too large and keeps the constraints."""
        if self._mol(smiles).GetNumHeavyAtoms() > self.settings.max_heavy_atoms:
            return False
        return self.bounds is None or self.bounds.accepts(smiles)
