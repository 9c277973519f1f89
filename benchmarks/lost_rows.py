"""Generated files of all kinds: every row must end as a result, a rejection or a named blank."""

import csv
import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import openpyxl
import pandas as pd
from rdkit import Chem

from molagent.errors import MolagentError
from molagent.ingest.intake import read_data
from molagent.ingest.parents import ParentFinder
from molagent.protocols import NullProgress, Progress

__all__ = ["FileOfRows", "count_lost_rows", "generate_file", "lost_in"]

_TITLES: Final = ("SMILES", "Name", "IC50", "Comment")
_MOST_ROWS: Final = 40
_SMILES: Final = (
    *(f"{'C' * length}O" for length in range(1, 12)),
    *("c1ccccc1O", "CCOc1ccccc1", "CC(=O)Nc1ccc(O)cc1", "CN1CCC[C@H]1c1cccnc1"),
    *("not a structure", "", "C1CC", "=A2"),
)
_VALUES: Final = (
    *("12.5", "850", "1.250", "0.7", ">10000", "ca. 10", "10 ± 2", "12,5", "1,250", "7*"),
    *("", "n/a", "OVER", "12.May", "#REF!", "-3", "0", "5 uM", "1e400", "10 20"),
)
_COMMENTS: Final = (
    *("", "ok", "a, b; c", "washed twice\nmeasured again", 'the "special" one', "µM — é", "=1+1"),
    *('"', '"x', 'x"', "\t", "a|b", "#"),
)
_DELIMITERS: Final = {"csv": ",", "tsv": "\t", "semicolon": ";"}
COLUMNS: Final = {
    "smiles": "SMILES",
    "name_column": "Name",
    "value": "IC50",
    "unit": "nM",
    "endpoint": "x_pic50",
    "quantity": "IC50",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfRows:
    """A generated file, and how many rows and blank lines were written to it."""

    name: str
    content: bytes
    rows: int
    blank: int


Writer: TypeAlias = Callable[[list[tuple[str, ...]], np.random.Generator], FileOfRows]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOfKind:
    """Where the rows of the files of one kind went."""

    kind: str
    files: int = 0
    written: int = 0
    results: int = 0
    rejected: int = 0
    blank: int = 0
    refused_files: int = 0
    files_with_lost_rows: int = 0
    lost: int = 0


def count_lost_rows(
    *, files: int = 1_000, seed: int = 0, progress: Progress | None = None
) -> list[RowsOfKind]:
    """Generate files, read each, and count the rows that are neither result, rejection nor blank.

    Parameters
    ----------
    files
        How many, of all kinds in turn: CSV with three delimiters, XLSX, SDF, JSON in two forms,
        Parquet, each of them also packed. Their cells hold quotes that are never closed, line ends,
        formulas and numbers in all notations; a sheet announces a wrong range.

    Returns
    -------
    list
        One row a kind. Of a file that is refused as a whole nothing is lost: its user knows.
    """
    rng = np.random.default_rng(seed)
    found = {kind: RowsOfKind(kind=kind) for kind in _WRITERS}
    shown = progress or NullProgress()
    shown.start("files of rows", files)
    with (
        tempfile.TemporaryDirectory(prefix="molagent-rows-") as folder,
        ParentFinder(progress=NullProgress(), workers=1) as finder,
    ):
        for number in range(files):
            kind = tuple(_WRITERS)[number % len(_WRITERS)]
            generated = generate_file(kind, rng)
            path = Path(folder) / generated.name
            path.write_bytes(generated.content)
            found[kind] = _counted(found[kind], generated, path, finder)
            path.unlink()
            shown.advance()
    shown.finish()
    return list(found.values())


def generate_file(kind: str, rng: np.random.Generator) -> FileOfRows:
    """Return a file of one of the kinds, with rows of every sort and blank ones among them."""
    count = int(rng.integers(1, _MOST_ROWS))
    rows = [_row(number, rng) for number in range(count)]
    file = _WRITERS[kind](rows, rng)
    if rng.random() < 0.1:
        return replace(file, name=f"{file.name}.gz", content=gzip.compress(file.content))
    return file


def lost_in(file: FileOfRows, path: Path, finder: ParentFinder) -> tuple[int, int, int, int]:
    """Return how many rows became results, were rejected, were named as blank, and were lost.

    Raises
    ------
    MolagentError
        If the file is refused.
    """
    intake = read_data(path, **COLUMNS, finder=finder)  # type: ignore[arg-type]
    results, rejected = set(intake.results["source_row"]), set(intake.rejections["source_row"])
    blank = intake.table.counted.n_blank
    named = blank if any("blank" in note for note in intake.notes) or not blank else 0
    lost = file.rows + file.blank - len(results | rejected) - named
    return len(results), len(rejected - results), named, abs(lost)


def _counted(before: RowsOfKind, file: FileOfRows, path: Path, finder: ParentFinder) -> RowsOfKind:
    seen = replace(before, files=before.files + 1, written=before.written + file.rows)
    try:
        results, rejected, blank, lost = lost_in(file, path, finder)
    except MolagentError:
        return replace(seen, refused_files=seen.refused_files + 1)
    return replace(
        seen,
        results=seen.results + results,
        rejected=seen.rejected + rejected,
        blank=seen.blank + blank,
        lost=seen.lost + lost,
        files_with_lost_rows=seen.files_with_lost_rows + bool(lost),
    )


def _row(number: int, rng: np.random.Generator) -> tuple[str, ...]:
    # Mostly good rows, as files are.
    smiles = _SMILES[int(rng.integers(len(_SMILES) if rng.random() < 0.2 else 15))]
    value = _VALUES[int(rng.integers(len(_VALUES) if rng.random() < 0.2 else 4))]
    comment = _COMMENTS[int(rng.integers(len(_COMMENTS) if rng.random() < 0.3 else 2))]
    return smiles, f"c{number}", value, comment


def _delimited(
    delimiter: str,
) -> Callable[[list[tuple[str, ...]], np.random.Generator], FileOfRows]:
    def write(rows: list[tuple[str, ...]], rng: np.random.Generator) -> FileOfRows:
        text, blank = io.StringIO(), 0
        careless = rng.random() < 0.3  # a program that joins cells without quoting them
        end = ("\n", "\r\n", "\r")[int(rng.integers(3))]
        # Python's writer leaves a line end that is not its own unquoted.
        good = csv.writer(
            text,
            delimiter=delimiter,
            lineterminator=end,
            quoting=csv.QUOTE_ALL if end == "\r" else csv.QUOTE_MINIMAL,
        )
        good.writerow(_TITLES)
        for row in rows:
            if careless and "\n" not in row[3]:
                text.write(delimiter.join(row) + end)
            else:
                good.writerow(row)
            if rng.random() < 0.05:
                text.write((delimiter * int(rng.integers(0, 4))) + end)
                blank += 1
        encoding = ("utf-8", "utf-8-sig", "utf-16")[int(rng.integers(3))]
        content = text.getvalue().encode(encoding)
        return FileOfRows(name="x.csv", content=content, rows=len(rows), blank=blank)

    return write


def _workbook(rows: list[tuple[str, ...]], rng: np.random.Generator) -> FileOfRows:
    book, blank = openpyxl.Workbook(), 0
    sheet = book.active
    sheet.append(_TITLES)
    for row in rows:
        value = (
            float(row[2]) if rng.random() < 0.5 and row[2].replace(".", "").isdigit() else row[2]
        )
        sheet.append([row[0], row[1], value, row[3]])
    stream = io.BytesIO()
    book.save(stream)
    content = stream.getvalue()
    if rng.random() < 0.5:
        content = _with_wrong_range(content, int(rng.integers(1, len(rows) + 2)))
    return FileOfRows(name="x.xlsx", content=content, rows=len(rows), blank=blank)


def _with_wrong_range(content: bytes, last: int) -> bytes:
    """Return a workbook whose sheet announces fewer rows than it has."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for name in given.namelist():
            part = given.read(name)
            if name.endswith("sheet1.xml"):
                head, _, rest = part.partition(b'<dimension ref="')
                part = head + b'<dimension ref="A1:D%d"' % last + rest.partition(b'"')[2]
            written.writestr(name, part)
    return out.getvalue()


def _sdf(rows: list[tuple[str, ...]], rng: np.random.Generator) -> FileOfRows:
    records = []
    for smiles, name, value, _ in rows:
        mol = Chem.MolFromSmiles(smiles) if smiles and not smiles.startswith("=") else None
        block = Chem.MolToMolBlock(mol) if mol is not None else "no molblock\n"
        fields = {"SMILES": smiles, "Name": name, "IC50": value}
        data = "".join(f">  <{key}>\n{text}\n\n" for key, text in fields.items() if text)
        records.append(f"{block}{data}$$$$\n")
    if rng.random() < 0.2:
        records[-1] = records[-1].removesuffix("$$$$\n")
    content = "".join(records).replace("\n", ("\n", "\r\n")[int(rng.integers(2))]).encode()
    return FileOfRows(name="x.sdf", content=content, rows=len(rows), blank=0)


def _json(rows: list[tuple[str, ...]], rng: np.random.Generator) -> FileOfRows:
    objects = [dict(zip(_TITLES, row, strict=True)) for row in rows]
    forms = (
        json.dumps(objects),
        json.dumps({"data": objects, "count": len(objects)}),
        "\n".join(map(json.dumps, objects)),
    )
    text = forms[int(rng.integers(len(forms)))]
    return FileOfRows(name="x.json", content=text.encode(), rows=len(rows), blank=0)


def _parquet(rows: list[tuple[str, ...]], rng: np.random.Generator) -> FileOfRows:
    frame = pd.DataFrame(rows, columns=list(_TITLES))
    gone = rng.random(len(frame)) < 0.05
    frame.loc[gone] = None
    stream = io.BytesIO()
    frame.to_parquet(stream)
    n_blank = int(gone.sum())
    return FileOfRows(
        name="x.parquet", content=stream.getvalue(), rows=len(rows) - n_blank, blank=n_blank
    )


_WRITERS: Final[dict[str, Writer]] = {
    **{kind: _delimited(delimiter) for kind, delimiter in _DELIMITERS.items()},
    "xlsx": _workbook,
    "sdf": _sdf,
    "json": _json,
    "parquet": _parquet,
}
