"""What a request starts from: nothing, a core, two cores, or every cut of the leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from molagent.errors import InputError, NotFoundError
from molagent.propose.constraints import MASKED_MODES, Rules
from molagent.propose.leads import find_cuts
from molagent.propose.motifs import read_mol
from molagent.propose.seeds import EMPTY_SEED, SeedGraph, parse_seed
from molagent.records import ProposalRequest

__all__ = ["MODES", "Start", "find_starts"]

MODES: Final = MASKED_MODES


@dataclass(frozen=True, slots=True)
class Start:
    """One seed that molecules grow from.

    Parameters
    ----------
    text
        The core or cores as SMILES; "" for growth from nothing.
    link
        Whether `text` is two fragments.
    parent
        Id of the lead that the core was cut from, or "".
    net
        Formal charge of the core.
    """

    text: str = ""
    link: bool = False
    parent: str = ""
    net: int = 0

    def read(self, rules: Rules) -> SeedGraph:
        """Return the seed.

        Raises
        ------
        StructureError
            If nothing can grow on it.
        """
        if not self.text:
            return EMPTY_SEED
        return parse_seed(
            self.text,
            max_heavy_atoms=rules.max_heavy_atoms,
            link=self.link,
            hydrogens=rules.constraints.hydrogens_may_grow and not self.parent,
            keep_stereo=rules.constraints.keep_stereo,
        )


def find_starts(request: ProposalRequest, rules: Rules) -> tuple[Start, ...]:
    """Return what a request starts from, every start checked against the constraints.

    Raises
    ------
    InputError
        If the request lacks what its mode needs, or cannot be met.
    NotFoundError
        If the mode is unknown.
    """
    if request.mode not in MODES:
        raise NotFoundError("mode of the graph generator", request.mode, known=MODES)
    frozen = rules.constraints.frozen
    if request.mode == "around":
        return tuple(_cut_leads(request, rules))
    if request.mode == "de_novo":
        if frozen:
            raise InputError(
                f"growing from nothing keeps no frozen part, {frozen!r} was given",
                remedy="use decorate, link or around",
            )
        return (Start(),)
    if not frozen:
        raise InputError(
            f"mode {request.mode} needs a scaffold",
            remedy="give a core SMILES, exit vectors as [*]; two fragments with a dot for link",
        )
    start = Start(frozen, link=request.mode == "link", net=_charge(frozen))
    rules.check_core(start.read(rules), frozen)
    return (start,)


def _cut_leads(request: ProposalRequest, rules: Rules) -> Iterator[Start]:
    if not request.seeds:
        raise InputError("changing leads needs seed compounds", remedy="give the leads as seeds")
    for lead in request.seeds:
        for cut in find_cuts(lead.smiles, rules, place=lead.compound_id):
            yield Start(cut.smiles, cut.link, lead.compound_id, _charge(cut.smiles))


def _charge(smiles: str) -> int:
    mol = read_mol(smiles)
    return 0 if mol is None else int(Chem.GetFormalCharge(mol))
