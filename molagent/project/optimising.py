"""Optimising the generator towards a campaign's target profile, one scored structure at a time."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from molagent.campaign.pool import load_measured
from molagent.campaign.ranking import measured_leaders
from molagent.chem.scaffolds import ROOM_TO_DECORATE, core_of, murcko_scaffold
from molagent.config import CampaignConfig
from molagent.errors import InputError, NotFoundError, StoreError
from molagent.project.catalogue import Catalogue
from molagent.project.objectives import build_objective
from molagent.project.optimise_result import OptimiseResult, hand_over
from molagent.project.wishes import campaign_size
from molagent.protocols import Progress
from molagent.records import Constraints, FloatArray, ProposalRequest, SeedCompound
from molagent.store.database import Database
from molagent.store.optimisation import CALL_COLUMNS, OptimisationStore, load_runs

if TYPE_CHECKING:
    from molagent.propose.optimise.buffer import Scored
    from molagent.propose.optimise.diversity import BucketMemory, BucketSettings
    from molagent.propose.optimise.gate import GatedObjective
    from molagent.propose.optimise.scores import ScoreBatch
    from molagent.propose.optimise.settings import OptimiserSettings
    from molagent.propose.weights import LoadedPolicy

__all__ = ["OptimiseRequest", "optimise_project"]

_CHECKPOINT: Final = "checkpoint.safetensors"
# Calls without any total above 0, or without any total, after which a run ends.
_PATIENCE: Final = 512
# Candidates for each structure that is scored, where nobody says.
_PRERANK: Final = 8


@dataclass(frozen=True, kw_only=True)
class OptimiseRequest:
    """What a run is asked for.

    Attributes
    ----------
    calls
        How many different structures may be scored, those it starts from included.
    seed
        The same seed, data and settings give the same structures.
    run_id
        Name of the run in the project.
    resume
        Go on with a run of that name; without it an existing run is refused.
    objective
        File of ``[[objective]]`` tables instead of the campaign's profile.
    weights
        Folder of the policy to start from; the one that ships with molagent by default.
    diversity
        How repeating oneself is discounted; None rewards a crowd as much as a single structure.
    constraints
        What every new structure keeps to; None leaves it to the profile and the filters.
    mode
        How the policy grows under them: ``de_novo``, ``decorate``, ``link`` or ``around`` the
        project's actives. By default it follows from the frozen part: none, one core, or two.
    proposals, updates
        New structures in a step, and how often the policy would be updated if all were its own.
    prerank
        How many candidates are made for each structure that is scored, and ranked by a process on
        what was scored so far; 0 or 1 for none. By default 8, or as the run began.
    """

    calls: int
    seed: int
    run_id: str
    resume: bool = False
    objective: Path | None = None
    weights: Path | None = None
    diversity: "BucketSettings | None" = None
    constraints: Constraints | None = None
    mode: str = ""
    proposals: int = 32
    updates: int = 4
    prerank: int | None = None

    def __post_init__(self) -> None:
        """Refuse a name that could not be a folder of its own."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", self.run_id):
            raise InputError(
                f"{self.run_id!r} cannot name a run",
                remedy="use up to 60 letters, digits, dots, dashes and underscores",
            )


