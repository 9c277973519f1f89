"""A predictor fitted on the project's own measurements of one endpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import rdkit

from molagent.errors import InputError, ModelError
from molagent.learn.artifact import read_artifact, write_artifact
from molagent.learn.boosted import BoostedTrees, tree_features
from molagent.learn.cards import CardFacts, build_card, data_hash, parity_rows
from molagent.learn.choice import CANDIDATES, Material, choose, choose_share, compare
from molagent.learn.conformal import forward_coverage, forward_scales
from molagent.learn.domain import (
    BANDS,
    band_names,
    band_scales,
    measure_bands,
    recalibrated_coverage,
    row_scales,
)
from molagent.learn.embedding import Embedding, Features, embed
from molagent.learn.evaluation import (
    HeldOut,
    Split,
    evaluate,
    fold_splits,
    forward_splits,
    pooled_replicate_sd,
)
from molagent.learn.gaussian_process import GaussianProcess, fit_kernel
from molagent.learn.kernels import N_BINS, Counts, count_features, minmax
from molagent.learn.splits import random_folds, scaffold_folds, time_periods, time_split
from molagent.learn.threads import single_threaded
from molagent.records import BoolArray, FloatArray, PredictionFrame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LocalPredictor", "fit_local"]

_COLUMNS: Final = ("smiles", "p_relation", "p_value")
_CENSORING: Final = {"=": 0, ">": 1, "<": -1}
_HAS_DOMAIN: Final = {band.name for band in BANDS if band.in_domain}
# An exact process takes N^3 time and N^2 memory; beyond this many rows it sees a sample, and the
# boosted trees all of them.
_EXACT_ROWS: Final = 4000
_MIN_FORWARD: Final = 30
_MIN_DATED: Final = 40
_SECOND: Final = "second-opinion"
_SECOND_KIND: Final = "molagent-boosted-trees"


class LocalPredictor:
    """A model of one endpoint, with recalibrated spread and a model card.

    Use :func:`fit_local` or :meth:`load` to make one.

    Attributes
    ----------
    model
        The Gaussian process: it gives the spread, the domain and its part of the mean.
    trees, weight
        The second opinion, and its share of the mean, 0..1.
    """

    def __init__(
        self,
        model: GaussianProcess,
        card: Mapping[str, Any],
        *,
        trees: BoostedTrees | None = None,
    ) -> None:
        self.model = model
        self.card: dict[str, Any] = dict(card)
        self.endpoint = str(card["endpoint"])
        self.trees = trees
        self.weight = float(card["choice"]["boosted"]) if trees is not None else 0.0

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean and recalibrated standard deviation of a new measurement.

        NaN for a structure that cannot be read, and out of domain.
        """
        rows = self._rows(smiles_list)
        mean = np.full(len(smiles_list), np.nan)
        std = np.full(len(smiles_list), np.nan)
        in_domain = np.zeros(len(smiles_list), dtype=bool)
        if rows.readable.any():
            near = self.model.similarity(rows.counts)
            process, spread = self.model.predict(rows.features, near)
            mean[rows.readable] = process + self._correction(rows, process)
            bands = band_names(near.max(axis=1))
            floor = float(self.card["std_floor"])
            std[rows.readable] = np.maximum(spread * row_scales(bands, self._scales), floor)
            in_domain[rows.readable] = [band in _HAS_DOMAIN for band in bands]
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=std,
            in_domain=in_domain,
            model_hash=str(self.card["model_hash"]),
        )

    def opinions(self, smiles_list: Sequence[str]) -> dict[str, FloatArray]:
        """Return what the process and the trees say apart, ``N`` each; NaN where unreadable.

        Where they disagree by more than the standard deviation, look at the structure again.
        """
        rows = self._rows(smiles_list)
        names = ["gaussian_process", *(["boosted_trees"] if self.trees is not None else [])]
        said = {name: np.full(len(smiles_list), np.nan) for name in names}
        if rows.readable.any():
            said["gaussian_process"][rows.readable] = self.model.predict(rows.features)[0]
            if self.trees is not None:
                said["boosted_trees"][rows.readable] = self.trees.predict(rows.columns)
        return said

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return joint draws of the noise-free value, ``draws x N``; NaN where unreadable.

        The draws spread around the mean by the same recalibration as the standard deviation. Two
        endpoints sampled with one seed are independent of each other.
        """
        rows = self._rows(smiles_list)
        result = np.full((draws, len(smiles_list)), np.nan)
        if rows.readable.any():
            near = self.model.similarity(rows.counts)
            mean, _ = self.model.predict(rows.features, near)
            scale = row_scales(band_names(near.max(axis=1)), self._scales)
            drawn = self.model.sample(rows.features, draws, _stream(self.endpoint, seed))
            centre = mean + self._correction(rows, mean)
            result[:, rows.readable] = centre + scale * (drawn - mean)
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
        if self.trees is not None:
            write_artifact(
                folder / _SECOND,
                kind=_SECOND_KIND,
                tensors={"text": self.trees.to_bytes()},
                manifest={"model_hash": self.card["model_hash"]},
            )
        self.model.save(folder, extra={"card": self.card})

    @classmethod
    def load(cls, folder: Path) -> "LocalPredictor":
        """Return the predictor saved in `folder`; ModelError if it does not match its settings."""
        model, extra = GaussianProcess.load(folder)
        card = extra["card"]
        if "choice" not in card:
            raise ModelError(
                "the model was fitted by an earlier version",
                place=str(folder),
                remedy="fit the model again",
            )
        trees = None
        if card["choice"]["boosted"]:
            tensors, manifest = read_artifact(folder / _SECOND, kind=_SECOND_KIND)
            if manifest.get("model_hash") != card["model_hash"]:
                raise ModelError(
                    "the second opinion belongs to another model",
                    place=str(folder / _SECOND),
                    remedy="fit the model again",
                )
            trees = BoostedTrees.from_bytes(tensors["text"])
        return cls(model, card, trees=trees)

    @property
    def _scales(self) -> Mapping[str, float]:
        scales: Mapping[str, float] = self.card["std_scale"]
        return scales

    def _rows(self, smiles_list: Sequence[str]) -> "_Rows":
        counts, readable = count_features(smiles_list)
        if not self.model.embeds:
            return _Rows(readable, counts[readable], counts[readable])
        embedding, known = embed(smiles_list)
        readable = readable & known
        return _Rows(readable, counts[readable], Features(counts[readable], embedding[readable]))

    def _correction(self, rows: "_Rows", mean: FloatArray) -> FloatArray:
        """Return how far the second opinion moves the mean, ``Q``."""
        if self.trees is None:
            return np.zeros(len(mean))
        return self.weight * (self.trees.predict(rows.columns) - mean)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Queries: which could be read, and the features of those."""

    readable: BoolArray
    counts: Counts
    features: Counts | Features

    @property
    def columns(self) -> npt.NDArray[np.float32]:
        """What trees split on."""
        embedding = self.features.embedding if isinstance(self.features, Features) else None
        return tree_features(self.counts, embedding)


