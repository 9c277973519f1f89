"""The shortlist as an Excel workbook with drawn structures."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from molagent.report.content import ReportContent
from molagent.report.drawing import structure_png
from molagent.report.modelcard import split_metrics
from molagent.report.wording import (
    LEVEL_WORDS,
    NOT_LEGAL_ADVICE,
    UNKNOWN,
    is_unknown,
    label,
    target,
)

__all__ = ["workbook_bytes"]

_PICTURE: Final = (250, 170)
_HEAD_FILL: Final = PatternFill("solid", fgColor="E6EEF5")
_GREY_FILL: Final = PatternFill("solid", fgColor="EEEEEE")
_TOP: Final = Alignment(vertical="top", wrap_text=True)
_WIDTHS: Final[dict[str, int]] = {
    "rank": 7,
    "proposal_id": 13,
    "smiles": 34,
    "inchikey": 30,
    "nearest_id": 16,
    "nearest_smiles": 34,
    "nearest_values": 26,
    "overlap_level": 24,
    "publication_number": 20,
    "searched": 34,
    "scaffold": 30,
    "parents": 18,
    "reason": 48,
}
_HEADS: Final[dict[str, str]] = {
    "rank": "Rank",
    "proposal_id": "Compound",
    "smiles": "SMILES",
    "inchikey": "InChIKey",
    "desirability": "Desirability (0 to 1)",
    "acquisition": "Acquisition (share of draws)",
    "nearest_id": "Nearest measured",
    "nearest_smiles": "Nearest measured, SMILES",
    "nearest_similarity": "Similarity to nearest (Tanimoto)",
    "nearest_values": "Measured values of nearest",
    "overlap_level": "Patent evidence",
    "publication_number": "Strongest publication",
}
_CELL_LIMIT: Final = 32_000
# Excel's unit of row height is a point, three quarters of a pixel.
_POINTS_PER_PIXEL: Final = 0.75
_PIXELS_PER_CHARACTER: Final = 7.0
_EMU_PER_PIXEL: Final = 9525


def workbook_bytes(content: ReportContent, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the workbook.

    Parameters
    ----------
    content
        For units, objectives, model cards and provenance.
    rows
        The flat shortlist of :func:`molagent.report.export.shortlist_rows`.
    """
    book = Workbook()
    sheet = book.active
    if sheet is None:
        sheet = book.create_sheet()
    sheet.title = "Shortlist"
    _shortlist(sheet, content, rows)
    _models(book.create_sheet("Objectives and models"), content)
    _provenance(book.create_sheet("Provenance"), content)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _shortlist(sheet: Worksheet, content: ReportContent, rows: Sequence[Mapping[str, Any]]) -> None:
    names = list(rows[0]) if rows else ["rank", "proposal_id", "smiles"]
    keys = [*names[:2], "structure", *names[2:]]
    heads = [_head(key, content) for key in keys]
    _header(sheet, heads, [_WIDTHS.get(key, 14) for key in keys])
    picture_column = keys.index("structure") + 1
    letter = get_column_letter(picture_column)
    sheet.column_dimensions[letter].width = _PICTURE[0] / _PIXELS_PER_CHARACTER + 1
    for place, row in enumerate(rows, start=2):
        sheet.row_dimensions[place].height = (_PICTURE[1] + 6) * _POINTS_PER_PIXEL
        for column, key in enumerate(keys, start=1):
            if key == "structure":
                _draw(sheet, str(row["smiles"]), column, place)
                continue
            value = row[key]
            if key == "overlap_level":
                value = LEVEL_WORDS.get(str(value), value)
            cell = _write(sheet, place, column, value)
            if isinstance(value, float):
                cell.number_format = "0.00"
            if is_unknown(value):
                cell.fill = _GREY_FILL
    sheet.freeze_panes = sheet.cell(row=2, column=picture_column + 1)
    if rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(keys))}{len(rows) + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _head(key: str, content: ReportContent) -> str:
    if key in _HEADS:
        return _HEADS[key]
    for suffix, words in (("_in_domain", "in domain"), ("_std", "± (one standard deviation)")):
        endpoint = key.removesuffix(suffix)
        if key.endswith(suffix) and endpoint in content.endpoints:
            return f"{content.title(endpoint)} {words}"
    if key in content.endpoints:
        unit = content.unit(key)
        return f"{content.title(key)}, predicted{f' ({unit})' if unit else ''}"
    words = label(key)
    return words[:1].upper() + words[1:]


def _draw(sheet: Worksheet, smiles: str, column: int, row: int) -> None:
    png = structure_png(smiles, width=2 * _PICTURE[0], height=2 * _PICTURE[1])
    if png is None:
        _write(sheet, row, column, "structure not drawn")
        return
    image = Image(io.BytesIO(png))
    # Anchored to both corners of its cell, a picture is sorted and filtered with its row.
    inset = 3 * _EMU_PER_PIXEL
    width, height = (size * _EMU_PER_PIXEL for size in _PICTURE)
    image.anchor = TwoCellAnchor(
        editAs="twoCell",
        _from=AnchorMarker(col=column - 1, colOff=inset, row=row - 1, rowOff=inset),
        to=AnchorMarker(col=column - 1, colOff=inset + width, row=row - 1, rowOff=inset + height),
    )
    sheet.add_image(image)


def _models(sheet: Worksheet, content: ReportContent) -> None:
    sheet.title = "Objectives and models"
    heads = ["Objective", "Endpoint", "Unit", "Wanted", "Weight", "Reliable", "Reason"]
    _header(sheet, heads, [20, 24, 18, 36, 18, 12, 60])
    at = 2
    for item in content.profile:
        endpoint = str(item.get("endpoint", ""))
        values = [
            label(str(item["name"])),
            content.title(endpoint),
            str(item.get("unit") or content.card(endpoint).get("unit") or ""),
            target(item),
            item.get("weight"),
            "yes" if item.get("reliable", True) else "no",
            str(item.get("reason") or ""),
        ]
        at = _append(sheet, at, values)
    at = _append(sheet, at + 1, ["Model", "Endpoint", "Split", "Measure", "Value"], bold=True)
    for card in content.cards:
        for split, figures in split_metrics(card).items():
            for measure, figure in figures.items():
                at = _append(
                    sheet,
                    at,
                    [
                        str(card.get("title") or card.get("endpoint")),
                        str(card.get("endpoint")),
                        split,
                        measure,
                        figure,
                    ],
                )


def _provenance(sheet: Worksheet, content: ReportContent) -> None:
    _header(sheet, ["What", "Value"], [26, 90])
    facts = [
        ("Campaign", content.name),
        ("Goal", content.goal),
        ("Campaign id", content.campaign_id),
        ("Configuration hash", content.config_hash),
        ("Seed", content.seed),
        ("Policy", content.policy),
        ("molagent", content.version),
        ("Written", str(content.created_at)),
        ("Patent collection", content.collection),
        ("Note", NOT_LEGAL_ADVICE),
        *[("Note", note) for note in content.notes],
    ]
    at = 2
    for fact in facts:
        at = _append(sheet, at, list(fact))
    for column, width in zip("CDE", (12, 12, 70), strict=True):
        sheet.column_dimensions[column].width = width
    at = _append(sheet, at + 1, ["File", "SHA-256", "Rows", "Accepted", "Rejected"], bold=True)
    for row in content.sources.to_dict("records"):
        keys = ("name", "sha256", "rows", "accepted", "rejected")
        at = _append(sheet, at, [row[key] for key in keys])
    at = _append(sheet, at + 1, ["Rejected row", "Reason", "", "", "As it was read"], bold=True)
    for row in content.rejections.to_dict("records"):
        at = _append(sheet, at, [f"{row['file']}:{row['row']}", row["reason"], "", "", row["raw"]])


def _header(sheet: Worksheet, heads: Sequence[str], widths: Sequence[int]) -> None:
    for column, (head, width) in enumerate(zip(heads, widths, strict=True), start=1):
        cell = _write(sheet, 1, column, head)
        cell.font = Font(bold=True)
        cell.fill = _HEAD_FILL
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"


def _append(sheet: Worksheet, row: int, values: Sequence[object], *, bold: bool = False) -> int:
    for column, value in enumerate(values, start=1):
        cell = _write(sheet, row, column, value)
        if bold:
            cell.font = Font(bold=True)
            cell.fill = _HEAD_FILL
    return row + 1


def _write(sheet: Worksheet, row: int, column: int, value: object) -> Cell:
    cell = sheet.cell(row=row, column=column)
    cell.alignment = _TOP
    if is_unknown(value):
        cell.value = UNKNOWN
    elif isinstance(value, bool):
        cell.value = "yes" if value else "no"
    elif isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_CELL_LIMIT]
        # A text that begins with =, +, - or @ stays a text and is never run as a formula.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    else:
        cell.value = value.item() if hasattr(value, "item") else value
    return cell
