"""Plates as heat maps: where the controls are, what stands out, and whether to believe it."""

import textwrap
from collections.abc import Mapping
from html import escape
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from molagent.report.chart import BLUE, GREY, INK, ORANGE, PALE
from molagent.report.wording import UNKNOWN, is_unknown, number

__all__ = ["plate_map", "quality_words"]

_FONT: Final = "font-family='system-ui,Segoe UI,Helvetica,Arial,sans-serif'"
_QUIET_INK: Final = "#5b6470"
_REACH: Final = 5.0  # robust standard deviations at which a colour is full
_NORMAL: Final = 1.4826
_LETTERS: Final = 26
_MOST_LINES: Final = 3
_LEFT, _TOP, _BOTTOM, _RIGHT = 30, 78, 62, 12
_CELL: Final = {12: 34, 24: 22, 48: 14}
_ROLE_WORDS: Final = {
    "pos": "positive control",
    "neg": "negative control",
    "ref": "reference",
    "empty": "empty",
}
_VERDICTS: Final = {"pass": BLUE, "fail": ORANGE, "unknown": _QUIET_INK}


def plate_map(
    wells: pd.DataFrame,
    quality: Mapping[str, Any] | None = None,
    *,
    title: str = "",
    value: Literal["signal", "response"] = "signal",
    size: tuple[int, int] | None = None,
) -> str:
    """Return one plate as SVG.

    Parameters
    ----------
    wells
        Of one plate: ``well_row``, ``well_column``, ``role``, the `value`, and ``outlier`` if it is
        there.
    quality
        Its row of :func:`molagent.curves.plate_quality`; None where it was not judged.
    value
        What the colours are of: robust z-scores about the negative controls and samples. White is
        the plate's middle, blue lies below it and orange above, full at five standard deviations.
    size
        Rows and columns; by default the smallest plate that is made and holds the wells.

    Returns
    -------
    str
        Frames tell roles: solid for positive, dashed for negative controls, a dot for references.
        A cross is a well that was set aside, hatching one that was not read.
    """
    n_rows, n_columns = size or _size(wells)
    cell = next(cells for most, cells in _CELL.items() if n_columns <= most)
    width = _LEFT + n_columns * cell + _RIGHT
    height = _TOP + n_rows * cell + _BOTTOM
    scores = _scores(wells, value)
    judged = _judged(wells, scores)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' "
        f"height='{height}' {_FONT} role='img'><title>{escape(title or 'plate')}</title>"
        f"<desc>{escape(f'{n_rows} by {n_columns} wells; {judged}')}</desc>"
        f"<defs><pattern id='nr' width='5' height='5' patternUnits='userSpaceOnUse'>"
        f"<path d='M0 5L5 0' stroke='{GREY}'/></pattern></defs>"
        f"<rect width='{width}' height='{height}' fill='#fff'/>"
        f"<text x='{_LEFT}' y='16' font-size='13' font-weight='bold' fill='{INK}'>"
        f"{escape(title)}</text>",
        _quality_line(quality, width),
        _labels(n_rows, n_columns, cell),
    ]
    for well, score in zip(wells.to_dict("records"), scores, strict=True):
        parts.append(_well({str(k): v for k, v in well.items()}, float(score), cell))
    parts.append(_legend(height, value, set(wells["role"].astype(str))))
    return "".join(parts) + "</svg>"


def quality_words(quality: Mapping[str, Any] | None) -> str:
    """Return the figures of a plate in one line.

    Examples
    --------
    >>> quality_words({"verdict": "pass", "z_prime": 0.69, "signal_to_background": 13.96,
    ...                "cv_pos": 12.1, "cv_neg": 8.8, "drift": 13.8, "reason": ""})
    'pass: Z′ 0.69, S/B 14.0, CV 12.1 % (pos) 8.8 % (neg), drift 13.8 % of the window'
    """
    if quality is None:
        return f"{UNKNOWN}: not judged"
    figures = [
        f"Z′ {number(quality['z_prime'])}",
        f"S/B {number(quality['signal_to_background'], 1)}",
        f"CV {number(quality['cv_pos'], 1)} % (pos) {number(quality['cv_neg'], 1)} % (neg)",
        f"drift {number(quality['drift'], 1)} % of the window",
    ]
    return f"{quality['verdict']}: {', '.join(figures)}"


def _scores(wells: pd.DataFrame, value: str) -> np.ndarray:
    """Return robust z-scores about the wells that should show no effect."""
    values = wells[value].to_numpy(dtype=float)
    quiet = values[wells["role"].isin(["neg", "sample"]).to_numpy() & np.isfinite(values)]
    if len(quiet) < 2:  # noqa: PLR2004 - one well has no spread
        return np.full(len(values), np.nan)
    middle = float(np.median(quiet))
    spread = _NORMAL * float(np.median(np.abs(quiet - middle)))
    return (values - middle) / spread if spread > 0 else np.full(len(values), np.nan)


def _judged(wells: pd.DataFrame, scores: np.ndarray) -> str:
    samples = (wells["role"] == "sample").to_numpy()
    beyond = int((np.abs(scores[samples]) > _REACH).sum())
    return f"{int(samples.sum())} samples, {beyond} of them beyond five standard deviations"


