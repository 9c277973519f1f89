"""What a model version is, how it is made from a snapshot, and what a new one changes.

::

    snapshot rows --training_frame--> frames --retrain--> ModelVersion + Predictor on disk
    Predictor --prediction_table--> rows to keep      two versions --summarise_shift--> what changed

Nothing here knows the store: a snapshot comes in as a table of results, versions and predictions
go out as records and tables. An artefact's folder is named by what is in it, so a model is never
overwritten by another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol

from molagent.errors import InputError, ModelError, NotFoundError
from molagent.learn.artifact import artifact_kind
from molagent.learn.corrected import CORRECTED_KIND, CorrectedPredictor
from molagent.learn.evaluation import Z_90
from molagent.learn.local import LocalPredictor, fit_local
from molagent.learn.shift import Shift, summarise_shift
from molagent.learn.training_data import TrainingData, training_frame
from molagent.protocols import NullProgress, Predictor, Progress
from molagent.records import ModelVersion

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FITTERS",
    "Shift",
    "Trained",
    "TrainingData",
    "load_predictor",
    "prediction_table",
    "retrain",
    "summarise_shift",
    "training_frame",
]

_PLAIN: Final = ("gp",)


class SavedPredictor(Predictor, Protocol):
    """A predictor that can be written to a folder."""

    def save(self, folder: Path) -> None:
        """Write it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model of one endpoint: its version (not registered yet) and the predictor."""

    version: ModelVersion
    predictor: Predictor


Fitter = Callable[[TrainingData, int, Sequence[str], Progress], Mapping[str, SavedPredictor]]


def _fit_local(
    data: TrainingData, seed: int, candidates: Sequence[str], progress: Progress
) -> Mapping[str, SavedPredictor]:
    progress.start("gaussian process", len(data.frames))
    fitted: dict[str, SavedPredictor] = {}
    for endpoint, frame in data.frames.items():
        name, rows = data.second.get(endpoint, ("", None))
        fitted[endpoint] = fit_local(
            endpoint,
            frame,
            target=data.targets.get(endpoint, ""),
            unit=data.units.get(endpoint, ""),
            source=f"snapshot {data.snapshot}",
            snapshot=data.snapshot_sha256[:16],
            seed=seed,
            candidates=candidates,
            second=rows,
            second_name=name,
        )
        progress.advance(1, note=endpoint)
    progress.finish()
    return fitted


def _fit_message_passing(
    data: TrainingData,
    seed: int,
    candidates: Sequence[str],
    progress: Progress,
    *,
    embedding: bool = False,
) -> Mapping[str, SavedPredictor]:
    from molagent.learn.message_passing.fitting import EnsembleSettings, fit_message_passing

    if tuple(candidates) != _PLAIN:
        raise InputError(
            f"candidates {', '.join(candidates)} are kinds of local models",
            remedy="leave them out, or retrain with kind 'local'",
        )
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


# What fits which kind of model. A message-passing ensemble learns all endpoints together; with the
# embedding it needs the `adme` extra.
FITTERS: Final[Mapping[str, Fitter]] = MappingProxyType(
    {
        "local": _fit_local,
        "message_passing": _fit_message_passing,
        "message_passing+embedding": partial(_fit_message_passing, embedding=True),
    }
)


def retrain(
    data: TrainingData,
    *,
    kind: str,
    folder: Path,
    seed: int,
    candidates: Sequence[str] = _PLAIN,
    reason: str = "",
    progress: Progress | None = None,
) -> list[Trained]:
    """Fit one kind of model on a snapshot, write it to a folder of its own, and describe it.

    Parameters
    ----------
    kind
        One of :data:`FITTERS`.
    folder
        Where models lie; the artefact's folder is made below it and named by its content.
    candidates
        For ``local``: which models are compared, names of
        :data:`molagent.learn.choice.CANDIDATES`.
    reason
        Why, for the versions.

    Returns
    -------
    list of Trained
        One an endpoint; ``version.artefact`` is relative to `folder`. Registering is the caller's.

    Raises
    ------
    NotFoundError
        If there is no such kind.
    """
    if kind not in FITTERS:
        raise NotFoundError("kind of model", kind, known=FITTERS)
    predictors = FITTERS[kind](data, seed, candidates, progress or NullProgress())
    shared = kind.startswith("message_passing")
    names = {
        endpoint: _folder_name(list(predictors.values()) if shared else [predictor])
        for endpoint, predictor in predictors.items()
    }
    for endpoint, predictor in predictors.items():
        if not (folder / names[endpoint] / "manifest.json").exists():
            predictor.save(folder / names[endpoint])
    return [
        Trained(_version(data, predictor, names[endpoint], seed=seed, reason=reason), predictor)
        for endpoint, predictor in predictors.items()
    ]


def load_predictor(
    folder: Path, endpoint: str, *, general: Callable[[str], Predictor] | None = None
) -> Predictor:
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
    if kind == CORRECTED_KIND:
        if general is None:
            raise ModelError(
                f"the model of {endpoint} corrects a general model, which is not given",
                place=str(folder),
                remedy="give `general`, which returns it",
            )
        return CorrectedPredictor.load(folder, general(endpoint))
    if kind == "molagent-message-passing":
        from molagent.learn.message_passing.predictor import MessagePassingModel

        model = MessagePassingModel.load(folder)
        if endpoint in model.endpoints:
            return model.predictor(endpoint)
        raise _another(folder, endpoint, model.endpoints)
    predictor = LocalPredictor.load(folder)
    if predictor.endpoint != endpoint:
        raise _another(folder, endpoint, (predictor.endpoint,))
    return predictor


def prediction_table(
    predictor: Predictor, smiles_list: Sequence[str], *, months_ahead: float | None = None
) -> pd.DataFrame:
    """Return what a predictor says, as rows to keep.

    Parameters
    ----------
    months_ahead
        When the structures will be measured; see
        :meth:`molagent.learn.local_predictor.LocalPredictor.predict`.

    Returns
    -------
    pandas.DataFrame
        ``smiles, mean, std, lo, hi, band, in_domain, model_hash``, one row a different structure in
        the order of the first; `lo` and `hi` are the 90 % interval of a new measurement. NaN where
        the model cannot tell.

    Raises
    ------
    InputError
        If `months_ahead` is given and the model's intervals know no horizon.
    """
    import pandas as pd

    asked = list(dict.fromkeys(smiles_list))
    if months_ahead is None:
        frame = predictor.predict(asked)
    elif isinstance(predictor, LocalPredictor) and predictor.knows_horizon:
        frame = predictor.predict(asked, months_ahead=months_ahead)
    else:
        raise InputError(
            f"the intervals of {predictor.endpoint} know no horizon, so not {months_ahead} months",
            remedy="ask without it, or fit a local model on compounds with dates",
        )
    bands = getattr(predictor, "bands", None)
    return pd.DataFrame(
        {
            "smiles": asked,
            "mean": frame.mean,
            "std": frame.std,
            "lo": frame.mean - Z_90 * frame.std,
            "hi": frame.mean + Z_90 * frame.std,
            "band": bands(asked) if bands is not None else [""] * len(asked),
            "in_domain": frame.in_domain,
            "model_hash": frame.model_hash,
        }
    )


def _version(
    data: TrainingData, predictor: Predictor, artefact: str, *, seed: int, reason: str
) -> ModelVersion:
    card: Mapping[str, Any] = predictor.card
    return ModelVersion(
        endpoint=predictor.endpoint,
        kind=str(card["kind"]),
        model_hash=str(card["model_hash"]),
        snapshot=data.snapshot,
        snapshot_sha256=data.snapshot_sha256,
        seed=seed,
        artefact=artefact,
        settings={
            **dict(card.get("hyperparameters") or {}),
            "chosen": dict(card.get("choice") or {}).get("chosen"),
        },
        metrics=dict(card["metrics"]),
        card=dict(card),
        reason=reason,
        software=f"molagent {version('molagent')}",
    )


def _folder_name(predictors: Sequence[Predictor]) -> str:
    hashes = [str(predictor.card["model_hash"]) for predictor in predictors]
    if len(hashes) == 1:
        return hashes[0]
    return sha256("\n".join(sorted(hashes)).encode()).hexdigest()[:16]


def _another(folder: Path, endpoint: str, known: Sequence[str]) -> ModelError:
    return ModelError(
        f"the model is of {', '.join(known)}, not of {endpoint}",
        place=str(folder),
        remedy="give the artefact folder of that endpoint's version",
    )
