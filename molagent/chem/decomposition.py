"""Taking compounds apart at a common core."""

from collections.abc import Sequence
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem import rdRGroupDecomposition

from molagent.chem.molecules import parse_smarts, parse_smiles
from molagent.errors import InputError, StructureError

__all__ = ["take_apart"]


def take_apart(
    core: str, mols: Sequence[Chem.Mol], timeout_s: float
) -> tuple[list[dict[str, str]], list[int]]:
    """Return what each compound carries at the positions of a core, and which lack the core.

    Parameters
    ----------
    core
        SMILES, or SMARTS; its atom map numbers, where it has any, are the only positions.
    timeout_s
        Of the whole decomposition.

    Returns
    -------
    rows, missing
        ``Core``, ``R1``, ... as SMILES, one a compound that has the core; the places of the others
        in `mols`.

    Raises
    ------
    StructureError
        If the core is neither SMILES nor SMARTS.
    InputError
        If it does not end in time.

    Examples
    --------
    >>> rows, missing = take_apart("c1ccccc1", [parse_smiles("Cc1ccccc1"), parse_smiles("CC")], 9.0)
    >>> rows[0]["R1"], missing
    ('C[*:1]', [1])
    """
    query = _query(core)
    options: Any = rdRGroupDecomposition.RGroupDecompositionParameters()
    options.removeHydrogensPostMatch = True
    options.removeAllHydrogenRGroups = True
    options.onlyMatchAtRGroups = any(atom.GetAtomMapNum() for atom in query.GetAtoms())
    # All orientations of all compounds at once would be too many on a symmetric core.
    options.matchingStrategy = rdRGroupDecomposition.RGroupMatching.GreedyChunks
    options.timeout = timeout_s
    with rdBase.BlockLogs():
        try:
            rows, missing = rdRGroupDecomposition.RGroupDecompose(
                [query], list(mols), asSmiles=True, options=options
            )
        except RuntimeError as error:
            raise InputError(
                f"the decomposition of {len(mols)} compounds did not end in {timeout_s:g} s",
                remedy="give a larger or less symmetric core, fewer compounds, or more time",
            ) from error
    return list(rows), list(missing)


def _query(text: str) -> Chem.Mol:
    try:
        return parse_smiles(text)
    except StructureError:
        return parse_smarts(text)
