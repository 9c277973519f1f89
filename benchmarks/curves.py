"""Curve fits beside a discovery programme's published ones: COVID Moonshot's fluorescence assay."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.curves import AS_GIVEN, FREE, CurveRules, fit_curves
from molagent.errors import FileFormatError
from molagent.ingest.points import read_points
from molagent.protocols import NullProgress, Progress

__all__ = ["CurveAgreement", "CurveReport", "bench_curves"]

_CLEAN: Final = "clean_cdd_noncovalent_dates_2023_10_18_filt.csv"
_POINTS: Final = "dose_response_points.csv"
_FITS: Final = "dose_response_fits.csv"
_ASSAY: Final = "fluorescence"
_BY: Final = ["sample", "lot"]
_WITHIN: Final = 0.1
_SAME_R2: Final = 1e-3
_DESCRIBED: Final = 0.5
_RULES: Final[Mapping[str, CurveRules]] = {
    "locked, as given": AS_GIVEN,
    "default": CurveRules(),
    "top released": CurveRules(release_top=True),
    "free": FREE,
}
_AS_PUBLISHED: Final = "as published"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveAgreement:
    """How many published IC50 one way of fitting gives back.

    Attributes
    ----------
    within_0_1, within_0_01
        Share of the published ``=`` values, log units.
    single, single_within_0_1
        The same for compounds with one published value and one curve, where nothing is chosen.
    bounds, bounds_kept
        Published ``<`` and ``>`` values with points, and the share that is such a bound here.
    interval_ratio
        Median width of the 95 % interval over the published one.
    seconds
        Processor seconds for all curves of the assay.
    """

    rules: str
    n: int
    within_0_1: float
    within_0_01: float
    single: int
    single_within_0_1: float
    bounds: int
    bounds_kept: float
    interval_ratio: float
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class CurveReport:
    """Agreement with the published IC50 (doi:10.1126/science.abo7201; data CC0).

    Attributes
    ----------
    published, with_points
        Published ``=`` values, and those whose compound has points in the files.
    curves, same_r2
        Curves whose published R2 is known and whose locked fit explains half of the variance, and
        how many of these R2 a fit with both asymptotes locked, the slope free and only the points
        aside that people set aside gives back within 0.001: how they were fitted. (A flat line
        says nothing of it: the published slopes may fall.)
    released
        Of the others, those that a free top comes closer to.
    agreements
        One a way of fitting. ``as published`` is locked, but with the top free for the curves whose
        published R2 a locked fit misses and a free top comes closer to. It looks at R2, never at
        the IC50 it is judged by.
    misses
        Published values further than 0.1 off in ``as published``, with the cause.
    """

    published: int
    with_points: int
    curves: int
    same_r2: int
    released: int
    agreements: tuple[CurveAgreement, ...]
    misses: pd.DataFrame

    def rows(self) -> list[object]:
        """Return a row a way of fitting, then the counts."""
        counts = ("published", "with_points", "curves", "same_r2", "released")
        told = {name: getattr(self, name) for name in counts} | {"misses": len(self.misses)}
        return [*self.agreements, told]


def bench_curves(folder: Path, progress: Progress | None = None) -> CurveReport:
    """Fit every dose-response curve of the programme and compare with what it published.

    Parameters
    ----------
    folder
        With the clean table of IC50, the points and the fits of COVID Moonshot.

    Raises
    ------
    FileFormatError
        If a file is missing.
    """
    folder = Path(folder)
    for name in (_CLEAN, _POINTS, _FITS):
        if not (folder / name).is_file():
            raise FileFormatError(
                f"no file {name}", place=str(folder), remedy="give the folder of COVID Moonshot"
            )
    progress = progress or NullProgress()
    progress.start("curves", len(_RULES) + 1)
    points = read_points(folder / _POINTS, where={"assay": [_ASSAY]}).points
    published = _published(folder / _CLEAN)
    r2 = _published_r2(folder / _FITS)
    found: dict[str, pd.DataFrame] = {}
    agreements = []
    for name, rules in _RULES.items():
        begun = time.process_time()
        found[name] = fit_curves(points, _BY, rules).curves
        seconds = time.process_time() - begun
        agreements.append(_agreement(name, published, found[name], seconds))
        progress.advance(note=name)
    locked = found["locked, as given"].merge(r2, on=_BY, how="left")
    judged = locked["published_r2"].notna() & (locked["r2"] >= _DESCRIBED)
    same = (locked["r2"] - locked["published_r2"]).abs() <= _SAME_R2
    mixed, released = _as_published(points, locked)
    agreements.append(_agreement(_AS_PUBLISHED, published, mixed, float("nan")))
    progress.advance(note=_AS_PUBLISHED)
    progress.finish()
    exact = published[published["relation"] == "="]
    return CurveReport(
        published=len(exact),
        with_points=int(exact["sample"].isin(mixed["sample"]).sum()),
        curves=int(judged.sum()),
        same_r2=int(same[judged].sum()),
        released=released,
        agreements=tuple(agreements),
        misses=_misses(published, mixed),
    )


def _published(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str)
    table.columns = pd.Index(
        ["smiles", "sample", "ic50", "ic50_low", "ic50_high", "hill", "class", "range"]
    )
    text = table["ic50"].str.strip()
    number = pd.to_numeric(text.str.lstrip("<> "), errors="coerce")
    low, high = (pd.to_numeric(table[n], errors="coerce") for n in ("ic50_low", "ic50_high"))
    return pd.DataFrame(
        {
            "row": np.arange(len(table)) + 2,
            "sample": table["sample"],
            "relation": np.where(text.str.startswith((">", "<")), text.str[0], "="),
            "published": 6.0 - np.log10(number),
            "published_width": np.log10(high / low),
            "published_hill": pd.to_numeric(table["hill"], errors="coerce"),
        }
    )


def _published_r2(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype={"batch": str})
    chosen = table[table["assay"] == _ASSAY]
    return pd.DataFrame(
        {"sample": chosen["cid"], "lot": chosen["batch"], "published_r2": chosen["r_squared"]}
    )


def _as_published(points: pd.DataFrame, locked: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    freed = fit_curves(points, _BY, CurveRules(top=None, outliers=False, fall=float("inf"))).curves
    off = (locked["r2"] - locked["published_r2"]).abs()
    responds = locked["r2"] >= _DESCRIBED
    nearer = responds & (off > _SAME_R2) & ((freed["r2"] - locked["published_r2"]).abs() < off)
    mixed = locked.copy()
    taken = [name for name in freed if name in mixed]
    mixed.loc[nearer, taken] = freed.loc[nearer, taken]
    return mixed, int(nearer.sum())


def _nearest(published: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return each published value with the nearest curve of its compound.

    The files do not say which of a compound's curves a value is from.
    """
    pairs = published.merge(curves, on="sample")
    pairs["off"] = (pairs["p_ac50"] - pairs["published"]).abs()
    ordered = pairs.assign(order=pairs["off"].fillna(np.inf)).sort_values("order", kind="stable")
    return ordered.drop_duplicates("row").sort_values("row").reset_index(drop=True)


