"""Chemical sanity of generated structures: what is drawn correctly and could still not exist.

Groups that exist and do not keep are another list, see :mod:`molagent.screen.unstable`.

Three checks: a list of patterns (``data/implausible.toml``), the sizes of rings and double bonds at
bridgeheads (Bredt et al. 1924, doi:10.1002/jlac.19244370102), and the synthetic accessibility score
of Ertl and Schuffenhauer 2009 (doi:10.1186/1758-2946-1-8; 1 easy .. 10 hard).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molagent.chem.synthetic_accessibility import sa_score
from molagent.records import Judgement, Verdict
from molagent.screen.judging import judge_each
from molagent.screen.patterns import Pattern, packaged_toml, read_patterns

__all__ = ["PlausibilityFilter"]

_DATA: Final = packaged_toml("implausible.toml")
# A bridgehead can carry a double bond from rings of nine atoms on.
_BREDT_RING: Final = 8
_THREE: Final = 3
_SIX: Final = 6


class PlausibilityFilter:
    """Fails structures that a medicinal chemist would not take seriously.

    Parameters
    ----------
    max_sa_score
        Highest accepted synthetic accessibility score.

    Examples
    --------
    >>> PlausibilityFilter().judge(["CC=C=CCN"])[0].reason
    'cumulene: allenes, ketenes and ketenimines are reactive'
    """

    def __init__(self, *, max_sa_score: float = _DATA["max_sa_score"]) -> None:
        self.name = "plausibility"
        self.max_sa_score = max_sa_score

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure; UNKNOWN where it cannot be read."""
        return judge_each(self.name, smiles_list, self._judge)

    def _judge(self, mol: Chem.Mol) -> Judgement:
        problems = tuple(self._problems(mol))
        return Judgement(
            filter=self.name,
            verdict=Verdict.FAIL if problems else Verdict.PASS,
            reason="; ".join(problems),
            evidence=problems,
        )

    def _problems(self, mol: Chem.Mol) -> Iterator[str]:
        if any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
            yield "radical: an unpaired electron"
        for pattern in _patterns():
            if pattern.matches(mol):
                yield f"{pattern.name}: {pattern.reason}"
        if size := _odd_ring(mol):
            yield f"ring_size: a ring of {size} atoms"
        if _breaks_bredt(mol):
            yield "bredt: a double bond at a bridgehead"
        if strain := _strained_arene(mol):
            yield f"strained_arene: {strain}"
        score = sa_score(mol)
        if score > self.max_sa_score:
            yield f"sa_score: {score:.1f} > {self.max_sa_score:g} (Ertl 2009)"


def _odd_ring(mol: Chem.Mol) -> int:
    """Return the size of a ring between the ordinary and the macrocyclic, or 0."""
    largest = int(_DATA["ring_sizes"][1])
    sizes = [len(ring) for ring in mol.GetRingInfo().AtomRings()]
    return next((size for size in sizes if largest < size < int(_DATA["macrocycle_from"])), 0)


def _breaks_bredt(mol: Chem.Mol) -> bool:
    bridgeheads: list[int] = []
    # RDKit fills the list in place; its stubs say otherwise.
    rdMolDescriptors.CalcNumBridgeheadAtoms(mol, atoms=bridgeheads)  # type: ignore[arg-type]
    rings = mol.GetRingInfo()
    return any(
        bond.GetBondType() == Chem.BondType.DOUBLE and rings.NumBondRings(bond.GetIdx()) > 0
        for index in bridgeheads
        if rings.MinAtomRingSize(index) <= _BREDT_RING
        for bond in mol.GetAtomWithIdx(index).GetBonds()
    )


def _strained_arene(mol: Chem.Mol) -> str:
    """Return how a small ring bends an aromatic one, or ''.

    Graph edits make them: a new bond across a fused system is legal on paper. Macrocycles, as in
    the ansamycins and glycopeptides, may bridge an arene.
    """
    rings = mol.GetRingInfo().AtomRings()
    if not rings:
        return ""
    bridgeheads: list[int] = []
    rdMolDescriptors.CalcNumBridgeheadAtoms(mol, atoms=bridgeheads)  # type: ignore[arg-type]
    bridged = any(mol.GetAtomWithIdx(index).GetIsAromatic() for index in bridgeheads)
    if bridged and max(len(ring) for ring in rings) <= _BREDT_RING:
        return "a small ring bridges an aromatic one"
    for ring in rings:
        aromatic = sum(mol.GetAtomWithIdx(index).GetIsAromatic() for index in ring)
        if aromatic == len(ring):
            continue
        if len(ring) == _THREE and aromatic >= 2:  # an aromatic bond
            return "a three-membered ring is fused to an aromatic one"
        if len(ring) == _SIX and aromatic == _SIX - 1:
            return "one atom bridges the bay of a fused aromatic system"
    return ""


@cache
def _patterns() -> tuple[Pattern, ...]:
    return read_patterns(_DATA["pattern"], place="implausible.toml")
