"""Other tautomers of a structure: a claim draws one, a chemist the other.

Those that a standard InChI does not tell apart (pyridone and hydroxypyridine, the two ends of an
amidine, a lactim) are one compound to the identity rungs of the ladder, and so they are to a claim.
Others, as an enol of a ketone, are a hint and no more.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Protocol

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from molagent.chem.identity import inchikey
from molagent.errors import StructureError
from molagent.patents.markush.bounds import CountBounds, measure
from molagent.patents.markush.preparing import beside, components

__all__ = ["is_one_compound", "skeleton_query", "tautomers_of"]

# Drug-like structures have some ten; what has more is looked at as far as this.
_MOST: Final = 64


class _Core(Protocol):
    """A core of a claim, as far as tautomers are concerned."""

    @property
    def skeleton(self) -> Chem.Mol: ...

    def limits(self) -> CountBounds: ...


def tautomers_of(mol: Chem.Mol, cores: Sequence[_Core]) -> Iterator[Chem.Mol]:
    """Yield the other tautomers of those components of a prepared molecule that a claim may hold.

    Parameters
    ----------
    cores
        A component that has no skeleton of them, or that cannot be counted to be a member, has no
        tautomer of interest.
    """
    for component in components(mol):
        size = component.GetNumHeavyAtoms()
        near = [
            core
            for core in cores
            if size >= core.limits().low[0] and component.HasSubstructMatch(core.skeleton)
        ]
        if near and _may_be(component, near):
            for smiles in _enumerate(Chem.MolToSmiles(component)):
                yield beside(_read(smiles), component)


def _may_be(mol: Chem.Mol, cores: Sequence[_Core]) -> bool:
    counts = measure(mol)
    counts[-1] = 0  # the distance to a ring is a matter of groups
    return any(core.limits().hold(counts) for core in cores)


def is_one_compound(mol: Chem.Mol, other: Chem.Mol) -> bool:
    """Return whether two tautomers have one standard InChI.

    Examples
    --------
    >>> pyridone, hydroxypyridine = map(Chem.MolFromSmiles, ("O=c1cccc[nH]1", "Oc1ccccn1"))
    >>> is_one_compound(pyridone, hydroxypyridine)
    True
    """
    try:
        keys = {inchikey(Chem.MolToSmiles(each)) for each in (mol, other)}
    except StructureError:
        return False
    return len(keys) == 1


def skeleton_query(core: Chem.Mol) -> Chem.Mol:
    """Return a core without its bond orders, which tautomers share."""
    parameters = Chem.AdjustQueryParameters.NoAdjustments()
    parameters.makeBondsGeneric = True  # type: ignore[assignment] # RDKit's stub is wrong
    return Chem.AdjustQueryProperties(core, parameters)


@lru_cache(maxsize=8192)
def _enumerate(smiles: str) -> tuple[str, ...]:
    """Return the other tautomers of canonical SMILES; nothing where RDKit gives up."""
    with rdBase.BlockLogs():
        try:
            found = _enumerator().Enumerate(Chem.MolFromSmiles(smiles))
            others = [each for each in found.smiles if each != smiles]
            # RDKit writes some that it does not read.
            return tuple(each for each in others if _read(each) is not None)
        except (Chem.MolSanitizeException, RuntimeError, ValueError):
            return ()


def _read(smiles: str) -> Chem.Mol:
    return Chem.MolFromSmiles(smiles)


@lru_cache(maxsize=1)
def _enumerator() -> rdMolStandardize.TautomerEnumerator:
    enumerator = rdMolStandardize.TautomerEnumerator()
    enumerator.SetMaxTautomers(_MOST)
    enumerator.SetMaxTransforms(_MOST)
    # A claim may ask for a configuration, and a label is one.
    enumerator.SetRemoveSp3Stereo(False)  # noqa: FBT003 - RDKit takes no names
    enumerator.SetRemoveBondStereo(False)  # noqa: FBT003
    return enumerator
