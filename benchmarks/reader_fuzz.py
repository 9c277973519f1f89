"""Mutated inputs over all that reads a user's file: an error is a sentence, never a traceback."""

import io
import json
import signal
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import numpy as np

from benchmarks.lost_rows import COLUMNS, generate_file
from molagent.config import load_config
from molagent.errors import MolagentError
from molagent.ingest.intake import read_data
from molagent.ingest.layouts import load_layout
from molagent.ingest.parents import ParentFinder
from molagent.ingest.patents.formats import open_patent_file
from molagent.ingest.plates import read_plates
from molagent.ingest.points import read_points
from molagent.patents.markush.claims import read_claim
from molagent.patents.publications import read_collection
from molagent.project.structure_files import read_structure_file
from molagent.protocols import NullProgress, Progress

__all__ = ["FuzzedReader", "fuzz_readers", "mutated"]

_LONGEST_S: Final = 60
_SHOWN: Final = 300
# What broke a reader once: quotes, halves of characters, digits and brackets without end.
_TOKENS: Final = (
    *(b'"', b"'", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\n", b",", b";"),
    *(b"=", b"#", b"$$$$\n", b"M  END\n", b"<", b">", b"&", b"<v>1e999</v>", b"9" * 5_000),
    *(
        b"[" * 2_000,
        b"{" * 2_000,
        b'{"a":' * 1_500,
        b"(" * 500,
        b"-1",
        b"1e400",
        b"nan",
        b"\\ud800",
    ),
    *(
        b"[#999]",
        b"[C+128]",
        b"C" * 3_000,
        b"1.250,75",
        "−".encode(),
        b"=A1*2",
        b"\t",
        b"%",
        b"\x1a",
    ),
)
_POINTS: Final = (
    "compound,concentration (uM),inhibition (%),plate,well\n"
    + "".join(f"a,{10 ** (n - 3)},{n * 12.5},p1,A{n + 1:02d}\n" for n in range(8))
).encode()
_WELLS: Final = (
    "barcode,well,signal,sample\n"
    + "".join(
        f"p1,{row}{column},{column * 7.5},s{column}\n" for row in "ABCH" for column in range(1, 13)
    )
).encode()
_GRID: Final = (
    "Plate: P1\n,"
    + ",".join(str(column) for column in range(1, 13))
    + "\n"
    + "".join(
        f"{row}," + ",".join(f"{ord(row)}{c}.5" for c in range(12)) + "\n" for row in "ABCDEFGH"
    )
).encode()
_LAYOUT: Final = b"""[layout]
name = "x"
smiles = "SMILES"
name_column = "Name"
keep = { Comment = ["ok", ""] }

[[layout.readout]]
endpoint = "x_pic50"
target = "X"
quantity = "IC50"
value = "IC50"
unit = "nM"
"""
_PATCID: Final = (
    json.dumps({"smiles": "CCO", "patents": [{"id": "US-6635762-B1"}]})
    + "\n"
    + json.dumps(
        {
            "patent": {"identifiers": ["US-1", "US-1-A1"]},
            "figures": [{"class": "Clean", "page": 3, "smiles": {"value": "c1ccccc1"}}],
        }
    )
    + "\n"
).encode()
_LIST: Final = b"CCOc1ccccc1 phenetole\nC1CC1 ring\nCCO\tethanol\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzedReader:
    """What one reader made of its mutated inputs; ``tracebacks`` must be 0."""

    reader: str
    inputs: int
    read: int
    refused: int
    tracebacks: int
    first: str = ""


def fuzz_readers(
    *, inputs: int = 10_000, seed: int = 0, only: str = "", progress: Progress | None = None
) -> list[FuzzedReader]:
    """Mutate small inputs of every kind and count what ends by an exception that is not ours.

    Parameters
    ----------
    inputs
        How many, over all readers in turn: results as CSV, XLSX, SDF, JSON and Parquet, points,
        plates, campaign files, layouts, claims, publications, PatCID, lists of structures.
    only
        One reader's name instead of all.

    Returns
    -------
    list
        One row a reader, with the last lines of the first traceback.
    """
    shown = progress or NullProgress()
    shown.start("mutated inputs", inputs)
    counts: dict[str, Counter[str]] = {}
    first: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory(prefix="molagent-fuzz-") as folder,
        ParentFinder(progress=NullProgress(), workers=1) as finder,
    ):
        readers = _readers(finder)
        names = [only] if only else list(readers)
        for number in range(inputs):
            name = names[number % len(names)]
            rng = np.random.default_rng([seed, number])
            file, content = _input(name, rng)
            path = Path(folder) / file
            path.write_bytes(mutated(content, rng))
            outcome, said = _outcome(readers[name], path)
            counts.setdefault(name, Counter())[outcome] += 1
            if outcome == "tracebacks":
                first.setdefault(name, f"input {number}: {said}")
            path.unlink()
            shown.advance()
    shown.finish()
    return [
        FuzzedReader(
            reader=name,
            inputs=counts[name].total(),
            read=counts[name]["read"],
            refused=counts[name]["refused"],
            tracebacks=counts[name]["tracebacks"],
            first=first.get(name, ""),
        )
        for name in counts
    ]


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes with some cut out, doubled, changed or put in; inside a workbook's parts too."""
    if content[:4] == b"PK\x03\x04" and rng.random() < 0.8:
        return _within_parts(content, rng)
    changed = bytearray(content)
    for _ in range(1 if rng.random() < 0.6 else int(rng.integers(2, 6))):
        at = int(rng.integers(len(changed) + 1))
        length = int(rng.integers(1, 40))
        action = int(rng.integers(6))
        if action == 0:
            del changed[at : at + length]
        elif action == 1:
            changed[at:at] = changed[at : at + length]
        elif action == 2:
            changed[at : at + 1] = bytes([int(rng.integers(256))])
        elif action == 3 and rng.random() < 0.2:
            del changed[at:]
        else:
            changed[at:at] = _TOKENS[int(rng.integers(len(_TOKENS)))]
    return bytes(changed)


