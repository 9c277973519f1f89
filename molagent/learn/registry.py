"""What a model version is, how it is made from a snapshot, and what a new one changes.

::

    one value a compound --retrain--> ModelVersion + Predictor on disk
    Predictor --prediction_table--> rows to keep      two versions --summarise_shift--> what changed

Nothing here knows the store: a snapshot comes in as a table of values, versions and predictions
go out as records and tables. An artefact's folder is named by what is in it, so a model is never
overwritten by another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from molagent.errors import InputError, ModelError
from molagent.learn.evaluation import Z_90
from molagent.learn.kinds import find_kind, load_predictor
from molagent.learn.local_predictor import LocalPredictor
from molagent.learn.shift import Shift, summarise_shift
from molagent.learn.training_data import TrainingData
from molagent.protocols import NullProgress, Predictor, Progress
from molagent.records import ModelVersion

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Shift",
    "Trained",
    "TrainingData",
    "find_kind",
    "load_predictor",
    "prediction_table",
    "request_key",
    "retrain",
    "summarise_shift",
]


_TAUGHT: Final = ("smiles", "p_relation", "p_value", "n_exact", "sd", "date")


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model of one endpoint: its version (not registered yet) and the predictor."""

    version: ModelVersion
    predictor: Predictor


def request_key(
    data: TrainingData, *, kind: str, seed: int, candidates: Sequence[str] = ()
) -> dict[str, str]:
    """Return, for each endpoint, 16 hex digits over what its model would be trained from.

    The same data (dates and replicates included), kind, candidates and seed give the same key, by
    which a model that was trained already is found. A new snapshot of the same rows changes
    nothing.
    """
    wanted = find_kind(kind, candidates)
    asked = f"{kind}\n{seed}\n{' '.join(candidates or wanted.candidates)}"
    own = {endpoint: _digest(frame) for endpoint, frame in data.frames.items()}
    told = {name: _digest(frame) for name, (_, frame) in data.second.items()}
    for name, sides in data.sides.items():
        told[name] = _short_hash(*(_digest(frame) for frame in sides.values()))
    everything = "\n".join(f"{name} {own[name]}" for name in sorted(own))
    return {
        endpoint: _short_hash(
            asked,
            endpoint,
            everything if wanted.together else own[endpoint],
            told.get(endpoint, ""),
        )
        for endpoint in data.frames
    }


def retrain(
    data: TrainingData,
    *,
    kind: str,
    folder: Path,
    seed: int,
    candidates: Sequence[str] = (),
    reason: str = "",
    progress: Progress | None = None,
) -> list[Trained]:
    """Fit one kind of model on a snapshot, write it to a folder of its own, and describe it.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    folder
        Where models lie; the artefact's folder is made below it and named by its content.
    candidates
        Which models are compared, names of :data:`molagent.learn.choice.CANDIDATES`; by default
        those of the kind.
    reason
        Why, for the versions.

    Returns
    -------
    list of Trained
        One an endpoint; ``version.artefact`` is relative to `folder`. Registering is the caller's.

    Raises
    ------
    NotFoundError
        If there is no such kind or candidate.
    InputError
        If candidates are given and the kind has nothing to compare.
    """
    wanted = find_kind(kind, candidates)
    compared = tuple(candidates or wanted.candidates)
    predictors = wanted.fit(data, seed, compared, progress or NullProgress())
    names = {
        endpoint: _folder_name(list(predictors.values()) if wanted.together else [predictor])
        for endpoint, predictor in predictors.items()
    }
    for endpoint, predictor in predictors.items():
        if not _readable(folder / names[endpoint], endpoint):
            predictor.save(folder / names[endpoint])
    keys = request_key(data, kind=kind, seed=seed, candidates=candidates)
    return [
        Trained(
            _version(
                data, predictor, names[endpoint], seed=seed, reason=reason, request=keys[endpoint]
            ),
            predictor,
        )
        for endpoint, predictor in predictors.items()
    ]


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
    data: TrainingData,
    predictor: Predictor,
    artefact: str,
    *,
    seed: int,
    reason: str,
    request: str,
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
            "request": request,
        },
        metrics=dict(card["metrics"]),
        card=dict(card),
        reason=reason,
        software=f"molagent {version('molagent')}",
    )


def _folder_name(predictors: Sequence[Predictor]) -> str:
    hashes = [str(predictor.card["model_hash"]) for predictor in predictors]
    return hashes[0] if len(hashes) == 1 else _short_hash(*sorted(hashes))


def _short_hash(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _digest(frame: pd.DataFrame) -> str:
    # Not the ids: under another id a structure teaches the same.
    columns = [name for name in _TAUGHT if name in frame.columns]
    ordered = frame[columns].sort_values(columns, ignore_index=True)
    return _short_hash(ordered.to_csv(index=False, float_format="%.10g"))


def _readable(folder: Path, endpoint: str) -> bool:
    """Return whether a model lies there that can be used: an interrupted one is written again."""
    try:
        load_predictor(folder, endpoint)
    except ModelError:
        return False
    return True