def fit_local(
    endpoint: str,
    frame: "pd.DataFrame",
    *,
    target: str,
    unit: str,
    source: str,
    seed: int,
    assay: str = "",
    snapshot: str = "",
    candidates: Sequence[str] = ("gp",),
) -> LocalPredictor:
    """Fit one endpoint, measure the model and write its card.

    Parameters
    ----------
    endpoint
        For example ``jak1_pki``.
    frame
        One row a compound: ``smiles``, ``p_relation`` (``= < >`` on the p scale), ``p_value``, and
        where known ``n_exact`` and ``sd`` (replicates behind a value), ``date`` and ``assay_id``.
        Rows with an unreadable structure or without a value are left out and counted in the card.
    target, unit, source, assay, snapshot
        For the card; `snapshot` is the hash of the data snapshot the frame comes from.
    seed
        Of the folds.
    candidates
        Names of :data:`molagent.learn.choice.CANDIDATES`. With several, the best on the rows held
        out forward in time (on new scaffolds, without dates) is taken, and the card says what was
        compared. Those with an embedding need the `adme` extra.

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
    everything = _TrainingSet.of(frame, embeds=any(CANDIDATES[n].embeds for n in candidates))
    data = everything.sample(_EXACT_ROWS, seed)
    with single_threaded():
        material = data.material(seed)
        # Early, so that too few values are an error before any fold is fitted.
        plain = fit_kernel(material.kernel, data.values, data.censoring)
        splits = _splits(data, seed)
        deciding = "forward" if "forward" in splits else "scaffold"
        judged = compare(candidates, material, splits[deciding])
        chosen, figures = choose(judged)
        held_out = {
            name: judged[chosen] if name == deciding else compare([chosen], material, rows)[chosen]
            for name, rows in splits.items()
        }
        share, model = 1.0, GaussianProcess(data.counts, plain)
        if CANDIDATES[chosen].embeds:
            share = choose_share(material, np.ones(len(data.values), dtype=bool))
            model = GaussianProcess.fit(data.features, data.values, data.censoring, share=share)
        trees = (
            BoostedTrees.fit(
                tree_features(
                    everything.counts,
                    everything.embedding if CANDIDATES[chosen].embeds else None,
                ),
                everything.values,
                everything.censoring,
                seed=seed,
            )
            if CANDIDATES[chosen].boosted
            else None
        )
    scaffold = held_out["scaffold"]
    calibration, scales = _calibrate(held_out)
    calibrated = scaffold.std * row_scales(band_names(scaffold.similarity), scales)
    facts = CardFacts(
        endpoint=endpoint,
        target=target,
        unit=unit,
        source=source,
        assay=assay,
        assay_ids=everything.assay_ids,
        n_train=len(everything.values),
        n_censored=int(np.sum(everything.censoring != 0)),
        n_rejected=len(frame) - len(everything.values),
        data_hash=everything.hash,
        snapshot=snapshot,
        noise_floor=pooled_replicate_sd(everything.sd, everything.n_exact),
    )
    hyper = model.hyperparameters
    card = build_card(
        facts,
        model_hash=_model_hash(endpoint, everything.hash, seed, chosen),
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
            "share_of_counts": share,
        },
        choice={
            "chosen": chosen,
            "title": CANDIDATES[chosen].title,
            "boosted": CANDIDATES[chosen].boosted,
            "split": deciding,
            "compared": figures,
            "n_process": len(data.values),
        },
        calibration=calibration,
    )
    return LocalPredictor(model, card, trees=trees)


def _calibrate(held_out: Mapping[str, HeldOut]) -> tuple[dict[str, Any], dict[str, float]]:
    """Return how the spread is recalibrated, and the factors."""
    forward = held_out.get("forward")
    if forward is not None and int(forward.done.sum()) >= _MIN_FORWARD:
        last, count = forward_coverage(forward)
        method = "conformal, on slices predicted from what was measured before them, latest first"
        found = {"method": method, "coverage_last_slice": last, "n_last_slice": count}
        return found, forward_scales(forward)
    method = "conformal, on scaffolds held out"
    scales = band_scales(held_out["scaffold"])
    return {"method": method, "coverage_last_slice": None, "n_last_slice": 0}, scales


def _model_hash(endpoint: str, training_data: str, seed: int, chosen: str) -> str:
    """Return 16 hex digits over everything that decides what the model says."""
    settings = f"{chosen}, {N_BINS} bins, bands {BANDS}, rdkit {rdkit.__version__}"
    text = "\n".join((settings, endpoint, training_data, str(seed)))
    return sha256(text.encode()).hexdigest()[:16]


def _stream(endpoint: str, seed: int) -> int:
    """Return a seed of the endpoint's own, so that two endpoints do not share their noise."""
    return int.from_bytes(sha256(f"{endpoint}\n{seed}".encode()).digest()[:8])


