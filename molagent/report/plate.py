"""Plates as heat maps: where the controls are, what stands out, and whether to believe it."""

import textwrap
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from markupsafe import Markup

from molagent.report.colours import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE,
    QUIET,
    WHITE,
    blend,
    channels,
)
from molagent.report.svg import element, group, svg
from molagent.report.wording import UNKNOWN, is_unknown, number

__all__ = ["plate_map", "quality_words"]

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
_FRAMES: Final = {"pos": (INK, 1.6, None), "neg": (INK, 1.2, "3 2")}
_VERDICTS: Final = {"pass": BLUE, "fail": ORANGE, "unknown": QUIET}


def plate_map(
    wells: pd.DataFrame,
    quality: Mapping[str, Any] | None = None,
    *,
    title: str = "",
    value: Literal["signal", "response"] = "signal",
    size: tuple[int, int] | None = None,
) -> Markup:
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
    unread = element(
        "pattern",
        element("path", d="M0 5L5 0", stroke=GREY),
        id="nr", width=5, height=5, patternUnits="userSpaceOnUse",
    )  # fmt: skip
    return svg(
        (width, height),
        element("defs", unread),
        element("text", title, x=_LEFT, y=16, font_size=13, font_weight="bold", fill=INK),
        *_quality_lines(quality, width),
        *_labels(n_rows, n_columns, cell),
        *(
            _well({str(k): v for k, v in well.items()}, float(score), cell)
            for well, score in zip(wells.to_dict("records"), scores, strict=True)
        ),
        *_legend(height, value, set(wells["role"].astype(str))),
        title=title or "plate",
        description=f"{n_rows} by {n_columns} wells; {judged}",
    )


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
    if len(quiet) < 2:  # one well has no spread
        return np.full(len(values), np.nan)
    middle = float(np.median(quiet))
    spread = _NORMAL * float(np.median(np.abs(quiet - middle)))
    return (values - middle) / spread if spread > 0 else np.full(len(values), np.nan)


def _judged(wells: pd.DataFrame, scores: np.ndarray) -> str:
    samples = (wells["role"] == "sample").to_numpy()
    beyond = int((np.abs(scores[samples]) > _REACH).sum())
    return f"{int(samples.sum())} samples, {beyond} of them beyond five standard deviations"


def _quality_lines(quality: Mapping[str, Any] | None, width: int) -> list[Markup]:
    verdict = "unknown" if quality is None else str(quality["verdict"])
    reason = "" if quality is None else str(quality["reason"])
    lines = [quality_words(quality), *textwrap.wrap(reason, (width - _LEFT) // 5)][:_MOST_LINES]
    return [
        _words(words, _LEFT, 31 + 13 * row, 10, _VERDICTS[verdict])
        for row, words in enumerate(lines)
        if words
    ]


def _words(
    words: str, x: float, y: float, size: int, colour: str = QUIET, anchor: str | None = None
) -> Markup:
    return element("text", words, x=x, y=y, font_size=size, fill=colour, text_anchor=anchor)


def _labels(n_rows: int, n_columns: int, cell: int) -> list[Markup]:
    size = 9 if cell < 20 else 10  # a 1536-well plate has narrow cells
    step = 1 if cell > 16 else 2
    columns = [
        _words(str(c + 1), _LEFT + (c + 0.5) * cell, _TOP - 4, size, anchor="middle")
        for c in range(0, n_columns, step)
    ]
    rows = [
        _words(_letters(r), _LEFT - 6, _TOP + (r + 0.5) * cell + 3.5, size, anchor="end")
        for r in range(n_rows)
    ]
    return columns + rows


def _well(well: Mapping[str, Any], score: float, cell: int) -> Markup:
    x = _LEFT + (int(well["well_column"]) - 1) * cell
    y = _TOP + (int(well["well_row"]) - 1) * cell
    role = str(well["role"])
    fill = "url(#nr)" if np.isnan(score) else _colour(score)
    marks = [_box(x + 1, y + 1, cell - 2, fill, role)]
    if role == "ref":
        centre = {"cx": x + cell / 2, "cy": y + cell / 2}
        marks.append(element("circle", **centre, r=cell / 8, fill=INK))
    outlier = well.get("outlier")
    if not is_unknown(outlier) and bool(outlier):
        cross = f"M{x + 4} {y + 4}l{cell - 8} {cell - 8}m0 {8 - cell}l{8 - cell} {cell - 8}"
        marks.append(element("path", d=cross, stroke=INK, stroke_width=1.3))
    return group(*marks)


def _box(x: float, y: float, size: float, fill: str, role: str) -> Markup:
    """Return a well's square in the frame of its role."""
    stroke, width, dash = _FRAMES.get(role, (PALE, 1, None))
    return element(
        "rect", x=x, y=y, width=size, height=size, rx=2, fill=fill, stroke=stroke,
        stroke_width=width, stroke_dasharray=dash,
    )  # fmt: skip


def _colour(score: float) -> str:
    full = ORANGE if score > 0 else BLUE
    return blend((WHITE, channels(full)), min(1.0, abs(score) / _REACH))


def _legend(height: int, value: str, roles: set[str]) -> list[Markup]:
    y = height - _BOTTOM + 16
    scores = [-_REACH + step * _REACH / 5.0 for step in range(11)]
    marks = [
        element("rect", x=_LEFT + step * 12, y=y, width=12, height=9, fill=_colour(score))
        for step, score in enumerate(scores)
    ]
    at = _LEFT + 140
    words = f"{value}, standard deviations (robust) from the plate’s middle"
    marks += [
        _words("−5", _LEFT, y + 20, 9),
        _words("+5", _LEFT + 132, y + 20, 9, anchor="end"),
        _words(words, at, y + 8, 9),
    ]
    for role in ("pos", "neg", "ref"):
        if role not in roles:
            continue
        marks.append(_box(at, y + 14, 10, "#fff", role))
        if role == "ref":
            marks.append(element("circle", cx=at + 5, cy=y + 19, r=2, fill=INK))
        marks.append(_words(_ROLE_WORDS[role], at + 14, y + 23, 9))
        at += 96
    return marks


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
