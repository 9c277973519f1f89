"""How fast files come in, with standardisation, and how much memory a large one takes."""

import csv
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from rdkit import Chem, rdBase

from benchmarks.rows import Smiles
from molagent.ingest.intake import Intake, read_data
from molagent.ingest.layouts import match_layout
from molagent.ingest.parents import ParentFinder
from molagent.ingest.sources import open_table
from molagent.ingest.writing import write_intake
from molagent.store.database import Database

__all__ = ["ingest_folder", "ingest_speed", "large_file", "write_large_csv"]

_MIB = 1 << 20
_SUFFIXES = (".csv", ".json", ".parquet", ".sdf")


def ingest_speed(
    path: Path, *, n_rows: int = 5_000, workers: int = 2, seed: int = 0
) -> pd.DataFrame:
    """Return rows a second of ingest and of a plain pipeline loop, on the same rows in one run.

    Parameters
    ----------
    path
        A table with ``canonical_smiles, standard_value, standard_type`` as ChEMBL's activity
        tables have (Parquet or CSV, values in nM).
    n_rows
        About how many rows are taken: all rows of compounds that `seed` draws, so that compounds
        repeat as they do in the file.

    Returns
    -------
    pandas.DataFrame
        One row a way: ``way, rows, structures, seconds, cpu_seconds, rows_per_s,
        rows_per_cpu_s``. ``plain loop`` is, row by row, ``MolFromSmiles``, ``standardize_mol``,
        ``get_parent_mol``, SMILES and InChIKey, in one process. ``ingest`` reads the file, checks
        values, standardises, computes scaffolds and flags repeats; one way with all
        workers, one with a single one. CPU time includes the worker processes.
    """
    table = open_table(path)
    places = {title: table.header.index(title) for title in ("canonical_smiles", "standard_value")}
    rows = [[row.cells[place] for place in places.values()] for row in table.records()]
    names = sorted({smiles for smiles, _ in rows})
    order = np.random.default_rng(seed).permutation(len(names))
    share = min(1.0, n_rows / len(rows))
    kept = {names[index] for index in order[: round(share * len(names))]}
    chosen = [row for row in rows if row[0] in kept]
    structures = len(kept)
    found = []
    with tempfile.TemporaryDirectory(prefix="molagent-bench-") as folder:
        file = Path(folder) / "activities.csv"
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerows([["smiles", "value"], *chosen])
        ways: dict[str, Callable[[], object]] = {
            "plain loop": lambda: _plain_loop([smiles for smiles, _ in chosen]),
            f"ingest, {workers} workers": lambda: _read(file, workers),
            "ingest, 1 worker": lambda: _read(file, 1),
        }
        for way, run in ways.items():
            began, cpu = time.perf_counter(), _cpu_seconds()
            run()
            seconds, used = time.perf_counter() - began, _cpu_seconds() - cpu
            found.append((way, len(chosen), structures, seconds, used))
    frame = pd.DataFrame(found, columns=["way", "rows", "structures", "seconds", "cpu_seconds"])
    return frame.assign(
        rows_per_s=frame["rows"] / frame["seconds"],
        rows_per_cpu_s=frame["rows"] / frame["cpu_seconds"],
    )


def large_file(
    structures: Smiles,
    *,
    megabytes: int = 256,
    row_bytes: int = 0,
    folder: Path | None = None,
    workers: int = 2,
    seed: int = 0,
) -> dict[str, float]:
    """Return what reading and storing a large CSV takes.

    Parameters
    ----------
    structures
        SMILES that the file repeats, with values drawn at random.
    megabytes
        Size of the file.
    row_bytes
        Least length of a row: its last column, which the layout does not read, is a remark of that
        length. Rows of a short note are some 75 bytes, those of a ChEMBL download some hundreds.

    Returns
    -------
    dict
        ``megabytes``, ``rows``, ``read_s``, ``write_s``, ``rows_per_s`` (both together),
        ``grown_mib`` (peak resident memory of this process while reading, above what it was
        before, workers apart), ``grown_writing_mib`` (the same with storing, which is one
        transaction of DuckDB's), ``peak_mib`` (in all) and ``project_mib``.
    """
    with tempfile.TemporaryDirectory(prefix="molagent-bench-", dir=folder) as scratch:
        path = Path(scratch) / "large.csv"
        rows = write_large_csv(
            path, structures, megabytes=megabytes, row_bytes=row_bytes, seed=seed
        )
        db = Database(Path(scratch) / "large.duckdb")
        db.migrate()
        # Imports and one small file first: they are no part of what grows with the file.
        small = Path(scratch) / "small.csv"
        write_large_csv(small, structures[:50], megabytes=0, seed=seed)
        _read(small, workers)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        intake = _read(path, workers)
        read_s = time.perf_counter() - began
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        began = time.perf_counter()
        write_intake(db, intake)
        write_s = time.perf_counter() - began
        grown_writing = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        return {
            "megabytes": path.stat().st_size / _MIB,
            "rows": float(rows),
            "read_s": read_s,
            "write_s": write_s,
            "rows_per_s": rows / (read_s + write_s),
            "grown_mib": grown / 1024.0,
            "grown_writing_mib": grown_writing / 1024.0,
            "peak_mib": (before + grown_writing) / 1024.0,
            "project_mib": db.path.stat().st_size / _MIB,
        }