def _agreement(
    name: str, published: pd.DataFrame, curves: pd.DataFrame, seconds: float
) -> CurveAgreement:
    exact = _nearest(published[published["relation"] == "="], curves)
    twice = set(published.loc[published["sample"].duplicated(), "sample"])
    twice |= set(curves.loc[curves["sample"].duplicated(), "sample"])
    single = exact[~exact["sample"].isin(list(twice))]
    width = exact["p_ac50_high"] - exact["p_ac50_low"]
    bounds = published[published["relation"] != "="].merge(curves, on="sample")
    # Below on the concentration scale is above on the p scale.
    flipped = bounds["relation"].map({">": "<", "<": ">"})
    kept = (bounds["p_relation"] == flipped).groupby(bounds["row"]).any()
    return CurveAgreement(
        rules=name,
        n=len(exact),
        within_0_1=float((exact["off"] <= _WITHIN).mean()),
        within_0_01=float((exact["off"] <= _WITHIN / 10).mean()),
        single=len(single),
        single_within_0_1=float((single["off"] <= _WITHIN).mean()),
        bounds=len(kept),
        bounds_kept=float(kept.mean()),
        interval_ratio=float((width / exact["published_width"]).median()),
        seconds=seconds,
    )


def _misses(published: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    exact = _nearest(published[published["relation"] == "="], curves)
    missed = exact[~(exact["off"] <= _WITHIN)].copy()
    same = (missed["r2"] - missed["published_r2"]).abs() <= _SAME_R2
    missed["cause"] = np.where(
        same,
        "the points give back the R2 of their own published fit: the IC50 is of another curve",
        "the fit is another one",
    )
    names = ["row", "sample", "lot", "published", "p_ac50", "off", "published_r2", "r2", "cause"]
    return missed[names].reset_index(drop=True)
