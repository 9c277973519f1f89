"""How the commands read a file of structures."""

from pathlib import Path
from typing import Final

__all__ = ["given_structures", "smiles_column"]

_FILES: Final = (".csv", ".tsv", ".smi", ".txt", ".sdf", ".sd", ".mol", ".xlsx", ".parquet")


def given_structures(structures: list[str]) -> list[str]:
    """Return SMILES as they were given, or those of the one file that was named."""
    if len(structures) == 1:
        path = Path(structures[0])
        if path.suffix.lower() in _FILES or path.is_file():
            return smiles_column(path)
    return structures


def smiles_column(path: Path) -> list[str]:
    """Return the structures of a file, from the column that is called like them."""
    from molagent.project.patents import listed
    from molagent.project.structure_files import read_structure_file

    return listed(read_structure_file(path))[1]
