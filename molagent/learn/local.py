"""A predictor fitted on the project's own measurements of one endpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import rdkit

from molagent.errors import InputError
from molagent.learn.cards import CardFacts, build_card, data_hash, parity_rows
from molagent.learn.domain import (
    BANDS,
    band_names,
    band_scales,
    measure_bands,
    recalibrated_coverage,
    row_scales,
)
from molagent.learn.evaluation import HeldOut, cross_validate, evaluate, pooled_replicate_sd
from molagent.learn.gaussian_process import GaussianProcess, fit_kernel
from molagent.learn.kernels import N_BINS, Counts, count_features, minmax
from molagent.learn.splits import random_folds, scaffold_folds, time_split
from molagent.learn.threads import single_threaded
from molagent.records import BoolArray, FloatArray, PredictionFrame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LocalPredictor", "fit_local"]

_COLUMNS: Final = ("smiles", "p_relation", "p_value")
_CENSORING: Final = {"=": 0, ">": 1, "<": -1}
_HAS_DOMAIN: Final = {band.name for band in BANDS if band.in_domain}


class LocalPredictor:
    """A Gaussian process on one endpoint, with recalibrated spread and a model card.

    Use :func:`fit_local` or :meth:`load` to make one.
    """

    def __init__(self, model: GaussianProcess, card: Mapping[str, Any]) -> None:
        self.model = model
        self.card: dict[str, Any] = dict(card)
        self.endpoint = str(card["endpoint"])

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean and recalibrated standard deviation of a new measurement.

        NaN for a structure that cannot be read, and out of domain.
        """
        counts, readable = count_features(smiles_list)
        mean = np.full(len(smiles_list), np.nan)
        std = np.full(len(smiles_list), np.nan)
        in_domain = np.zeros(len(smiles_list), dtype=bool)
        if readable.any():
            cross = self.model.similarity(counts[readable])
            mean[readable], spread = self.model.predict(counts[readable], cross)
            bands = band_names(cross.max(axis=1))
            floor = float(self.card["std_floor"])
            std[readable] = np.maximum(spread * row_scales(bands, self._scales), floor)
            in_domain[readable] = [band in _HAS_DOMAIN for band in bands]
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=std,
            in_domain=in_domain,
            model_hash=str(self.card["model_hash"]),
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return joint draws of the noise-free value, ``draws x N``; NaN where unreadable.

        The draws spread around the mean by the same recalibration as the standard deviation. Two
        endpoints sampled with one seed are independent of each other.
        """
        counts, readable = count_features(smiles_list)
        result = np.full((draws, len(smiles_list)), np.nan)
        if readable.any():
            kept = counts[readable]
            cross = self.model.similarity(kept)
            mean, _ = self.model.predict(kept, cross)
            scale = row_scales(band_names(cross.max(axis=1)), self._scales)
            drawn = self.model.sample(kept, draws, _stream(self.endpoint, seed))
            result[:, readable] = mean + scale * (drawn - mean)
        return result

    def similarity(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return each structure's largest similarity to the training set, ``N``, 0..1 or NaN."""
        counts, readable = count_features(smiles_list)
        result = np.full(len(smiles_list), np.nan)
        if readable.any():
            result[readable] = self.model.similarity(counts[readable]).max(axis=1)
        return result

    def bands(self, smiles_list: Sequence[str]) -> list[str]:
        """Return each structure's domain band: ``in``, ``near``, ``out`` or ''."""
        return band_names(self.similarity(smiles_list))

    def save(self, folder: Path) -> None:
        """Write model and card to `folder`."""
        self.model.save(folder, extra={"card": self.card})

    @classmethod
    def load(cls, folder: Path) -> "LocalPredictor":
        """Return the predictor saved in `folder`; ModelError if it does not match its settings."""
        model, extra = GaussianProcess.load(folder)
        return cls(model, extra["card"])

    @property
    def _scales(self) -> Mapping[str, float]:
        scales: Mapping[str, float] = self.card["std_scale"]
        return scales


