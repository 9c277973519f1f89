"""Sixteen exports of six plate readers: titles and order of the real files, signals drawn.

The forms are those of public exports (the parsers' test files of Benchling's allotropy and of other
open readers); no number of theirs is here. Each form says what is right to read from it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import openpyxl

from molagent.ingest.plate_grids import row_letters

__all__ = ["FORMS", "PlateForm"]

Signals = list[list[float]]
Lines = list[list[str]]

_DIGITS: Final = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class PlateForm:
    """One export and what is right.

    Attributes
    ----------
    lines
        Of cells, as they are written.
    mark
        Between the cells; ``xlsx`` for a workbook.
    right
        Run (after the file's name) and plate to the signals by row and column, from 1.
    refused
        Words of the error, where the file is to be refused by name.
    """

    name: str
    instrument: str
    lines: Lines
    mark: str = ","
    right: Mapping[tuple[str, str], Mapping[tuple[int, int], float]] = field(default_factory=dict)
    refused: str = ""

    def write(self, folder: Path) -> Path:
        """Write the export and return its path."""
        if self.mark == "xlsx":
            path = folder / f"{self.name}.xlsx"
            book = openpyxl.Workbook()
            for line in self.lines:
                book.active.append([_as_cell(text) for text in line])
            book.save(path)
            return path
        path = folder / f"{self.name}.{'txt' if self.mark == chr(9) else 'csv'}"
        path.write_text("\n".join(self.mark.join(line) for line in self.lines) + "\n")
        return path


def _as_cell(text: str) -> str | float | None:
    try:
        return float(text)
    except ValueError:
        return text or None


def _drawn(seed: int, n_rows: int = 8, n_columns: int = 12, top: float = 3.0) -> Signals:
    values = np.random.default_rng(seed).uniform(0.02 * top, top, (n_rows, n_columns))
    digits = _DIGITS if top < 10 else 0  # optical densities, else counts
    return [[round(float(value), digits) for value in row] for row in values]


def _texts(row: Sequence[float]) -> list[str]:
    return [f"{value:g}" for value in row]


def _grid(
    signals: Signals, *, corner: str = "", zeros: bool = False, end: bool = False, row: int = 1,
    column: int = 1,
) -> Lines:  # fmt: skip
    """Return a grid with its numbers and letters."""
    width = len(signals[0])
    numbers = [f"{n:02d}" if zeros else str(n) for n in range(column, column + width)]
    tail = [""] if end else []
    return [
        [corner, *numbers, *tail],
        *[[row_letters(row + i), *_texts(each), *tail] for i, each in enumerate(signals)],
    ]


def _wells(signals: Signals, row: int = 1, column: int = 1) -> dict[tuple[int, int], float]:
    return {
        (row + i, column + j): value
        for i, each in enumerate(signals)
        for j, value in enumerate(each)
    }


def _words(words: str, n_rows: int = 8, n_columns: int = 12) -> Lines:
    """Return a map of what is in the wells: names counted through, or dashes."""
    cells = [
        [
            words if words == "- " else f"{words}{row * n_columns + column}"
            for column in range(n_columns)
        ]
        for row in range(n_rows)
    ]
    numbers = [f"{n:02d}" for n in range(1, n_columns + 1)]
    return [["", *numbers, ""], *[[row_letters(i + 1), *each] for i, each in enumerate(cells)]]


def _envision_head(plate: int, barcode: str, *, formula: str = "", label: str = "") -> Lines:
    title = "Formula" if formula else "Label"
    return [
        ["Plate information "],
        ["Plate", "Repeat", "Barcode", "Measured height", title, "Measurement date", ""],
        [str(plate), "1", barcode, "14.35", formula or label, "1/15/2024", ""],
        [],
        ["Background information"],
        ["Plate", "Label", "Result", "Signal", "Flashes/Time", ""],
        [str(plate), label or "A450", "0", "295000", "50", ""],
        [],
    ]


_ENVISION_TAIL: Final[Lines] = [
    [],
    ["Basic assay information "],
    ["Assay ID: ", "", "", "", "3134"],
    ["Protocol Name: ", "", "", "", "HTRF 665/620"],
    [],
    ["Plate type:"],
    ["Name of the plate type", "", "", "", "96well low volume"],
    ["Number of the wells in the plate", "", "", "", "96"],
    [],
    ["Platemap:"],
    ["Plate", "", "", "", "1"],
    ["Group", "", "", "", "1"],
    [],
]


def _envision_two_plates() -> PlateForm:
    plates = {str(n): _drawn(n) for n in (1, 2)}
    lines: Lines = []
    for name, signals in plates.items():
        lines += _envision_head(int(name), '=""', label="A450(1)")
        lines += [["Results for A450(1) - channel 1 (A)"], *_grid(signals, zeros=True, end=True)]
        lines.append([])
    lines += [*_ENVISION_TAIL, *_words("- ")]
    right = {("", name): _wells(signals) for name, signals in plates.items()}
    return PlateForm(name="envision-two", instrument="EnVision", lines=lines, right=right)


def _envision_bare() -> PlateForm:
    signals = _drawn(3, 16, 24, top=5e4)
    corrected = [[value * 1.01 for value in row] for row in signals]
    lines = _envision_head(1, '"=""81"""', formula="Calc 1: Crosstalk = Crosstalk correction")
    lines += [[*_texts(row), ""] for row in corrected]
    lines += [[], *_envision_head(1, '"=""81"""', label="RA 384 OptiPlate(1)")]
    lines += [[*_texts(row), ""] for row in signals]
    lines += [*_ENVISION_TAIL, *_words("UNK", 16, 24)]
    right = {("", "81"): _wells(signals)}
    return PlateForm(name="envision-bare", instrument="EnVision", lines=lines, right=right)


def _envision_ratio() -> PlateForm:
    first, second = _drawn(4, top=3e4), _drawn(5, top=9e4)
    ratio = [
        [1e4 * a / b for a, b in zip(*pair, strict=True)]
        for pair in zip(first, second, strict=True)
    ]
    head = _envision_head(1, '=""', formula="Calc 1: HTRF ratio value")
    lines = [*head, ["Calculated results: Calc 1: HTRF ratio value"]]
    lines += [*_grid(ratio, zeros=True, end=True), []]
    right = {}
    for number, signals in ((1, first), (2, second)):
        title = f"Results for AC HTRF [Eu](1) - channel {number} window 1 (Counts)"
        lines += [*_envision_head(1, '=""', label="AC HTRF [Eu](1)"), [title]]
        lines += [*_grid(signals, zeros=True, end=True), []]
        right[f"[{title}]", "1"] = _wells(signals)
    lines += [*_ENVISION_TAIL, *_words("- ")]
    return PlateForm(name="envision-ratio", instrument="EnVision", lines=lines, right=right)


def _bmg_head(ids: Sequence[str], mode: str = "Absorbance") -> Lines:
    return [
        ["User: USER", "Path: C:\\BMG\\PHERAstar\\User\\Data", "Test run no.: 4"],
        ["Test name: Transcreener ADP2 FI", "Date: 29/02/2016", "Time: 14:34:46"],
        [],
        list(ids),
        [mode],
        [],
    ]  # fmt: skip


def _bmg_grid() -> PlateForm:
    signals = _drawn(6, 16, 20, top=7e4)
    lines = _bmg_head(["ID1: black 384w small volume", "ID2: 20 ul"], "Fluorescence (FI)")
    lines += [["Raw Data (580/620)"], []]
    lines.append(["", *map(str, range(1, 25))])
    lines += [[row_letters(i), *_texts(row)] for i, row in enumerate(signals, start=1)]
    right = {("", "bmg-grid"): _wells(signals)}
    return PlateForm(name="bmg-grid", instrument="BMG", lines=lines, right=right)


def _bmg_blocks() -> PlateForm:
    signals = _drawn(7)
    blank = [[value - 0.05 for value in row] for row in signals]
    ones = [[1.0] * 12 for _ in range(8)]
    lines = _bmg_head(["ID1: MP0042", "ID2: Plate 1"])
    for title, cells in (
        ("Raw Data (450)", signals),
        ("Blank corrected based on Raw Data (450)", blank),
        ("Standard Concentrations [nM]", ones),
        ("Dilution Factors", ones),
    ):
        lines += [[title], [], *_grid(cells), []]
    lines += [["Sample IDs"], [], *_words("X")]
    right = {("", "MP0042"): _wells(signals)}
    return PlateForm(name="bmg-blocks", instrument="BMG", lines=lines, right=right)


def _bmg_list() -> PlateForm:
    first, second = _drawn(8, top=5e4), _drawn(9, top=5e4)
    titles = ["Raw Data (485/520 1)", "Raw Data (485/590 2)"]
    lines = _bmg_head(["ID1: ", "ID2: "], "Fluorescence (FI), multichromatic")
    lines.append(["Well", "Content", *titles, "Blank corrected based on Raw Data (485/520 1)"])
    for row, pair in enumerate(zip(first, second, strict=True), start=1):
        for column, (a, b) in enumerate(zip(*pair, strict=True), start=1):
            content = {1: "Negative control N", 12: "Blank B"}.get(column, f"Sample X{row}{column}")
            well = f"{row_letters(row)}{column:02d}"
            lines.append([well, content, *_texts([a, b, a - 100])])
    right = {
        (f"[{titles[0]}]", "bmg-list"): _wells(first),
        (f"[{titles[1]}]", "bmg-list"): _wells(second),
    }
    return PlateForm(name="bmg-list", instrument="BMG", lines=lines, right=right)


_GEN5_HEAD: Final[Lines] = [
    [],
    [],
    ["Software Version", "3.12.08"],
    [],
    ["Experiment File Path:", "C:\\Users\\Public\\Documents\\plate.xpt"],
    ["Protocol File Path:", "C:\\Users\\Public\\Documents\\plate.prt"],
    [],
    ["Plate Number", "Plate 1"],
    ["Date", "2/15/2024"],
    ["Reader Type:", "Synergy H1"],
    ["Reading Type", "Reader"],
    [],
    ["Procedure Details"],
    [],
    ["Plate Type", "96 WELL PLATE (Use plate lid)"],
    ["Read", "450nm"],
    ["", "Absorbance Endpoint"],
    ["", "Wavelengths:  450"],
    [],
]


def _gen5_lines(reads: Mapping[str, Sequence[Sequence[str]]]) -> Lines:
    width = len(next(iter(reads.values()))[0])
    n_rows = len(next(iter(reads.values())))
    lines = [["", *map(str, range(1, width + 1))]]
    for row in range(n_rows):
        for number, (title, cells) in enumerate(reads.items()):
            lines.append(["" if number else row_letters(row + 1), *cells[row], title])
    return lines


def _gen5_standards() -> PlateForm:
    signals = _drawn(10)
    texts = [_texts(row) for row in signals]
    blank = [_texts([value - 0.001 for value in row]) for row in signals]
    amounts = [_texts([value * 297.5 for value in row]) for row in signals]
    names = [[f"SPL{column}" for column in range(12)] for _ in range(8)]
    ones = [["1"] * 12 for _ in range(8)]
    reads = {"450nm:450": texts, "Blank 450nm:450": blank, "[Concentration]": amounts}
    lines = [
        *_GEN5_HEAD,
        ["Layout"],
        *_gen5_lines({"Well ID": names, "Conc/Dil": ones}),
        [],
        ["Results"],
        *_gen5_lines(reads),
        [],
        ["StdCurve Fitting Results"],
        [],
        ["Curve Name", "Curve Formula", "A", "B", "R2", "Fit F Prob"],
        ["StdCurve", "Y=A*X+B", "0.00336", "-0.000679", "1", "?????"],
    ]
    right = {("", "Plate 1"): _wells(signals)}
    return PlateForm(name="gen5-standards", instrument="Gen5", lines=lines, mark="\t", right=right)


def _gen5_reads() -> PlateForm:
    drawn = {"od:600": _drawn(11), "fluor:579,616": _drawn(12, top=90.0)}
    drawn["fluor:479,520"] = _drawn(13, top=600.0)
    reads = {name: [_texts(row) for row in signals] for name, signals in drawn.items()}
    ratio = [["1.000"] * 12 for _ in range(8)]
    lines = [
        *_GEN5_HEAD,
        ["Actual Temperature:", "22.8"],
        [],
        ["Results"],
        *_gen5_lines({**reads, "Ratio": ratio, "Normalized Data": ratio}),
    ]
    right = {(f"[{name}]", "Plate 1"): _wells(signals) for name, signals in drawn.items()}
    return PlateForm(name="gen5-reads", instrument="Gen5", lines=lines, mark="\t", right=right)


def _gen5_luminescence() -> PlateForm:
    signals = _drawn(14, 16, 24, top=9e4)
    lines = [*_GEN5_HEAD, ["Lum"], *_gen5_lines({"Lum": [_texts(row) for row in signals]})]
    right = {("", "Plate 1"): _wells(signals)}
    return PlateForm(name="gen5-lum", instrument="Gen5", lines=lines, mark="\t", right=right)


def _gen5_kinetic() -> PlateForm:
    lines = [*_GEN5_HEAD, ["OD:600"], [], ["Time", "T OD:600", "A1", "A2", "A3", "A4"]]
    lines += [[f"0:{t:02d}:00", "37.0", "0.1", "0.2", "0.3", "0.4"] for t in range(0, 50, 10)]
    return PlateForm(
        name="gen5-kinetic", instrument="Gen5", lines=lines, mark="\t", refused="kinetic"
    )


def _tecan_head(label: str) -> Lines:
    return [
        [f"Label: {label}"],
        ["Mode", "", "", "", "Fluorescence Top Reading"],
        ["Excitation Wavelength", "", "", "", "360", "nm"],
        ["Part of Plate", "", "", "", "B3-D6"],
        ["Start Time:", "2014-01-09 15:42:12"],
        [],
        ["", "Temperature: 23.1 °C"],
    ]


_TECAN_TOP: Final[Lines] = [
    ["Application: Tecan i-control", "", "", "", "Tecan i-control , 1.9.17.0"],
    ["Device: infinite 200Pro", "", "", "", "Serial number: 1202007079"],
    [],
    ["Date:", "2014-01-09"],
    ["Plate", "", "", "", "Corning 96 Round Bottom [COS96rt.pdfx]"],
    [],
]


def _icontrol_part() -> PlateForm:
    signals = _drawn(15, 3, 4, top=4e4)
    lines = [*_TECAN_TOP, *_tecan_head("MUF")]
    lines += [*_grid(signals, corner="<>", row=2, column=3), [], ["End Time:", "2014-01-09"]]
    right = {("", "icontrol-part"): _wells(signals, 2, 3)}
    return PlateForm(
        name="icontrol-part", instrument="i-control", lines=lines, mark="xlsx", right=right
    )


def _icontrol_labels() -> PlateForm:
    drawn = {"Label1": _drawn(16, top=4e4), "Label2": _drawn(17)}
    lines = [*_TECAN_TOP]
    for label, signals in drawn.items():
        lines += [*_tecan_head(label), *_grid(signals, corner="<>"), []]
    right = {(f"[{label}]", "icontrol-labels"): _wells(s) for label, s in drawn.items()}
    return PlateForm(
        name="icontrol-labels", instrument="i-control", lines=lines, mark="\t", right=right
    )


def _magellan() -> PlateForm:
    signals = _drawn(18)
    lines: Lines = [["Well positions", "Layout", "Raw data"], ["", "", "0s"], ["", "", "23.4 °C"]]
    for row, each in enumerate(signals, start=1):
        for column, value in enumerate(each, start=1):
            well = f"{row_letters(row)}{column}"
            lines.append([well, f"SM1_{row}", f"{value:g}"])
    lines += [
        [],
        ["Date of measurement: 2021-07-06/Time of measurement: 09:43:07"],
        ["C:\\Users\\Public\\Documents\\Tecan\\Magellan\\mth\\OD.mth"],
        ["Instrument serial number: 12901000069"],
    ]
    right = {("", "magellan"): _wells(signals)}
    return PlateForm(name="magellan", instrument="Magellan", lines=lines, mark="xlsx", right=right)


def _softmax_head(kind: str, reads: str, numbers: Sequence[int]) -> Lines:
    first, width, wells, row, rows = map(str, numbers)
    return [
        ["##BLOCKS= 1"],
        ["Note: "],
        ["Use this protocol for plate assays; make the plate section active."],
        ["~End "],
        [
            *("Plate:", "Plate1", "1.3", "PlateFormat", kind, "Absorbance", "Raw", "FALSE", "1"),
            *("", "", "", "", "", reads, "450 540", first, width, wells, row, rows, "", ""),
        ],
    ]


def _softmax() -> PlateForm:
    first, second = _drawn(19), _drawn(20)
    numbers = [str(n) for n in range(1, 13)]
    lines = _softmax_head("Endpoint", "2", (1, 12, 96, 1, 8))
    lines.append(["", "Temperature(°C)", *numbers, "", *numbers, "", ""])
    for row, (a, b) in enumerate(zip(first, second, strict=True)):
        lines.append(["", "" if row else "35", *_texts(a), "", *_texts(b), "", ""])
    lines += [[], ["", "", *numbers, ""]]
    lines += [["", "", *_texts(row), ""] for row in first]
    lines += [["~End"], ["Original Filename: plate; Date Last Saved: 1/9/2023 2:23:07 PM"]]
    right = {
        (f"[Absorbance Raw {number}]", "Plate1"): _wells(signals)
        for number, signals in ((1, first), (2, second))
    }
    return PlateForm(name="softmax", instrument="SoftMax Pro", lines=lines, mark="\t", right=right)


def _softmax_part() -> PlateForm:
    signals = _drawn(21, 4, 6)
    lines = _softmax_head("Endpoint", "1", (3, 6, 96, 2, 4))
    lines.append(["", "Temperature(°C)", *map(str, range(1, 13)), "", ""])
    for row, each in enumerate(signals):
        lines.append(["", "" if row else "26.2", "", "", *_texts(each), *[""] * 6])
    lines += [["~End"]]
    right = {("", "Plate1"): _wells(signals, 2, 3)}
    return PlateForm(
        name="softmax-part", instrument="SoftMax Pro", lines=lines, mark="\t", right=right
    )


def _softmax_spectrum() -> PlateForm:
    lines = _softmax_head("Spectrum", "", (1, 12, 96, 1, 8))
    lines.append(["", "Temperature(°C)", *map(str, range(1, 13))])
    for wavelength in (525, 527):
        for row, each in enumerate(_drawn(wavelength)):
            lead = ["", ""] if row else [str(wavelength), "26.2"]
            lines.append([*lead, *_texts(each)])
        lines.append([])
    lines.append(["~End"])
    return PlateForm(
        name="softmax-spectrum",
        instrument="SoftMax Pro",
        lines=lines,
        mark="\t",
        refused="spectrum",
    )


_MAKERS: Final[tuple[Callable[[], PlateForm], ...]] = (
    *(_envision_two_plates, _envision_bare, _envision_ratio, _bmg_grid, _bmg_blocks, _bmg_list),
    *(_gen5_standards, _gen5_reads, _gen5_luminescence, _gen5_kinetic, _icontrol_part),
    *(_icontrol_labels, _magellan, _softmax, _softmax_part, _softmax_spectrum),
)
FORMS: Final = tuple(make() for make in _MAKERS)
