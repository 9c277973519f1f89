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

import numpy as np

from molagent.errors import InputError, ModelError, NotFoundError
from molagent.learn.artifact import artifact_kind
from molagent.learn.evaluation import Z_90
from molagent.learn.local import LocalPredictor, fit_local
from molagent.protocols import NullProgress, Predictor, Progress
from molagent.records import FloatArray, ModelVersion

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

_UPPER: Final = frozenset({"<", "<="})
_LOWER: Final = frozenset({">", ">="})
_PLAIN: Final = ("gp",)


class SavedPredictor(Predictor, Protocol):
    """A predictor that can be written to a folder."""

    def save(self, folder: Path) -> None:
        """Write it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """What models are trained on.

    Attributes
    ----------
    frames
        Endpoint to one row a compound: ``compound_id, smiles, p_relation, p_value, n_exact, sd``.
    snapshot, snapshot_sha256
        Where the rows are from.
    units, targets
        Endpoint to text, for the cards.
    """

    frames: Mapping[str, pd.DataFrame]
    snapshot: str
    snapshot_sha256: str
    units: Mapping[str, str]
    targets: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model of one endpoint: its version (not registered yet) and the predictor."""

    version: ModelVersion
    predictor: Predictor


Fitter = Callable[[TrainingData, int, Sequence[str], Progress], Mapping[str, SavedPredictor]]


def training_frame(
    results: pd.DataFrame, *, value: str = "p_value", relation: str = "p_relation"
) -> pd.DataFrame:
    """Return one value a compound from the result rows of one endpoint.

    The rule is the store's: where exact values exist, their mean; where only limits of one side
    exist, the tightest; ``~`` where limits contradict each other. What is marked invalid does not
    count.

    Parameters
    ----------
    results
        Rows of a snapshot: ``compound_id, smiles, p_relation, p_value`` and, where known,
        ``validity`` and ``assay_id``.
    value, relation
        Columns to learn from; ``standard_value`` and ``relation`` for an endpoint without a p
        scale.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles, p_relation, p_value, n_exact, n, sd``, by compound id.

    Raises
    ------
    InputError
        If a column is missing, or rows of several assays are given: they are never pooled.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"compound_id": ["A", "A", "B"], "smiles": ["C", "C", "N"],
    ...     "p_relation": ["=", "=", "<"], "p_value": [6.0, 7.0, 5.0]})
    >>> training_frame(rows)[["p_relation", "p_value", "n_exact"]].values.tolist()
    [['=', 6.5, 2], ['<', 5.0, 0]]
    """
    import pandas as pd

    needed = ("compound_id", "smiles", value, relation)
    if missing := [name for name in needed if name not in results.columns]:
        raise InputError(
            f"result rows lack {', '.join(missing)}", remedy="give the rows of a snapshot"
        )
    if "assay_id" in results and len(set(results["assay_id"])) > 1:
        names = ", ".join(sorted(results["assay_id"].unique()))
        raise InputError(
            f"the rows are of several assays ({names})",
            remedy="train on one of them, or on each as an endpoint of its own",
        )
    rows = results
    if "validity" in rows:
        rows = rows[rows["validity"] != "invalid"]
    rows = rows[rows[value].notna() & rows[relation].notna()]
    records = [
        {
            "compound_id": compound,
            "smiles": group["smiles"].iloc[0],
            **_one_value(group[value], group[relation]),
        }
        for compound, group in rows.groupby("compound_id", sort=True)
    ]
    columns = ["compound_id", "smiles", "p_relation", "p_value", "n_exact", "n", "sd"]
    return pd.DataFrame(records, columns=columns)


def _one_value(column: pd.Series[float], sides: pd.Series[str]) -> dict[str, object]:
    values = column.to_numpy(dtype=np.float64)
    relations = sides.astype(str).tolist()
    exact = values[np.array([relation == "=" for relation in relations], dtype=bool)]
    counts = {"n_exact": len(exact), "n": len(values), "sd": float("nan")}
    if len(exact):
        spread = float(exact.std(ddof=1)) if len(exact) > 1 else float("nan")
        return {**counts, "p_relation": "=", "p_value": float(exact.mean()), "sd": spread}
    if set(relations) <= _UPPER:
        return {**counts, "p_relation": "<", "p_value": float(values.min())}
    if set(relations) <= _LOWER:
        return {**counts, "p_relation": ">", "p_value": float(values.max())}
    return {**counts, "p_relation": "~", "p_value": float(values.mean())}