def _within_parts(content: bytes, rng: np.random.Generator) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        names = given.namelist()
        chosen = names[int(rng.integers(len(names)))] if rng.random() < 0.4 else _sheet(names)
        for name in names:
            part = given.read(name)
            written.writestr(name, mutated(part, rng) if name == chosen else part)
    return out.getvalue()


def _sheet(names: list[str]) -> str:
    return next(name for name in names if name.endswith("sheet1.xml"))


def _readers(finder: ParentFinder) -> dict[str, Callable[[Path], object]]:
    def results(path: Path) -> object:
        return read_data(path, **COLUMNS, finder=finder).result  # type: ignore[arg-type]

    def guessed(path: Path) -> object:
        return read_data(path, finder=finder).result

    return {
        **dict.fromkeys(("csv", "xlsx", "sdf", "json", "parquet"), results),
        "guessed": guessed,
        "points": read_points,
        "plates": read_plates,
        "grids": read_plates,
        "campaign": load_config,
        "layout": load_layout,
        "claim": read_claim,
        "publications": lambda path: read_collection(path.parent),
        "patcid": lambda path: list(open_patent_file(path, format="patcid").rows()),
        "structures": read_structure_file,
    }


def _input(name: str, rng: np.random.Generator) -> tuple[str, bytes]:
    """Return a file's name and content before it is mutated."""
    if name in ("csv", "xlsx", "sdf", "json", "parquet"):
        file = generate_file(name, rng)
        return file.name, file.content
    if name == "guessed":
        file = generate_file(("csv", "xlsx", "tsv")[int(rng.integers(3))], rng)
        return file.name, file.content.replace(b"IC50", b"IC50 (nM)")
    root = Path(__file__).parents[1]
    claims = sorted((root / "data" / "patents" / "claims").glob("*.toml"))
    given = {
        "points": ("points.csv", _POINTS),
        "plates": ("wells.csv", _WELLS),
        "grids": ("grid.csv", _GRID),
        "layout": ("layout.toml", _LAYOUT),
        "patcid": ("patcid.jsonl", _PATCID),
        "structures": ("list.smi", _LIST),
    }
    if name in given:
        return given[name]
    if name == "campaign":
        return "c.toml", (root / "examples" / "jak1_selective.toml").read_bytes()
    if name == "publications":
        content = (root / "data" / "patents" / "publications.toml").read_bytes()
        return "publications.toml", content[: 6_000 + content[6_000:].find(b"\n\n")]
    return "claim.toml", claims[int(rng.integers(len(claims)))].read_bytes()


def _outcome(read: Callable[[Path], object], path: Path) -> tuple[str, str]:
    try:
        with _at_most(_LONGEST_S):
            read(path)
    except MolagentError:
        return "refused", ""
    except Exception:  # noqa: BLE001 - what the bench is looking for
        return "tracebacks", traceback.format_exc()[-_SHOWN:]
    return "read", ""


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """End what takes longer; it counts as a traceback."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