def fit_local(
    endpoint: str,
    frame: "pd.DataFrame",
    *,
    target: str,
    unit: str,
    source: str,
    seed: int,
    assay: str = "",
) -> LocalPredictor:
    """Fit one endpoint, measure the model and write its card.

    Parameters
    ----------
    endpoint
        For example ``jak1_pki``.
    frame
        One row a compound: ``smiles``, ``p_relation`` (``= < >`` on the p scale), ``p_value``, and
        where known ``n_exact`` and ``sd`` (replicates behind a value) and ``date``. Rows with an
        unreadable structure or without a value are left out and counted in the card.
    target, unit, source, assay
        For the card.
    seed
        Of the folds.

    Raises
    ------
    InputError
        If a column is missing or fewer than five values are measured.
    """
    if missing := [name for name in _COLUMNS if name not in frame.columns]:
        raise InputError(
            f"columns {', '.join(missing)} are missing",
            place=endpoint,
            remedy="give the frame of load_endpoint",
        )
    data = _TrainingSet.of(frame)
    with single_threaded():
        kernel = minmax(data.counts, data.counts)
        # Early, so that too few values are an error before any fold is fitted.
        model = GaussianProcess(data.counts, fit_kernel(kernel, data.values, data.censoring))
        held_out = _hold_out(kernel, data, seed)
    scales = band_scales(held_out["scaffold"])
    scaffold = held_out["scaffold"]
    calibrated = scaffold.std * row_scales(band_names(scaffold.similarity), scales)
    facts = CardFacts(
        endpoint=endpoint,
        target=target,
        unit=unit,
        source=source,
        assay=assay,
        n_train=len(data.values),
        n_censored=int(np.sum(data.censoring != 0)),
        n_rejected=len(frame) - len(data.values),
        data_hash=data.hash,
        noise_floor=pooled_replicate_sd(data.sd, data.n_exact),
    )
    hyper = model.hyperparameters
    card = build_card(
        facts,
        model_hash=_model_hash(endpoint, data.hash, seed),
        splits={
            name: {**evaluate(rows), "coverage_90_recalibrated": recalibrated_coverage(rows)}
            for name, rows in held_out.items()
        },
        scales=scales,
        bands=measure_bands([held_out["scaffold"], held_out["random"]], scales),
        parity=parity_rows(scaffold, calibrated),
        hyperparameters={
            "mean": hyper.mean,
            "signal_variance": hyper.signal_variance,
            "noise_variance": hyper.noise_variance,
        },
    )
    return LocalPredictor(model, card)


def _model_hash(endpoint: str, training_data: str, seed: int) -> str:
    """Return 16 hex digits over everything that decides what the model says."""
    settings = f"minmax gaussian process, {N_BINS} bins, bands {BANDS}, rdkit {rdkit.__version__}"
    text = "\n".join((settings, endpoint, training_data, str(seed)))
    return sha256(text.encode()).hexdigest()[:16]


def _stream(endpoint: str, seed: int) -> int:
    """Return a seed of the endpoint's own, so that two endpoints do not share their noise."""
    return int.from_bytes(sha256(f"{endpoint}\n{seed}".encode()).digest()[:8])


@dataclass(frozen=True, slots=True, eq=False)
class _TrainingSet:
    """The usable rows of a frame as arrays."""

    smiles: list[str]
    counts: Counts
    values: FloatArray
    censoring: npt.NDArray[np.int8]
    n_exact: npt.NDArray[np.int64]
    sd: FloatArray
    dates: list[object] | None
    hash: str

    @classmethod
    def of(cls, frame: "pd.DataFrame") -> "_TrainingSet":
        values = frame["p_value"].to_numpy(dtype=np.float64, na_value=np.nan)
        relations = frame["p_relation"].astype(str).tolist()
        known = np.array([relation in _CENSORING for relation in relations], dtype=bool)
        counts, readable = count_features(frame["smiles"].astype(str).tolist())
        usable = readable & known & np.isfinite(values)
        kept = frame.loc[usable]
        smiles = kept["smiles"].astype(str).tolist()
        relations = kept["p_relation"].astype(str).tolist()
        size = len(kept)
        return cls(
            smiles=smiles,
            counts=counts[usable],
            values=values[usable],
            censoring=np.array([_CENSORING[relation] for relation in relations], dtype=np.int8),
            n_exact=kept["n_exact"].fillna(0).to_numpy(dtype=np.int64)
            if "n_exact" in kept
            else np.ones(size, dtype=np.int64),
            sd=kept["sd"].to_numpy(dtype=np.float64, na_value=np.nan)
            if "sd" in kept
            else np.full(size, np.nan),
            dates=kept["date"].tolist()
            if "date" in kept and bool(kept["date"].notna().all()) and size
            else None,
            hash=data_hash(list(zip(smiles, relations, values[usable].tolist(), strict=True))),
        )


def _hold_out(kernel: FloatArray, data: _TrainingSet, seed: int) -> dict[str, HeldOut]:
    folds = {
        "scaffold": scaffold_folds(data.smiles, seed=seed),
        "random": random_folds(len(data.values), seed=seed),
    }
    if data.dates is not None and len(set(data.dates)) > 1:
        late: BoolArray = time_split(data.dates)
        folds["time"] = np.where(late, 0, -1).astype(np.int64)
    return {
        name: cross_validate(kernel, data.values, data.censoring, rows)
        for name, rows in folds.items()
    }
