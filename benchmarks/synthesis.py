"""Synthesis measured: routes a second, and how many known drugs the templates reach."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from benchmarks.rows import Smiles
from benchmarks.screens import approved_drugs
from molagent.errors import InputError
from molagent.propose.synthesis.analogues import AnalogueFinder
from molagent.propose.synthesis.cuts import CutFinder
from molagent.propose.synthesis.reactions import ReactionGenerator
from molagent.propose.synthesis.template_file import default_templates
from molagent.protocols import NullProgress, Progress
from molagent.records import ProposalRequest

__all__ = ["SynthesisReport", "bench_synthesis"]

_SMALLEST: Final = 10
_LARGEST: Final = 50
_NEAR: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisReport:
    """One file of building blocks.

    Attributes
    ----------
    blocks, templates
        How many there are.
    de_novo_per_second
        Proposals with a route a second of wall time, one core, reading and role search left out.
    de_novo_attempts
        Routes tried for one proposal.
    drugs, cut, joined
        Drugs of 10 to 50 heavy atoms in one part; the share that a template cuts at least once,
        and the share that one cuts into two pieces.
    searched, exact, near, mean_similarity
        Drugs drawn for the analogue search; shares whose nearest makeable analogue is the drug
        itself, or has a Tanimoto similarity of 0.5 or more; and the mean over those with any.
    unknown
        Share for which no analogue was found.
    seconds_each
        Wall time of one analogue search.
    """

    blocks: int
    templates: int
    de_novo_per_second: float
    de_novo_attempts: float
    drugs: int
    cut: float
    joined: float
    searched: int
    exact: float
    near: float
    mean_similarity: float
    unknown: float
    seconds_each: float


def bench_synthesis(
    drugs: Smiles | None = None,
    *,
    blocks: Path | None = None,
    proposals: int = 2_000,
    searched: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
) -> SynthesisReport:
    """Measure the reaction generator and the search for makeable analogues.

    Parameters
    ----------
    drugs
        SMILES; the drugs in ChEMBL without them. Salts, unreadable and very small or large
        structures are left out.
    blocks
        A file of building blocks; None takes the common reagents that come with molagent.
    proposals
        How many de novo proposals are timed.
    searched
        How many drugs, drawn with `seed`, are searched for analogues.
    progress
        Receives one step a drug.

    Raises
    ------
    InputError
        If no drug can be used.
    """
    drugs = approved_drugs() if drugs is None else drugs
    report = progress or NullProgress()
    usable = [smiles for smiles in drugs if _usable(smiles)]
    if not usable:
        raise InputError(f"none of {len(drugs)} structures has 10 to 50 heavy atoms in one part")
    per_second, attempts, sizes = _timed(blocks, proposals, seed)
    order = np.random.default_rng(seed).permutation(len(usable))[:searched]
    drawn = [usable[i] for i in order.tolist()]
    report.start("synthesis", len(usable) + len(drawn))
    cutter, cut, joined = CutFinder(default_templates()), 0, 0
    for smiles in usable:
        trees = cutter.find_trees(smiles, depth=1)
        cut += bool(trees)
        joined += any(tree.joins for tree in trees)
        report.advance()
    finder = AnalogueFinder(blocks)
    finder.find(drawn[0], count=1)  # roles are searched outside the clock
    begun = time.perf_counter()
    best = []
    for smiles in drawn:
        best.append(finder.find(smiles, count=1).analogues)
        report.advance()
    seconds = time.perf_counter() - begun
    report.finish()
    similarity = np.array([found[0].similarity for found in best if found])
    return SynthesisReport(
        blocks=sizes[0],
        templates=sizes[1],
        de_novo_per_second=per_second,
        de_novo_attempts=attempts,
        drugs=len(usable),
        cut=cut / len(usable),
        joined=joined / len(usable),
        searched=len(drawn),
        exact=sum(bool(found) and found[0].exact for found in best) / len(drawn),
        near=float((similarity >= _NEAR).sum()) / len(drawn),
        mean_similarity=float(similarity.mean()) if len(similarity) else float("nan"),
        unknown=sum(not found for found in best) / len(drawn),
        seconds_each=seconds / len(drawn),
    )


def _timed(blocks: Path | None, proposals: int, seed: int) -> tuple[float, float, tuple[int, int]]:
    generator = ReactionGenerator(blocks)
    generator.propose(ProposalRequest(count=1, seed=seed, cycle=1), NullProgress())
    begun = time.perf_counter()
    batch = generator.propose(ProposalRequest(count=proposals, seed=seed, cycle=0), NullProgress())
    seconds = time.perf_counter() - begun
    count = len(batch.proposals)
    sizes = len(generator.library), len(generator.templates.templates)
    return count / seconds, batch.attempts / max(count, 1), sizes


def _usable(smiles: str) -> bool:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles) if "." not in smiles else None
    return mol is not None and _SMALLEST <= mol.GetNumHeavyAtoms() <= _LARGEST
