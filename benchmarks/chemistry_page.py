"""A page of pictures: what was chosen for each target, with what is wrong under each."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from molagent.report.drawing import structure_svg

if TYPE_CHECKING:
    from benchmarks.chemistry_figures import ChemistryRow

__all__ = ["write_page"]

_FAULTS: Final = ("unstable", "ring", "bond", "motif", "core", "open_stereo")
_HEAD: Final = (
    "<!doctype html><meta charset=utf-8><title>Would a chemist order them?</title><style>"
    "body{font:14px sans-serif}main{display:grid;grid-template-columns:repeat(6,1fr);gap:8px}"
    "figure{margin:0;border:1px solid #ccc}figcaption{padding:4px;font-size:12px}"
    "td,th{padding:2px 8px;text-align:right}</style>"
)


def write_page(
    path: Path, rows: Sequence["ChemistryRow"], chosen: Mapping[str, pd.DataFrame]
) -> None:
    """Write the figures of each target and its chosen structures, six in a line.

    Parameters
    ----------
    chosen
        Target to ``smiles`` and one bool column a fault.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [_HEAD]
    for target, frame in chosen.items():
        parts.append(f"<h2>{escape(target)}</h2>{_table([r for r in rows if r.target == target])}")
        figures = (
            f"<figure>{structure_svg(str(row['smiles']), width=220, height=180)}"
            f"<figcaption>{number}. {_words(row)}</figcaption></figure>"
            for number, row in enumerate(frame.to_dict("records"), start=1)
        )
        parts.append(f"<main>{''.join(figures)}</main>")
    path.write_text("\n".join(parts), encoding="utf-8")


def _words(row: Mapping[Hashable, object]) -> str:
    faults = [name.replace("_", " ") for name in _FAULTS if row[name]]
    return ", ".join(faults) or "ready"


def _table(rows: Sequence["ChemistryRow"]) -> str:
    if not rows:
        return ""
    names = [name for name in asdict(rows[0]) if name != "target"]
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(asdict(row)[name])}</td>' for name in names)}</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else "" if value is None else str(value)
