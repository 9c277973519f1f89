"""One model on one programme: trained to a month, asked about what came later, and scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from molagent.chem.likeness import count_features, minmax
from molagent.errors import NotFoundError
from molagent.learn.candidates import CANDIDATES, Need
from molagent.learn.censored import expected_readout
from molagent.learn.choice import Material
from molagent.learn.conformal import forward_scales
from molagent.learn.domain import band_names, row_scales
from molagent.learn.embedding import embed
from molagent.learn.evaluation import Z_90, HeldOut, Split, hold_out
from molagent.learn.horizon import Ahead, ahead_scales, calibrate_ahead, hold_out_ahead
from molagent.learn.second_assay import SecondAssay
from molagent.records import BoolArray, FloatArray
from molagent.threads import single_threaded

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BORDER",
    "MODELS",
    "MoonshotScore",
    "MoonshotTask",
    "Reports",
    "months_since",
    "relation_flags",
    "score_rows",
]

# The first month that is tested on.
BORDER: Final = "202101"
# The weakest pIC50 that the assay reports: 99.5 uM.
_FLOOR: Final = 4.002
# Months of the training data that are predicted from what came before them, to calibrate on.
_FIRST_MONTH: Final = "202007"

# What is compared: name, candidate of the local models, whether limits enter as limits.
MODELS: Final = {
    "counts, limits as values": ("gp", False),
    "counts": ("gp", True),
    "counts and embedding, limits as values": ("gp+embedding", False),
    "counts and embedding": ("gp+embedding", True),
    "counts and trees": ("consensus", True),
    "two parts": ("two-part", True),
    "two parts, embedding": ("two-part+embedding", True),
    "two parts, second assay": ("two-part+second", True),
    "two parts, embedding, second assay": ("two-part+embedding+second", True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoonshotScore:
    """One model in one form on compounds shipped later than those it was trained on.

    Attributes
    ----------
    form
        ``one-shot`` or ``rolling`` on 2021 and later; ``to yyyymm`` on the rest of 2020.
    rmse
        Of all rows, limits as values, against the expected readout of the assay: the convention
        of the anchor.
    r2
        Of the same.
    bias
        Mean of observed less expected, of the same.
    rmse_measured
        Of rows with a measured value, the predicted potency as it is.
    coverage_90_raw, coverage_90
        Share of all rows inside the 90 % interval, before and after recalibration; a limit is
        inside where the interval reaches past it.
    coverage_90_measured
        The same of measured values only, recalibrated.
    log_score
        Mean log density of values and log probability of limits, recalibrated; higher is better.
    width
        Mean width of the recalibrated interval, log units.
    growth
        Exponent of the spread in the months ahead; 0 for the rolling form, which looks one ahead.
    """

    model: str
    form: str
    n_train: int
    n_test: int
    rmse: float
    r2: float
    bias: float
    rmse_measured: float
    coverage_90_raw: float
    coverage_90: float
    coverage_90_measured: float
    log_score: float
    width: float
    growth: float


@dataclass(frozen=True, slots=True, eq=False)
class MoonshotTask:
    """One model and the rows it is tried on."""

    name: str
    material: Material
    months: npt.NDArray[np.str_]
    censoring: npt.NDArray[np.int8]

    @classmethod
    def of(cls, name: str, frame: "pd.DataFrame", second: "pd.DataFrame") -> "MoonshotTask":
        """Prepare a model of :data:`MODELS` on dated compounds, and the second assay's rows."""
        rows = frame.sort_values(["date", "compound_id"])
        months = rows["date"].str[:6].to_numpy(dtype=str)
        if name not in MODELS:
            raise NotFoundError("model", name, known=MODELS)
        candidate, limits = MODELS[name]
        needs = CANDIDATES[candidate].needs
        embeds = Need.EMBEDDING in needs
        smiles = rows["smiles"].tolist()
        counts, _ = count_features(smiles)
        censoring = relation_flags(rows)
        material = Material(
            kernel=minmax(counts, counts),
            counts=counts,
            embedding=embed(smiles)[0] if embeds else None,
            values=rows["p_value"].to_numpy(dtype=np.float64),
            censoring=censoring if limits else np.zeros_like(censoring),
            seed=0,
            when=np.array([months_since(month) for month in months.tolist()], dtype=np.float64),
            second=_second(second, smiles, embeds=embeds) if Need.SECOND in needs else None,
        )
        return cls(name, material, months, censoring)

    def ahead(self, first_test: str, form: str) -> MoonshotScore:
        """Train on what is before a month, calibrate there at several horizons, test the rest."""
        before = self.months < first_test
        known = self.calibration(before)
        rows = self.predict([(months_since(first_test), before, ~before)])
        scale, growth = np.ones(len(rows.mean)), 0.0
        if known is not None:
            scales, horizon = calibrate_ahead(known)
            months = np.maximum(self.periods - float(self.periods[before].max()), 1.0)
            scale = ahead_scales(rows.similarity, months, scales, horizon)
            growth = horizon.growth
        return self._score(form, rows, rows.std * scale, before, growth)

    def rolling(self) -> MoonshotScore:
        """Predict each month from those before it, recalibrated on the months before it."""
        before = self.months < BORDER
        months = [month for month in sorted(set(self.months.tolist())) if month >= _FIRST_MONTH]
        rows = self.predict(
            [(months_since(month), self.months < month, self.months == month) for month in months]
        )
        std = rows.std.copy()
        for period in np.unique(rows.fold[~before & np.isfinite(rows.mean)]).tolist():
            known = rows.subset((rows.fold < period) & np.isfinite(rows.mean))
            here = rows.fold == period
            std[here] *= row_scales(band_names(rows.similarity[here]), forward_scales(known))
        return self._score("rolling", rows, std, before, 0.0)

    @property
    def periods(self) -> npt.NDArray[np.int64]:
        """Return months since year 0, ``N``."""
        return np.array([months_since(month) for month in self.months.tolist()], dtype=np.int64)

    def calibration(self, before: BoolArray) -> Ahead | None:
        """Return what is predicted of `before` from origins within it."""
        with single_threaded():
            return hold_out_ahead(
                CANDIDATES[MODELS[self.name][0]].estimate(self.material),
                self.material.kernel,
                self.material.values,
                self.censoring,
                np.where(before, self.periods, -1),
                self.periods.astype(np.float64),
            )

    def predict(self, splits: Sequence[Split]) -> HeldOut:
        """Return what the model says of rows held out, with the relations as they are."""
        with single_threaded():
            return hold_out(
                CANDIDATES[MODELS[self.name][0]].estimate(self.material),
                self.material.kernel,
                self.material.values,
                self.censoring,
                splits,
            )

    @property
    def latent(self) -> bool:
        """Whether the mean is of the true value: of a process with limits, not in two parts."""
        candidate, limits = MODELS[self.name]
        return limits and Need.LIMITS not in CANDIDATES[candidate].needs

    def readout(self, mean: FloatArray, std: FloatArray) -> FloatArray:
        """Return what the assay is expected to report."""
        return expected_readout(mean, std, _FLOOR) if self.latent else mean

    def _score(
        self, form: str, rows: HeldOut, std: FloatArray, before: BoolArray, growth: float
    ) -> MoonshotScore:
        test = ~before & np.isfinite(rows.mean)
        return score_rows(
            self.name,
            form,
            Reports(rows.observed[test], self.censoring[test]),
            rows.mean[test],
            std[test],
            latent=self.latent,
            raw=rows.std[test],
            n_train=int(before.sum()),
            growth=growth,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Reports:
    """What the assay said of the test rows: values or limits, and which they are."""

    observed: FloatArray
    flags: npt.NDArray[np.int8]


def score_rows(
    name: str,
    form: str,
    reports: Reports,
    mean: FloatArray,
    std: FloatArray,
    *,
    latent: bool,
    raw: FloatArray | None,
    n_train: int,
    growth: float,
) -> MoonshotScore:
    """Score predictions of test rows.

    Parameters
    ----------
    mean, std
        ``Q``; recalibrated.
    latent
        Whether `mean` is of the true value, which the assay may not be able to report.
    raw
        ``Q``; the spread before recalibration, where it is known.
    """
    observed, flags = reports.observed, reports.flags
    expected = expected_readout(mean, std, _FLOOR) if latent else mean
    error = float(np.sqrt(np.mean((observed - expected) ** 2)))
    exact = flags == 0
    miss = _miss(observed, mean, flags)
    return MoonshotScore(
        model=name,
        form=form,
        n_train=n_train,
        n_test=len(observed),
        rmse=error,
        r2=1.0 - error**2 / float(np.var(observed)),
        bias=float(np.mean(observed - expected)),
        rmse_measured=float(np.sqrt(np.mean((observed - mean)[exact] ** 2))),
        coverage_90_raw=float("nan") if raw is None else float(np.mean(miss <= Z_90 * raw)),
        coverage_90=float(np.mean(miss <= Z_90 * std)),
        coverage_90_measured=float(np.mean((miss <= Z_90 * std)[exact])),
        log_score=_log_score(observed, mean, std, flags),
        width=float(np.mean(2 * Z_90 * std)),
        growth=growth,
    )


def relation_flags(frame: "pd.DataFrame") -> npt.NDArray[np.int8]:
    """Return 0 for a measured value, +1 where the true value lies above, -1 where below, ``N``."""
    flags = frame["p_relation"].map({"=": 0, ">": 1, "<": -1}).tolist()
    return np.array(flags, dtype=np.int8)


def _second(frame: "pd.DataFrame", smiles: Sequence[str], *, embeds: bool) -> SecondAssay:
    own = {text: row for row, text in enumerate(smiles)}
    texts = frame["smiles"].tolist()
    counts, _ = count_features(texts)
    return SecondAssay(
        name="RapidFire",
        counts=counts,
        embedding=embed(texts)[0] if embeds else None,
        values=frame["p_value"].to_numpy(dtype=np.float64),
        censoring=relation_flags(frame),
        same=np.array([own.get(text, -1) for text in texts], dtype=np.int64),
        when=np.array([months_since(date) for date in frame["date"].tolist()], dtype=np.float64),
    )


def months_since(month: str) -> int:
    """Return months since year 0, so that neighbours differ by one."""
    return 12 * int(month[:4]) + int(month[4:6]) - 1


def _miss(observed: FloatArray, mean: FloatArray, flags: npt.NDArray[np.int8]) -> FloatArray:
    """Return how far an interval has to reach; 0 for a limit the mean is on the right side of."""
    difference = mean - observed
    beyond = np.where(flags > 0, np.minimum(difference, 0.0), difference)
    result: FloatArray = np.abs(np.where(flags < 0, np.maximum(beyond, 0.0), beyond))
    return result


def _log_score(
    observed: FloatArray, mean: FloatArray, std: FloatArray, flags: npt.NDArray[np.int8]
) -> float:
    z = (observed - mean) / std
    density = -0.5 * z**2 - np.log(std) - 0.5 * np.log(2.0 * np.pi)
    side = np.where(flags < 0, log_ndtr(z), log_ndtr(-z))
    return float(np.mean(np.where(flags == 0, density, side)))
