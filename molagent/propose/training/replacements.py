"""A table of replacements, counted from files of real compounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.motifs import read_mol
from molagent.propose.replacements.counting import count_parts, seen_often
from molagent.propose.replacements.table import ReplacementTable
from molagent.propose.replacements.table_file import save_table
from molagent.propose.training.corpus import hash_file, read_smiles
from molagent.protocols import Progress

__all__ = ["count_replacements"]


def count_replacements(
    data: Sequence[Path],
    out: Path,
    progress: Progress,
    *,
    without: Sequence[Path] = (),
    cuts: int = 2,
    workers: int = 2,
) -> ReplacementTable:
    """Count which parts real compounds have where, and write the table.

    Parameters
    ----------
    data
        SMILES or CSV files, the first column counts. A compound counts once, in whichever of them
        it stands first.
    out
        The file, ``.npz``.
    without
        Files of compounds that are not counted, in whatever file they stand: those that a
        generator is to be judged on.
    cuts
        1 for substituents, 2 for linkers and rings in the middle too.
    workers
        Processes.

    Raises
    ------
    InputError
        If a file cannot be read, or no part was seen twice.
    """
    known = {_canonical(smiles) for path in without for smiles in read_smiles(path)}
    chosen: list[str] = []
    sources: list[dict[str, object]] = []
    for path in data:
        smiles = read_smiles(path)
        fresh = list(dict.fromkeys(s for s in map(_canonical, smiles) if s and s not in known))
        known.update(fresh)
        chosen += fresh
        sources.append(
            {
                "file": path.name,
                "sha256": hash_file(path),
                "structures": len(smiles),
                "counted": len(fresh),
            }
        )
    counts = seen_often(count_parts(chosen, cuts=cuts, workers=workers, progress=progress))
    if not counts:
        raise InputError("no part of these compounds was seen twice", place=str(data[0]))
    table = ReplacementTable.of(counts, tuple(sources))
    save_table(table, out)
    return table


def _canonical(smiles: str) -> str:
    mol = read_mol(smiles)
    return "" if mol is None else str(Chem.MolToSmiles(mol))
