"""How a project's models are trained: on a snapshot, once for the same data, as a new version.

::

    what counts now ─ snapshot ─ one value a compound ─ key ─▶ a version that is there, read back
                                                         └──▶ fitted, written, registered, read back

What is interrupted between two of these steps is found and gone on with: a snapshot that holds the
same rows is used again, a half-written folder is written again, and a model that is registered
keeps its version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from molagent.errors import InputError, ModelError, NotFoundError
from molagent.ingest.title_words import is_potency
from molagent.protocols import Predictor, Progress
from molagent.records import ModelVersion
from molagent.store.aggregates import aggregate_snapshot, learning_frame
from molagent.store.assays import endpoints as measured_endpoints
from molagent.store.batches import load_first_dates
from molagent.store.database import Database
from molagent.store.differences import DIFFERENCE_UNIT, difference_of
from molagent.store.models import find_model_version, register_model
from molagent.store.one_value import P_UNIT
from molagent.store.snapshots import (
    create_snapshot,
    find_snapshot,
    get_snapshot,
    load_snapshots,
)

if TYPE_CHECKING:
    from molagent.learn.registry import TrainingData

__all__ = ["TrainingRequest", "model_folder", "train_models"]

Versions = list[tuple[ModelVersion, Predictor]]

_FOLDER: Final = "models"
_ASSAYS: Final = """
SELECT endpoint, any_value(coalesce(target, '')) AS target, any_value(quantity) AS quantity,
       any_value(coalesce(source, '')) AS source
FROM assay GROUP BY endpoint ORDER BY endpoint
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequest:
    """What is to be trained; :meth:`molagent.project.model_shelf.ModelShelf.train` says it in full.

    Attributes
    ----------
    snapshot
        Its name; '' for what counts now.
    candidates
        Empty for those of the kind.
    second
        Endpoint to another endpoint that informs it.
    differences
        Endpoint to the two measured endpoints that it is the difference of; one that is not here is
        measured itself.
    """

    endpoints: tuple[str, ...]
    snapshot: str = ""
    kind: str = "local"
    candidates: tuple[str, ...] = ()
    second: Mapping[str, str] = field(default_factory=dict)
    differences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    seed: int = 0
    reason: str = ""


def train_models(db: Database, request: TrainingRequest, progress: Progress) -> Versions:
    """Return a version and its predictor for each endpoint, fitted where there is none yet.

    Predictors are read back from their files, so that whoever fits a model and whoever finds it
    has the same numbers. A version whose files are damaged, or were written by another RDKit, is
    fitted again, which `progress` is told.

    Raises
    ------
    NotFoundError
        If an endpoint, the snapshot, the kind or a candidate is not known.
    InputError
        If candidates are given and the kind has nothing to compare, or an endpoint has too few
        values.
    """
    from molagent.learn.registry import find_kind

    wanted = list(dict.fromkeys(request.endpoints))
    second = {name: other for name, other in request.second.items() if name in wanted}
    parts = {name: request.differences.get(name, (name,)) for name in wanted}
    read = list(dict.fromkeys([*chain(*parts.values()), *second.values()]))
    with db.read():
        known = measured_endpoints(db)
        for name in read:
            if name not in known:
                raise NotFoundError("endpoint", name, known=known, place=db.path.name)
        snapshot = request.snapshot or find_snapshot(db, endpoints=read)
    together = find_kind(request.kind, request.candidates).together
    snapshot = snapshot or _take_snapshot(db, read)
    progress.start("fit models", len(wanted))
    trained: Versions = []
    for group in [wanted] if together else [[each] for each in wanted]:
        with db.read():
            data = _training_data(db, {name: parts[name] for name in group}, snapshot, second)
            found = _found(db, data, request, progress)
        trained += found or _fitted(db, data, request, progress)
    progress.finish(", ".join(version.version_id for version, _ in trained))
    return trained


def model_folder(db: Database, version: ModelVersion) -> Path:
    """Return where the files of a version lie: below ``models`` beside the project file."""
    return db.path.parent / version.artefact


def _found(
    db: Database, data: "TrainingData", request: TrainingRequest, progress: Progress
) -> Versions:
    """Return the versions that were trained from the same; empty if one has to be fitted."""
    from molagent.learn.registry import load_predictor, request_key

    keys = request_key(data, kind=request.kind, seed=request.seed, candidates=request.candidates)
    found: Versions = []
    for endpoint, key in keys.items():
        version = find_model_version(db, endpoint, key)
        if version is None:
            if _has_unversioned(db, endpoint):
                said = f"the model that an earlier molagent kept of {endpoint} has no version"
                progress.advance(0, note=f"fitted again: {said}")
            return []
        try:
            predictor = load_predictor(model_folder(db, version), endpoint)
        except ModelError as error:
            progress.advance(0, note=f"fitted again: {error.message}")
            return []
        found.append((version, predictor))
    for version, _ in found:
        progress.advance(note=f"{version.version_id}, as it was trained")
    return found


