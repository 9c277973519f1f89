"""Claims inside generation and optimisation: is anything proposed inside, and what does it cost.

Generators are asked for the same structures three times: free, kept outside a claim, and with one
site kept out of what the claim allows there. An optimisation that is rewarded for being like a
member of the claim (the pull into it is as strong as it can be) is run free, with the distance to
the claim as a component, and kept outside. Whether a structure lies inside is asked of the matcher
at the end, not of what steered.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.patents.markush.claims import Claim, read_claim
from molagent.patents.markush.matching import match_claim
from molagent.patents.steering import ClaimDistance, SiteKeptOut, keep_outside
from molagent.propose.edits import EditGenerator
from molagent.propose.optimise.components import ObjectiveComponent, from_predictor
from molagent.propose.optimise.objective import MultiObjective
from molagent.propose.optimise.optimiser import Optimiser
from molagent.propose.optimise.properties import similarity_function
from molagent.propose.optimise.settings import OptimiserSettings
from molagent.propose.sampler import GraphGenerator
from molagent.propose.weights import load_packaged_policy
from molagent.protocols import Generator, NullProgress, Progress
from molagent.records import Constraints, ProposalRequest, SeedCompound

__all__ = ["bench_claim_generation", "bench_claim_optimisation"]

_TOP: Final = 50


def bench_claim_generation(
    path: Path,
    *,
    core: str,
    site: str,
    count: int = 500,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return how many proposals lie inside a claim, free and kept out, and proposals per second.

    Parameters
    ----------
    path
        A claim file.
    core
        What `graph:decorate` grows on, with ``[*:1]`` at its exits.
    site
        Of the claim; kept out of all that the claim allows there.
    count, seed
        Of each request.

    Returns
    -------
    pandas.DataFrame
        ``generator, steering, proposals, inside, refused, cpu_s, per_s``; seconds of CPU time.
    """
    claim = read_claim(path)
    steered: dict[str, Constraints | None] = {
        "free": None,
        "outside the claim": keep_outside([claim]),
        f"{site} kept out": Constraints(outside=(SiteKeptOut(claim, site),)),
    }
    seeds = tuple(
        SeedCompound(smiles=smiles, compound_id=f"member {number}")
        for number, smiles in enumerate(claim.members, start=1)
    )
    asked = {
        "graph:decorate": ProposalRequest(count=count, seed=seed, cycle=0, mode="decorate"),
        "edits:edit": ProposalRequest(count=count, seed=seed, cycle=0, mode="edit", seeds=seeds),
    }
    generators: Mapping[str, Generator] = {
        "graph:decorate": GraphGenerator(),
        "edits:edit": EditGenerator(),
    }
    display = progress or NullProgress()
    display.start("generate", len(asked) * len(steered))
    rows = []
    for name, request in asked.items():
        for words, constraints in steered.items():
            kept = constraints or Constraints()
            if request.mode == "decorate":
                kept = replace(kept, frozen=core)
            rows.append(_generated(generators[name], replace(request, constraints=kept), claim))
            rows[-1] = {"generator": name, "steering": words, **rows[-1]}
            display.advance()
    display.finish()
    return pd.DataFrame(rows)


def bench_claim_optimisation(
    path: Path, *, calls: int = 400, seed: int = 0, progress: Progress | None = None
) -> pd.DataFrame:
    """Return how many structures of an optimisation towards a member of a claim lie inside it.

    Parameters
    ----------
    path
        A claim file; its first member is what structures are rewarded for being like.
    calls
        Structures scored a run.

    Returns
    -------
    pandas.DataFrame
        ``steering, proposed, inside, top_inside, top_similarity, cpu_s``: of all new structures and
        of the 50 with the best totals; of the latter the mean Tanimoto similarity to the member.
    """
    claim = read_claim(path)
    member = claim.members[0]
    similar = similarity_function(member, fingerprint="counts")
    alike = ObjectiveComponent(
        name="like a member", evaluate=similar, direction="maximise", low=0.0, high=1.0
    )
    apart = from_predictor(ClaimDistance([claim]), direction="maximise", low=0.0, high=0.5)
    runs: list[tuple[str, Sequence[ObjectiveComponent], Constraints | None]] = [
        ("free", (alike,), None),
        ("distance rewarded", (alike, apart), None),
        ("kept outside", (alike,), keep_outside([claim])),
    ]
    display = progress or NullProgress()
    display.start("optimise", len(runs))
    rows = []
    for words, components, constraints in runs:
        rows.append({"steering": words} | _optimised(claim, components, constraints, calls, seed))
        display.advance(note=words)
    display.finish()
    return pd.DataFrame(rows)


def _generated(generator: Generator, request: ProposalRequest, claim: Claim) -> dict[str, object]:
    generator.propose(replace(request, count=2), NullProgress())
    began = time.process_time()
    batch = generator.propose(request, NullProgress())
    spent = time.process_time() - began
    inside = sum(match_claim(claim, each.smiles).inside for each in batch.proposals)
    regions = request.constraints.outside if request.constraints else ()
    refused = dict(batch.refused)
    return {
        "proposals": len(batch.proposals),
        "inside": inside,
        "refused": sum(refused.get(region.name, 0) for region in regions),
        "cpu_s": spent,
        "per_s": len(batch.proposals) / spent,
    }


def _optimised(
    claim: Claim,
    components: Sequence[ObjectiveComponent],
    constraints: Constraints | None,
    calls: int,
    seed: int,
) -> dict[str, object]:
    request = None
    if constraints is not None:
        request = ProposalRequest(count=1, seed=seed, cycle=0, constraints=constraints)
    # The other members are where the run begins: the pull into the claim could not be stronger.
    start = [*claim.members[1:], *claim.non_members]
    run = Optimiser(
        MultiObjective(components),
        load_packaged_policy(),
        OptimiserSettings(calls=calls, seed=seed),
        start=start,
        request=request,
    )
    began = time.process_time()
    run.run()
    spent = time.process_time() - began
    rows = [row for row in run.buffer.best(len(run.buffer)) if row.source != "start"]
    inside = [match_claim(claim, row.smiles).inside for row in rows]
    alike = similarity_function(claim.members[0], fingerprint="counts")
    best = [float(value) for value in alike([row.smiles for row in rows[:_TOP]])]
    return {
        "proposed": len(rows),
        "inside": sum(inside),
        "top_inside": sum(inside[:_TOP]),
        "top_similarity": float(np.mean(best)),
        "cpu_s": spent,
    }
