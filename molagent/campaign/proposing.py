"""The propose stage: a plan's steps become new, standardised, identified proposals."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from molagent.campaign.cores import carried, decoration_core
from molagent.campaign.isomers import is_flat_drawing_of_known, written_out
from molagent.campaign.parts import ProposalLimits, Screen
from molagent.campaign.stages import stage_seed
from molagent.chem.identity import connectivity_block, inchikey
from molagent.chem.scaffolds import ROOM_TO_DECORATE, murcko_scaffold
from molagent.chem.standardize import standardize_smiles
from molagent.errors import NotFoundError, PolicyError, StructureError
from molagent.protocols import Generator, PatentIndex, Progress
from molagent.records import (
    Constraints,
    FloatArray,
    Plan,
    PlanStep,
    PotentSeries,
    ProposalRequest,
    Region,
    SeedCompound,
    Stage,
    Verdict,
)

__all__ = ["Known", "propose"]

_COLUMNS = (
    "proposal_id",
    "smiles",
    "inchikey",
    "scaffold",
    "generator",
    "mode",
    "seed",
    "parents",
    "detail",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists before a cycle proposes.

    Attributes
    ----------
    seeds
        Compound or proposal id to its structure and fitness.
    scaffolds
        Series id to scaffold SMILES.
    smiles, inchikeys
        Structures that must not come back.
    cores
        Scaffolds of measured compounds: what is decorated is a part of one. Empty asks nothing.
    kept
        SMARTS that what grows on a core carries as the core does.
    series
        Series of potent compounds: what all of one carry stays on a core of it.
    """

    seeds: Mapping[str, SeedCompound]
    scaffolds: Mapping[str, str]
    smiles: frozenset[str]
    inchikeys: frozenset[str]
    cores: frozenset[str] = frozenset()
    kept: tuple[str, ...] = ()
    series: tuple[PotentSeries, ...] = ()


