"""What generators are asked for and what they return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["Constraints", "Proposal", "ProposalBatch", "ProposalRequest", "Region", "SeedCompound"]


class Region(Protocol):
    """A part of chemical space that proposals keep out of, such as what a claim covers.

    Its ``repr`` names it and what it holds: a run that is resumed must agree with it.
    """

    @property
    def name(self) -> str:
        """A short name, as refusals are counted under it."""
        ...

    def contains(self, mol: Any) -> bool:  # noqa: ANN401 - an RDKit molecule; records know none
        """Return whether a sanitised molecule lies in it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedCompound:
    """A known structure a generator starts from.

    Attributes
    ----------
    weight
        Above 0, larger is fitter.
    keep
        SMARTS that what is made from this compound carries as it does: what its series never
        varied. Patterns that it does not have itself say nothing.
    """

    smiles: str
    compound_id: str
    weight: float = 1.0
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What every proposal must keep to: one object for all modes of a generator.

    Attributes
    ----------
    frozen
        What stays as it is. For ``decorate`` a core SMILES; for ``link`` two fragments as one
        SMILES with a dot; for ``around`` the part of each seed that is protected, as SMILES or
        SMARTS (atoms of a seed with map numbers are protected as well). An exit vector ``[*]``
        must be used exactly once; ``link`` joins the only exits, or the two named ``[*:1]``.
        Without any ``[*]`` every hydrogen of a core may be replaced.
    hydrogens_may_grow
        Whether hydrogens of the frozen part may be replaced beside marked exit vectors.
    required, forbidden
        SMARTS that a proposal must, and may not, contain.
    outside
        Regions that no proposal may lie in: what SMARTS cannot say.
    elements
        Symbols of the heavy atoms allowed; empty allows all that the generator knows.
    min_heavy_atoms, max_heavy_atoms
        Size of a proposal; None leaves the request's limit.
    min_rings, max_rings
        Number of independent rings: bonds that could be cut before the structure falls apart.
    min_ring_size, max_ring_size
        Atoms in each of these rings.
    charge
        ``as added``: nothing added carries a net charge; ``neutral``: the proposal carries none;
        ``any``; empty leaves it to the generator.
    keep_stereo
        Whether stereo marks of the frozen part are kept.
    most_cuts
        For ``around``: how many parts of a seed may change at once.
    """

    frozen: str = ""
    hydrogens_may_grow: bool = False
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    outside: tuple[Region, ...] = ()
    elements: tuple[str, ...] = ()
    min_heavy_atoms: int = 1
    max_heavy_atoms: int | None = None
    min_rings: int = 0
    max_rings: int | None = None
    min_ring_size: int = 3
    max_ring_size: int | None = None
    charge: str = ""
    keep_stereo: bool = True
    most_cuts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRequest:
    """What a generator is asked for.

    Attributes
    ----------
    count
        How many unique proposals are wanted.
    mode
        ``de_novo``, ``decorate``, ``link``, ``around`` or ``edit``.
    seeds
        Parents for ``edit``; compounds that ``around`` changes in parts.
    scaffold
        For ``decorate`` and ``link``: short for ``constraints.frozen``.
    forbidden_smarts
        Substructures a proposal may not contain, beside ``constraints.forbidden``.
    constraints
        What else a proposal must keep to.
    exclude
        Canonical SMILES that are known already and must not come back.
    asked
        Properties to aim at, by name: ``mw`` (g/mol), ``logp`` (Crippen), ``qed``, ``activity``,
        and ``strength``, how hard to steer. The graph generator does not hold to them; others
        take no notice.
    """

    count: int
    seed: int
    cycle: int
    mode: str = "de_novo"
    seeds: tuple[SeedCompound, ...] = ()
    scaffold: str | None = None
    max_heavy_atoms: int = 38
    forbidden_smarts: tuple[str, ...] = ()
    exclude: frozenset[str] = frozenset()
    temperature: float = 1.0
    constraints: Constraints | None = None
    asked: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A structure that is not registered yet, and where it came from."""

    smiles: str
    generator: str
    mode: str
    seed: int
    cycle: int
    parents: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalBatch:
    """What a generator returned.

    Attributes
    ----------
    stop_reason
        ``complete``, ``exhausted`` (the space or the attempts ran out) or ``time``.
    attempts
        How many structures were built to get the unique ones.
    refused
        Reasons for which structures were not taken, each with its count.
    """

    proposals: tuple[Proposal, ...]
    stop_reason: str
    attempts: int
    refused: tuple[tuple[str, int], ...] = ()
