"""Which blocks of an export hold what the detector saw, of which plate, and in which read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.plate_grids import Block, looks_like_number
from molagent.ingest.plate_names import find_read, is_calculated

__all__ = ["OVER", "PlateRead", "choose_reads", "signal_kind"]

# What readers write where the detector was full; a number there would be a lie.
OVER: Final = re.compile(r"^(over|ovrflw|overflow|sat(urated)?|\*+|>\s*max|#+)$", re.IGNORECASE)
_MAP: Final = re.compile(
    r"\blayout|plate ?map|\btemplate|\bwell ?ids?\b|\bsamples?\b|\bcompounds?\b|\bmolecules?\b|"
    r"\brole|^contents?\b|\b(well|sample) ?type|\bdilution|\bdil\b|\bconc|\bdose|"
    r"^groups?\b|\bstandards?\b(?! dev)",
    re.IGNORECASE,
)
_DERIVED: Final = re.compile(
    r"calculat|\bcalc\b|\bblank|correct|subtract|minus|normali[sz]|%|percent|\bratio|\bdelta|"
    r"\bmean|average|\bstd|\bs\.?d\.?\b|stdev|deviation|\bcv\b|reduc|\bfold|z.?score|"
    r"inhibition|\bslope|\brank|\boutlier|polari[sz]ation|anisotropy|\blog|\blag\b|"
    r"\b(max|mean) v\b|onset|r-squared|integral|pathlength",
    re.IGNORECASE,
)
_RAW: Final = re.compile(
    r"\braw\b|\bresults? for\b|channel|:\s*\w*\d{3}|\b\d{3}/\d{2,3}|\b\d{3} ?nm|^\d{3}$|^label ?\d",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"\bresults?\b|signal|\bcounts?\b|\bRFU\b|\bRLU\b|\bOD\d*\b|absorbance|fluorescence|"
    r"luminescence|\blum\b|intensity|\balpha",
    re.IGNORECASE,
)
_PLAINLY_RAW: Final = re.compile(r"\braw data\b", re.IGNORECASE)
_KINDS: Final = ("raw", "named", "plain", "derived")
_WORDS: Final = {"map": "labels", "derived": "calculated"}
_UNTITLED: Final = "beside what is titled as raw"
# Names that a workbook gives a sheet by itself.
_DEFAULT_SHEET: Final = re.compile(
    r"^(sheet|tabelle|feuil|hoja|result|end ?point|raw|data|table|plate ?format|magellan)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PlateRead:
    """One read of one plate: the plate's name, the read's and its kind, and its block."""

    barcode: str
    read: str
    kind: str
    block: Block


def signal_kind(text: str) -> str:
    """Return what a title says of numbers.

    `raw` by that word, a wavelength or a channel; `named` as a signal; `derived`; `map`, what is in
    the wells; or `plain`, nothing.

    Examples
    --------
    >>> signal_kind("Raw Data (450)"), signal_kind("Blank corrected based on Raw Data (450)")
    ('raw', 'derived')
    >>> signal_kind("Dilution factors"), signal_kind("MP001")
    ('map', 'plain')
    """
    if _MAP.search(text) and not _PLAINLY_RAW.search(text):
        return "map"
    if _DERIVED.search(text):
        return "derived"
    if _RAW.search(text):
        return "raw"
    return "named" if _NAMED.search(text) else "plain"


def choose_reads(
    drawn: Sequence[tuple[str, Block]], stem: str
) -> tuple[list[PlateRead], list[str]]:
    """Return the blocks that hold signals, named, and notes on what was not read.

    Of one plate the raw reads are taken; where it has none, blocks without a title of a reader's,
    and where there is nothing else what was calculated, which is noted.

    Parameters
    ----------
    drawn
        Sheet ('' for text) and block.
    stem
        The file's name, for plates that have none.

    Raises
    ------
    FileFormatError
        If no block holds numbers that may be signals.
    """
    kinds = _without_company([_kind(block) for _, block in drawn], drawn)
    named = _named(drawn, kinds, stem)
    best: dict[str, int] = {}
    for barcode, kind in zip(named, kinds, strict=True):
        if kind in _KINDS:
            best[barcode] = min(best.get(barcode, len(_KINDS)), _KINDS.index(kind))
    reads, left = [], []
    for (_, block), kind, barcode in zip(drawn, kinds, named, strict=True):
        if kind in _KINDS and _KINDS.index(kind) == best[barcode]:
            reads.append(PlateRead(barcode, _read(block), kind, block))
        else:
            why = _WORDS.get(kind, _UNTITLED)
            left.append(f"{_title(block)!r} in line {block.line} ({why})")
    if not reads:
        raise FileFormatError(
            f"no block of the file holds signals: {', '.join(left)}",
            place=stem,
            remedy="export the raw data of the plate",
        )
    notes = []
    if left:
        shown = ", ".join(left[:4]) + (f" and {len(left) - 4} more" if len(left) > 4 else "")
        notes.append(f"not read: {shown}")
    derived = sorted({name for name, place in best.items() if _KINDS[place] == "derived"})
    if derived:
        notes.append(f"plate {', '.join(derived)} has calculated values only, which were read")
    notes.extend(dict.fromkeys(f"plate {r.barcode}: {r.block.note}" for r in reads if r.block.note))
    return reads, notes


def _kind(block: Block) -> str:
    texts = [text for row in block.cells for text in row if text]
    numbers = sum(looks_like_number(text) or bool(OVER.match(text)) for text in texts)
    if 2 * numbers <= len(texts):
        return "map"
    titles = (block.read, find_read(block.above) or block.title)
    found = [signal_kind(text) for text in titles if text]
    if is_calculated(block.above):
        return "derived"
    # What stands behind the rows says more than the title over all of them.
    if len(found) > 1 and found[0] == "plain" and found[1] in ("raw", "named"):
        return "plain"
    for kind in ("map", "derived", "raw", "named"):
        if kind in found:
            return kind
    return "plain"


def _without_company(kinds: Sequence[str], drawn: Sequence[tuple[str, Block]]) -> list[str]:
    """Take of several reads that share lines, and none of which is raw by its name, the first.

    Gen5 writes what was read before what was made of it, under any names.
    """
    told = list(kinds)
    first: dict[tuple[str, int], int] = {}
    for place, ((sheet, block), kind) in enumerate(zip(drawn, kinds, strict=True)):
        if block.read and kind in ("named", "plain"):
            before = first.setdefault((sheet, block.line), place)
            # Blocks side by side have the same lines: each is a read of its own.
            alike = drawn[before][1].row_lines == block.row_lines
            told[place] = kind if alike else "derived"
    return told


def _title(block: Block) -> str:
    return block.read or find_read(block.above) or block.title


def _read(block: Block) -> str:
    return block.read or find_read(block.above)


def _named(drawn: Sequence[tuple[str, Block]], kinds: Sequence[str], stem: str) -> list[str]:
    """Return a name for the plate of each block.

    A name holds for the further reads below it. Blocks without one are reads of one plate as long
    as their titles differ, and of the next plate where a title comes again.
    """
    sheets = {sheet for (sheet, _), kind in zip(drawn, kinds, strict=True) if kind in _KINDS}
    names: list[str] = []
    numbers: list[int] = []
    current, seen, sheet_before = "", set[str](), ""
    again: dict[str, int] = {}
    for (sheet, block), kind in zip(drawn, kinds, strict=True):
        if sheet != sheet_before:
            current, seen, sheet_before = "", set(), sheet
        read = _read(block)
        if block.barcode:
            current, seen = block.barcode, seen if block.barcode == current else set()
        elif kind in _KINDS and (not block.above or read in seen):
            current = ""
        seen.add(read if kind in _KINDS else f"{kind}: {read}")
        number = 0
        if not current and kind in _KINDS:
            number = again[f"{sheet}|{read}"] = again.get(f"{sheet}|{read}", 0) + 1
        title = sheet if sheet and (len(sheets) > 1 or _own_name(sheet)) else stem
        names.append(current or title)
        numbers.append(number)
    several = {name for name, number in zip(names, numbers, strict=True) if number > 1}
    return [
        f"{name}-{number}" if number and name in several else name
        for name, number in zip(names, numbers, strict=True)
    ]


def _own_name(sheet: str) -> bool:
    return any(mark.isdigit() for mark in sheet) and not _DEFAULT_SHEET.match(sheet)
