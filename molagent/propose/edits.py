"""Graph genetic algorithm: children of known compounds by crossover and mutation.

After Jensen 2019, doi:10.1039/C8SC05372C: parents are drawn by fitness, two of them are cut and
joined at an acyclic bond or through a ring, and the child is mutated. Edits act on Kekule graphs;
a child that RDKit refuses, or whose rings are strained, is thrown away and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from rdkit import Chem, rdBase

from molagent.errors import InputError, NotFoundError, StructureError
from molagent.propose.motifs import read_mol
from molagent.propose.sieve import Sieve, check_request, compile_smarts
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest, SeedCompound

__all__ = ["EditGenerator", "crossover", "mutate"]

SINGLE, DOUBLE, TRIPLE = Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE
LARGEST_RING = 7
SMALL_RING = 4
SMALLEST_SHARE = 0.6
CHILD_ATTEMPTS = 10
ATTEMPTS_EACH = 30
CROSSOVER_SHARE = 0.6
MUTATION_SHARE = 0.7
SECOND_MUTATION_SHARE = 0.3
RING_CROSSOVER_SHARE = 0.3
# Elements a mutation may introduce: atomic number and relative frequency.
ELEMENTS = ((6, 6.0), (7, 3.0), (8, 3.0), (9, 1.5), (17, 1.0), (16, 1.0), (35, 0.3))
_NUMBERS = np.array([n for n, _ in ELEMENTS])
_SHARES = np.array([w for _, w in ELEMENTS]) / sum(w for _, w in ELEMENTS)

_AROMATIC = "_aromatic"

Edit = Callable[[Chem.RWMol, np.random.Generator], bool]


def _pick(items: list[int], rng: np.random.Generator) -> int:
    return items[int(rng.integers(len(items)))]


def _free(atom: Chem.Atom) -> int:
    return int(atom.GetTotalNumHs())


def _plain(bond: Chem.Bond) -> bool:
    """Return whether an edit of the bond leaves every aromatic ring whole."""
    return not bond.HasProp(_AROMATIC)


def _open_atoms(mol: Chem.RWMol, valence: int = 1) -> list[int]:
    return [a.GetIdx() for a in mol.GetAtoms() if _free(a) >= valence]


def _element(rng: np.random.Generator) -> Chem.Atom:
    return Chem.Atom(int(rng.choice(_NUMBERS, p=_SHARES)))


def _append_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    atoms = _open_atoms(mol)
    if not atoms:
        return False
    mol.AddBond(_pick(atoms, rng), mol.AddAtom(_element(rng)), SINGLE)
    return True


def _insert_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    bonds = [b.GetIdx() for b in mol.GetBonds() if b.GetBondType() == SINGLE and _plain(b)]
    if not bonds:
        return False
    bond = mol.GetBondWithIdx(_pick(bonds, rng))
    begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    mol.RemoveBond(begin, end)
    middle = mol.AddAtom(Chem.Atom(int(rng.choice([6, 7, 8]))))
    mol.AddBond(begin, middle, SINGLE)
    mol.AddBond(middle, end, SINGLE)
    return True


def _delete_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    atoms = [
        a.GetIdx()
        for a in mol.GetAtoms()
        if a.GetDegree() in {1, 2} and all(_plain(b) for b in a.GetBonds())
    ]
    if not atoms:
        return False
    atom = mol.GetAtomWithIdx(_pick(atoms, rng))
    ends = [n.GetIdx() for n in atom.GetNeighbors()]
    if len(ends) > 1 and mol.GetBondBetweenAtoms(*ends) is None:
        mol.AddBond(ends[0], ends[1], SINGLE)
    mol.RemoveAtom(atom.GetIdx())
    return True


def _change_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    atom = mol.GetAtomWithIdx(int(rng.integers(mol.GetNumAtoms())))
    number = int(rng.choice(_NUMBERS, p=_SHARES))
    if atom.GetFormalCharge() or number == atom.GetAtomicNum():
        return False
    atom.SetAtomicNum(number)
    return True


def _change_bond(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    bonds = [b.GetIdx() for b in mol.GetBonds() if _plain(b)]
    if not bonds:
        return False
    bond = mol.GetBondWithIdx(_pick(bonds, rng))
    orders = [o for o in (SINGLE, DOUBLE, TRIPLE) if o != bond.GetBondType()]
    bond.SetBondType(orders[int(rng.choice(2, p=[0.8, 0.2]))])
    return True


def _delete_ring_bond(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    bonds = [b.GetIdx() for b in mol.GetBonds() if b.IsInRing() and _plain(b)]
    if not bonds:
        return False
    bond = mol.GetBondWithIdx(_pick(bonds, rng))
    mol.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    return True


def _close_ring(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    atoms = _open_atoms(mol)
    if not atoms:
        return False
    start = _pick(atoms, rng)
    distance = Chem.GetDistanceMatrix(mol)[start]
    # Three-, five- and six-membered rings: the path is one bond shorter than the ring.
    ends = [a for a in atoms if distance[a] in {2, 4, 5}]
    if not ends:
        return False
    mol.AddBond(start, _pick(ends, rng), SINGLE)
    return True


MUTATIONS: dict[str, tuple[float, Edit]] = {
    "append atom": (0.22, _append_atom),
    "insert atom": (0.15, _insert_atom),
    "delete atom": (0.14, _delete_atom),
    "change atom": (0.22, _change_atom),
    "change bond": (0.12, _change_bond),
    "delete ring bond": (0.04, _delete_ring_bond),
    "close ring": (0.10, _close_ring),
}
_NAMES = list(MUTATIONS)
_RATES = np.array([rate for rate, _ in MUTATIONS.values()])
_RATES = _RATES / _RATES.sum()


def _kekule(mol: Chem.Mol) -> Chem.RWMol:
    copy = Chem.RWMol(mol)
    for bond in copy.GetBonds():
        if bond.GetIsAromatic():
            bond.SetBoolProp(_AROMATIC, True)  # noqa: FBT003 - RDKit's signature
    Chem.Kekulize(copy, clearAromaticFlags=True)
    for atom in copy.GetAtoms():
        # Hydrogens written in the string ([nH], [NH3+]) would otherwise survive any edit.
        atom.SetNumExplicitHs(0)
        atom.SetNoImplicit(False)  # noqa: FBT003 - RDKit's signature
    copy.UpdatePropertyCache(strict=False)
    return copy


def _strained(mol: Chem.Mol) -> bool:
    rings = mol.GetRingInfo()
    if any(len(ring) > LARGEST_RING for ring in rings.AtomRings()):
        return True
    for bond in mol.GetBonds():
        order = bond.GetBondType()
        if order == TRIPLE and bond.IsInRing():
            return True
        if order == DOUBLE and rings.MinBondRingSize(bond.GetIdx()) in range(1, SMALL_RING + 1):
            return True
    allene = Chem.MolFromSmarts("[R]=[R]=[R]")
    return bool(mol.HasSubstructMatch(allene))


def _checked(mol: Chem.RWMol) -> Chem.Mol | None:
    """Return the sanitised child, None if it is no molecule in one relaxed piece."""
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(mol)
        except (Chem.MolSanitizeException, RuntimeError):
            return None
    if len(Chem.GetMolFrags(mol)) != 1 or _strained(mol):
        return None
    return mol.GetMol()


def mutate(mol: Chem.Mol, rng: np.random.Generator) -> tuple[Chem.Mol, str] | None:
    """Apply one random edit.

    Parameters
    ----------
    mol
        Sanitised molecule without stereo marks.
    rng
        Random numbers.

    Returns
    -------
    tuple or None
        The child and the name of the edit; None if every attempt failed.
    """
    for _ in range(CHILD_ATTEMPTS):
        name = _NAMES[int(rng.choice(len(_NAMES), p=_RATES))]
        work = _kekule(mol)
        if MUTATIONS[name][1](work, rng) and (child := _checked(work)) is not None:
            return child, name
    return None


@dataclass(frozen=True, slots=True)
class _Half:
    """A part of a parent and the atoms where it was cut."""

    mol: Chem.RWMol
    ends: tuple[int, ...]


def _half(mol: Chem.RWMol, ends: list[int], rng: np.random.Generator) -> _Half | None:
    """Return one of the two parts into which `mol` fell; `ends` lists both sides of each cut."""
    parts = Chem.GetMolFrags(mol)
    if len(parts) != 2:  # noqa: PLR2004 - two halves
        return None
    chosen = set(parts[int(rng.integers(2))])
    keep = tuple(e for e in ends if e in chosen)
    if len(keep) * 2 != len(ends):
        return None
    for number, atom in enumerate(mol.GetAtoms()):
        atom.SetIntProp("_number", number)
    for index in sorted(set(range(mol.GetNumAtoms())) - chosen, reverse=True):
        mol.RemoveAtom(index)
    moved = {a.GetIntProp("_number"): a.GetIdx() for a in mol.GetAtoms()}
    return _Half(mol, tuple(moved[e] for e in keep))


def _cut_chain(mol: Chem.Mol, rng: np.random.Generator) -> _Half | None:
    work = _kekule(mol)
    bonds = [b for b in work.GetBonds() if b.GetBondType() == SINGLE and not b.IsInRing()]
    if not bonds:
        return None
    bond = bonds[int(rng.integers(len(bonds)))]
    ends = [bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()]
    work.RemoveBond(*ends)
    return _half(work, ends, rng)


def _cut_ring(mol: Chem.Mol, rng: np.random.Generator) -> _Half | None:
    work = _kekule(mol)
    rings = work.GetRingInfo().BondRings()
    if not rings:
        return None
    ring = rings[int(rng.integers(len(rings)))]
    bonds = [work.GetBondWithIdx(b) for b in ring]
    singles = [b.GetIdx() for b in bonds if b.GetBondType() == SINGLE and _plain(b)]
    if len(singles) < 2:  # noqa: PLR2004 - a ring falls apart at two bonds
        return None
    chosen = rng.choice(len(singles), size=2, replace=False).tolist()
    ends: list[int] = []
    for number in chosen:
        bond = work.GetBondWithIdx(singles[number])
        ends += [bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()]
    work.RemoveBond(ends[0], ends[1])
    work.RemoveBond(ends[2], ends[3])
    return _half(work, ends, rng)


def crossover(first: Chem.Mol, second: Chem.Mol, rng: np.random.Generator) -> Chem.Mol | None:
    """Join a part of one parent to a part of the other.

    Parameters
    ----------
    first, second
        Sanitised parents without stereo marks.
    rng
        Random numbers.

    Returns
    -------
    Chem.Mol or None
        The child; None if every attempt failed.
    """
    for _ in range(CHILD_ATTEMPTS):
        cut = _cut_ring if rng.random() < RING_CROSSOVER_SHARE else _cut_chain
        left, right = cut(first, rng), cut(second, rng)
        if left is None or right is None or len(set(right.ends)) != len(set(left.ends)):
            continue
        joined = Chem.RWMol(Chem.CombineMols(left.mol, right.mol))
        shift = left.mol.GetNumAtoms()
        ends = [right.ends[i] + shift for i in rng.permutation(len(right.ends)).tolist()]
        pairs = list(zip(left.ends, ends, strict=True))
        if len(set(pairs)) < len(pairs):
            continue
        for begin, end in pairs:
            joined.AddBond(begin, end, SINGLE)
        if (child := _checked(joined)) is not None:
            return child
    return None


@dataclass(frozen=True, slots=True)
class _Child:
    smiles: str | None
    parents: tuple[str, ...]
    detail: str


class EditGenerator:
    """Proposes children of known compounds.

    The same request gives the same list. Stereo marks of parents are dropped.
    """

    name = "edits"
    modes = frozenset({"edit"})

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` unique children of ``request.seeds``.

        Parameters
        ----------
        request
            Needs seeds; a seed is drawn in proportion to its weight.
        progress
            Receives every child taken.

        Returns
        -------
        ProposalBatch
            ``complete``, or ``exhausted`` after a bounded number of attempts. Proposals carry the
            compound ids of their parents.

        Raises
        ------
        InputError
            If there are no seeds, a weight is not positive, or a seed cannot be read.
        """
        if request.mode not in self.modes:
            raise NotFoundError("mode of the edit generator", request.mode, known=self.modes)
        check_request(request)
        parents, shares = _parents(request.seeds)
        sieve = Sieve(request, "", compile_smarts(request.forbidden_smarts))
        # A crossover can rebuild a parent without its stereo marks.
        sieve.known.update(Chem.MolToSmiles(parent) for parent in parents)
        rng = np.random.default_rng([request.seed, request.cycle])
        proposals: list[Proposal] = []
        attempts, limit = 0, ATTEMPTS_EACH * request.count
        progress.start("propose", request.count)
        for child in self._children(request, parents, shares, rng):
            if sieve.full or attempts == limit:
                break
            attempts += 1
            if sieve.offer(child.smiles) and child.smiles is not None:
                proposals.append(self._proposal(child, request))
                progress.advance()
        progress.finish(sieve.summary())
        return ProposalBatch(
            proposals=tuple(proposals),
            stop_reason="complete" if sieve.full else "exhausted",
            attempts=attempts,
        )

    def _proposal(self, child: _Child, request: ProposalRequest) -> Proposal:
        return Proposal(
            smiles=child.smiles or "",
            generator=self.name,
            mode=request.mode,
            seed=request.seed,
            cycle=request.cycle,
            parents=child.parents,
            detail=child.detail,
        )

    def _children(
        self,
        request: ProposalRequest,
        parents: list[Chem.Mol],
        shares: np.ndarray,
        rng: np.random.Generator,
    ) -> Iterator[_Child]:
        while True:
            first, second = rng.choice(len(parents), size=2, p=shares).tolist()
            ids, steps = [request.seeds[first].compound_id], []
            mol: Chem.Mol | None = parents[first]
            if rng.random() < CROSSOVER_SHARE:
                mol = crossover(parents[first], parents[second], rng)
                ids.append(request.seeds[second].compound_id)
                steps.append("crossover")
            rounds = 1 if not steps or rng.random() < MUTATION_SHARE else 0
            rounds += int(rng.random() < SECOND_MUTATION_SHARE)
            for _ in range(rounds):
                outcome = None if mol is None else mutate(mol, rng)
                mol = None if outcome is None else outcome[0]
                steps.append("" if outcome is None else outcome[1])
            fewest = SMALLEST_SHARE * min(parents[i].GetNumAtoms() for i in (first, second))
            smiles = _finished(mol, fewest, request.max_heavy_atoms)
            yield _Child(smiles, tuple(dict.fromkeys(ids)), ", ".join(steps))


def _finished(mol: Chem.Mol | None, fewest: float, most: int) -> str | None:
    """Return the child's canonical SMILES, None if it failed, shrank too far or is too large."""
    if mol is None or not fewest <= mol.GetNumAtoms() <= most:
        return None
    readable = read_mol(Chem.MolToSmiles(mol))
    return None if readable is None else str(Chem.MolToSmiles(readable))


def _parents(seeds: tuple[SeedCompound, ...]) -> tuple[list[Chem.Mol], np.ndarray]:
    if not seeds:
        raise InputError("editing needs seed compounds", remedy="give measured compounds as seeds")
    mols = []
    for seed in seeds:
        mol = read_mol(seed.smiles)
        if mol is None or mol.GetNumAtoms() == 0:
            raise StructureError(
                f"seed {seed.smiles!r} cannot be read", place=seed.compound_id, remedy="correct it"
            )
        Chem.RemoveStereochemistry(mol)
        mols.append(mol)
    weights = np.array([seed.weight for seed in seeds], dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.any(weights <= 0):
        raise InputError("weights of seed compounds must be finite and above zero")
    return mols, weights / weights.sum()