def propose(
    plan: Plan,
    generators: Mapping[str, Generator],
    known: Known,
    *,
    cycle: int,
    seed: int,
    limits: ProposalLimits,
    patents: PatentIndex,
    avoid_claims: Sequence[str],
    oversample: int,
    gate: Screen,
    preference: Callable[[Sequence[str]], FloatArray],
    progress: Progress,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Run every step of a plan.

    Parameters
    ----------
    avoid_claims
        Ids of the claims of `patents` that are kept out of. Generators get them as regions, and
        every proposal is tried on them all the same: a plugin may not look at regions.
    gate
        What a new structure must pass before `preference` is asked of it.
    oversample, preference
        A step makes `oversample` times what it is asked for, and those that `preference` puts
        first are kept. What it does not know (NaN) comes last, in the order it was made. Of what is
        kept a drawing that leaves stereo open becomes its isomers, a proposal each.

    Returns
    -------
    frame, detail
        The proposals (one row each, ids in order), and per step what was asked, made, past the
        gate, kept, how many isomers that makes, already known (a flat drawing of what is known
        too), not standardisable, stopped at the gate (by its filters' names), preferred and inside
        a claim to avoid, with the generator's stop reason.
    """
    rows: list[dict[str, object]] = []
    outside = patents.regions(avoid_claims)
    seen = set(known.inchikeys)
    seen_smiles = set(known.smiles)
    connectivities = {connectivity_block(key) for key in seen}
    log: list[dict[str, object]] = []
    for ordinal, step in enumerate(plan.steps):
        generator = _generator(generators, step)
        request = _request(
            step,
            known,
            count=step.count * oversample,
            seed=stage_seed(seed, cycle, f"{Stage.PROPOSE}/{ordinal}"),
            cycle=cycle,
            limits=limits,
            exclude=frozenset(seen_smiles),
            outside=outside,
        )
        tally = {"known": 0, "unreadable": 0, "avoided": 0}
        if request is None:
            log.append({**_asked(step), "made": 0, "stop_reason": "no core leaves room to grow"})
            continue
        batch = generator.propose(request, progress)
        fresh: list[dict[str, object]] = []
        for proposal in batch.proposals:
            seen_smiles.add(proposal.smiles)
            row = _identified(proposal.smiles, seen, connectivities, tally)
            if row is None:
                continue
            fresh.append(
                {
                    **row,
                    "generator": proposal.generator,
                    "mode": proposal.mode,
                    "seed": proposal.seed,
                    "parents": list(proposal.parents),
                    "detail": proposal.detail,
                }
            )
        passed, stopped = _gated(fresh, gate, progress)
        # A claim is tried in every tautomer, which costs more than the rest: only of what would be
        # kept.
        kept, tally["avoided"] = _preferred(
            passed,
            step.count,
            preference,
            lambda smiles: bool(avoid_claims) and patents.is_inside(smiles, avoid_claims),
        )
        isomers = written_out(kept, seen)
        connectivities |= {connectivity_block(str(row["inchikey"])) for row in isomers}
        first = len(rows) + 1
        rows += [
            {**row, "proposal_id": f"P{cycle}-{number:04d}"}
            for number, row in enumerate(isomers, start=first)
        ]
        log.append(
            {
                **_asked(step),
                "made": len(batch.proposals),
                "gated": len(passed),
                "kept": len(kept),
                "isomers": len(isomers),
                "attempts": batch.attempts,
                "stop_reason": batch.stop_reason,
                **tally,
                "stopped": stopped,
            }
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS)), {"steps": log}


def _gated(
    rows: list[dict[str, object]], gate: Screen, progress: Progress
) -> tuple[list[dict[str, object]], dict[str, int]]:
    """Return the rows that pass every filter of the gate, and how many each filter stopped."""
    judged = gate.run([str(row["smiles"]) for row in rows], progress)
    first = [
        next((each.filter for each in answers if each.verdict is not Verdict.PASS), None)
        for answers in judged
    ]
    passed = [row for row, name in zip(rows, first, strict=True) if name is None]
    return passed, dict(sorted(Counter(name for name in first if name).items()))


def _preferred(
    rows: list[dict[str, object]],
    count: int,
    preference: Callable[[Sequence[str]], FloatArray],
    is_inside: Callable[[str], bool],
) -> tuple[list[dict[str, object]], int]:
    """Return the `count` rows that are preferred, in the order they were made.

    Those inside a claim are passed over; the second is how many.
    """
    order = np.arange(len(rows))
    if len(rows) > count:
        worth = preference([str(row["smiles"]) for row in rows])
        order = np.argsort(-np.where(np.isnan(worth), -np.inf, worth), kind="stable")
    kept: list[int] = []
    avoided = 0
    for index in order.tolist():
        if len(kept) == count:
            break
        if is_inside(str(rows[index]["smiles"])):
            avoided += 1
        else:
            kept.append(index)
    return [rows[index] for index in sorted(kept)], avoided


def _identified(
    smiles: str, seen: set[str], connectivities: Collection[str], tally: dict[str, int]
) -> dict[str, object] | None:
    """Standardise and identify a structure; None, counted, if it is known or unreadable."""
    try:
        parent = standardize_smiles(smiles)
        key = inchikey(parent)
    except StructureError:
        tally["unreadable"] += 1
        return None
    if key in seen or is_flat_drawing_of_known(parent, key, connectivities):
        tally["known"] += 1
        return None
    seen.add(key)
    return {"smiles": parent, "inchikey": key, "scaffold": murcko_scaffold(parent)}


def _asked(step: PlanStep) -> dict[str, object]:
    return {"generator": step.generator, "mode": step.mode, "asked": step.count}


def _generator(generators: Mapping[str, Generator], step: PlanStep) -> Generator:
    if step.generator not in generators:
        raise NotFoundError("generator", step.generator, known=generators)
    generator = generators[step.generator]
    if step.mode not in generator.modes:
        raise PolicyError(
            f"generator {step.generator!r} has no mode {step.mode!r}",
            remedy=f"use one of {', '.join(sorted(generator.modes))}",
        )
    return generator


def _request(
    step: PlanStep,
    known: Known,
    *,
    count: int,
    seed: int,
    cycle: int,
    limits: ProposalLimits,
    exclude: frozenset[str],
    outside: tuple[Region, ...],
) -> ProposalRequest | None:
    """Resolve a step's ids; None if its series has no core that leaves room to grow."""
    unknown = [name for name in step.seed_ids if name not in known.seeds]
    if unknown:
        raise NotFoundError("compound", unknown[0], known=list(known.seeds)[:5])
    scaffold = None
    if step.scaffold_id is not None:
        if step.scaffold_id not in known.scaffolds:
            raise NotFoundError("series", step.scaffold_id, known=list(known.scaffolds)[:5])
        room = limits.max_heavy_atoms - ROOM_TO_DECORATE
        wanted = known.scaffolds[step.scaffold_id]
        scaffold = limits.core or decoration_core(wanted, known.cores, known.series, room)
        if not scaffold:
            return None
    return ProposalRequest(
        count=count,
        seed=seed,
        cycle=cycle,
        mode=step.mode,
        seeds=tuple(known.seeds[name] for name in step.seed_ids),
        scaffold=scaffold,
        max_heavy_atoms=limits.max_heavy_atoms,
        forbidden_smarts=limits.forbidden,
        exclude=exclude,
        constraints=_constraints(step, limits, outside, carried(known.kept, scaffold)),
        temperature=step.temperature,
    )


def _constraints(
    step: PlanStep, limits: ProposalLimits, outside: tuple[Region, ...], on_core: tuple[str, ...]
) -> Constraints | None:
    # Changed compounds keep a part or lose it; what grows from nothing would have to hit on it, and
    # is left to the gate.
    required = limits.required if step.mode == "edit" else on_core
    return Constraints(outside=outside, required=required) if outside or required else None