def _quality_line(quality: Mapping[str, Any] | None, width: int) -> str:
    verdict = "unknown" if quality is None else str(quality["verdict"])
    reason = "" if quality is None else str(quality["reason"])
    lines = [quality_words(quality), *textwrap.wrap(reason, (width - _LEFT) // 5)][:_MOST_LINES]
    return "".join(
        f"<text x='{_LEFT}' y='{31 + 13 * row}' font-size='10' "
        f"fill='{_VERDICTS[verdict]}'>{escape(words)}</text>"
        for row, words in enumerate(lines)
        if words
    )


def _labels(n_rows: int, n_columns: int, cell: int) -> str:
    size = 9 if cell < 20 else 10  # noqa: PLR2004 - a 1536-well plate has narrow cells
    columns = "".join(
        f"<text x='{_LEFT + (c + 0.5) * cell:.1f}' y='{_TOP - 4}' text-anchor='middle' "
        f"font-size='{size}' fill='{_QUIET_INK}'>{c + 1}</text>"
        for c in range(n_columns)
        if cell > 16 or c % 2 == 0  # noqa: PLR2004
    )
    rows = "".join(
        f"<text x='{_LEFT - 6}' y='{_TOP + (r + 0.5) * cell + 3.5:.1f}' text-anchor='end' "
        f"font-size='{size}' fill='{_QUIET_INK}'>{_letters(r)}</text>"
        for r in range(n_rows)
    )
    return columns + rows


def _well(well: Mapping[str, Any], score: float, cell: int) -> str:
    x = _LEFT + (int(well["well_column"]) - 1) * cell
    y = _TOP + (int(well["well_row"]) - 1) * cell
    inner = cell - 2
    role = str(well["role"])
    fill = "url(#nr)" if np.isnan(score) else _colour(score)
    mark = (
        f"<rect x='{x + 1}' y='{y + 1}' width='{inner}' height='{inner}' rx='2' fill='{fill}' "
        f"{_frame(role)}/>"
    )
    if role == "ref":
        mark += f"<circle cx='{x + cell / 2}' cy='{y + cell / 2}' r='{cell / 8:.1f}' fill='{INK}'/>"
    outlier = well.get("outlier")
    if not is_unknown(outlier) and bool(outlier):
        mark += (
            f"<path d='M{x + 4} {y + 4}l{cell - 8} {cell - 8}m0 {8 - cell}l{8 - cell} {cell - 8}' "
            f"stroke='{INK}' stroke-width='1.3'/>"
        )
    return mark


def _frame(role: str) -> str:
    if role == "pos":
        return f"stroke='{INK}' stroke-width='1.6'"
    if role == "neg":
        return f"stroke='{INK}' stroke-width='1.2' stroke-dasharray='3 2'"
    return f"stroke='{PALE}' stroke-width='1'"


def _colour(score: float) -> str:
    share = min(1.0, abs(score) / _REACH)
    full = ORANGE if score > 0 else BLUE
    channels = [int(full[place : place + 2], 16) for place in (1, 3, 5)]
    mixed = [round(255 + (channel - 255) * share) for channel in channels]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _legend(height: int, value: str, roles: set[str]) -> str:
    y = height - _BOTTOM + 16
    parts = []
    for step in range(11):
        score = -_REACH + step * _REACH / 5.0
        parts.append(
            f"<rect x='{_LEFT + step * 12}' y='{y}' width='12' height='9' fill='{_colour(score)}'/>"
        )
    words = f"{value}, standard deviations (robust) from the plate’s middle"
    parts.append(
        f"<text x='{_LEFT}' y='{y + 20}' font-size='9' fill='{_QUIET_INK}'>−5</text>"
        f"<text x='{_LEFT + 132}' y='{y + 20}' font-size='9' text-anchor='end' "
        f"fill='{_QUIET_INK}'>+5</text>"
        f"<text x='{_LEFT + 140}' y='{y + 8}' font-size='9' fill='{_QUIET_INK}'>{words}</text>"
    )
    at = _LEFT + 140
    for role in ("pos", "neg", "ref"):
        if role not in roles:
            continue
        parts.append(
            f"<rect x='{at}' y='{y + 14}' width='10' height='10' rx='2' fill='#fff' "
            f"{_frame(role)}/>"
            + (f"<circle cx='{at + 5}' cy='{y + 19}' r='2' fill='{INK}'/>" if role == "ref" else "")
            + f"<text x='{at + 14}' y='{y + 23}' font-size='9' fill='{_QUIET_INK}'>"
            f"{_ROLE_WORDS[role]}</text>"
        )
        at += 96
    return "".join(parts)


def _letters(row: int) -> str:
    first, second = divmod(row, _LETTERS)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + second)


def _size(wells: pd.DataFrame) -> tuple[int, int]:
    rows, columns = int(wells["well_row"].max()), int(wells["well_column"].max())
    made = ((8, 12), (16, 24), (32, 48))
    return next(
        ((r, c) for r, c in made if rows <= r and columns <= c),
        (rows, columns),
    )
