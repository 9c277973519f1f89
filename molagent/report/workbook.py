"""The shortlist as an Excel workbook with drawn structures."""

import io
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from molagent.report.cells import GREY_FILL, append_row, write_cell, write_header
from molagent.report.content import ReportContent
from molagent.report.drawing import structure_png
from molagent.report.modelcard import split_metrics
from molagent.report.ordering import PLACES, PROPERTY_HEADS, pieces
from molagent.report.panelsheet import write_panel
from molagent.report.wording import (
    LEVEL_WORDS,
    NOT_LEGAL_ADVICE,
    is_unknown,
    label,
    roughly,
    target,
    typeset,
    unit_words,
)

__all__ = ["workbook_bytes"]

_PICTURE: Final = (250, 170)
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
    "order": 34,
    "making": 34,
    "route": 48,
}
_HEADS: Final[dict[str, str]] = {
    "rank": "Rank",
    "proposal_id": "Compound",
    "smiles": "SMILES",
    "inchikey": "InChIKey",
    "desirability": "Desirability (0 to 1)",
    "nearest_id": "Nearest measured",
    "nearest_smiles": "Nearest measured, SMILES",
    "nearest_similarity": "Similarity to nearest measured",
    "nearest_values": "Measured values of nearest",
    "overlap_level": "Patent evidence",
    "publication_number": "Strongest publication",
    "order": "Stereo to order",
    "order_ids": "Compounds to measure",
    "place": "Place for",
    **{name: head for name, (head, _) in PROPERTY_HEADS.items()},
}
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
    if content.panel:
        write_panel(book.create_sheet("ADMET"), content, rows)
    _purchases(book.create_sheet("To buy"), content)
    _models(book.create_sheet("Objectives and models"), content)
    _provenance(book.create_sheet("Provenance"), content)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _shortlist(sheet: Worksheet, content: ReportContent, rows: Sequence[Mapping[str, Any]]) -> None:
    beside = {f"{name}{suffix}" for name in content.panel for suffix in ("", "_std", "_in_domain")}
    names = (
        [key for key in rows[0] if key not in beside] if rows else ["rank", "proposal_id", "smiles"]
    )
    keys = [*names[:2], "structure", *names[2:]]
    heads = [_head(key, content) for key in keys]
    write_header(sheet, heads, [_WIDTHS.get(key, 14) for key in keys])
    picture_column = keys.index("structure") + 1
    letter = get_column_letter(picture_column)
    sheet.column_dimensions[letter].width = _PICTURE[0] / _PIXELS_PER_CHARACTER + 1
    unreliable = {
        str(card.get("endpoint")) for card in content.cards if not card.get("reliable", True)
    }
    for place, row in enumerate(rows, start=2):
        sheet.row_dimensions[place].height = (_PICTURE[1] + 6) * _POINTS_PER_PIXEL
        for column, key in enumerate(keys, start=1):
            if key == "structure":
                _draw(sheet, str(row["smiles"]), column, place)
                continue
            value = _shown(key, row[key], unreliable)
            cell = write_cell(sheet, place, column, value)
            if isinstance(value, float):
                cell.number_format = "0.00"
            if is_unknown(value):
                cell.fill = GREY_FILL
    sheet.freeze_panes = sheet.cell(row=2, column=picture_column + 1)
    if rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(keys))}{len(rows) + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _shown(key: str, value: object, unreliable: Set[str]) -> object:
    """Return what a cell of the shortlist says of a value."""
    if key == "overlap_level":
        return LEVEL_WORDS.get(str(value), value)
    if key == "place":
        return PLACES.get(str(value), value)
    if key.removesuffix("_std") in unreliable and not is_unknown(value):
        # Digits would promise what a model that failed its checks cannot keep.
        return roughly(value) if key in unreliable else ""
    return value


def _head(key: str, content: ReportContent) -> str:
    if key in _HEADS:
        return _HEADS[key]
    if key == "acquisition":
        return f"Share of draws among the best {content.batch_size}"
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
        write_cell(sheet, row, column, "structure not drawn")
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


def _purchases(sheet: Worksheet, content: ReportContent) -> None:
    heads = ["SMILES", "Source", "Compounds", "For"]
    write_header(sheet, heads, [44, 44, 12, 60])
    at = 2
    for one in pieces(content):
        at = append_row(
            sheet, at, [one.smiles, one.source, len(one.used_for), ", ".join(one.used_for)]
        )


def _models(sheet: Worksheet, content: ReportContent) -> None:
    sheet.title = "Objectives and models"
    heads = ["Objective", "Endpoint", "Unit", "Wanted", "Weight", "Reliable", "Reason"]
    write_header(sheet, heads, [20, 24, 18, 36, 18, 12, 60])
    at = 2
    for item in content.profile:
        endpoint = str(item.get("endpoint", ""))
        values = [
            label(str(item["name"])),
            content.title(endpoint),
            unit_words(item.get("unit") or content.card(endpoint).get("unit")),
            target(item),
            item.get("weight"),
            "yes" if item.get("reliable", True) else "no",
            typeset(str(item.get("reason") or "")),
        ]
        at = append_row(sheet, at, values)
    at = append_row(sheet, at + 1, ["Model", "Endpoint", "Split", "Measure", "Value"], bold=True)
    for card in content.cards:
        for split, figures in split_metrics(card).items():
            for measure, figure in figures.items():
                at = append_row(
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
    write_header(sheet, ["What", "Value"], [26, 90])
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
        at = append_row(sheet, at, list(fact))
    for column, width in zip("CDE", (12, 12, 70), strict=True):
        sheet.column_dimensions[column].width = width
    at = append_row(sheet, at + 1, ["File", "SHA-256", "Rows", "Accepted", "Rejected"], bold=True)
    for row in content.sources.to_dict("records"):
        keys = ("name", "sha256", "rows", "accepted", "rejected")
        at = append_row(sheet, at, [row[key] for key in keys])
    at = append_row(sheet, at + 1, ["Rejected row", "Reason", "", "", "As it was read"], bold=True)
    for row in content.rejections.to_dict("records"):
        at = append_row(
            sheet, at, [f"{row['file']}:{row['row']}", row["reason"], "", "", row["raw"]]
        )
