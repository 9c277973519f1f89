"""The kinds of models that are trained here: what fits each, and what reads it back.

A further kind is a module of its own and an entry of :data:`KINDS`; nothing else in molagent tells
kinds apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from molagent.errors import InputError, ModelError, NotFoundError
from molagent.learn.artifact import artifact_kind
from molagent.learn.corrected import CORRECTED_KIND, CorrectedPredictor
from molagent.learn.difference_process import DIFFERENCE_KIND
from molagent.learn.differences import fit_difference
from molagent.learn.gaussian_process import PROCESS_KIND
from molagent.learn.local import LocalPredictor, fit_local
from molagent.learn.training_data import TrainingData
from molagent.learn.two_part_process import TWO_PART_KIND
from molagent.protocols import Predictor, Progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "Kind", "SavedPredictor", "find_kind", "load_predictor"]


class SavedPredictor(Predictor, Protocol):
    """A predictor that can be written to a folder."""

    def save(self, folder: Path) -> None:
        """Write it."""
        ...


Fitter = Callable[[TrainingData, int, Sequence[str], Progress], Mapping[str, SavedPredictor]]
General = Callable[[str], Predictor]
Loader = Callable[[Path, str, General | None], Predictor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind of model is made and found again; :data:`KINDS` holds them by name.

    Attributes
    ----------
    fit
        Fits every endpoint of the training data.
    load
        Reads the predictor of an endpoint from a folder; it may be given what hands out general
        models.
    artefacts
        What the manifests of its folders call themselves.
    title
        In words.
    together
        Whether one model learns all endpoints; else each has a model and a folder of its own.
    candidates
        What is compared where nothing else is asked for; empty where there is nothing to compare.
    """

    fit: Fitter
    load: Loader
    artefacts: tuple[str, ...]
    title: str
    together: bool = False
    candidates: tuple[str, ...] = ()


def _fit_local(
    data: TrainingData, seed: int, candidates: Sequence[str], progress: Progress
) -> Mapping[str, SavedPredictor]:
    fitted: dict[str, SavedPredictor] = {}
    for endpoint, frame in data.frames.items():
        fitted[endpoint] = _fit_one(data, endpoint, frame, seed, candidates)
        progress.advance(1, note=endpoint)
    return fitted


def _fit_one(
    data: TrainingData, endpoint: str, frame: pd.DataFrame, seed: int, candidates: Sequence[str]
) -> LocalPredictor:
    if sides := data.sides.get(endpoint):
        return fit_difference(
            endpoint,
            frame,
            sides,
            target=data.targets.get(endpoint, ""),
            unit=data.units.get(endpoint, ""),
            source=_source(data, endpoint),
            snapshot=data.snapshot_sha256[:16],
            seed=seed,
        )
    name, rows = data.second.get(endpoint, ("", None))
    return fit_local(
        endpoint,
        frame,
        target=data.targets.get(endpoint, ""),
        unit=data.units.get(endpoint, ""),
        source=_source(data, endpoint),
        snapshot=data.snapshot_sha256[:16],
        seed=seed,
        candidates=candidates,
        second=rows,
        second_name=name,
    )


def _load_local(folder: Path, endpoint: str, general: General | None) -> Predictor:  # noqa: ARG001 - a loader
    predictor = LocalPredictor.load(folder)
    if predictor.endpoint != endpoint:
        raise _another(folder, endpoint, (predictor.endpoint,))
    return predictor


def _fit_message_passing(
    data: TrainingData,
    seed: int,
    candidates: Sequence[str],  # noqa: ARG001 - a fitter; there is nothing to compare
    progress: Progress,
    *,
    embedding: bool = False,
) -> Mapping[str, SavedPredictor]:
    from molagent.learn.message_passing.fitting import EnsembleSettings, fit_message_passing

    model = fit_message_passing(
        data.frames,
        source=f"snapshot {data.snapshot}",
        snapshot=data.snapshot_sha256[:16],
        units=data.units,
        targets=data.targets,
        seed=seed,
        settings=EnsembleSettings(embedding=embedding),
        progress=progress,
    )
    fitted: dict[str, SavedPredictor] = {**model.predictors}
    return fitted


