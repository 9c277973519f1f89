"""What an optimisation hands over: a page, all calls as CSV, the best as CSV and SDF."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup
from rdkit import Chem

from molagent.formulas import guarded
from molagent.records import FloatArray
from molagent.report.chart import Axes
from molagent.report.colours import BLUE, GREY
from molagent.report.drawing import depict, structure_svg
from molagent.report.files import replace_file
from molagent.report.page import render
from molagent.report.wording import is_unknown, number

__all__ = ["OptimisationContent", "top_mean_curve", "write_optimisation"]

_SHOWN: Final = 24
_NOTES_SHOWN: Final = 8
_TOP: Final = 10
# More points than this a line cannot show.
_POINTS: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimisationContent:
    """Everything the page of one run says.

    Attributes
    ----------
    calls
        One row a call, in order: ``call, step, smiles, source, total, reward, raw, note``; `raw` is
        a mapping of component to value, None where unknown.
    best
        The best new structures, best first: ``smiles, total, source, call, raw``.
    components
        One mapping a component: ``name, direction, low, high, weight, unit``.
    curve
        ``(call, value)``: how the run got on.
    curve_label
        What the curve shows.
    baseline
        The curve's value for known structures; NaN where there is none.
    known
        How many structures of the run are compounds of the project, those it started from included.
    """

    name: str
    run_id: str
    seed: int
    version: str
    stop_reason: str
    seconds: float
    mode: str
    calls: pd.DataFrame
    best: pd.DataFrame
    components: Sequence[Mapping[str, Any]]
    curve: Sequence[tuple[int, float]]
    curve_label: str
    baseline: float
    known: int
    models: Mapping[str, str] = field(default_factory=dict)


def top_mean_curve(totals: FloatArray, top: int = _TOP) -> FloatArray:
    """Return, after each call, the mean of the `top` best totals so far; NaN before the first.

    Fewer than `top` known totals are averaged as they are. Unknown totals count for nothing.

    Examples
    --------
    >>> top_mean_curve(np.array([np.nan, 0.5, 0.1, 0.9]), top=2)
    array([nan, 0.5, 0.3, 0.7])
    """
    best: list[float] = []
    curve = np.full(len(totals), np.nan)
    for index, total in enumerate(totals.tolist()):
        if not is_unknown(total):
            best = sorted([*best, total], reverse=True)[:top]
        if best:
            curve[index] = sum(best) / len(best)
    return curve


def write_optimisation(content: OptimisationContent, folder: Path) -> tuple[Path, ...]:
    """Write ``optimisation.html``, ``best.csv``, ``best.sdf`` and ``calls.csv``.

    Raises
    ------
    MolagentError
        If a file cannot be written.
    """
    names = [str(component["name"]) for component in content.components]
    return (
        replace_file(folder / "optimisation.html", _page(content).encode("utf-8")),
        replace_file(folder / "best.csv", _csv(content.best, names)),
        replace_file(folder / "best.sdf", _sdf(content.best, names)),
        replace_file(folder / "calls.csv", _csv(content.calls, names)),
    )


def _flat(frame: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows with one entry a component, None where unknown."""
    rows = []
    for row in frame.to_dict("records"):
        raw = row.pop("raw")
        flat = {str(key): None if is_unknown(value) else value for key, value in row.items()}
        rows.append({**flat, **{name: raw.get(name) for name in names}})
    return rows


def _csv(frame: pd.DataFrame, names: Sequence[str]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    titles = [*(str(column) for column in frame.columns if column != "raw"), *names]
    writer.writerow([guarded(title) for title in titles])
    for row in _flat(frame, names):
        writer.writerow([guarded(value) for value in row.values()])
    return stream.getvalue().encode("utf-8")


def _sdf(best: pd.DataFrame, names: Sequence[str]) -> bytes:
    stream = io.StringIO()
    writer = Chem.SDWriter(stream)
    for rank, row in enumerate(_flat(best, names), start=1):
        mol = depict(row["smiles"])
        mol.SetProp("_Name", f"call {row['call']}")
        mol.SetProp("rank", str(rank))
        for key, value in row.items():
            if value is not None and value != "":
                mol.SetProp(key, " ".join(str(value).split()).replace("$$$$", "$ $ $ $"))
        writer.write(mol)
    writer.close()
    return stream.getvalue().encode("utf-8")


def _page(content: OptimisationContent) -> str:
    return render(
        "optimisation.html",
        content=content,
        figure=_figure(content),
        best=_cards(content.best),
        sources=_sources(content),
        unknown=int(content.calls["total"].isna().sum()),
        notes=_notes(content.calls["note"]),
    )


def _figure(content: OptimisationContent) -> Markup:
    points = [(call, value) for call, value in content.curve if not is_unknown(value)]
    step = max(1, len(points) // _POINTS)
    shown = [*points[::step], *points[-1:]]
    axes = Axes(
        x_range=(0.0, float(max(1, len(content.calls)))),
        y_range=(0.0, 1.0),
        x_label="structures scored",
        y_label=content.curve_label,
        title=f"{content.curve_label} against structures scored",
        description="The line is what the run had found by then; the dashed line is what was "
        "known before it.",
        width=720,
    )
    if not is_unknown(content.baseline):
        axes.line((0, content.baseline), (axes.x_range[1], content.baseline), GREY, dash="4 3")
    if shown:
        axes.curve(shown, BLUE, width=2)
        axes.dot(*shown[-1], BLUE, 3.0)
        axes.text(shown[-1], number(shown[-1][1]), anchor="end", shift=(-4, -8))
    return axes.to_svg()


def _cards(best: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "rank": rank,
            "picture": structure_svg(str(row["smiles"]), width=150, height=100, thumbnail=True),
            **{str(key): value for key, value in row.items()},
        }
        for rank, row in enumerate(best.head(_SHOWN).to_dict("records"), start=1)
    ]


def _sources(content: OptimisationContent) -> list[dict[str, Any]]:
    """Return who proposed how much, and how much of the best is theirs."""
    theirs = Counter(content.best["source"])
    return [
        {
            "source": source,
            "calls": len(rows),
            "unknown": int(rows["total"].isna().sum()),
            "mean": rows["total"].mean(),
            "best": theirs.get(source, 0),
        }
        for source, rows in content.calls.groupby("source", sort=True)
    ]


def _notes(notes: pd.Series) -> list[tuple[str, int]]:
    """Return the most frequent notes, without the structure each was written for."""
    kinds = Counter(note.split(" (position ")[0] for note in notes if note)
    return kinds.most_common(_NOTES_SHOWN)
