"""The interactive molecule grid; its script and style are files of this package."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import anywidget
import pandas as pd
import traitlets

from molagent.notebook.cells import cell_text
from molagent.report.drawing import structure_svg
from molagent.report.wording import is_unknown

__all__ = ["GridWidget"]

_HERE: Final = Path(__file__).parent
_PICTURE: Final = (190, 130)
# Drawings are made for the page that is looked at; one message never carries more than this.
_MOST_DRAWN_AT_ONCE: Final = 200
_SAFE_NUMBER: Final = 2**53
_ORDER_TEXT: Final = re.compile(r"[<>=~≤≥\s]")


class GridWidget(anywidget.AnyWidget):
    """Molecules to sort, filter, page through and select.

    Attributes
    ----------
    rows
        One list of texts a molecule, in the order of `columns`.
    sort_keys
        What the rows are sorted by: numbers, or texts, or None where unknown.
    wanted
        Row numbers the page shows; the kernel answers in `drawings`.
    drawings
        Row number to SVG.
    chosen
        Row numbers that are selected.
    """

    _esm = _HERE / "grid.js"
    _css = _HERE / "grid.css"
    title = traitlets.Unicode("").tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    sort_keys: traitlets.List[list[float | str | None]] = traitlets.List().tag(sync=True)
    page_size = traitlets.Int(12).tag(sync=True)
    wanted = traitlets.List(traitlets.Int()).tag(sync=True)
    drawings = traitlets.Dict().tag(sync=True)
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)

    _frame: pd.DataFrame
    _smiles: list[str]

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        smiles_column: str,
        columns: Sequence[str],
        *,
        page_size: int = 12,
        title: str = "",
    ) -> Self:
        """Return a widget on a frame; see :meth:`molagent.notebook.MoleculeGrid.widget`."""
        records = frame[list(columns)].to_dict("records")
        first = list(range(min(page_size, len(frame))))
        smiles = ["" if is_unknown(text) else str(text) for text in frame[smiles_column]]
        widget = cls(
            title=title,
            columns=list(columns),
            rows=[[cell_text(row[name]) for name in columns] for row in records],
            sort_keys=[[_sort_key(row[name]) for name in columns] for row in records],
            page_size=page_size,
            wanted=first,
            drawings=_drawn(smiles, first),
        )
        widget._frame = frame
        widget._smiles = smiles
        widget.observe(widget._draw, names="wanted")
        return widget

    def __repr__(self) -> str:
        """Return one line: what a reader without widgets sees."""
        return f"GridWidget of {len(self._smiles)} molecules, {len(self.chosen)} selected"

    @property
    def selected(self) -> pd.DataFrame:
        """Return the selected rows, in the order of the frame."""
        return self._frame.iloc[sorted(i for i in self.chosen if 0 <= i < len(self._frame))]

    def _draw(self, change: Mapping[str, Any]) -> None:
        places = [i for i in change["new"] if 0 <= i < len(self._smiles)]
        self.drawings = _drawn(self._smiles, places[:_MOST_DRAWN_AT_ONCE])


def _drawn(smiles: Sequence[str], places: Sequence[int]) -> dict[str, str]:
    width, height = _PICTURE
    return {
        str(place): structure_svg(smiles[place], width=width, height=height, thumbnail=True)
        for place in places
    }


def _sort_key(value: object) -> float | str | None:
    """Return what a cell is sorted by; None, which sorts last, where it is unknown."""
    if is_unknown(value):
        return None
    if isinstance(value, bool | int | float) or hasattr(value, "item"):
        number = float(value)  # type: ignore[arg-type]
        return number if abs(number) < _SAFE_NUMBER else None
    text = cell_text(value)
    try:
        return float(_ORDER_TEXT.sub("", text))
    except ValueError:
        return text.casefold()
