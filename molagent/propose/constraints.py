"""Constraints made ready: folded from a request, checked before sampling, applied to proposals.

What can be a mask is one (`growth_limits`): elements, size, charge of blocks, ring closures. What
depends on the finished molecule is checked at the end, and refusals are counted by reason. What
cannot be met at all is refused before anything is sampled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.limits import GrowthLimits, count_rings, growth_limits
from molagent.propose.motifs import ATOM_TYPES, read_mol
from molagent.propose.patterns import (
    compile_smarts,
    elements_of,
    frozen_queries,
    is_permanent,
)
from molagent.propose.seeds import SeedGraph
from molagent.propose.vocabulary import MotifVocabulary
from molagent.records import Constraints, ProposalRequest

__all__ = ["CHARGES", "MASKED_MODES", "Constraints", "Rules", "fold_request"]

# Modes in which masks hold the frozen part.
MASKED_MODES: Final = frozenset({"de_novo", "decorate", "link", "around"})
CHARGES: Final = ("", "as added", "neutral", "any")
_ELEMENTS: Final = tuple(dict.fromkeys(kind.symbol for kind in ATOM_TYPES))
_JOINT_VALENCE: Final = 2


def fold_request(request: ProposalRequest) -> Constraints:
    """Return the constraints of a request, its own scaffold, size and patterns included.

    Raises
    ------
    InputError
        If request and constraints freeze different structures.
    """
    given = request.constraints or Constraints()
    scaffold = request.scaffold or ""
    if scaffold and given.frozen and scaffold != given.frozen:
        raise InputError(
            f"scaffold {scaffold!r} and frozen {given.frozen!r} are two different cores",
            remedy="give one of them",
        )
    largest = request.max_heavy_atoms
    if given.max_heavy_atoms is not None:
        largest = min(largest, given.max_heavy_atoms)
    return replace(
        given,
        frozen=given.frozen or scaffold,
        forbidden=tuple(dict.fromkeys((*request.forbidden_smarts, *given.forbidden))),
        max_heavy_atoms=largest,
    )


@dataclass(frozen=True)
class Rules:
    """Constraints with their patterns compiled.

    Parameters
    ----------
    constraints
        What was asked for, folded.
    forbidden, required
        Compiled SMARTS.
    max_heavy_atoms
        Largest proposal.
    held
        Readings of the frozen part, one of which a proposal must contain; empty where masks hold
        it.
    """

    constraints: Constraints
    forbidden: tuple[Chem.Mol, ...]
    required: tuple[Chem.Mol, ...]
    max_heavy_atoms: int
    held: tuple[Chem.Mol, ...] = ()

    @classmethod
    def of(cls, request: ProposalRequest) -> Rules:
        """Fold and compile the constraints of a request.

        Raises
        ------
        InputError
            If they contradict themselves or cannot be read.
        """
        constraints = fold_request(request)
        held: tuple[Chem.Mol, ...] = ()
        if request.mode not in MASKED_MODES:
            # Other generators know no masks: their finished molecules are looked at instead.
            charge = "neutral" if constraints.charge == "as added" else constraints.charge
            constraints = replace(constraints, charge=charge)
            held = tuple(frozen_queries(constraints.frozen)) if constraints.frozen else ()
        rules = cls(
            constraints=constraints,
            forbidden=tuple(compile_smarts(constraints.forbidden)),
            required=tuple(compile_smarts(constraints.required, "required")),
            held=held,
            max_heavy_atoms=constraints.max_heavy_atoms or request.max_heavy_atoms,
        )
        for problem in rules._contradictions():
            raise problem
        return rules

    def _contradictions(self) -> Iterator[InputError]:
        given, largest = self.constraints, self.max_heavy_atoms
        if given.charge not in CHARGES:
            known = ", ".join(repr(c) for c in CHARGES if c)
            yield InputError(f"charge policy {given.charge!r} is unknown", remedy=f"use {known}")
        for symbol in given.elements:
            if symbol not in _ELEMENTS:
                yield InputError(
                    f"element {symbol!r} is not one that can be built",
                    remedy=f"choose among {', '.join(_ELEMENTS)}",
                )
        if given.min_heavy_atoms > largest:
            yield InputError(
                f"min_heavy_atoms {given.min_heavy_atoms} is above the {largest} allowed",
                remedy="lower it or raise max_heavy_atoms",
            )
        if given.most_cuts < 1:
            yield InputError(f"most_cuts {given.most_cuts} lets nothing change")
        yield from self._ring_contradictions()
        yield from self._required_contradictions()

    def _ring_contradictions(self) -> Iterator[InputError]:
        given = self.constraints
        if given.max_rings is not None and given.min_rings > given.max_rings:
            yield InputError(f"min_rings {given.min_rings} is above max_rings {given.max_rings}")
        if given.max_ring_size is not None and given.min_ring_size > given.max_ring_size:
            yield InputError(
                f"min_ring_size {given.min_ring_size} is above max_ring_size {given.max_ring_size}"
            )

    def _required_contradictions(self) -> Iterator[InputError]:
        given = self.constraints
        for text, pattern in zip(given.required, self.required, strict=True):
            if text in given.forbidden:
                yield InputError(f"substructure {text!r} is both required and forbidden")
            if pattern.GetNumAtoms() > self.max_heavy_atoms:
                yield InputError(
                    f"required substructure {text!r} has {pattern.GetNumAtoms()} atoms, more than "
                    f"the {self.max_heavy_atoms} allowed",
                    remedy="raise max_heavy_atoms",
                )
            missing = elements_of(pattern) - set(given.elements or _ELEMENTS)
            if missing:
                yield InputError(
                    f"required substructure {text!r} needs {', '.join(sorted(missing))}, which "
                    "the elements allowed do not contain",
                    remedy="allow the element or drop the pattern",
                )

    @property
    def ring_sizes(self) -> tuple[int, int] | None:
        """Fewest and most atoms of a ring; None where all are allowed."""
        given = self.constraints
        if given.min_ring_size <= Constraints().min_ring_size and given.max_ring_size is None:
            return None
        return given.min_ring_size, given.max_ring_size or self.max_heavy_atoms

    @property
    def looks(self) -> bool:
        """Whether a finished molecule has to be looked at."""
        given, plain = self.constraints, Constraints()
        numbers = given.min_heavy_atoms, given.min_rings, given.max_rings, given.charge
        unbounded = plain.min_heavy_atoms, plain.min_rings, plain.max_rings, plain.charge
        patterns = self.forbidden or self.required or self.held or self.ring_sizes
        return bool(patterns or given.elements or given.outside) or numbers != unbounded

    def refusal(self, mol: Chem.Mol) -> str:
        """Return why a molecule is no proposal, "" if it is one."""
        given = self.constraints
        if any(mol.HasSubstructMatch(pattern) for pattern in self.forbidden):
            return "forbidden"
        if not all(mol.HasSubstructMatch(pattern) for pattern in self.required):
            return "without required"
        if self.held and not any(mol.HasSubstructMatch(query) for query in self.held):
            return "frozen part lost"
        if list(self.wrong_atoms(mol)):
            return "element"
        if given.charge == "neutral" and Chem.GetFormalCharge(mol):
            return "charged"
        # Last, as a region can cost as much as the rest together.
        return self._misfit(mol) or next((r.name for r in given.outside if r.contains(mol)), "")

    def _misfit(self, mol: Chem.Mol) -> str:
        given, rings = self.constraints, _rings_of(mol)
        if not given.min_heavy_atoms <= mol.GetNumHeavyAtoms() <= self.max_heavy_atoms:
            return "size"
        if rings < given.min_rings or (given.max_rings is not None and rings > given.max_rings):
            return "rings"
        return "ring size" if list(self.wrong_rings(mol)) else ""

    def wrong_atoms(self, mol: Chem.Mol) -> Iterator[int]:
        """Yield heavy atoms of an element that is not allowed."""
        allowed = self.constraints.elements
        for atom in mol.GetAtoms():
            if allowed and atom.GetAtomicNum() > 1 and atom.GetSymbol() not in allowed:
                yield atom.GetIdx()

    def wrong_rings(self, mol: Chem.Mol) -> Iterator[tuple[int, ...]]:
        """Yield rings of a size that is not allowed."""
        if self.ring_sizes is not None:
            smallest, largest = self.ring_sizes
            for ring in mol.GetRingInfo().AtomRings():
                if not smallest <= len(ring) <= largest:
                    yield tuple(ring)

    def limits(
        self, vocabulary: MotifVocabulary, *, charged: bool, net: int = 0, link: bool = False
    ) -> GrowthLimits:
        """Return the constraints as masks.

        Parameters
        ----------
        vocabulary
            The blocks.
        charged
            Whether blocks with a net charge may be added where the constraints do not say.
        net
            Formal charge of the frozen part: a charged part may need a counter-charge.
        link
            Whether a linker has to be built.

        Raises
        ------
        InputError
            If no block is left that could do what is asked.
        """
        given = self.constraints
        policies = {"": charged, "as added": False, "neutral": net != 0, "any": True}
        limits = growth_limits(
            vocabulary,
            charged=policies[given.charge],
            elements=given.elements,
            min_heavy_atoms=given.min_heavy_atoms,
            max_rings=given.max_rings,
            ring_sizes=self.ring_sizes,
        )
        single = limits.usable & (vocabulary.sizes == 1)
        valence = vocabulary.slot_open[vocabulary.offsets]
        if not (single & (valence >= (_JOINT_VALENCE if link else 1))).any():
            purpose = "a linker could be made of" if link else "could be added"
            raise InputError(
                f"the constraints exclude every block that {purpose}",
                remedy="allow more elements",
            )
        return limits

    def check_core(self, seed: SeedGraph, text: str) -> None:
        """Refuse a frozen part that breaks the constraints whatever grows on it.

        Raises
        ------
        InputError
            Naming the atom, ring or pattern.
        """
        mol, given = read_mol(seed.smiles), self.constraints
        assert mol is not None  # noqa: S101 - parsed before
        for index in self.wrong_atoms(mol):
            symbol = mol.GetAtomWithIdx(index).GetSymbol()
            raise InputError(f"frozen {text!r} holds {symbol}, which the elements do not allow")
        for ring in self.wrong_rings(mol):
            raise InputError(f"frozen {text!r} holds a ring of {len(ring)} atoms, not allowed")
        rings = _rings_of(mol)
        if given.max_rings is not None and rings > given.max_rings:
            raise InputError(f"frozen {text!r} has {rings} rings, max_rings is {given.max_rings}")
        for name, pattern in zip(given.forbidden, self.forbidden, strict=True):
            if is_permanent(text, pattern, hydrogens=given.hydrogens_may_grow):
                raise InputError(
                    f"frozen {text!r} holds the forbidden substructure {name!r}",
                    remedy="change one of them",
                )


def _rings_of(mol: Chem.Mol) -> int:
    """Count rings as masks do; RDKit counts three in bicyclo[2.2.2]octane, for symmetry."""
    parts = len(Chem.GetMolFrags(mol))
    return count_rings(mol.GetNumAtoms(), mol.GetNumBonds(), parts)
