"""Four identity keys of a standardised parent, from strict to loose.

What each one sees as the same, measured on RDKit 2026.3:

===========================  ========  ===========  ================  ==================
pair                         InChIKey  first block  without stereo    without tautomers
===========================  ========  ===========  ================  ==================
salt or charge               no        no           no                no
pyridone, hydroxypyridine    yes       yes          no                yes
keto, enol                   no        no           no                yes
R, S; stereo, flat           no        yes          yes               yes (stereo dropped)
deuterated                   no        yes          no                no
===========================  ========  ===========  ================  ==================

No key strips salts, so the parent is taken first.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import RegistrationHash

from molagent.chem.identity import connectivity_block
from molagent.chem.interrupts import keep_interrupts
from molagent.chem.molecules import parse_smiles
from molagent.errors import StructureError

__all__ = ["DEPTHS", "IdentityKeys", "heavy_formula", "identity_keys", "keys_of_parent"]

DEPTHS: Final = ("inchikey", "connectivity", "without_stereo", "without_tautomers")


@dataclass(frozen=True, slots=True)
class IdentityKeys:
    """Keys of one parent; two structures are the same at a depth if that key is equal."""

    inchikey: str
    connectivity: str
    without_stereo: str
    without_tautomers: str

    def shared_depth(self, other: "IdentityKeys") -> str | None:
        """Return the strictest key two parents share, as a field name; None if they share none."""
        for name in DEPTHS:
            if getattr(self, name) == getattr(other, name):
                return name
        return None


@lru_cache(maxsize=4096)
def identity_keys(parent: str) -> IdentityKeys:
    """Return the keys of a standardised parent (about 0.4 ms).

    Raises
    ------
    StructureError
        If the structure cannot be read or InChI fails on it.

    Examples
    --------
    >>> identity_keys("Oc1ccccn1").shared_depth(identity_keys("O=c1cccc[nH]1"))
    'inchikey'
    >>> identity_keys("CC(O)=CC(C)=O").shared_depth(identity_keys("CC(=O)CC(C)=O"))
    'without_tautomers'
    """
    return keys_of_parent(parent, parse_smiles(parent))


def keys_of_parent(parent: str, mol: Chem.Mol) -> IdentityKeys:
    """Return the keys of a standardised parent and the molecule read from it.

    They are those of ``molagent.chem.identity``, with the two layers that are needed of seven.

    Raises
    ------
    StructureError
        If InChI fails on it.
    """
    with rdBase.BlockLogs(), keep_interrupts():
        key = str(Chem.MolToInchiKey(mol))  # type: ignore[no-untyped-call]
        plain = Chem.Mol(mol)
        for atom in plain.GetAtoms():
            atom.SetAtomMapNum(0)
        without_tautomers, without_stereo = RegistrationHash.GetNoStereoLayers(  # type: ignore[no-untyped-call]
            plain, enable_tautomer_hash_v2=True
        )
    if not key:
        raise StructureError(f"InChI fails on {parent!r}", remedy="correct the structure")
    return IdentityKeys(key, connectivity_block(key), str(without_stereo), str(without_tautomers))


def heavy_formula(mol: Chem.Mol) -> str:
    """Return the count of every heavy element: structures that differ in it share no key.

    Examples
    --------
    >>> heavy_formula(Chem.MolFromSmiles("CCO"))
    'C2O1'
    """
    counts: dict[str, int] = {}
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() > 1:
            counts[atom.GetSymbol()] = counts.get(atom.GetSymbol(), 0) + 1
    return "".join(f"{symbol}{counts[symbol]}" for symbol in sorted(counts))
