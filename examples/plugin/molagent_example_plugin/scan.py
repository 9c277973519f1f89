"""A generator: the substituent scan of a lead series, one small group at one position a time.

A generator has a ``name``, the ``modes`` it can do, and ``propose``. It gets a request and returns
structures with where they came from; screening, prediction and ranking are not its business.
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

import numpy as np
from molagent.chem.molecules import canonical_smiles, parse_smarts, parse_smiles
from molagent.errors import InputError, NotFoundError
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest, SeedCompound
from rdkit import Chem

__all__ = ["SITES", "SUBSTITUENTS", "ScanGenerator"]

# Each fragment is bound by its first atom. Add a row, and the scan has one more group.
SUBSTITUENTS: Final = {
    "methyl": "C",
    "fluoro": "F",
    "chloro": "Cl",
    "hydroxyl": "O",
    "methoxy": "OC",
    "cyano": "C#N",
    "trifluoromethyl": "C(F)(F)F",
}
# Where a hydrogen may be replaced, and by what: no aminal, acetal or cyanohydrin alpha to a
# heteroatom or nitrile (water takes them apart), no alkyl chloride (it alkylates proteins).
SITES: Final = {
    "aromatic C-H": ("[c;!H0]", tuple(SUBSTITUENTS)),
    "aliphatic C-H": (
        "[CX4;!H0;!$(C[!#6]);!$(CC#N)]",
        ("methyl", "fluoro", "hydroxyl", "methoxy", "cyano", "trifluoromethyl"),
    ),
    "alpha C-H": ("[CX4;!H0;$(C[!#6]),$(CC#N)]", ("methyl",)),
    "N-H": ("[#7;!H0;+0]", ("methyl",)),
}

Edit = tuple[int, str, str]  # atom, kind of site, substituent


class ScanGenerator:
    """Proposes every seed compound with one hydrogen replaced by one small group.

    Seed compounds take turns, the fittest first; the request's seed decides the order in which
    each one's positions and groups are tried. Stereo marks of the seed compounds are kept.
    """

    name = "scan"
    modes = frozenset({"edit"})

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` analogues of ``request.seeds``."""
        # Say clearly what you cannot do: a campaign stops with this sentence.
        if request.mode not in self.modes:
            raise NotFoundError("mode of the scan", request.mode, known=self.modes)
        if not request.seeds:
            raise InputError("a scan needs seed compounds", remedy="give measured compounds")
        forbidden = [parse_smarts(smarts) for smarts in request.forbidden_smarts]
        known = set(request.exclude)
        found: list[Proposal] = []
        attempts = 0
        progress.start("scan", request.count)
        for seed, mol, (atom, kind, group) in _in_turns(request):
            if len(found) == request.count:
                break
            attempts += 1
            child = _substituted(mol, atom, SUBSTITUENTS[group])
            smiles = canonical_smiles(Chem.MolToSmiles(child))
            too_large = child.GetNumHeavyAtoms() > request.max_heavy_atoms
            if smiles in known or too_large or any(map(child.HasSubstructMatch, forbidden)):
                continue
            known.add(smiles)  # like positions of a ring give the same structure
            found.append(
                Proposal(
                    smiles=smiles,
                    generator=self.name,
                    mode=request.mode,
                    seed=request.seed,
                    cycle=request.cycle,
                    parents=(seed.compound_id,),  # lineage, shown in the report
                    detail=f"{group} at {kind}, atom {atom + 1}",
                )
            )
            progress.advance()
        progress.finish(f"{len(found)} of {attempts} analogues are new")
        reason = "complete" if len(found) == request.count else "exhausted"
        return ProposalBatch(proposals=tuple(found), stop_reason=reason, attempts=attempts)


def _in_turns(request: ProposalRequest) -> Iterator[tuple[SeedCompound, Chem.Mol, Edit]]:
    # Never numpy's global state: the same request must give the same answer.
    rng = np.random.default_rng([request.seed, request.cycle])
    queues = []
    for seed in sorted(request.seeds, key=lambda seed: (-seed.weight, seed.compound_id)):
        mol = parse_smiles(seed.smiles, place=seed.compound_id)
        edits = [
            (atom, kind, group)
            for kind, (smarts, groups) in SITES.items()
            for (atom,) in mol.GetSubstructMatches(parse_smarts(smarts))
            for group in groups
        ]
        queues.append([(seed, mol, edits[number]) for number in rng.permutation(len(edits))])
    for turn in zip_longest(*queues):
        yield from (step for step in turn if step is not None)


def _substituted(mol: Chem.Mol, index: int, group: str) -> Chem.Mol:
    child = Chem.RWMol(Chem.CombineMols(mol, Chem.MolFromSmiles(group)))
    site = child.GetAtomWithIdx(index)
    # Only hydrogens written in the SMILES, as in [nH] or [C@H], are counted here; RDKit works out
    # the others anew. The new bond takes the place of the hydrogen, so the stereo mark holds.
    site.SetNumExplicitHs(max(0, site.GetNumExplicitHs() - 1))
    child.AddBond(index, mol.GetNumAtoms(), Chem.BondType.SINGLE)
    Chem.SanitizeMol(child)
    return child.GetMol()