def _fitted(
    db: Database, data: "TrainingData", request: TrainingRequest, progress: Progress
) -> Versions:
    from molagent.learn.registry import load_predictor, retrain

    made = retrain(
        data,
        kind=request.kind,
        folder=db.path.parent / _FOLDER,
        seed=request.seed,
        candidates=request.candidates,
        reason=request.reason,
        progress=progress,
    )
    versions = [
        register_model(db, replace(one.version, artefact=f"{_FOLDER}/{one.version.artefact}"))
        for one in made
    ]
    return [(each, load_predictor(model_folder(db, each), each.endpoint)) for each in versions]


def _has_unversioned(db: Database, endpoint: str) -> bool:
    """Return whether there are files as campaigns wrote them before their models had versions."""
    files = any((db.path.parent / _FOLDER).glob(f"{endpoint}-*/manifest.json"))
    return files and find_model_version(db, endpoint) is None


def _take_snapshot(db: Database, endpoints: Sequence[str]) -> str:
    """Take a snapshot of what counts now of these endpoints and return its name."""
    taken = set(load_snapshots(db)["snapshot"])
    stem = endpoints[0] if len(endpoints) == 1 else f"{len(endpoints)}-endpoints"
    number = next(n for n in range(1, len(taken) + 2) if f"train-{stem}-{n}" not in taken)
    name = f"train-{stem}-{number}"
    return create_snapshot(db, name, endpoints=endpoints, note="taken to train a model").name


def _training_data(
    db: Database,
    parts: Mapping[str, tuple[str, ...]],
    snapshot: str,
    second: Mapping[str, str],
) -> "TrainingData":
    """Return what each endpoint of `parts` is trained on: itself, or a difference of two."""
    from molagent.learn.registry import TrainingData

    told = db.query(_ASSAYS).set_index("endpoint")
    dates = load_first_dates(db)
    frames, units = {}, {}
    for endpoint, of in parts.items():
        frames[endpoint], unit = _frame(db, of, snapshot, dates)
        units[endpoint] = unit or _p_unit(str(told["quantity"].get(endpoint, "")))
    differences = {name: of for name, of in parts.items() if len(of) > 1}
    return TrainingData(
        frames=frames,
        snapshot=snapshot,
        snapshot_sha256=get_snapshot(db, snapshot).sha256,
        units=units,
        targets={
            name: " minus ".join(str(told["target"].get(each) or each) for each in of)
            if name in differences
            else str(told["target"].get(name, ""))
            for name, of in parts.items()
        },
        sources={
            name: "; ".join(dict.fromkeys(str(told["source"].get(each, "")) for each in of))
            for name, of in parts.items()
        },
        second={
            name: (second[name], _frame(db, (second[name],), snapshot, dates)[0])
            for name in parts
            if name in second
        },
        sides={
            name: {each: _frame(db, (each,), snapshot, dates)[0] for each in of}
            for name, of in differences.items()
        },
    )


def _p_unit(quantity: str) -> str:
    """Return what a potency on the p scale is in: ``pKi``; of what is no potency's name, the scale.

    A column title that nobody confirmed may stand for the quantity, as ``exp mean``.
    """
    return f"p{quantity}" if is_potency(quantity) else P_UNIT


def _frame(
    db: Database, of: Sequence[str], snapshot: str, dates: pd.DataFrame
) -> tuple[pd.DataFrame, str]:
    """Return what is learned of an endpoint, or of the difference of two, and its unit.

    The unit is '' for a potency on the p scale.
    """
    tables = [aggregate_snapshot(db, snapshot, each) for each in of]
    for endpoint, table in zip(of, tables, strict=True):
        if table.empty:
            raise InputError(
                f"snapshot {snapshot!r} holds no result of {endpoint}",
                remedy="take another snapshot, or one of all endpoints",
            )
    values = difference_of(*tables) if len(tables) > 1 else tables[0]
    unit = str(tables[0]["unit"].iloc[0]) if len(tables) == 1 else DIFFERENCE_UNIT
    frame = learning_frame(values).merge(dates, on="compound_id", how="left")
    return frame, "" if unit == P_UNIT else unit
