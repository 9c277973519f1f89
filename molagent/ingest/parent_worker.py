"""Standardises structures in a process of its own, one line in and one line out.

Run by path, not as a module: it needs RDKit and ``molagent.chem`` only, and starting is what costs.
Reads JSON strings, writes ``[smiles, inchikey, connectivity, scaffold, reason]``; a first empty
list says that it is ready.
"""

import json
import sys

from molagent.chem.identity import connectivity_block, inchikey
from molagent.chem.scaffolds import murcko_scaffold
from molagent.chem.standardize import standardize_smiles
from molagent.errors import StructureError

__all__ = ["main", "parent_fields"]


def parent_fields(raw_smiles: str, max_atoms: int) -> tuple[str, str, str, str, str]:
    """Return smiles, inchikey, connectivity and scaffold of the parent, or why there is none."""
    try:
        smiles = standardize_smiles(raw_smiles, max_atoms=max_atoms)
        key = inchikey(smiles)
        return smiles, key, connectivity_block(key), murcko_scaffold(smiles), ""
    except StructureError as error:
        return "", "", "", "", str(error)


def main(max_atoms: int) -> None:
    """Answer lines until the input ends."""
    answers = sys.stdout
    answers.write("[]\n")
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(parent_fields(json.loads(line), max_atoms)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
