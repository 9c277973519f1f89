"""Molecules, cores and groups as claims try them: one spelling for each structure.

A structure is tried as the standardised parent that the identity rungs of the ladder look up, so
that a salt, a zwitterion or another drawing of an azide is the same to both. The parent draws
sulfoxides with charges; here they are drawn with a double bond again, as claims are written, and
cores and groups of claims are brought to the same spelling when a claim is loaded.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from molagent.chem.interrupts import keep_interrupts
from molagent.chem.molecules import parse_smiles
from molagent.chem.parents import is_unchanged, parent_and_stripped
from molagent.errors import StructureError

__all__ = [
    "MAX_ATOMS",
    "beside",
    "components",
    "counter_ions",
    "drop_labels",
    "in_claim_spelling",
    "ion_smiles",
    "normal_core",
    "prepare_mol",
    "prepare_parent",
]

# A hang-proof cap: the largest drug-like macrocycles have about 100 heavy atoms.
MAX_ATOMS: Final = 150

_COUNTER_IONS: Final = "_counter_ions"
_SEVERAL: Final = "_several"
# S, Se, P: their oxides are drawn with a double bond or with charges.
_OXIDES: Final = frozenset({15, 16, 34})
_OXYGEN: Final = 8


def prepare_mol(smiles: str, isotopes: str = "ignored") -> Chem.Mol:
    """Return the molecule a claim is tried on: the parent, isotope labels dropped or kept.

    Raises
    ------
    StructureError
        If the structure cannot be read or standardised, or has more than :data:`MAX_ATOMS` atoms.

    Examples
    --------
    >>> mol = prepare_mol("C[NH+](C)CC[2H].[Cl-]")
    >>> Chem.MolToSmiles(mol), counter_ions(mol)
    ('CCN(C)C', ('Cl',))
    >>> Chem.MolToSmiles(prepare_mol("C[S+]([O-])CC(=O)O[Na]"))
    'CS(=O)CC(=O)O'
    """
    mol = parse_smiles(smiles, max_atoms=MAX_ATOMS)
    return prepare_parent(mol, isotopes, smiles.strip())


def prepare_parent(mol: Chem.Mol, isotopes: str = "ignored", smiles: str = "") -> Chem.Mol:
    """Return the parent of a molecule as claims try it; what was stripped is remembered.

    Parameters
    ----------
    isotopes
        ``literal`` keeps labels; everything else drops them.
    smiles
        The text it was read from, where there is one: it tells quickly that nothing can change.

    Raises
    ------
    StructureError
        If it cannot be standardised, or nothing is left of it.
    """
    if is_unchanged(mol, smiles):
        return mol
    with rdBase.BlockLogs(), keep_interrupts():
        try:
            parent, stripped = parent_and_stripped(mol, keep_isotopes=isotopes == "literal")
            prepared = _reread(parent)
        except (Chem.MolSanitizeException, ValueError, RuntimeError) as error:
            raise StructureError(
                f"{Chem.MolToSmiles(mol)!r} cannot be standardised ({error})",
                remedy="correct the structure",
            ) from error
    if not prepared.GetNumAtoms():
        raise StructureError(
            f"nothing is left of {Chem.MolToSmiles(mol)!r} after salts and solvents are stripped",
            remedy="leave it out",
        )
    if stripped:
        _remember_ions(prepared, [ion_smiles(each) for each in stripped])
    fragments = Chem.GetMolFrags(prepared, asMols=True)
    if len(fragments) > 1:
        prepared.SetProp(_SEVERAL, ".".join(ion_smiles(each) for each in fragments))
    return prepared


def components(mol: Chem.Mol) -> Iterator[Chem.Mol]:
    """Yield the components of a prepared molecule, the largest first.

    A mixture has several; to each of them the others are counter-ions.
    """
    if not mol.HasProp(_SEVERAL):
        yield mol
        return
    fragments = Chem.GetMolFrags(mol, asMols=True)
    stripped, shown = counter_ions(mol), mol.GetProp(_SEVERAL).split(".")
    for place in sorted(range(len(fragments)), key=lambda place: -fragments[place].GetNumAtoms()):
        fragment = fragments[place]
        # Alone, as sodium acetate, a salt former keeps the charge that its ion balances.
        component = Chem.Mol(_neutral(fragment))
        _remember_ions(component, [*shown[:place], *shown[place + 1 :], *stripped])
        yield component


def drop_labels(mol: Chem.Mol) -> Chem.Mol:
    """Return a prepared molecule without isotope labels; the same one where there are none."""
    if not any(atom.GetIsotope() for atom in mol.GetAtoms()):
        return mol
    plain = Chem.Mol(mol)
    for atom in plain.GetAtoms():
        atom.SetIsotope(0)
    return Chem.RemoveHs(plain)


def counter_ions(mol: Chem.Mol) -> tuple[str, ...]:
    """Return what stands beside a prepared molecule, neutral, as SMILES."""
    return tuple(mol.GetProp(_COUNTER_IONS).split(".")) if mol.HasProp(_COUNTER_IONS) else ()


def beside(mol: Chem.Mol, other: Chem.Mol) -> Chem.Mol:
    """Return a molecule that has the counter-ions of another."""
    if other.HasProp(_COUNTER_IONS):
        mol.SetProp(_COUNTER_IONS, other.GetProp(_COUNTER_IONS))
    return mol


def ion_smiles(mol: Chem.Mol) -> str:
    """Return a counter-ion as claims name it: neutral.

    Examples
    --------
    >>> [ion_smiles(Chem.MolFromSmiles(ion)) for ion in ("[Cl-]", "[Na+]", "CC(=O)[O-]")]
    ['Cl', '[Na]', 'CC(=O)O']
    """
    neutral = Chem.Mol(_neutral(mol))
    for atom in neutral.GetAtoms():
        if not atom.GetDegree() and not atom.GetTotalNumHs():
            atom.SetFormalCharge(0)
            atom.SetNumRadicalElectrons(0)
            atom.SetNoImplicit(True)  # noqa: FBT003 - RDKit takes no names
    return str(Chem.MolToSmiles(neutral))


def normal_core(mol: Chem.Mol) -> Chem.Mol:
    """Return a core or a group of a claim, spelled as molecules are; map numbers stay.

    Examples
    --------
    >>> Chem.MolToSmiles(normal_core(Chem.MolFromSmiles("*[S+]([O-])C")))
    '*S(C)=O'
    """
    if all(atom.GetFormalCharge() == 0 for atom in mol.GetAtoms()):
        return mol
    return in_claim_spelling(_neutral(mol))


def _reread(parent: Chem.Mol) -> Chem.Mol:
    """Return the molecule through one round trip, as the identity rungs read it."""
    return in_claim_spelling(Chem.MolFromSmiles(Chem.MolToSmiles(parent)))


def in_claim_spelling(mol: Chem.Mol) -> Chem.Mol:
    """Return a standardised molecule with its oxides of S, Se and P drawn by double bonds.

    A sulfinyl group that carries hydrogen loses it in the standardiser, and gets it back.
    """
    mol = _with_sulfinyl_hydrogens(mol)
    bonds = [
        (centre.GetIdx(), oxygen.GetIdx())
        for oxygen in mol.GetAtoms()
        if oxygen.GetAtomicNum() == _OXYGEN and oxygen.GetFormalCharge() == -1
        for centre in oxygen.GetNeighbors()
        if centre.GetAtomicNum() in _OXIDES and centre.GetFormalCharge() > 0
    ]
    if not bonds:
        return mol
    drawn = Chem.RWMol(mol)
    Chem.Kekulize(drawn, clearAromaticFlags=True)
    for centre, oxygen in bonds:
        positive = drawn.GetAtomWithIdx(centre)
        if positive.GetFormalCharge() < 1:
            continue
        positive.SetFormalCharge(positive.GetFormalCharge() - 1)
        drawn.GetAtomWithIdx(oxygen).SetFormalCharge(0)
        drawn.GetBondBetweenAtoms(centre, oxygen).SetBondType(Chem.BondType.DOUBLE)
    result = drawn.GetMol()
    Chem.SanitizeMol(result)
    return result


def _with_sulfinyl_hydrogens(mol: Chem.Mol) -> Chem.Mol:
    """Return a molecule whose bare sulfinyl ends, ``[S]=O`` and ``[S+]=O``, have their hydrogen."""
    ends = [atom for (atom, _) in mol.GetSubstructMatches(_bare_sulfinyl())]
    if not ends:
        return mol
    mol = Chem.Mol(mol)
    for atom in (mol.GetAtomWithIdx(end) for end in ends):
        atom.SetFormalCharge(0)
        atom.SetNumRadicalElectrons(0)
        atom.SetNumExplicitHs(1)
        atom.SetNoImplicit(True)  # noqa: FBT003 - RDKit takes no names
    Chem.SanitizeMol(mol)
    return mol


@lru_cache(maxsize=1)
def _bare_sulfinyl() -> Chem.Mol:
    return Chem.MolFromSmarts("[S;X2;H0;+0,+]=[O;X1;+0]")


def _remember_ions(mol: Chem.Mol, ions: Sequence[str]) -> None:
    mol.SetProp(_COUNTER_IONS, ".".join(ions))


def _neutral(mol: Chem.Mol) -> Chem.Mol:
    if all(atom.GetFormalCharge() == 0 for atom in mol.GetAtoms()):
        return mol
    with rdBase.BlockLogs():
        return _uncharger().uncharge(mol)


@lru_cache(maxsize=1)
def _uncharger() -> rdMolStandardize.Uncharger:
    return rdMolStandardize.Uncharger()