def optimise_project(
    config: CampaignConfig,
    base: Path,
    db: Database,
    folder: Path,
    request: OptimiseRequest,
    progress: Progress,
) -> OptimiseResult:
    """Run, or go on with, an optimisation of a project whose assays are in the store.

    Every call is in the store before anything is learned from it. A run that was interrupted goes
    on from the checkpoint of its last whole step; calls made after it are not made again.

    Raises
    ------
    StoreError
        If the run exists and is not to be resumed, or began with other settings.
    ConfigError
        If the objective names what nothing predicts, or an unreliable model.
    InputError
        If the calls do not go beyond the structures the run starts from.
    """
    from molagent.learn.surrogate import CountSurrogate
    from molagent.propose.optimise.diversity import BucketMemory
    from molagent.propose.optimise.optimiser import Optimiser
    from molagent.propose.weights import load_packaged_policy, load_policy

    began = time.monotonic()
    store = OptimisationStore(db, request.run_id)
    _require_wanted(store, request)
    models = Catalogue(config, db, base=base)
    measured = load_measured(db, [assay.endpoint for assay in config.assays])
    objective, hashes = build_objective(
        config, base, models, request.objective, progress, measured=measured
    )
    with objective.objective:
        largest = campaign_size(config, measured).atoms
        start = _start(config, measured, largest)
        if len(start) >= request.calls:
            raise InputError(
                f"{request.calls} calls do not go beyond the {len(start)} structures of the "
                "project that the run starts from",
                remedy="give more calls, or a smaller [generate] seeds",
            )
        model = load_packaged_policy() if request.weights is None else load_policy(request.weights)
        settings = _settings(
            request,
            model,
            largest,
            bfloat16=_number_type(store),
            prerank=_times(request, store),
        )
        memory = None if request.diversity is None else BucketMemory(request.diversity)
        stated = {**objective.identity, "models": hashes}
        place = folder / "optimise" / request.run_id
        checkpoint = place / _CHECKPOINT
        _write_header(store, config, settings, stated, request, model, checkpoint)
        recorder = _Recorder(store, objective, memory)
        graded = objective.objective
        optimiser = Optimiser(
            recorder.score,
            model,
            settings,
            start=start,
            request=_bounded(request, start, largest),
            memory=memory,
            revalue=graded.totals_now if graded.mode == "pareto" else None,
            record=recorder.record,
            surrogate=CountSurrogate(),
            gate=objective.verdicts,
        )
        if checkpoint.exists():
            optimiser.resume(checkpoint)
        recorder.replay(optimiser.steps)
        outcome = optimiser.run(progress, checkpoint=checkpoint)
        return hand_over(
            store,
            objective,
            measured,
            place,
            stop_reason=outcome.stop_reason.value,
            seconds=time.monotonic() - began,
        )


def _require_wanted(store: OptimisationStore, request: OptimiseRequest) -> None:
    known = set(load_runs(store.db)["run_id"])
    if request.run_id in known and not request.resume:
        raise StoreError(
            f"the project has an optimisation run {request.run_id!r}",
            place=str(store.db.path),
            remedy="go on with it by --resume, or give another seed or name",
        )


def _number_type(store: OptimisationStore) -> bool:
    """Return whether the run works in bfloat16: as it began, else as this machine is faster."""
    from molagent.propose.number_type import prefers_bfloat16

    try:
        return bool(store.header()["settings"]["agent"]["bfloat16"])
    except NotFoundError:
        return prefers_bfloat16()


def _times(request: OptimiseRequest, store: OptimisationStore) -> int:
    """Return how many candidates are made for a place: as asked, else as the run began."""
    if request.prerank is not None:
        return max(request.prerank, 1)
    try:
        # A run of an earlier molagent scored whatever was proposed.
        return int(store.header()["settings"].get("prerank", 1))
    except NotFoundError:
        return _PRERANK


def _settings(
    request: OptimiseRequest, model: "LoadedPolicy", largest: int, *, bfloat16: bool, prerank: int
) -> "OptimiserSettings":
    from molagent.propose.optimise.agent import AgentSettings
    from molagent.propose.optimise.settings import OptimiserSettings

    return OptimiserSettings(
        calls=request.calls,
        seed=request.seed,
        proposals=request.proposals,
        max_heavy_atoms=largest,
        # The last source: the project's own compounds, where the policy was taught them.
        corpus=max(model.sources.values(), default=0),
        give_up_after=_PATIENCE,
        prerank=prerank,
        agent=AgentSettings(updates=request.updates, bfloat16=bfloat16),
    )


def _bounded(
    request: OptimiseRequest, start: Sequence[str], largest: int
) -> ProposalRequest | None:
    """Return what the policy is asked for, None where nothing binds it."""
    given = request.constraints
    if given is None and not request.mode:
        return None
    frozen = "" if given is None else given.frozen
    follows = "link" if "." in frozen else "decorate" if frozen else "de_novo"
    leads = tuple(
        SeedCompound(smiles=smiles, compound_id=f"start {number}")
        for number, smiles in enumerate(start, start=1)
    )
    return ProposalRequest(
        count=request.proposals,
        seed=request.seed,
        cycle=0,
        mode=request.mode or follows,
        seeds=leads,
        max_heavy_atoms=largest,
        constraints=given,
    )


