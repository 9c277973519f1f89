"""The configuration of a core, which a decomposition drops and the compound still knows."""

import re
from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions

from molagent.chem.assembly import zipped
from molagent.chem.fragments import flat
from molagent.chem.molecules import canonical_smiles, parse_smiles

__all__ = ["CORE", "with_configuration"]

#: The column that tells configurations of the core apart.
CORE: Final = "core"
_MOST_ISOMERS: Final = 16


def with_configuration(group: dict[str, str], smiles: str) -> dict[str, str] | None:
    """Return the parts with the core's configuration; None where they do not make the compound."""
    wanted = canonical_smiles(smiles)
    parts = {CORE: group["Core"], **{k: v for k, v in group.items() if k != "Core"}}
    plain = zipped(parts.values())
    if plain == wanted:
        return parts
    if plain is None or flat(plain) != flat(wanted):
        return None
    # RDKit drops the configuration of core atoms; the isomer that gives the compound is the one.
    for isomer in _isomers(parts[CORE]):
        rest = list(parts.values())[1:]
        if zipped([isomer, *rest]) == wanted:
            return {**parts, CORE: _fewest_centres(isomer, rest, wanted)}
    return None


def _fewest_centres(core: str, rest: list[str], wanted: str) -> str:
    """Return the core without configurations that make no difference to the compound."""
    mol = parse_smiles(core)
    for atom in mol.GetAtoms():
        tag = atom.GetChiralTag()
        if tag == Chem.ChiralType.CHI_UNSPECIFIED:
            continue
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        if zipped([Chem.MolToSmiles(mol), *rest]) != wanted:
            atom.SetChiralTag(tag)
    return Chem.MolToSmiles(mol)


@lru_cache(maxsize=1000)
def _isomers(core: str) -> tuple[str, ...]:
    mol = Chem.RWMol(parse_smiles(core))
    for atom in mol.GetAtoms():
        # Isotopes tell two points on one atom apart where numbers do not.
        if atom.GetAtomMapNum():
            atom.SetIsotope(atom.GetAtomMapNum())
            atom.SetAtomMapNum(0)
    options = StereoEnumerationOptions(  # type: ignore[no-untyped-call]
        unique=True, maxIsomers=_MOST_ISOMERS
    )
    with rdBase.BlockLogs():
        isomers = EnumerateStereoisomers(mol, options)  # type: ignore[no-untyped-call]
        found = [Chem.MolToSmiles(isomer) for isomer in isomers]
    return tuple(re.sub(r"\[(\d+)\*\]", r"[*:\1]", text) for text in found)
