"""Dose-response curves as pictures: every point, the fit, and how well its middle is known."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from molagent.report.chart import Axes
from molagent.report.colours import BLUE, INK, ORANGE, PALE, QUIET
from molagent.report.svg import element
from molagent.report.wording import UNKNOWN, is_unknown, number
from molagent.units import concentration

__all__ = ["curve_caption", "curve_plot", "molar_words", "potency_words"]

# Paler than the axes' own grey, darker than the grid: an asymptote that nobody measured.
_LOCK: Final = "#6B7480"
_SAMPLES: Final = 120
_DECADE_UNITS: Final = (("M", 0), ("mM", 3), ("µM", 6), ("nM", 9), ("pM", 12))
_SMALL_TICKS: Final = (0.0, 50.0, 100.0)
_ROOM: Final = 0.25  # decades beside the outermost points


def curve_plot(
    curve: Mapping[str, Any],
    points: pd.DataFrame,
    *,
    title: str = "",
    quantity: str = "IC50",
    y_label: str = "inhibition (%)",
    width: int = 460,
    height: int = 320,
    small: bool = False,
    x_range: tuple[float, float] | None = None,
) -> Markup:
    """Return one dose-response curve as SVG.

    Parameters
    ----------
    curve
        A row of ``CurveFits.curves``.
    points
        Its rows of ``CurveFits.points``: ``concentration_m``, ``response``, ``outlier``.
    title
        The compound; '' for none.
    quantity
        What the middle of the curve is called.
    small
        Without axis titles and captions, for grids.
    x_range
        log10(mol/L); by default what was tested, with some room.

    Returns
    -------
    str
        Filled dots were fitted, hollow ones were set aside. Dashed horizontals are locked
        asymptotes. The band is the 95 % interval of the middle; a curve that only bounds it carries
        an arrow in its place, and one without a fit shows its points alone.
    """
    known = points.dropna(subset=["response", "concentration_m"])
    logs = np.log10(known["concentration_m"].to_numpy(dtype=float))
    responses = known["response"].to_numpy(dtype=float)
    axes = _axes(logs, responses, (width, height), small=small)
    axes.x_range = x_range or axes.x_range
    axes.title = title or "dose response"
    axes.description = f"{title or 'A compound'}: {curve_caption(curve, quantity)}."
    axes.y_label = "" if small else y_label
    axes.x_label = "" if small else "concentration"
    span = (float(logs.min()), float(logs.max())) if len(logs) else axes.x_range
    if not is_unknown(curve["p_ac50"]):
        _middle(axes, curve, span)
        _asymptotes(axes, curve, small=small)
        _fit(axes, curve, span, small=small)
    _points(axes, known, logs, small=small)
    if small:
        _small_words(axes, curve, title)
    else:
        _words(axes, curve, title, quantity)
    small_ticks = {tick: f"{tick:g}" for tick in _SMALL_TICKS}
    return axes.to_svg(_decades(axes, small=small), small_ticks if small else None)


def curve_caption(curve: Mapping[str, Any], quantity: str = "IC50") -> str:
    """Return what a curve says, in one line.

    Examples
    --------
    >>> curve_caption({"p_value": 4.0, "p_relation": "<", "curve_class": "weak", "r2": 0.91,
    ...                "hill": 1.1, "hill_se": 0.2, "p_ac50_low": None, "p_ac50_high": None,
    ...                "n_points": 24, "n_outliers": 0, "note": ""})
    'IC50 > 100 µM; weak; Hill slope 1.10 ± 0.20; R² 0.910; 24 points'
    """
    parts = [potency_words(curve, quantity), str(curve["curve_class"])]
    if curve["curve_class"] not in ("inactive", "no fit") and not is_unknown(curve["hill"]):
        error = "" if is_unknown(curve["hill_se"]) else f" ± {number(curve['hill_se'])}"
        parts.append(f"Hill slope {number(curve['hill'])}{error}")
        parts.append(f"R² {number(curve['r2'], 3)}")
    aside = int(curve["n_outliers"])
    words = f"{int(curve['n_points'])} points"
    parts.append(f"{words}, {aside} set aside" if aside else words)
    if curve["note"]:
        parts.append(str(curve["note"]))
    return "; ".join(parts)


def potency_words(curve: Mapping[str, Any], quantity: str = "IC50") -> str:
    """Return the value that may be reported, with its 95 % interval or as a bound.

    Examples
    --------
    >>> potency_words({"p_value": 6.0, "p_relation": "=", "p_ac50_low": 5.9, "p_ac50_high": 6.1})
    'IC50 1.00 µM (0.794 to 1.26)'
    >>> potency_words({"p_value": None, "p_relation": None})
    'IC50 unknown'
    """
    if is_unknown(curve["p_value"]) or is_unknown(curve["p_relation"]):
        return f"{quantity} {UNKNOWN}"
    kind = str(curve.get("half_effect") or "")
    if kind in ("relative", "absolute"):
        quantity = f"{kind} {quantity}".strip()
    value = molar_words(float(curve["p_value"]))
    if curve["p_relation"] != "=":
        # Below on the p scale is above in concentration.
        return f"{quantity} {'>' if curve['p_relation'] == '<' else '<'} {value}"
    low, high = curve["p_ac50_low"], curve["p_ac50_high"]
    # The interval is of the curve's own middle.
    if is_unknown(low) or is_unknown(high) or kind == "absolute":
        return f"{quantity} {value}"
    unit = value.rpartition(" ")[2]
    ends = [_in_unit(float(p), unit) for p in (high, low)]
    return f"{quantity} {value} ({ends[0]} to {ends[1]})"


def molar_words(p_value: float) -> str:
    """Return the concentration behind a p value with three digits and a fitting unit.

    Examples
    --------
    >>> molar_words(6.0), molar_words(7.3), molar_words(4.002)
    ('1.00 µM', '50.1 nM', '99.5 µM')
    """
    # 1,000 nM is 1 µM: the first unit in which the number is at least one.
    unit = next((name for name, decades in _DECADE_UNITS if p_value <= decades + 1e-9), "pM")
    return f"{_in_unit(p_value, unit)} {unit}"


def _in_unit(p_value: float, unit: str) -> str:
    value = concentration(p_value, unit.replace("µ", "u"))
    digits = max(0, 2 - math.floor(math.log10(value))) if 0 < value < 1000 else 0
    return f"{value:,.{min(digits, 5)}f}"


def _axes(logs: np.ndarray, responses: np.ndarray, size: tuple[int, int], *, small: bool) -> Axes:
    low, high = (float(logs.min()), float(logs.max())) if len(logs) else (-9.0, -4.0)
    floor = min(-15.0, float(responses.min()) - 8.0) if len(responses) else -15.0
    roof = max(120.0, float(responses.max()) + 8.0) if len(responses) else 120.0
    left, right, top, bottom = (26, 11, 20, 16) if small else (58, 16, 76, 46)
    return Axes(
        x_range=(low - _ROOM, high + _ROOM),
        # A wild well must not flatten the curve: it is drawn at the rim instead.
        y_range=(max(floor, -60.0), min(roof, 160.0)),
        x_label="",
        y_label="",
        title="",
        description="",
        width=size[0],
        height=size[1],
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        tick_size=7 if small else 11,
    )


def _middle(axes: Axes, curve: Mapping[str, Any], span: tuple[float, float]) -> None:
    floor, roof = axes.y_range
    if curve["p_relation"] == "=":
        low, high = curve["p_ac50_low"], curve["p_ac50_high"]
        of_middle = curve.get("half_effect") != "absolute"
        if of_middle and not is_unknown(low) and not is_unknown(high):
            left = max(-float(high), axes.x_range[0])
            right = min(-float(low), axes.x_range[1])
            if left < right:
                axes.rectangle((left, floor), (right, roof), PALE)
        at = -float(curve["p_value"])
        axes.line((at, floor), (at, roof), ORANGE)
        return
    if curve["p_relation"] in ("<", ">"):
        rightward = curve["p_relation"] == "<"
        at = span[1] if rightward else span[0]
        axes.line((at, floor), (at, roof), ORANGE, dash="2 3")
        x, y = axes.x(at), axes.y((curve["top"] + curve["bottom"]) / 2.0)
        way = 1 if rightward else -1
        arrow = f"M{x:.1f} {y:.1f}h{8 * way}m{-4 * way} -4l{4 * way} 4l{-4 * way} 4"
        axes.marks.append(element("path", d=arrow, fill="none", stroke=ORANGE, stroke_width=1.6))


def _asymptotes(axes: Axes, curve: Mapping[str, Any], *, small: bool) -> None:
    left, right = axes.x_range
    for name in ("bottom", "top"):
        value = float(curve[name])
        if not axes.y_range[0] <= value <= axes.y_range[1]:
            continue
        error = curve[f"{name}_se"]
        if curve[f"{name}_locked"]:
            axes.line((left, value), (right, value), _LOCK, width=1, dash="5 3")
        else:
            if not is_unknown(error):
                axes.rectangle((left, value - error), (right, value + error), "#D6E6F2")
            axes.line((left, value), (right, value), BLUE, width=0.8)
        if not small:
            words = f"{name} {number(value, 0)} %"
            words += ", locked" if curve[f"{name}_locked"] else ""
            if not curve[f"{name}_locked"] and not is_unknown(error):
                words = f"{name} {number(value, 0)} ± {number(error, 0)} %"
            # Where a rising curve leaves room: the top at the left, the bottom at the right.
            if name == "top":
                axes.text((left, value), words, anchor="start", shift=(4, -4), colour=_LOCK, size=9)
            else:
                axes.text((right, value), words, anchor="end", shift=(-4, 11), colour=_LOCK, size=9)


def _fit(axes: Axes, curve: Mapping[str, Any], span: tuple[float, float], *, small: bool) -> None:
    if curve["curve_class"] == "no fit":
        return
    stroke = 1.4 if small else 2.0
    _path(axes, curve, span, stroke, "")
    # Beyond the tested range a curve is a guess.
    _path(axes, curve, (axes.x_range[0], span[0]), stroke, "2 3")
    _path(axes, curve, (span[1], axes.x_range[1]), stroke, "2 3")


def _path(
    axes: Axes, curve: Mapping[str, Any], span: tuple[float, float], stroke: float, dash: str
) -> None:
    logs = np.linspace(*span, _SAMPLES)
    exponent = np.clip(float(curve["hill"]) * (-logs - float(curve["p_ac50"])), -30, 30)
    values = curve["bottom"] + (curve["top"] - curve["bottom"]) / (1.0 + 10.0**exponent)
    values = np.clip(values, *axes.y_range)
    axes.curve(list(zip(logs, values, strict=True)), BLUE, width=stroke, dash=dash)


def _points(axes: Axes, known: pd.DataFrame, logs: np.ndarray, *, small: bool) -> None:
    radius = 1.8 if small else 3.2
    aside = (
        known["outlier"].to_numpy(dtype=bool) if "outlier" in known else np.zeros(len(known), bool)
    )
    low, high = axes.y_range
    for x, y, hollow in zip(logs, known["response"].to_numpy(dtype=float), aside, strict=True):
        inside = min(max(y, low), high)
        if hollow:
            axes.dot(x, inside, ORANGE, radius, hollow=1.3)
        else:
            axes.dot(x, inside, INK, radius, 0.75)


def _words(axes: Axes, curve: Mapping[str, Any], title: str, quantity: str) -> None:
    at = (axes.x_range[0], axes.y_range[1])
    p_words = ""
    if curve["p_relation"] == "=" and not is_unknown(curve["p_ac50_se"]):
        p_words = f", p{quantity} {number(curve['p_value'])}"
        if curve.get("half_effect") != "absolute":
            p_words += f" ± {number(curve['p_ac50_se'])}"
    lines = [
        (title, 13, INK, "bold"),
        (f"{potency_words(curve, quantity)}{p_words}", 11, INK, ""),
        (curve_caption({**curve, "note": ""}).partition("; ")[2], 10, _LOCK, ""),
        (str(curve["note"]), 10, _LOCK, ""),
    ]
    for row, (words, size, colour, weight) in enumerate(lines):
        axes.marks.append(
            element(
                "text", _cut(words, axes.width // 6), x=axes.x(at[0]), y=16 + 15 * row,
                font_size=size, fill=colour, font_weight=weight or None,
            )
        )  # fmt: skip


def _small_words(axes: Axes, curve: Mapping[str, Any], title: str) -> None:
    words = potency_words({**curve, "p_ac50_low": None, "p_ac50_high": None}, "").strip()
    below = f"{_cut(words, 16)} · {_cut(str(curve['curve_class']), 14)}"
    for text, y, colour in ((_cut(title, 24), 9, INK), (below, 18, QUIET)):
        axes.marks.append(element("text", text, x=4, y=y, font_size=8, fill=colour))


def _decades(axes: Axes, *, small: bool) -> dict[float, str]:
    """Return the powers of ten on the axis with their words."""
    low, high = axes.x_range
    words = {float(n): _decade_words(n) for n in range(math.ceil(low), math.floor(high) + 1)}
    return {at: text.replace(" ", "") if small else text for at, text in words.items()}


def _decade_words(decade: int) -> str:
    unit, decades = next(((u, d) for u, d in _DECADE_UNITS if decade + d >= 0), _DECADE_UNITS[-1])
    return f"{10.0 ** (decade + decades):g} {unit}"


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