def ingest_folder(
    folder: Path, project: Path, *, names: Sequence[str] = (), workers: int = 2
) -> pd.DataFrame:
    """Read every file of a folder by the layout that ships for it, and store it in a new project.

    The acceptance run: COVID Moonshot whole, designs first, by the product's own verbs.

    Parameters
    ----------
    folder
        For example a copy of the COVID Moonshot files.
    project
        The project file; made if it is not there.
    names
        Only these files; by default every CSV, JSON, Parquet and SD file that a layout fits.

    Returns
    -------
    pandas.DataFrame
        One row a file: ``file, layout, rows, accepted, rejected, compounds, new_compounds,
        endpoints, read_s, write_s``.
    """
    db = Database(project)
    db.migrate()
    kinds = {"structures": 0, "orders": 1, "shipments": 2, "results": 3}
    found = []
    for path in sorted(entry for entry in folder.iterdir() if entry.suffix in _SUFFIXES):
        if names and path.name not in names:
            continue
        table = open_table(path)
        if layout := match_layout(table.name, table.header):
            found.append((kinds[layout.table], path, layout))
    rows = []
    with ParentFinder(workers=workers) as finder:
        for _, path, layout in sorted(found, key=lambda entry: (entry[0], entry[1])):
            began = time.perf_counter()
            intake = read_data(path, layout, finder=finder)
            read_s = time.perf_counter() - began
            began = time.perf_counter()
            receipt = write_intake(db, intake)
            rows.append(
                {
                    "file": path.name,
                    "layout": layout.name,
                    "rows": receipt.n_rows,
                    "accepted": receipt.accepted,
                    "rejected": receipt.rejected,
                    "compounds": receipt.compounds,
                    "new_compounds": receipt.new_compounds,
                    "endpoints": len(receipt.endpoints),
                    "read_s": read_s,
                    "write_s": time.perf_counter() - began,
                }
            )
    return pd.DataFrame(rows)


def write_large_csv(
    path: Path, structures: Sequence[str], *, megabytes: int, row_bytes: int = 0, seed: int = 0
) -> int:
    """Write a CSV of at least that size (and 1,000 rows) and return its number of rows."""
    rng = np.random.default_rng(seed)
    note = "as received".ljust(row_bytes, ".")
    rows, size = 0, 0
    with path.open("w", newline="", encoding="utf-8") as stream:
        stream.write("smiles,value,name,note\n")
        while size < megabytes * _MIB or rows == 0:
            picked = rng.integers(0, len(structures), 1_000)
            values = 10.0 ** rng.uniform(0.0, 4.0, 1_000)
            size += stream.write(
                "".join(
                    f"{structures[index]},{value:.4g},compound-{rows + offset},{note}\n"
                    for offset, (index, value) in enumerate(zip(picked, values, strict=True))
                )
            )
            rows += 1_000
    return rows


def _read(path: Path, workers: int) -> Intake:
    return read_data(
        path,
        workers=workers,
        smiles="smiles",
        value="value",
        unit="nM",
        endpoint="bench_pic50",
        quantity="IC50",
    )


def _plain_loop(smiles_list: Sequence[str]) -> list[tuple[str, str]]:
    from chembl_structure_pipeline import standardizer

    found = []
    with rdBase.BlockLogs():
        for smiles in smiles_list:
            mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
            if mol is None:
                continue
            parent, _ = standardizer.get_parent_mol(standardizer.standardize_mol(mol))
            key = Chem.MolToInchiKey(parent)  # type: ignore[no-untyped-call]
            found.append((Chem.MolToSmiles(parent), str(key)))
    return found


def _cpu_seconds() -> float:
    """Return this process's CPU time with that of its children, ended or not."""
    times = os.times()
    alive = sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children(recursive=True))
    return times.user + times.system + times.children_user + times.children_system + alive
