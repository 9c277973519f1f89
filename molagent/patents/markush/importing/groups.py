"""Groups of a substituent table, in any of the ways people write them, as predicates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdAbbreviations

from molagent.errors import FileFormatError
from molagent.patents.markush.importing.drawings import (
    LabelledCore,
    attachment_of,
    label_of,
    number_core,
    read_drawing,
)
from molagent.patents.markush.language import parse_predicate

__all__ = ["EntryReading", "read_group", "read_group_mol"]

_HYDROGEN: Final = frozenset({"H", "[H]", "*[H]", "[H]*", "hydrogen", "-"})
# Written as such in every table of substituents; RDKit's own list of abbreviations follows.
_SHORT: Final = MappingProxyType(
    {
        "F": "*F",
        "Cl": "*Cl",
        "Br": "*Br",
        "I": "*I",
        "Me": "*C",
        "CH3": "*C",
        "OH": "*O",
        "NH2": "*N",
        "NHMe": "*NC",
        "NMe2": "*N(C)C",
        "CHF2": "*C(F)F",
        "OCF3": "*OC(F)(F)F",
        "OCHF2": "*OC(F)F",
        "CONH2": "*C(N)=O",
        "SO2Me": "*S(C)(=O)=O",
        "cPr": "*C1CC1",
        "Ph": "*c1ccccc1",
        "Bn": "*Cc1ccccc1",
    }
)
# Shown by name, so that a claim reads as a chemist writes it.
_WORDS: Final = MappingProxyType(
    {
        "*C#N": "cyano",
        "*O": "hydroxy",
        "*N": "amino",
        "*[N+](=O)[O-]": "nitro",
        "*C(F)(F)F": "trifluoromethyl",
        "*OC(F)(F)F": "trifluoromethoxy",
    }
)
_HALOGENS: Final = frozenset({"F", "Cl", "Br", "I"})


@dataclass(frozen=True, slots=True)
class EntryReading:
    """What one entry of a table means.

    Attributes
    ----------
    present
        False for hydrogen.
    predicate
        As in a claim file; None for hydrogen, and where the group has labels of its own.
    core
        The group with its labels taken off, where it has any.
    notes
        What was dropped.
    """

    present: bool
    predicate: object = None
    core: LabelledCore | None = None
    notes: tuple[str, ...] = ()


def read_group(group: object, *, place: str) -> EntryReading:
    """Return what an entry of a substituent table means.

    Raises
    ------
    FileFormatError
        Naming the entry and how it can be written.

    Examples
    --------
    >>> read_group("OMe", place="R1").predicate
    {'fragment': '*OC'}
    >>> read_group("H", place="R1").present
    False
    """
    if isinstance(group, Mapping):
        parse_predicate(group, place=place)
        return EntryReading(present=True, predicate=dict(group))
    text = str(group).strip()
    if text in _HYDROGEN:
        return EntryReading(present=False)
    smiles = _SHORT.get(text) or _abbreviations().get(text)
    if smiles is None and "*" not in text:
        return _word(text, place)
    return read_group_mol(read_drawing(smiles or text, place=place), place=place, shown=text)


def read_group_mol(mol: Chem.Mol, *, place: str, shown: str) -> EntryReading:
    """Return what a drawn group means: ``*`` or ``_AP1`` is where it is attached.

    Raises
    ------
    FileFormatError
        If it is not attached exactly once, or has an isotope label.
    """
    points = [a.GetIdx() for a in mol.GetAtoms() if attachment_of(a)]
    points = points or [
        a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 0 and not label_of(a)
    ]
    if len(points) != 1 or mol.GetAtomWithIdx(points[0]).GetDegree() != 1:
        raise FileFormatError(
            f"group {shown!r} is attached {len(points)} times",
            place=place,
            remedy="mark one attachment with * ; a bridge is drawn as part of the core",
        )
    if len(Chem.GetMolFrags(mol)) > 1 and not any(
        bond.HasProp("_MolFileBondEndPts") for bond in mol.GetBonds()
    ):
        raise FileFormatError(
            f"group {shown!r} is in several parts", place=place, remedy="write one group an entry"
        )
    if any(a.GetAtomicNum() == 0 and a.GetIdx() != points[0] for a in mol.GetAtoms()):
        core = number_core(mol, place=f"{place}: {shown}", attachment=points[0])
        return EntryReading(present=True, core=core, notes=core.notes)
    if [a.GetAtomicNum() for a in mol.GetAtoms() if a.GetIdx() != points[0]] == [1]:
        return EntryReading(present=False)
    core = number_core(mol, place=f"{place}: {shown}", attachment=points[0])
    return EntryReading(present=True, predicate=_as_predicate(core.smiles), notes=core.notes)


def _as_predicate(smiles: str) -> object:
    if smiles.removeprefix("*") in _HALOGENS:
        return {"halogen": [smiles.removeprefix("*")]}
    return _WORDS.get(smiles, {"fragment": smiles})


def _word(text: str, place: str) -> EntryReading:
    try:
        parse_predicate(text, place=place)
    except FileFormatError as error:
        raise FileFormatError(
            f"{text!r} is no group",
            place=place,
            remedy="write SMILES with * where it is attached (*OC), a word of the claim language "
            "(cyano), an abbreviation (OMe), or H",
        ) from error
    return EntryReading(present=True, predicate=text)


@cache
def _abbreviations() -> Mapping[str, str]:
    return MappingProxyType(
        {
            each.label: Chem.MolToSmiles(each.mol)
            for each in rdAbbreviations.GetDefaultAbbreviations()
        }
    )
