"""What every generator does with its raw structures: take what was asked for, count the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar

from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.constraints import Rules
from molagent.propose.motifs import read_mol
from molagent.propose.patterns import compile_smarts
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest

__all__ = ["Sieve", "check_request", "compile_smarts", "flat_smiles"]

T = TypeVar("T")
_ATTEMPTS_EACH: Final = 30
_STEREO = frozenset("@/\\")


@lru_cache(maxsize=16_384)  # of what is known, every step of a campaign asks anew
def flat_smiles(smiles: str) -> str:
    """Return canonical SMILES without stereo marks; text that cannot be read comes back as is.

    Examples
    --------
    >>> flat_smiles("C[C@H](N)C(=O)O")
    'CC(N)C(=O)O'
    """
    mol = read_mol(smiles)
    if mol is None:
        return smiles
    Chem.RemoveStereochemistry(mol)
    return str(Chem.MolToSmiles(mol))


@dataclass
class Sieve:
    """Takes unknown structures in order, and counts the others by reason.

    Parameters
    ----------
    request
        Says how many, what is known, and the constraints.
    core
        A structure that is no proposal because it is the start; "" for none.
    patterns
        Further substructures that are forbidden.

    Raises
    ------
    InputError
        If the constraints cannot be read or contradict themselves.
    """

    request: ProposalRequest
    core: str
    patterns: Sequence[Chem.Mol] = ()
    taken: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Collect what is known, also without stereo marks: most proposals have none.

        A flat drawing of a known stereoisomer is not a new idea, nor is a stereoisomer of a known
        flat drawing.
        """
        self.rules = Rules.of(self.request)
        self.excluded = set(self.request.exclude)
        self.excluded.update(flat_smiles(s) for s in self.request.exclude if _STEREO & set(s))
        self.known = set(self.excluded)

    def note_known(self, smiles: str) -> None:
        """Count a structure as known, with and without its stereo marks."""
        mol = read_mol(smiles)
        if mol is not None:
            self.excluded.update((str(Chem.MolToSmiles(mol)), flat_smiles(smiles)))
            self.known |= self.excluded

    def offer(self, smiles: str | None) -> bool:
        """Take a structure or count why not."""
        reason = self._reason(smiles)
        if reason or smiles is None:
            self.refused[reason] += 1
            return False
        self.known.add(smiles)
        self.taken.append(smiles)
        return True

    def offer_all(self, smiles_list: Sequence[str | None]) -> int:
        """Offer structures until enough are taken; return how many were looked at."""
        for looked, smiles in enumerate(smiles_list):
            if self.full:
                return looked
            self.offer(smiles)
        return len(smiles_list)

    def gather(
        self, made: Iterable[T], take: Callable[[T], Proposal | None], progress: Progress
    ) -> ProposalBatch:
        """Return what is taken of candidates that are made one by one.

        Parameters
        ----------
        made
            Candidates, as many as it takes, or without end.
        take
            Offers a candidate to this sieve; returns the proposal it became, or None.
        progress
            Receives every proposal.

        Returns
        -------
        ProposalBatch
            ``complete``, or ``exhausted`` after 30 candidates for each structure asked for.
        """
        proposals: list[Proposal] = []
        attempts, limit = 0, _ATTEMPTS_EACH * self.request.count
        progress.start("propose", self.request.count)
        for candidate in made:
            attempts += 1
            proposal = take(candidate)
            if proposal is not None:
                proposals.append(proposal)
                progress.advance()
            if self.full or attempts == limit:
                break
        progress.finish(self.summary())
        return ProposalBatch(
            proposals=tuple(proposals),
            stop_reason="complete" if self.full else "exhausted",
            attempts=attempts,
            refused=self.counts,
        )

    def _reason(self, smiles: str | None) -> str:
        if smiles is None:
            return "invalid"
        if smiles in self.known or smiles == self.core or self._is_drawn_flat(smiles):
            return "known"
        if not self.rules.looks and not self.patterns:
            return ""
        mol = Chem.MolFromSmiles(smiles)
        if any(mol.HasSubstructMatch(pattern) for pattern in self.patterns):
            return "forbidden"
        return self.rules.refusal(mol)

    def _is_drawn_flat(self, smiles: str) -> bool:
        return bool(_STEREO & set(smiles)) and flat_smiles(smiles) in self.excluded

    @property
    def full(self) -> bool:
        """True once enough was taken."""
        return len(self.taken) >= self.request.count

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """Reasons for refusals with their counts, in alphabetical order."""
        return tuple(sorted(self.refused.items()))

    def summary(self) -> str:
        """Say in a few words what happened."""
        rest = ", ".join(f"{n} {reason}" for reason, n in self.counts)
        return f"{len(self.taken)} taken" + (f", refused: {rest}" if rest else "")


def check_request(request: ProposalRequest, *, conditioned: bool = False) -> None:
    """Refuse numbers that make no sense, and properties asked of what cannot hear.

    Parameters
    ----------
    request
        What is wanted.
    conditioned
        Whether the generator can be asked for properties.

    Raises
    ------
    InputError
        If count, seed, cycle, size or temperature are out of range, or properties are asked of a
        generator without conditions.
    """
    if request.asked and not conditioned:
        raise InputError(
            f"this generator cannot be asked for {', '.join(sorted(request.asked))}",
            remedy="ask the graph generator, or make properties part of the profile",
        )
    if request.count < 1:
        raise InputError(f"count {request.count} is below 1")
    if request.seed < 0 or request.cycle < 0:
        raise InputError(f"seed {request.seed} and cycle {request.cycle} must not be negative")
    if request.max_heavy_atoms < 1:
        raise InputError(f"max_heavy_atoms {request.max_heavy_atoms} is below 1")
    if not 0.0 < request.temperature < float("inf"):
        raise InputError(f"temperature {request.temperature} is not above 0")
