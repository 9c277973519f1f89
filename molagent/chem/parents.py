"""The ChEMBL structure pipeline's parent of a molecule, without its repeated work.

For each molecule the pipeline reads its lists of salts and solvents from disk and parses some two
hundred patterns, which is nine tenths of its time. Here the lists are read once, and a molecule
that no step of the pipeline can change is not sent through it. The parents are the same: tests
compare both on thousands of structures.

The steps and lists are those of Bento et al. 2020, doi:10.1186/s13321-020-00456-1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import Final

from rdkit import Chem, rdBase

__all__ = ["is_unchanged", "parent_and_stripped", "parent_mol"]

# Neutral organic atoms without isotopes or explicit hydrogens, in one fragment.
_PLAIN: Final = re.compile(r"(?:Cl|Br|[CNOFSIcnos]|\[nH\]|\[C@@?H?\]|[-=#:/\\()%0-9])+")
_ORGANIC: Final = frozenset({6, 7, 8, 9, 16, 17, 35, 53})
# What the pipeline's normalisation rewrites and a molecule of such atoms may hold. Its other rules
# need charges or valences that RDKit refuses.
_REWRITTEN: Final = (
    "[!+0]",
    "[*]-[N;X2]#[N;X1]",
    "[!O][S+0;D3](=O)[!O]",
    "O=[S;D2;+0]-[#6]",
    "C([OH1;D1])=;!@[NH1]",
    "C([OH1;D1])=;!@[NH0]",
    "[F,Cl,Br,I;X0;+0]",
)
# Tartrate loses its stereo: files rarely say which tartaric acid made the salt.
_TARTRATE_ATOMS: Final = 10


def parent_mol(mol: Chem.Mol, smiles: str = "") -> Chem.Mol:
    """Return what ``standardize_mol`` and ``get_parent_mol`` of the pipeline return together.

    Parameters
    ----------
    mol
        A sanitised molecule; it is not changed.
    smiles
        The text it was read from, where there is one: it tells quickly that nothing can change.

    Raises
    ------
    ValueError, RuntimeError, rdkit.Chem.MolSanitizeException
        As the pipeline raises them.
    """
    if smiles and is_unchanged(mol, smiles):
        return mol
    return parent_and_stripped(mol)[0]


def parent_and_stripped(
    mol: Chem.Mol, *, keep_isotopes: bool = False
) -> tuple[Chem.Mol, tuple[Chem.Mol, ...]]:
    """Return the parent and the counter-ions and solvents that were taken off.

    Parameters
    ----------
    mol
        A sanitised molecule; it is not changed.
    keep_isotopes
        Whether labels stay; the pipeline's own parent has none. Salts and solvents are recognised
        without them, and where the parts of both do not correspond the labels go.

    Raises
    ------
    ValueError, RuntimeError, rdkit.Chem.MolSanitizeException
        As the pipeline raises them.
    """
    pipeline = _pipeline()
    labelled = pipeline.standardize_mol(mol)
    standard = pipeline.get_isotope_parent_mol(labelled)
    fragments = _parts(standard)
    given = _parts(labelled) if keep_isotopes else fragments
    if len(given) != len(fragments):
        given = fragments
    if len(fragments) == 1:
        # A lone fragment stays, whatever it is.
        return pipeline.uncharge_mol(given[0]), ()
    kept, stripped = _without_salts(fragments, pipeline)
    parent = pipeline.uncharge_mol(_combined([given[place] for place in kept]))
    return parent, tuple(pipeline.uncharge_mol(given[place]) for place in stripped)


def is_unchanged(mol: Chem.Mol, smiles: str = "") -> bool:
    """Return whether no step of the pipeline can change a molecule; False where it may.

    Without the text that it was read from, its atoms are looked at, which takes longer.
    """
    if not (_PLAIN.fullmatch(smiles) if smiles else _has_plain_atoms(mol)):
        return False
    if mol.GetNumAtoms() == _TARTRATE_ATOMS and (not smiles or "@" in smiles):
        return False
    return not any(mol.HasSubstructMatch(pattern) for pattern in _rewritten())


def _has_plain_atoms(mol: Chem.Mol) -> bool:
    return len(Chem.GetMolFrags(mol)) == 1 and all(
        atom.GetAtomicNum() in _ORGANIC
        and not (atom.GetFormalCharge() or atom.GetIsotope() or atom.GetNumRadicalElectrons())
        for atom in mol.GetAtoms()
    )


@dataclass(frozen=True, slots=True)
class _Formers:
    """A list of salt formers or solvents by their size: only equal sizes are compared."""

    by_size: dict[tuple[int, int], list[Chem.Mol]]

    def has(self, fragment: Chem.Mol) -> bool:
        size = fragment.GetNumAtoms(), fragment.GetNumBonds()
        return any(fragment.HasSubstructMatch(former) for former in self.by_size.get(size, ()))


def _parts(mol: Chem.Mol) -> tuple[Chem.Mol, ...]:
    return tuple(Chem.GetMolFrags(mol, asMols=True, sanitizeFrags=False))


def _without_salts(
    fragments: Sequence[Chem.Mol], pipeline: ModuleType
) -> tuple[list[int], list[int]]:
    """Return the places of the fragments that are no solvent and no salt former, and of those.

    Each different one is kept once.
    """
    shown = [_for_matching(fragment) for fragment in fragments]
    kept = [
        index for index, fragment in enumerate(shown) if not _formers("solvents.smi").has(fragment)
    ]
    if not kept:
        return list(range(len(fragments))), []
    salts = _formers("salts.smi")
    parts = [index for index in kept if not salts.has(shown[index])] or kept
    smiles = {_neutral_smiles(fragments[index], pipeline) for index in parts}
    chosen = parts if len(smiles) > 1 else parts[:1]
    whole = _combined([fragments[index] for index in chosen])
    if pipeline.exclude_flag(whole, includeRDKitSanitization=False):
        chosen = parts = kept
    return chosen, [index for index in range(len(fragments)) if index not in parts]


def _for_matching(fragment: Chem.Mol) -> Chem.Mol:
    plain = Chem.Mol(fragment)
    for atom in plain.GetAtoms():
        atom.SetIsotope(0)
    shown = Chem.RemoveHs(plain, sanitize=False)
    shown.UpdatePropertyCache(strict=False)
    Chem.SetAromaticity(shown)
    return shown


def _neutral_smiles(fragment: Chem.Mol, pipeline: ModuleType) -> str:
    neutral = Chem.RemoveHs(pipeline.uncharge_mol(fragment), sanitize=False)
    neutral.ClearComputedProps()
    neutral.UpdatePropertyCache(strict=False)
    Chem.SanitizeMol(
        neutral,
        sanitizeOps=Chem.SANITIZE_SYMMRINGS
        | Chem.SANITIZE_FINDRADICALS
        | Chem.SANITIZE_SETAROMATICITY
        | Chem.SANITIZE_ADJUSTHS,
    )
    return Chem.MolToSmiles(neutral)


def _combined(fragments: Sequence[Chem.Mol]) -> Chem.Mol:
    whole = fragments[0]
    for fragment in fragments[1:]:
        whole = Chem.CombineMols(whole, fragment)
    return whole


@cache
def _rewritten() -> tuple[Chem.Mol, ...]:
    return tuple(Chem.MolFromSmarts(smarts) for smarts in _REWRITTEN)


@cache
def _formers(file_name: str) -> _Formers:
    """Read one of the pipeline's lists: a name and a pattern a line."""
    by_size: dict[tuple[int, int], list[Chem.Mol]] = {}
    text = files("chembl_structure_pipeline").joinpath("data", file_name).read_text("utf-8")
    for line in text.splitlines():
        cells = line.strip().split("\t")
        if line.startswith("#") or len(cells) != 2:  # a name and a pattern
            continue
        former = Chem.MolFromSmarts(cells[1])
        by_size.setdefault((former.GetNumAtoms(), former.GetNumBonds()), []).append(former)
    return _Formers(by_size)


@cache
def _pipeline() -> ModuleType:
    """Import the pipeline late and quietly: it makes RDKit report its set-up on stderr."""
    with rdBase.BlockLogs():
        from chembl_structure_pipeline import standardizer
    return standardizer  # type: ignore[no-any-return]
