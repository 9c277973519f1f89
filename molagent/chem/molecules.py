"""Reading and writing structures: the one door through which SMILES enter."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase

from molagent.chem.sizes import MAX_HEAVY_ATOMS
from molagent.errors import StructureError

__all__ = [
    "canonical_smiles",
    "parse_smarts",
    "parse_smiles",
    "readable_mol",
    "smiles_of_inchi",
]

_SHOWN: Final = 60
# Structures that are kept as read: what a step of a campaign makes, in some 50 MB.
_KEPT: Final = 4096
_HIGHEST_CHARGE: Final = 9
_CHARGE: Final = re.compile(r"\[[^\[\]]*[+-](\d{2,9})\d*(?::\d+)?\]")
# What RDKit raises where a text passes its grammar and breaks its own conditions: an element 999, a
# charge of +128, a character that is half of one.
_IMPOSSIBLE: Final = (RuntimeError, ValueError, OverflowError, TypeError)


def parse_smiles(smiles: str, *, max_atoms: int = MAX_HEAVY_ATOMS, place: str = "") -> Chem.Mol:
    """Return the sanitised molecule of a SMILES string.

    Parameters
    ----------
    smiles
        One structure. Blank text is refused: RDKit would return an empty molecule.
    max_atoms
        Largest accepted number of heavy atoms.
    place
        ``file:row`` for the error message.

    Raises
    ------
    StructureError
        If the text is blank, does not parse, has an impossible valence or too many atoms.

    Examples
    --------
    >>> parse_smiles("c1ccccc1O").GetNumAtoms()
    7
    """
    if not isinstance(smiles, str) or not smiles.strip():
        raise StructureError("the structure is empty", place=place, remedy="give a SMILES string")
    try:
        # Every filter of a funnel reads the same structures; a copy costs a twentieth of reading.
        return Chem.Mol(_parsed(smiles.strip(), max_atoms))
    except StructureError as error:
        if not place:
            raise
        raise StructureError(error.message, place=place, remedy=error.remedy) from error


@lru_cache(maxsize=_KEPT)
def _parsed(text: str, max_atoms: int) -> Chem.Mol:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
    with rdBase.BlockLogs():
        mol = _read(Chem.MolFromSmiles, text, sanitize=False)
        if mol is None:
            raise StructureError(
                f"{shown!r} is not a SMILES string", remedy="correct the structure"
            )
        # Counted before sanitising, which is where large inputs become slow.
        if (n_atoms := mol.GetNumAtoms()) > max_atoms:
            raise StructureError(
                f"{shown!r} has {n_atoms} atoms, more than the limit of {max_atoms}",
                remedy="leave out polymers and biologics",
            )
        if n_atoms == 0:
            raise StructureError("the structure is empty", remedy="give a SMILES")
        try:
            Chem.SanitizeMol(mol)
        except (Chem.MolSanitizeException, *_IMPOSSIBLE) as error:
            raise StructureError(
                f"{shown!r} cannot exist as drawn ({_first_line(error)})",
                remedy="correct valences and aromatic atoms",
            ) from error
        _require_charges(mol, text, shown)
        Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
        # As MolFromSmiles would have done: explicit hydrogens are not heavy atoms.
        return Chem.RemoveHs(mol)


def _read(read: Callable[..., Chem.Mol | None], text: str, **options: bool) -> Chem.Mol | None:
    """Return what RDKit reads, None also where a text breaks its conditions."""
    try:
        return read(text, **options)
    except _IMPOSSIBLE:
        return None


def _first_line(error: Exception) -> str:
    """Return what an error says, without the lines that RDKit adds for its authors."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("Pre-condition")]
    return said[0] if said else type(error).__name__


def _require_charges(mol: Chem.Mol, text: str, shown: str) -> None:
    if "+" not in text and "-" not in text:
        return
    # RDKit keeps a charge in one byte: of [C-99999] it says +97.
    beyond = any(abs(atom.GetFormalCharge()) > _HIGHEST_CHARGE for atom in mol.GetAtoms())
    if beyond or any(int(digits) > _HIGHEST_CHARGE for digits in _CHARGE.findall(text)):
        raise StructureError(
            f"{shown!r} cannot exist as drawn (a charge beyond {_HIGHEST_CHARGE} on one atom)",
            remedy="correct the charge",
        )


def readable_mol(smiles: str) -> Chem.Mol | None:
    """Return what :func:`parse_smiles` does, or None where the structure cannot be read.

    Examples
    --------
    >>> readable_mol("C1CC") is None
    True
    """
    try:
        return parse_smiles(smiles)
    except StructureError:
        return None


def smiles_of_inchi(inchi: str) -> str:
    """Return the SMILES of an InChI.

    Raises
    ------
    StructureError
        If it cannot be read.

    Examples
    --------
    >>> smiles_of_inchi("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3")
    'CCO'
    """
    with rdBase.BlockLogs():
        mol = _read(Chem.MolFromInchi, inchi.strip())
    if mol is None or mol.GetNumAtoms() == 0:
        shown = inchi if len(inchi) <= _SHOWN else f"{inchi[:_SHOWN]}..."
        raise StructureError(f"the InChI {shown!r} cannot be read", remedy="correct the structure")
    return str(Chem.MolToSmiles(mol))


def canonical_smiles(smiles: str) -> str:
    """Return RDKit's canonical isomeric SMILES.

    Examples
    --------
    >>> canonical_smiles("OCC")
    'CCO'
    """
    return Chem.MolToSmiles(parse_smiles(smiles))


def parse_smarts(smarts: str, *, place: str = "") -> Chem.Mol:
    """Return the query molecule of a SMARTS pattern.

    Raises
    ------
    StructureError
        If the pattern does not parse.
    """
    with rdBase.BlockLogs():
        query = _read(Chem.MolFromSmarts, smarts)
    if query is None:
        raise StructureError(
            f"{smarts!r} is not a SMARTS pattern", place=place, remedy="correct the pattern"
        )
    return query
