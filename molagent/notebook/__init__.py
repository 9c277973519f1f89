"""Grids, progress and magics for notebooks; the only package that imports IPython.

::

    grid         molecules in a cell: a static table, or a widget to sort, filter and select
    widget       the widget behind ``MoleculeGrid.widget()``; its script is part of the package
    progress     a progress display that updates one output
    report_view  a report inside a cell
    magics       ``%load_ext molagent.notebook``, then ``%molagent status``
"""

from typing import TYPE_CHECKING

from molagent.notebook.grid import MoleculeGrid
from molagent.notebook.progress import NotebookProgress
from molagent.notebook.report_view import ReportView

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["MoleculeGrid", "NotebookProgress", "ReportView", "load_ipython_extension"]


def load_ipython_extension(ipython: "InteractiveShell") -> None:
    """Register the magics; IPython calls this on ``%load_ext molagent.notebook``."""
    from molagent.notebook.magics import MolagentMagics

    ipython.register_magics(MolagentMagics)
