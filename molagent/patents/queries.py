"""Structures as the ladder asks about them: read once, expensive keys only when they are needed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase

from molagent.chem.identity import inchikey
from molagent.chem.molecules import parse_smiles
from molagent.chem.standardize import parent_of_mol
from molagent.errors import StructureError
from molagent.patents.index.keys import IdentityKeys, identity_keys
from molagent.patents.index.rows import fingerprint_words
from molagent.patents.markush.preparing import MAX_ATOMS, in_claim_spelling, prepare_parent
from molagent.patents.publications import find_pseudo_atoms
from molagent.patents.structurekeys import scaffold_key

__all__ = ["Query", "read_query"]

_POLYMERS: Final = frozenset({"ANY", "COP", "CRO", "GRA", "MER", "MOD", "MON", "SRU"})


@dataclass(frozen=True)
class Query:
    """A structure that could be read.

    Attributes
    ----------
    smiles, mol
        As given, counter-ions and isotopes included.
    parent, parent_mol
        Standardised: without salts, charges and isotopes.
    """

    smiles: str
    mol: Chem.Mol
    parent: str
    parent_mol: Chem.Mol

    @cached_property
    def inchikey(self) -> str:
        """Standard InChIKey of the structure as given.

        Raises
        ------
        StructureError
            If InChI fails on it.
        """
        return inchikey(self.smiles)

    @cached_property
    def keys(self) -> IdentityKeys:
        """Identity keys of the parent.

        Raises
        ------
        StructureError
            If InChI fails on it.
        """
        return identity_keys(self.parent)

    @cached_property
    def scaffold(self) -> int:
        """Key of the parent's scaffold, 0 if it has none that says something."""
        return scaffold_key(self.parent_mol)

    @cached_property
    def bits(self) -> npt.NDArray[np.uint64]:
        """Fingerprint of the parent, 16 words."""
        return fingerprint_words(self.parent_mol)

    @cached_property
    def for_claims(self) -> Chem.Mol:
        """What claims are tried on: the parent that remembers isotopes and counter-ions."""
        labelled = any(atom.GetIsotope() for atom in self.mol.GetAtoms())
        if labelled or len(Chem.GetMolFrags(self.mol)) > 1:
            return prepare_parent(self.mol, "literal")
        return in_claim_spelling(self.parent_mol)


def read_query(smiles: str) -> Query | str:
    """Return a structure ready to be asked about, or why it cannot be checked."""
    with rdBase.BlockLogs():
        try:
            # Drawings with letters for groups, polymers and long chains end here, before anything
            # that could take minutes.
            mol = parse_smiles(smiles, max_atoms=MAX_ATOMS)
            if strange := find_pseudo_atoms(mol):
                return (
                    f"the structure has {', '.join(strange)}: letters of a drawing read as "
                    "elements, or outside what can be searched"
                )
            if _repeats(mol):
                return "the structure has repeat units: a polymer or a drawing of many structures"
            parent, parent_mol = parent_of_mol(mol, smiles)
        except StructureError as error:
            return str(error)
    return Query(smiles, mol, parent, parent_mol)


def _repeats(mol: Chem.Mol) -> bool:
    """Return whether CXSMILES beside the atoms says that parts repeat; the atoms alone do not."""
    groups = {group.GetProp("TYPE") for group in Chem.GetMolSubstanceGroups(mol)}
    return bool(groups & _POLYMERS) or mol.HasProp("_molLinkNodes") == 1