def _load_message_passing(folder: Path, endpoint: str, general: General | None) -> Predictor:  # noqa: ARG001 - a loader
    from molagent.learn.message_passing.predictor import MessagePassingModel

    model = MessagePassingModel.load(folder)
    if endpoint not in model.endpoints:
        raise _another(folder, endpoint, model.endpoints)
    return model.predictor(endpoint)


def _load_corrected(folder: Path, endpoint: str, general: General | None) -> Predictor:
    if general is None:
        raise ModelError(
            f"the model of {endpoint} corrects a general model, which is not given",
            place=str(folder),
            remedy="give `general`, which returns it",
        )
    return CorrectedPredictor.load(folder, general(endpoint))


_NETWORK: Final = Kind(
    fit=_fit_message_passing,
    load=_load_message_passing,
    artefacts=("molagent-message-passing",),
    title="one network for all endpoints",
    together=True,
)

#: The kinds of models that are trained here. A further one is an entry of this table.
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "local": Kind(
            fit=_fit_local,
            load=_load_local,
            artefacts=(PROCESS_KIND, TWO_PART_KIND, DIFFERENCE_KIND),
            title="one model an endpoint",
            candidates=("gp", "consensus", "boosted"),
        ),
        "message_passing": _NETWORK,
        "message_passing+embedding": replace(
            _NETWORK,
            fit=partial(_fit_message_passing, embedding=True),
            title="one network for all endpoints, with the embedding of the extra `adme`",
        ),
    }
)
_LOADERS: Final[Mapping[str, Loader]] = MappingProxyType(
    {name: kind.load for kind in KINDS.values() for name in kind.artefacts}
    | {CORRECTED_KIND: _load_corrected}
)


def find_kind(name: str, candidates: Sequence[str] = ()) -> Kind:
    """Return a kind of model that may be trained with these candidates.

    Raises
    ------
    NotFoundError
        If there is no such kind.
    InputError
        If candidates are named and this kind has nothing to compare.
    """
    if name not in KINDS:
        raise NotFoundError("kind of model", name, known=KINDS)
    if candidates and not KINDS[name].candidates:
        choosing = [known for known, kind in KINDS.items() if kind.candidates]
        raise InputError(
            f"{name} is one model: {', '.join(candidates)} cannot be compared within it",
            remedy=f"leave the candidates out, or take the kind {' or '.join(choosing)}",
        )
    return KINDS[name]


def load_predictor(folder: Path, endpoint: str, *, general: General | None = None) -> Predictor:
    """Return the predictor of `endpoint` that was saved in `folder`, whatever its kind.

    Parameters
    ----------
    general
        Gives the general model of an endpoint, which a saved correction of one does not hold.

    Raises
    ------
    ModelError
        If nothing readable is there, it was made with other settings, it is of another endpoint,
        or it corrects a general model that was not given.
    """
    kind = artifact_kind(folder)
    if kind not in _LOADERS:
        raise ModelError(
            f"it calls itself {kind!r}, which no kind of model here reads",
            place=str(folder),
            remedy="fit the model again",
        )
    return _LOADERS[kind](folder, endpoint, general)


def _source(data: TrainingData, endpoint: str) -> str:
    """Return where an endpoint's values are from, for its card."""
    return "; ".join(filter(None, (data.sources.get(endpoint, ""), f"snapshot {data.snapshot}")))


def _another(folder: Path, endpoint: str, known: Sequence[str]) -> ModelError:
    return ModelError(
        f"the model is of {', '.join(known)}, not of {endpoint}",
        place=str(folder),
        remedy="give the artefact folder of that endpoint's version",
    )
