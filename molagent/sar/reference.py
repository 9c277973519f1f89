"""Approved drugs: what a motif or ring system is held against, to tell what is special."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from rdkit import Chem, rdBase

from molagent.chem.molecules import parse_smarts

__all__ = ["reference_share"]


@cache
def reference_share(smarts: str) -> float:
    """Return the share of approved drugs that carry a pattern, 0..1.

    Raises
    ------
    StructureError
        If the pattern does not parse.

    Examples
    --------
    >>> 0.5 < reference_share("c1ccccc1") < 0.9
    True
    """
    query = parse_smarts(smarts)
    return sum(mol.HasSubstructMatch(query) for mol in _drugs()) / len(_drugs())


@cache
def _drugs() -> tuple[Chem.Mol, ...]:
    text = (files("molagent.sar") / "data" / "reference.csv").read_text(encoding="utf-8")
    return tuple(_read(line for line in text.splitlines() if line and not line.startswith("#")))


def _read(lines: Iterable[str]) -> list[Chem.Mol]:
    with rdBase.BlockLogs():
        return [Chem.MolFromSmiles(line) for line in lines if line != "smiles"]
