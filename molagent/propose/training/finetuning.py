"""Transfer learning: teach the policy a project's own compounds, in bounded memory.

Compounds are packed chunk by chunk into flat arrays (about 200 bytes each) and traces are drawn
when they are needed, so memory hardly grows with their number. A share of the traces comes from
molecules that the starting policy made itself, so that it does not forget what it knew.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from molagent.errors import InputError
from molagent.propose.batches import TracePools
from molagent.propose.compounds import FEWEST, Compounds, add_prior, pack_compounds
from molagent.propose.training.generator import describe_setting, describe_start
from molagent.propose.training.loop import MODEL, POOLS, train_policy
from molagent.propose.training.run import PolicyTrainingSettings, TrainingRun
from molagent.propose.weights import SHIPPED, LoadedPolicy, load_start
from molagent.protocols import Progress

__all__ = ["FineTuningReport", "fine_tune", "fine_tuning_settings"]

HOLD_OUT, MOST_HELD_OUT = 0.1, 1_000
EPOCHS, FEWEST_STEPS = 5.0, 500


@dataclass(frozen=True)
class FineTuningReport:
    """What came out of a fine-tuning run.

    Parameters
    ----------
    compounds, taught
        Compounds given, and those that can be built from the policy's blocks.
    unsupported
        How many compounds were left out for each reason; ``unsupported.csv`` names every one.
    steps
        Optimiser steps until the weights that are kept.
    held_out_before, held_out_after
        Mean negative log-likelihood an event of compounds kept out of training, in nats.
    stopped_early
        Whether the held-out loss had stopped falling before the planned end.
    folder
        The model, for ``GraphGenerator(weights=folder)``.
    """

    compounds: int
    taught: int
    unsupported: Mapping[str, int]
    steps: int
    held_out_before: float
    held_out_after: float
    stopped_early: bool
    folder: Path


def fine_tuning_settings(count: int, *, batch_size: int = 64) -> PolicyTrainingSettings:
    """Return settings for so many compounds: a low rate, frequent checks, an early end."""
    epoch = math.ceil(count / batch_size)
    return PolicyTrainingSettings(
        batch_size=batch_size,
        seeded_batches=2,
        empty_batches=3,
        learning_rate=3e-4,
        warmup=20,
        # On a processor oneDNN keeps a bfloat16 kernel for every shape of batch that it has met.
        bfloat16=False,
        workers=0,  # a second process would hold the libraries a second time
        check_steps=min(max(epoch, 20), 250),
        patience=3,
    )


def fine_tune(
    smiles: Sequence[str],
    *,
    out: Path,
    progress: Progress,
    base: str | Path = SHIPPED,
    name: str = "own",
    activity: Sequence[float] | None = None,
    epochs: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    batch_size: int = 64,
    keep_prior: float = 0.2,
    settings: PolicyTrainingSettings | None = None,
) -> FineTuningReport:
    """Teach a trained policy a project's own compounds; run again to resume.

    Parameters
    ----------
    smiles
        The compounds; stereo marks are dropped.
    out
        Folder for checkpoint, model and the list of unsupported compounds.
    progress
        Receives steps with the current loss.
    base
        Model folder to start from, or ``shipped``.
    name
        What the generator will call this source of compounds.
    activity
        A measured or predicted value of each compound, higher is better, NaN where unknown. It is
        standardised and becomes a condition that sampling can ask for.
    epochs, steps
        The longest run, in passes over the compounds or in optimiser steps; None takes 5 passes,
        500 steps at least. It ends earlier when the loss of held-out compounds no longer falls.
    seed
        Seeds data order, held-out compounds and the molecules of the starting policy.
    batch_size
        Traces in a step.
    keep_prior
        Share of the traces drawn from molecules of the starting policy, 0 to below 1. More keeps
        its breadth, less follows the compounds closer.
    settings
        All training settings, in place of `fine_tuning_settings`.

    Returns
    -------
    FineTuningReport
        Figures of the run.

    Raises
    ------
    InputError
        If fewer than two compounds can be built, or an argument is out of range.
    ModelError
        If the weights to start from cannot be used, or `out` holds a run with other arguments.
    """
    if not 0.0 <= keep_prior < 1.0:
        raise InputError(f"keep_prior is {keep_prior:g}", remedy="choose 0 to below 1")
    if activity is not None and len(activity) != len(smiles):
        raise InputError(f"{len(activity)} activities were given for {len(smiles)} compounds")
    start = load_start(base)
    corpora = start.policy.settings.corpora
    number = start.sources.get(name, corpora)
    settings = settings or fine_tuning_settings(len(smiles), batch_size=batch_size)
    torch.set_num_threads(settings.threads)
    progress.start("pack compounds", len(smiles))
    compounds = pack_compounds(smiles, activity, start, number, out, progress)
    progress.finish(f"{compounds.own} of {len(smiles)}")
    if compounds.own < FEWEST:
        reasons = ", ".join(f"{n} {reason}" for reason, n in compounds.unsupported.most_common(3))
        raise InputError(f"{compounds.own} of {len(smiles)} compounds can be built: {reasons}")
    if keep_prior:
        compounds = add_prior(compounds, start, base, seed)
    network = replace(start.policy.settings, corpora=max(corpora, number + 1))
    digest = hashlib.sha256("\n".join(smiles).encode()).hexdigest()
    identity = {
        "seed": seed,
        "packed_sha256": compounds.packed.sha256,
        "vocabulary_sha256": start.vocabulary.sha256,
        "network": network.to_dict(),
        "batch_size": settings.batch_size,
        "keep_prior": keep_prior,
        "started_from": start.model_hash,
    }
    run = TrainingRun(start.vocabulary, network, settings, seed=seed, identity=identity)
    run.start_from(start, [n if n < corpora else None for n in range(network.corpora)])
    planned = steps or math.ceil((epochs or EPOCHS) * compounds.own / settings.batch_size)
    if steps is None and epochs is None:
        planned = max(planned, FEWEST_STEPS)
    progress.start("fine-tune generator", planned)
    source = {
        "file": name,
        "sha256": digest,
        "structures": len(smiles),
        "taken": len(smiles),
        "packed": compounds.own,
    }
    card = {
        "command": f"molagent train finetune --data {name} --from {Path(base).name} "
        f"--steps {planned} --seed {seed} --keep-prior {keep_prior:g}",
        "seed": seed,
        "data": _sources(start, corpora, number, source),
        "imitate": [number],
        "packed_sha256": compounds.packed.sha256,
        "unsupported": dict(compounds.unsupported.most_common()),
        "activity": dict(compounds.activity),
        "described": compounds.count_described(start),
        "keep_prior": keep_prior,
        **describe_start(start),
        **describe_setting(settings),
    }
    pools, held_out = _pools(compounds, start, settings, seed, keep_prior)
    result = train_policy(run, pools, held_out[0], out, progress, card=card, steps=planned)
    progress.finish(f"held-out loss {result.losses['total']:.4f}")
    return FineTuningReport(
        compounds=len(smiles),
        taught=compounds.own,
        unsupported=dict(compounds.unsupported),
        steps=int(result.losses["step"]),
        held_out_before=run.history[0]["total"],
        held_out_after=result.losses["total"],
        stopped_early=result.stopped_early,
        folder=out / MODEL,
    )


def _sources(
    start: LoadedPolicy, corpora: int, number: int, source: Mapping[str, object]
) -> list[object]:
    """Return the sources of the starting policy, one for each of its corpora, and the new one."""
    data = start.card.get("data", [])
    known = list(data) if isinstance(data, list) else []
    known += [{"file": f"source {n}"} for n in range(len(known), corpora)]
    return [*known[:number], source, *known[number + 1 :]]


def _pools(
    compounds: Compounds,
    start: LoadedPolicy,
    settings: PolicyTrainingSettings,
    seed: int,
    keep_prior: float,
) -> tuple[TracePools, TracePools]:
    """Return pools of training traces and one pool of held-out ones."""
    order = np.random.default_rng(seed).permutation(compounds.own)
    count = min(max(1, round(HOLD_OUT * compounds.own)), MOST_HELD_OUT)
    rest = np.arange(compounds.own, len(compounds.packed))

    def build(members: NDArray[np.int64], pools: int, share: float) -> TracePools:
        return TracePools(
            compounds.packed,
            start.vocabulary,
            np.sort(members),
            batch_size=settings.batch_size,
            seeded_batches=settings.seeded_batches,
            empty_batches=settings.empty_batches,
            seed=seed,
            pools=pools,
            others=rest,
            others_share=share,
        )

    return build(order[count:], POOLS, keep_prior), build(order[:count], 1, 0.0)
