"""Molecules in a notebook cell."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from molagent.errors import NotFoundError
from molagent.notebook.cells import cell_text
from molagent.report.drawing import structure_svg
from molagent.report.wording import is_unknown

if TYPE_CHECKING:
    from molagent.notebook.widget import GridWidget

__all__ = ["MoleculeGrid"]

# Jupyter front ends, mail and code review cut off or slow down above this.
_MAX_BYTES: Final = 50_000
_DEFAULT_COLUMNS: Final = 5
_TEXT_ROWS: Final = 10
_TEXT_LENGTH: Final = 60
_PICTURE: Final = (165, 115)
_CELL: Final = (
    "vertical-align:top;text-align:left;padding:6px;border:1px solid #d9dee4;"
    "background:#fff;color:#1f2933;font-size:12px;line-height:1.35"
)


class MoleculeGrid:
    """A data frame shown as drawn molecules.

    Shown as the last value of a cell it is static HTML without scripts, so it survives saving,
    nbconvert, mail and code review. :meth:`widget` is the interactive form.

    Parameters
    ----------
    frame
        One row a molecule.
    smiles_column
        Where the structures are.
    columns
        What stands under each picture; the first five others where it is not given.
    per_row
        Pictures in one row.
    title
        A line above the grid.

    Raises
    ------
    NotFoundError
        If a column is not in the frame.

    Examples
    --------
    >>> import pandas as pd
    >>> MoleculeGrid(pd.DataFrame({"smiles": ["CCO"], "name": ["ethanol"]}))
    MoleculeGrid of 1 molecule: name
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        smiles_column: str = "smiles",
        *,
        columns: Sequence[str] | None = None,
        per_row: int = 4,
        title: str = "",
    ) -> None:
        others = [str(name) for name in frame.columns if name != smiles_column]
        for name in (smiles_column, *(columns or ())):
            if name not in frame.columns:
                raise NotFoundError("column", name, known=[str(c) for c in frame.columns])
        self.frame = frame
        self.smiles_column = smiles_column
        self.columns = list(columns) if columns is not None else others[:_DEFAULT_COLUMNS]
        self.per_row = max(1, per_row)
        self.title = title
        self._widget: GridWidget | None = None

    def __repr__(self) -> str:
        """Return one line; the text form of the whole grid is :meth:`to_text`."""
        n = len(self.frame)
        return f"MoleculeGrid of {n} molecule{'s' if n != 1 else ''}: {', '.join(self.columns)}"

    def __len__(self) -> int:
        """Return the number of molecules."""
        return len(self.frame)

    def to_text(self) -> str:
        """Return the first rows as plain text."""
        shown = self.frame[[self.smiles_column, *self.columns]].head(_TEXT_ROWS)
        table = shown.map(cell_text).to_string(index=False, max_colwidth=_TEXT_LENGTH)
        left = len(self.frame) - len(shown)
        return f"{self!r}\n{table}" + (f"\n({left} more)" if left > 0 else "")

    def to_html(self, max_bytes: int = _MAX_BYTES) -> str:
        """Return static HTML with inline drawings and without scripts.

        Parameters
        ----------
        max_bytes
            As many whole rows as fit are drawn, and the caption says how many those are.
        """
        records = self.frame[[self.smiles_column, *self.columns]].to_dict("records")
        lines: list[str] = []
        drawn = 0
        room = max_bytes - 1_000
        for start in range(0, len(records), self.per_row):
            chunk = records[start : start + self.per_row]
            line = f"<tr>{''.join(self._tile(row) for row in chunk)}</tr>"
            if lines and sum(map(len, lines)) + len(line.encode()) > room:
                break
            lines.append(line)
            drawn += len(chunk)
        total = len(records)
        caption = f"{drawn} of {total} shown" if drawn < total else f"{total} shown"
        heading = f"<strong>{escape(self.title)}</strong> · " if self.title else ""
        return (
            "<div><div style='font-size:13px;margin:0 0 4px'>"
            f"{heading}{caption}</div><table style='border-collapse:collapse'>"
            f"<tbody>{''.join(lines)}</tbody></table></div>"
        )

    def widget(self, page_size: int = 12) -> "GridWidget":
        """Return an interactive grid: sort, filter, page and select.

        Parameters
        ----------
        page_size
            Molecules on one page.

        Returns
        -------
        GridWidget
            ``.selected`` is a data frame of the rows that were clicked.
        """
        from molagent.notebook.widget import GridWidget

        self._widget = GridWidget.of(
            self.frame, self.smiles_column, self.columns, page_size=page_size, title=self.title
        )
        return self._widget

    @property
    def selected(self) -> pd.DataFrame:
        """Return the rows selected in the newest :meth:`widget`; empty before there is one."""
        return self.frame.iloc[:0] if self._widget is None else self._widget.selected

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # Plain text first: a reader without HTML takes the first it can show.
        del include, exclude
        return {"text/plain": self.to_text(), "text/html": self.to_html()}

    def _tile(self, row: Mapping[Any, Any]) -> str:
        smiles = row[self.smiles_column]
        svg = structure_svg(
            "" if is_unknown(smiles) else str(smiles),
            width=_PICTURE[0],
            height=_PICTURE[1],
            thumbnail=True,
        )
        words = "".join(_caption(name, row[name]) for name in self.columns)
        return f"<td style='{_CELL}'>{svg}{words}</td>"


def _caption(name: str, value: object) -> str:
    text = cell_text(value)
    if len(text) > _TEXT_LENGTH:
        text = f"{text[: _TEXT_LENGTH - 1]}…"
    return f"<div><span style='color:#5b6470'>{escape(name)}</span> {escape(text)}</div>"