def _fit_local(
    data: TrainingData, seed: int, candidates: Sequence[str], progress: Progress
) -> Mapping[str, SavedPredictor]:
    progress.start("gaussian process", len(data.frames))
    fitted: dict[str, SavedPredictor] = {}
    for endpoint, frame in data.frames.items():
        fitted[endpoint] = fit_local(
            endpoint,
            frame,
            target=data.targets.get(endpoint, ""),
            unit=data.units.get(endpoint, ""),
            source=f"snapshot {data.snapshot}",
            snapshot=data.snapshot_sha256[:16],
            seed=seed,
            candidates=candidates,
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


def load_predictor(folder: Path, endpoint: str) -> Predictor:
    """Return the predictor of `endpoint` that :func:`retrain` wrote to `folder`.

    Raises
    ------
    ModelError
        If nothing readable is there, it was made with other settings, or it is of another endpoint.
    """
    kind = artifact_kind(folder)
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


def prediction_table(predictor: Predictor, smiles_list: Sequence[str]) -> pd.DataFrame:
    """Return what a predictor says, as rows to keep.

    Returns
    -------
    pandas.DataFrame
        ``smiles, mean, std, lo, hi, band, in_domain, model_hash``, one row a different structure in
        the order of the first; `lo` and `hi` are the 90 % interval of a new measurement. NaN where
        the model cannot tell.
    """
    import pandas as pd

    asked = list(dict.fromkeys(smiles_list))
    frame = predictor.predict(asked)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What a new version changed on the compounds that both were asked about.

    Attributes
    ----------
    n
        Compounds on which both have an estimate.
    mean, rms
        Of ``new - old``, in the endpoint's unit.
    spearman
        Rank correlation of the two; NaN for fewer than three compounds.
    beyond_interval
        Share whose new estimate lies outside the old 90 % interval.
    entered, left
        Compounds that came into the domain, and that fell out of it.
    error_old, error_new
        RMSE on the compounds measured since; NaN where none was given.
    n_measured
        How many those are.
    """

    n: int
    mean: float
    rms: float
    spearman: float
    beyond_interval: float
    entered: int
    left: int
    error_old: float
    error_new: float
    n_measured: int


def summarise_shift(comparison: pd.DataFrame, measured: Mapping[str, float] | None = None) -> Shift:
    """Say in numbers what a new version changed.

    Parameters
    ----------
    comparison
        ``smiles, old_mean, new_mean, old_std, old_band, new_band``, one row a structure.
    measured
        Structure to value, of compounds that neither version was trained on: a version looks good
        on what it has seen.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"smiles": ["C", "N"], "old_mean": [5.0, 6.0], "new_mean": [5.5, 6.0],
    ...     "old_std": [0.2, 0.2], "old_band": ["near", "out"], "new_band": ["near", "in"]})
    >>> shift = summarise_shift(rows)
    >>> shift.mean, shift.beyond_interval, shift.entered
    (0.25, 0.5, 1)
    """
    old = comparison["old_mean"].to_numpy(dtype=np.float64, na_value=np.nan)
    new = comparison["new_mean"].to_numpy(dtype=np.float64, na_value=np.nan)
    std = comparison["old_std"].to_numpy(dtype=np.float64, na_value=np.nan)
    both = np.isfinite(old) & np.isfinite(new)
    step = (new - old)[both]
    was, now = (
        np.array([str(band) in {"in", "near"} for band in comparison[name]], dtype=bool)
        for name in ("old_band", "new_band")
    )
    truth = np.array([(measured or {}).get(s, np.nan) for s in comparison["smiles"].astype(str)])
    tested = both & np.isfinite(truth)
    return Shift(
        n=int(both.sum()),
        mean=_mean(step),
        rms=float(np.sqrt(_mean(step**2))),
        spearman=_spearman(old[both], new[both]),
        beyond_interval=_mean((np.abs(step) > Z_90 * std[both]).astype(np.float64)),
        entered=int(np.sum(now & ~was)),
        left=int(np.sum(was & ~now)),
        error_old=float(np.sqrt(_mean((old - truth)[tested] ** 2))),
        error_new=float(np.sqrt(_mean((new - truth)[tested] ** 2))),
        n_measured=int(tested.sum()),
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


def _mean(values: FloatArray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _spearman(first: FloatArray, second: FloatArray) -> float:
    from scipy.stats import rankdata

    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:  # noqa: PLR2004
        return float("nan")
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])