def _start(config: CampaignConfig, measured: pd.DataFrame, largest: int) -> list[str]:
    """Return the best measured compounds and their cores, best first, without repeats.

    A core is no goal in itself, but crossovers take it up, and it shows the policy the series
    without its decoration.
    """
    derived = {each.endpoint: (each.minuend, each.subtrahend) for each in config.derived}
    leaders = measured_leaders(measured, config.profile, derived, limit=config.generate.seeds)
    structures = dict(zip(measured["compound_id"], measured["smiles"], strict=True))
    actives = [str(structures[str(row["compound_id"])]) for row in leaders]
    room = largest - ROOM_TO_DECORATE
    cores = [core_of(murcko_scaffold(smiles), room) for smiles in actives]
    return list(dict.fromkeys([*actives, *(core for core in cores if core)]))


def _write_header(
    store: OptimisationStore,
    config: CampaignConfig,
    settings: "OptimiserSettings",
    stated: Mapping[str, object],
    request: OptimiseRequest,
    model: "LoadedPolicy",
    checkpoint: Path,
) -> None:
    from molagent import __version__

    diversity = None if request.diversity is None else asdict(request.diversity)
    new = store.start(
        name=config.project.name,
        seed=request.seed,
        calls=request.calls,
        objective=stated,
        settings={**settings.described, "diversity": diversity, **_stated(request)},
        model_hash=model.model_hash,
        version=__version__,
    )
    if new:
        # Of a run that this project file does not know: its calls are not here to go on from.
        checkpoint.unlink(missing_ok=True)


def _stated(request: OptimiseRequest) -> dict[str, object]:
    """Return the constraints for the store; nothing where there are none."""
    if request.constraints is None and not request.mode:
        return {}
    given: dict[str, object] | None = None
    if request.constraints is not None:
        given = asdict(replace(request.constraints, outside=()))
        del given["outside"]
        # A region is no data; what it says of itself tells one reading of a claim from another.
        if regions := [repr(region) for region in request.constraints.outside]:
            given["outside"] = regions
    return {"mode": request.mode, "constraints": given}


class _Recorder:
    """Stands between the optimiser and the objective: what was asked once is not asked again.

    Parameters
    ----------
    store
        Where every call goes before anything is learned from it.
    """

    def __init__(
        self,
        store: OptimisationStore,
        objective: "GatedObjective",
        memory: "BucketMemory | None",
    ) -> None:
        self._store = store
        self._objective = objective
        self._memory = memory
        self._answered: dict[str, tuple[Mapping[str, float | None], str]] = {}

    def replay(self, steps: int) -> None:
        """Tell the objective what it answered in `steps` steps, and keep what came after them."""
        calls = self._store.load_calls()
        done = calls["step"] < steps
        for _, rows in calls[done].groupby("step", sort=True):
            self._objective.recall(
                list(rows["smiles"]), self._values(list(rows["raw"])), list(rows["note"])
            )
        self._answered = {
            str(row["smiles"]): (row["raw"], str(row["note"]))
            for row in calls[~done].to_dict("records")
        }

    def score(self, smiles_list: Sequence[str]) -> "ScoreBatch":
        """Return scores in input order, asking only for what has no answer in the store."""
        missing = [smiles for smiles in smiles_list if smiles not in self._answered]
        raw, notes = self._objective.measure(missing)
        for place, smiles in enumerate(missing):
            values = {name: _json_number(part[place]) for name, part in raw.items()}
            self._answered[smiles] = (values, notes[place])
        answers = [self._answered.pop(smiles) for smiles in smiles_list]
        return self._objective.recall(
            smiles_list, self._values([each for each, _ in answers]), [note for _, note in answers]
        )

    def record(self, rows: Sequence["Scored"], scores: "ScoreBatch") -> None:
        """Write one step."""
        frame = pd.DataFrame(
            [
                (
                    *(row.call, row.step, row.smiles, row.source, row.total, row.reward),
                    {name: _json_number(part[place]) for name, part in scores.raw.items()},
                    scores.notes[place],
                )
                for place, row in enumerate(rows)
            ],
            columns=list(CALL_COLUMNS),
        )
        if self._memory is None:
            self._store.append(frame)
        else:
            kind = self._memory.settings.kind
            self._store.append(frame, memory_kind=kind, memory=self._memory.counts)

    def _values(self, rows: Sequence[Mapping[str, float | None]]) -> dict[str, FloatArray]:
        return {
            name: np.array([row.get(name) for row in rows], dtype=np.float64)
            for name in self._objective.names
        }


def _json_number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
