"""Four fragment-constrained tasks on ten drugs: is the constraint kept, and what comes of it.

Tasks and drugs are those of SAFE (Noutahi et al. 2024, doi:10.1039/D4DD00019F) and GenMol (Lee et
al. 2025, arXiv:2501.06158): linker design, motif extension, scaffold decoration, superstructure
generation. Valid, unique, quality, diversity and distance follow GenMol's evaluation: uniqueness
among the valid, quality as the share of all samples that are valid, unique, QED at least 0.6 and
synthetic accessibility at most 4, and diversity and distance over the unique ones. Uniqueness and
quality fall with the number of samples a drug; GenMol's figures are of 100. `PUBLISHED` holds
them, from the authors' repository.

Whether a constraint was kept is looked for in the finished molecules: every atom of the core must
be there with its hydrogens, bonds and stereo, and with as many new neighbours as it has exits.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from rdkit import Chem
from rdkit.Chem.QED import qed

from benchmarks.kept import keeps_core
from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.synthetic_accessibility import sa_score
from molagent.errors import FileFormatError
from molagent.propose.sampler import GraphGenerator
from molagent.protocols import NullProgress, Progress

__all__ = ["PUBLISHED", "TASKS", "ConstrainedReport", "bench_constrained", "published_rows"]

# Column of the table: mode of the generator.
TASKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "linker_design": "link",
        "motif_extension": "decorate",
        "scaffold_decoration": "decorate",
        "superstructure_generation": "decorate",
    }
)
# Valid, unique, quality, diversity, distance of 100 samples a drug, mean of ten drugs.
PUBLISHED: Final[Mapping[tuple[str, str], tuple[float, ...]]] = MappingProxyType(
    {
        ("GenMol", "linker_design"): (1.000, 0.837, 0.219, 0.547, 0.563),
        ("GenMol", "motif_extension"): (0.829, 0.775, 0.301, 0.617, 0.682),
        ("GenMol", "scaffold_decoration"): (0.966, 0.827, 0.318, 0.591, 0.651),
        ("GenMol", "superstructure_generation"): (0.975, 0.836, 0.348, 0.599, 0.762),
        ("GenMol V2", "linker_design"): (1.000, 0.766, 0.184, 0.512, 0.539),
        ("GenMol V2", "motif_extension"): (0.994, 0.845, 0.490, 0.626, 0.659),
        ("GenMol V2", "scaffold_decoration"): (0.992, 0.905, 0.397, 0.571, 0.604),
        ("GenMol V2", "superstructure_generation"): (0.997, 0.898, 0.390, 0.551, 0.769),
    }
)
LOWEST_QED: Final = 0.6
HIGHEST_SA: Final = 4.0
# The drugs have up to 31 heavy atoms; a new part needs room beside the largest core.
LARGEST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstrainedReport:
    """One task on one drug, or the mean over the drugs (`drug` is "mean").

    Attributes
    ----------
    samples
        Structures drawn for each drug.
    valid
        Share that parse.
    kept
        Share of the samples that hold the core with unchanged neighbours, every exit used once.
    stereo_kept
        Share of the samples whose core has the stereo it had; a centre that a new group made
        symmetric has none to keep.
    unique
        Share of the valid samples that are distinct.
    quality
        Share of the samples that are valid, distinct, QED at least 0.6 and SA at most 4.
    diversity
        1 - mean pairwise Tanimoto similarity of the distinct samples, ECFP4 of 1,024 bits.
    distance
        1 - mean Tanimoto similarity of the distinct samples to the drug.
    per_second
        Samples a second of wall time.
    """

    task: str
    drug: str
    samples: int
    valid: float
    kept: float
    stereo_kept: float
    unique: float
    quality: float
    diversity: float
    distance: float
    per_second: float


def bench_constrained(
    table: Path,
    samples: int = 1000,
    seed: int = 0,
    weights: Path | None = None,
    progress: Progress | None = None,
    temperature: float = 1.0,
) -> list[ConstrainedReport]:
    """Run four tasks on every drug of a table.

    Parameters
    ----------
    table
        CSV with columns name, smiles and one of each of `TASKS`.
    samples
        Structures for each drug and task; GenMol's figures are of 100.
    seed
        Seed of every list.
    weights
        Folder of a trained model; None takes the shipped weights.
    progress
        Receives one step a drug and task.
    temperature
        Above 1 flattens, below 1 sharpens every choice.

    Returns
    -------
    list
        One report a drug and task, and after each task's drugs their mean.

    Raises
    ------
    FileFormatError
        If a column is missing.
    """
    report, graph = progress or NullProgress(), GraphGenerator(weights)
    rows = _read_table(table)
    graph.sample(1, seed=seed)  # loads the weights outside the clock
    report.start("constrained tasks", len(rows) * len(TASKS))
    reports: list[ConstrainedReport] = []
    for task, mode in TASKS.items():
        drugs = []
        for row in rows:
            begun = time.perf_counter()
            found = graph.sample(
                samples,
                seed=seed,
                scaffold=row[task],
                mode=mode,
                max_heavy_atoms=LARGEST,
                temperature=temperature,
            )
            seconds = time.perf_counter() - begun
            drugs.append(_measure(task, row, found, seconds))
            report.advance()
        reports += [*drugs, _mean(drugs)]
    report.finish()
    return reports


def published_rows(_: object = None) -> list[dict[str, str | float]]:
    """Return `PUBLISHED` as rows with the names of a report."""
    names = ("valid", "unique", "quality", "diversity", "distance")
    return [
        {"task": task, "model": model, "samples": 100, **dict(zip(names, values, strict=True))}
        for (model, task), values in PUBLISHED.items()
    ]


def _read_table(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for column in ("name", "smiles", *TASKS):
        if not rows or column not in rows[0]:
            raise FileFormatError(
                f"column {column!r} is missing", place=str(table), remedy="give one a task"
            )
    return rows


def _measure(
    task: str, row: Mapping[str, str], found: Sequence[str | None], seconds: float
) -> ConstrainedReport:
    mols = [None if smiles is None else Chem.MolFromSmiles(smiles) for smiles in found]
    valid = [mol for mol in mols if mol is not None]
    distinct = {Chem.MolToSmiles(mol): mol for mol in valid}
    link = TASKS[task] == "link"
    kept = sum(keeps_core(mol, row[task], link=link) for mol in valid)
    stereo = sum(keeps_core(mol, row[task], link=link, stereo=True) for mol in valid)
    good = sum(_is_good(mol) for mol in distinct.values())
    bits, drug = morgan_bits(list(distinct)), morgan_bits([row["smiles"]])
    similar, pairs = tanimoto(bits, bits), len(distinct) * (len(distinct) - 1)
    return ConstrainedReport(
        task=task,
        drug=row["name"],
        samples=len(found),
        valid=len(valid) / len(found),
        kept=kept / len(found),
        stereo_kept=stereo / len(found),
        unique=len(distinct) / max(len(valid), 1),
        quality=good / len(found),
        diversity=float(1.0 - (similar.sum() - len(distinct)) / pairs) if pairs else 0.0,
        distance=float(1.0 - tanimoto(drug, bits).mean()) if distinct else float("nan"),
        per_second=len(found) / seconds,
    )


def _is_good(mol: Chem.Mol) -> bool:
    drug_like = float(qed(mol)) >= LOWEST_QED  # type: ignore[no-untyped-call]
    return drug_like and sa_score(mol) <= HIGHEST_SA


def _mean(drugs: Sequence[ConstrainedReport]) -> ConstrainedReport:
    words = {"task": drugs[0].task, "drug": "mean", "samples": drugs[0].samples}
    numbers = [field.name for field in fields(ConstrainedReport) if field.name not in words]
    means = {name: float(np.mean([getattr(d, name) for d in drugs])) for name in numbers}
    return ConstrainedReport(**words, **means)  # type: ignore[arg-type]
