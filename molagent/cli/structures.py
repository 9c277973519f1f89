"""How the commands read a file of structures."""

from pathlib import Path

__all__ = ["smiles_column"]


def smiles_column(path: Path) -> list[str]:
    """Return the structures of a delimited file, from the column that is called like them."""
    from molagent.project.patents import listed
    from molagent.project.structure_files import read_structure_file

    return listed(read_structure_file(path))[1]