@dataclass(frozen=True, slots=True, eq=False)
class _TrainingSet:
    """The usable rows of a frame as arrays.

    Attributes
    ----------
    dates
        ``N``; sortable, None where unknown.
    """

    smiles: npt.NDArray[np.object_]
    counts: Counts
    embedding: Embedding | None
    values: FloatArray
    censoring: npt.NDArray[np.int8]
    n_exact: npt.NDArray[np.int64]
    sd: FloatArray
    dates: npt.NDArray[np.object_]
    assay_ids: tuple[str, ...]
    hash: str

    @classmethod
    def of(cls, frame: "pd.DataFrame", *, embeds: bool) -> "_TrainingSet":
        values = frame["p_value"].to_numpy(dtype=np.float64, na_value=np.nan)
        relations = frame["p_relation"].astype(str).tolist()
        known = np.array([relation in _CENSORING for relation in relations], dtype=bool)
        smiles = frame["smiles"].astype(str).tolist()
        counts, readable = count_features(smiles)
        embedding = None
        if embeds:
            embedding, embedded = embed(smiles)
            readable = readable & embedded
        usable = readable & known & np.isfinite(values)
        kept = frame.loc[usable]
        relations = kept["p_relation"].astype(str).tolist()
        size = len(kept)
        rows = zip(kept["smiles"].astype(str), relations, values[usable].tolist(), strict=True)
        return cls(
            smiles=kept["smiles"].astype(str).to_numpy(dtype=object),
            counts=counts[usable],
            embedding=None if embedding is None else embedding[usable],
            values=values[usable],
            censoring=np.array([_CENSORING[relation] for relation in relations], dtype=np.int8),
            n_exact=kept["n_exact"].fillna(0).to_numpy(dtype=np.int64)
            if "n_exact" in kept
            else np.ones(size, dtype=np.int64),
            sd=kept["sd"].to_numpy(dtype=np.float64, na_value=np.nan)
            if "sd" in kept
            else np.full(size, np.nan),
            dates=kept["date"].astype(object).where(kept["date"].notna(), None).to_numpy()
            if "date" in kept
            else np.full(size, None, dtype=object),
            assay_ids=tuple(sorted({str(each) for each in kept["assay_id"].dropna()}))
            if "assay_id" in kept
            else (),
            hash=data_hash(list(rows)),
        )

    def sample(self, most: int, seed: int) -> "_TrainingSet":
        """Return at most `most` rows, drawn at random; all of them where they are fewer."""
        if len(self.values) <= most:
            return self
        rows = np.sort(np.random.default_rng(seed).choice(len(self.values), most, replace=False))
        return replace(
            self,
            smiles=self.smiles[rows],
            counts=self.counts[rows],
            embedding=None if self.embedding is None else self.embedding[rows],
            values=self.values[rows],
            censoring=self.censoring[rows],
            n_exact=self.n_exact[rows],
            sd=self.sd[rows],
            dates=self.dates[rows],
        )

    def material(self, seed: int) -> Material:
        """Return what candidates are fitted on."""
        return Material(
            kernel=minmax(self.counts, self.counts),
            counts=self.counts,
            embedding=self.embedding,
            values=self.values,
            censoring=self.censoring,
            seed=seed,
        )

    @property
    def features(self) -> Counts | Features:
        """Counts, with the embedding where there is one."""
        return self.counts if self.embedding is None else Features(self.counts, self.embedding)


def _splits(data: _TrainingSet, seed: int) -> dict[str, list[Split]]:
    """Return the ways to hold out, those in time first; rows without a date are in none of them."""
    splits: dict[str, list[Split]] = {}
    dated = np.array([date is not None for date in data.dates], dtype=bool)
    if int(dated.sum()) >= _MIN_DATED and len(set(data.dates[dated])) > 1:
        periods = np.full(len(data.values), -1, dtype=np.int64)
        periods[dated] = time_periods(data.dates[dated].tolist())
        late: BoolArray = np.zeros(len(data.values), dtype=bool)
        late[dated] = time_split(data.dates[dated].tolist())
        splits["time"] = [(0, dated & ~late, late)]
        splits["forward"] = list(forward_splits(periods))
    splits["scaffold"] = list(fold_splits(scaffold_folds(data.smiles.tolist(), seed=seed)))
    splits["random"] = list(fold_splits(random_folds(len(data.values), seed=seed)))
    return splits
