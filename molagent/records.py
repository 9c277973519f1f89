"""Frozen records handed between stages: what a row, a proposal, a verdict or a decision is.

Single things at the seams are records and carry their source. Bulk data stays columnar; the one
bulk record here, :class:`PredictionFrame`, wraps arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

__all__ = [
    "Constraints",
    "CycleSummary",
    "Decision",
    "Judgement",
    "Measurement",
    "ModelVersion",
    "Overlap",
    "OverlapLevel",
    "Plan",
    "PlanStep",
    "Prediction",
    "PredictionFrame",
    "Proposal",
    "ProposalBatch",
    "ProposalRequest",
    "Rejection",
    "SeedCompound",
    "Verdict",
]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class Verdict(StrEnum):
    """Outcome of one filter. UNKNOWN (not searched, model failed) never counts as PASS."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured value of one compound in one assay, with where it was read.

    Attributes
    ----------
    smiles
        Standardised parent.
    raw_smiles
        The structure as it stood in the file.
    endpoint
        For example ``jak1_pki``.
    relation
        On the original scale: ``=``, ``<`` or ``>``.
    value, unit
        As given, `unit` in canonical spelling.
    p_value
        ``-log10(molar)``; the relation flips on this scale.
    source
        ``file:row`` (1-based, the header is row 1).
    """

    smiles: str
    raw_smiles: str
    endpoint: str
    relation: str
    value: float
    unit: str
    p_value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row that was not taken, and why. ``raw`` is the row as it was read."""

    source: str
    reason: str
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedCompound:
    """A known structure a generator starts from; ``weight`` above 0, larger is fitter."""

    smiles: str
    compound_id: str
    weight: float = 1.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One estimate for one compound; ``mean`` is NaN where the model cannot tell."""

    endpoint: str
    mean: float
    std: float
    in_domain: bool
    model_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One trained model of one endpoint: what it saw, what it is, and where it lies.

    Attributes
    ----------
    version
        1, 2, ... of the endpoint; 0 until it is registered.
    kind
        As in its card: ``local``, ``message_passing``, ...
    model_hash
        Of training data and settings; the same hash is the same model.
    snapshot, snapshot_sha256
        The data it was trained on, by name and by content.
    settings, metrics, card
        JSON-able.
    artefact
        Folder with its tensors, relative to the project file's.
    parent
        ``version_id`` of the version it takes over from; empty for the first.
    reason
        Why it was trained.
    software
        What trained it: ``molagent 0.1.0``.
    """

    endpoint: str
    kind: str
    model_hash: str
    snapshot: str
    snapshot_sha256: str
    seed: int
    artefact: str
    version: int = 0
    settings: Mapping[str, object] = field(default_factory=dict, hash=False)
    metrics: Mapping[str, float | None] = field(default_factory=dict, hash=False)
    card: Mapping[str, object] = field(default_factory=dict, hash=False)
    parent: str = ""
    reason: str = ""
    software: str = ""
    created_at: datetime | None = None

    @property
    def version_id(self) -> str:
        """Return ``endpoint/v3``."""
        return f"{self.endpoint}/v{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionFrame:
    """Estimates of one endpoint for N structures, in input order.

    Attributes
    ----------
    mean, std
        ``N``; NaN where the model cannot tell, never 0.0. `std` is one standard deviation of the
        predictive distribution in the endpoint's unit.
    in_domain
        ``N``; True where the structure lies in the applicability domain.
    model_hash
        SHA-256 (first 16 hex digits) of training data and settings.
    """

    endpoint: str
    mean: FloatArray
    std: FloatArray
    in_domain: BoolArray
    model_hash: str

    def __len__(self) -> int:
        """Return the number of structures."""
        return len(self.mean)

    def row(self, index: int) -> Prediction:
        """Return one row as a record."""
        return Prediction(
            endpoint=self.endpoint,
            mean=float(self.mean[index]),
            std=float(self.std[index]),
            in_domain=bool(self.in_domain[index]),
            model_hash=self.model_hash,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one filter says of one structure."""

    filter: str
    verdict: Verdict
    reason: str
    evidence: tuple[str, ...] = ()


class OverlapLevel(StrEnum):
    """Rungs of the evidence ladder, strongest first. None of them is a legal verdict."""

    EXACT_IN_CLAIMS = "exact_in_claims"
    EXACT_ELSEWHERE = "exact_elsewhere"
    VARIANT = "variant"
    IN_CONFIRMED_CLAIM = "in_confirmed_claim"
    IN_DRAFT_CLAIM = "in_draft_claim"
    SAME_SCAFFOLD = "same_scaffold"
    SIMILAR = "similar"
    NOT_FOUND = "not_found"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """One piece of patent evidence.

    Attributes
    ----------
    searched
        Release, scope and depth of the search: without it "not found" means nothing.
    assignment
        Site name to SMILES of the group that fills it, for a Markush claim.
    similarity
        Tanimoto, 1024-bit Morgan radius 2; NaN where it does not apply.
    """

    level: OverlapLevel
    searched: str
    publication_number: str | None = None
    title: str | None = None
    assignee: str | None = None
    publication_date: str | None = None
    family_id: str | None = None
    section: str | None = None
    claim_id: str | None = None
    matched_name: str | None = None
    matched_smiles: str | None = None
    similarity: float = float("nan")
    assignment: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One typed, bounded action of a policy: ask one generator for a number of proposals.

    Attributes
    ----------
    seed_ids
        Compound ids to start from (``edit``); never SMILES, so that a language model cannot
        write a structure into the plan.
    scaffold_id
        Series whose Murcko scaffold is decorated (``decorate``); see ``chem.scaffolds``.
    """

    generator: str
    mode: str
    count: int
    seed_ids: tuple[str, ...] = ()
    scaffold_id: str | None = None
    temperature: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the next cycle does.

    Attributes
    ----------
    weights
        Objective name to weight multiplier, within the bounds of the campaign file.
    avoid_claims
        Claim ids whose members are to be designed around.
    exploration
        0 (greedy) to 1 (Thompson sampling with the full predictive spread).
    """

    steps: tuple[PlanStep, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    avoid_claims: tuple[str, ...] = ()
    exploration: float = 0.5
    stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided what, why, and from which sources.

    Attributes
    ----------
    actor
        ``fixed``, ``chair``, ``designer``, ... or a user name.
    reason
        One or two sentences in words.
    sources
        Ids of what the decision rests on: tool calls, compounds, model hashes.
    """

    cycle: int
    actor: str
    action: str
    reason: str
    sources: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSummary:
    """What a policy sees after a cycle: ids, counts and numbers, no structures.

    Attributes
    ----------
    funnel
        ``(stage or filter, structures left)`` in order.
    failures
        Reason to count, over everything that left the funnel in this cycle.
    leaders
        One mapping a compound, best first: ``compound_id``, ``desirability``, ``generator``,
        ``mode``, ``scaffold_id``, ``overlap`` and one entry per endpoint.
    generators
        Generator and mode to counts: ``proposed``, ``passed``, ``leaders``.
    models
        Endpoint to its card's headline numbers (``n``, ``rmse``, ``r2``, ``coverage_90``, ...).
    claims
        Claim id to the number of structures it stopped.
    measured
        The best measured compounds, shaped like `leaders`; endpoints hold measured values.
    """

    cycle: int
    cycles_planned: int
    seed: int
    funnel: tuple[tuple[str, int], ...]
    failures: Mapping[str, int]
    leaders: tuple[Mapping[str, object], ...]
    generators: Mapping[str, Mapping[str, int]]
    models: Mapping[str, Mapping[str, object]]
    claims: Mapping[str, int]
    objectives: Mapping[str, float]
    best_by_cycle: tuple[float, ...]
    plan: Plan
    measured: tuple[Mapping[str, object], ...] = ()
    notes: tuple[str, ...] = ()
