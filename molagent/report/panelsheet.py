"""The ADMET panel as a sheet of the workbook."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from molagent.report.cells import GREY_FILL, append_row, write_header
from molagent.report.content import ReportContent
from molagent.report.endpoints import PanelEndpoint, panel_endpoints
from molagent.report.panel import percentiles
from molagent.report.wording import UNKNOWN, is_unknown

__all__ = ["write_panel"]

_FIRST_COLUMNS: Final = 3
_COLUMNS_EACH: Final = 4


def write_panel(
    sheet: Worksheet, content: ReportContent, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write value, spread and place among approved drugs of every panel endpoint."""
    heads, widths = ["Rank", "Compound", "SMILES"], [7, 13, 34]
    endpoints = panel_endpoints(content)
    for item in endpoints:
        title = f"{item.group}: {item.name}"
        doubt = "" if item.reliable else f"; UNRELIABLE, {item.reason}"
        heads += [
            f"{title}{f' ({item.unit_text})' if item.unit_text else ''}{doubt}",
            f"{item.name} ± (one standard deviation)",
            f"{item.name}, % of approved drugs predicted lower",
            f"{item.name} in domain",
        ]
        widths += [16, 12, 14, 10]
    write_header(sheet, heads, widths)
    columns = [_panel_column(item, rows) for item in endpoints]
    for place, row in enumerate(rows):
        cells = [value for column in columns for value in column[place]]
        append_row(sheet, place + 2, [row["rank"], row["proposal_id"], row["smiles"], *cells])
        for column in range(_FIRST_COLUMNS + 1, len(heads) + 1):
            cell = sheet.cell(row=place + 2, column=column)
            item = endpoints[(column - _FIRST_COLUMNS - 1) // _COLUMNS_EACH]
            cell.number_format = "0.00"
            if not item.reliable or cell.value == UNKNOWN:
                cell.fill = GREY_FILL
    sheet.freeze_panes = "C2"
    if rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(rows) + 1}"


def _panel_column(
    item: PanelEndpoint, rows: Sequence[Mapping[str, Any]]
) -> list[tuple[object, ...]]:
    name = item.endpoint
    means = np.array([math.nan if is_unknown(r.get(name)) else float(r[name]) for r in rows])
    shares = percentiles(item, means)
    return [
        (
            row.get(name),
            row.get(f"{name}_std"),
            round(float(share), 1),
            row.get(f"{name}_in_domain"),
        )
        for row, share in zip(rows, shares, strict=True)
    ]
