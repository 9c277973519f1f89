import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.actions import Actions, GrowthBatch
from molagent.propose.limits import GrowthLimits, count_rings, growth_limits
from molagent.propose.seeds import EMPTY_SEED, SeedGraph, parse_seed
from molagent.propose.vocabulary import MotifVocabulary

ROWS = 8
CORES = ["[*:1]c1ccc2ncnc(N[*:2])c2c1", "c1ncc2cc[nH]c2n1", "[*]C([*])C#N", "[*]n1cccc1"]

PAIRS = [
    "[*]C1(CC#N)CN(S(=O)(=O)CC)C1.[*]c1ncnc2[nH]ccc12",
    "[*]C#C.[*]OCCOC",
    "[*:1]c1ccc([*:2])cc1.[*:1]N1CCN([*:2])CC1",
    "[*:1]C([*:2])C#N.[*:1]C([*:2])([*:3])F",
]


def draw(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.array([rng.choice(np.flatnonzero(row)) for row in mask])


def wander(
    seed: SeedGraph,
    vocabulary: MotifVocabulary,
    number: int,
    limit: int,
    *,
    charged: bool = True,
    limits: GrowthLimits | None = None,
) -> list[Chem.Mol]:
    """Take random allowed actions until every molecule stops."""
    rng = np.random.default_rng(number)
    growth = GrowthBatch(seed, vocabulary, ROWS, limit, charged=charged, limits=limits)
    mols: list[Chem.Mol] = []
    while len(growth):
        focus = np.ones(len(growth), dtype=np.int64)
        if not growth.at_root:
            focus = draw(growth.focus_mask(), rng)
            mols += [growth.to_mol(row) for row in np.flatnonzero(focus == 0)]
            growth.keep(np.flatnonzero(focus > 0))
            focus = focus[focus > 0]
        if not len(growth):
            break
        focus = focus - 1
        block = draw(growth.block_mask(focus), rng)
        attach = order = np.zeros(len(growth), dtype=np.int64)
        if not growth.at_root:
            attach = draw(growth.attach_mask(block), rng)
            limits = growth.order_limit(focus, block, attach)
            order = np.array([rng.integers(1, n + 1) for n in limits])
        growth.apply(Actions(focus, block, attach, order))
    return mols


@given(number=st.integers(0, 2**31 - 1), limit=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_random_allowed_actions_always_end_in_a_valid_molecule(number, limit, vocabulary):
    mols = wander(EMPTY_SEED, vocabulary, number, limit)
    assert len(mols) == ROWS
    for mol in mols:
        assert mol.GetNumAtoms() <= limit
        assert Chem.MolFromSmiles(Chem.MolToSmiles(mol)) is not None
        assert len(Chem.GetMolFrags(mol)) == 1


@given(number=st.integers(0, 2**31 - 1), smiles=st.sampled_from(CORES), room=st.integers(2, 25))
@settings(max_examples=40, deadline=None)
def test_random_allowed_actions_keep_the_core_and_use_every_exit(number, smiles, room, vocabulary):
    seed = parse_seed(smiles)
    wanted = {(b, e) for b, e, _ in seed.kekule}
    for mol in wander(seed, vocabulary, number, seed.size + room):
        assert Chem.MolFromSmiles(Chem.MolToSmiles(mol)) is not None
        inside = {
            (b.GetBeginAtomIdx(), b.GetEndAtomIdx())
            for b in mol.GetBonds()
            if max(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) < seed.size
        }
        assert inside == wanted
        for index in range(seed.size):
            atom = mol.GetAtomWithIdx(index)
            new = sum(n.GetIdx() >= seed.size for n in atom.GetNeighbors())
            if seed.required.any():
                assert new == seed.required[index]
            else:
                assert new <= seed.atoms[index, 1]
        assert all(a.GetAtomicNum() > 0 for a in mol.GetAtoms())
        # No ring runs through the core, so its aromaticity is what it was.
        for bond in mol.GetBonds():
            ends = sorted((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
            assert not (ends[0] < seed.size <= ends[1] and bond.IsInRing())
        assert mol.HasSubstructMatch(Chem.MolFromSmiles(seed.smiles))


@given(number=st.integers(0, 2**31 - 1))
@settings(max_examples=10, deadline=None)
def test_no_ionic_group_is_added_unless_asked_for(number, vocabulary):
    for mol in wander(EMPTY_SEED, vocabulary, number, 30, charged=False):
        assert Chem.GetFormalCharge(mol) == 0


@given(
    number=st.integers(0, 2**31 - 1),
    smiles=st.sampled_from(PAIRS),
    room=st.integers(1, 25),
    charged=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_random_allowed_actions_always_link_two_fragments(
    number, smiles, room, charged, vocabulary
):
    seed = parse_seed(smiles, link=True)
    limit = seed.size + max(room, int(seed.required.sum()))
    mols = wander(seed, vocabulary, number, limit, charged=charged)
    assert len(mols) == ROWS
    for mol in mols:
        assert Chem.MolFromSmiles(Chem.MolToSmiles(mol)) is not None
        assert mol.GetNumAtoms() <= limit
        assert len(Chem.GetMolFrags(mol)) == 1
        for index in range(seed.size):
            atom = mol.GetAtomWithIdx(index)
            new = [n.GetIdx() for n in atom.GetNeighbors() if n.GetIdx() >= seed.size]
            # The join is the one bond of the second core's end that no exit counts.
            assert len(new) == seed.required[index] + (index == seed.link.end)
            inside = sum(n.GetIdx() < seed.size for n in atom.GetNeighbors())
            assert inside == seed.atoms[index, 4]
        path = Chem.GetShortestPath(mol, seed.link.start, seed.link.end)
        assert len(path) > 2
        assert all(index >= seed.size for index in path[1:-1])
        for bond in mol.GetBonds():
            ends = sorted((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
            assert not (ends[0] < seed.size <= ends[1] and bond.IsInRing())


def smallest_rings(mol) -> list[list[int]]:
    """Return a smallest set of rings; RDKit's is none in the second example's cage."""
    bonds = ((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds())
    return nx.minimum_cycle_basis(nx.Graph(bonds))


@given(
    number=st.integers(0, 2**31 - 1),
    start=st.sampled_from(["", *CORES, *PAIRS]),
    room=st.integers(1, 16),
    elements=st.sampled_from([(), ("C",), ("C", "N", "F"), ("O", "F", "Cl"), ("S", "N", "C")]),
    max_rings=st.one_of(st.none(), st.integers(2, 6)),
    ring_sizes=st.sampled_from([None, (3, 6), (5, 6), (5, 7)]),
    least=st.integers(1, 30),
)
@example(number=0, start=PAIRS[0], room=1, elements=(), max_rings=2, ring_sizes=None, least=1)
@example(
    number=86,
    start="[*]C([*])C#N",
    room=16,
    elements=("S", "N", "C"),
    max_rings=None,
    ring_sizes=(5, 6),
    least=11,
)
@settings(max_examples=80, deadline=None)
def test_limits_hold_at_every_end_and_never_leave_a_molecule_stuck(
    number, start, room, elements, max_rings, ring_sizes, least, vocabulary
):
    seed = parse_seed(start, link="." in start) if start else EMPTY_SEED
    limits = growth_limits(
        vocabulary,
        charged=False,
        elements=elements,
        min_heavy_atoms=least,
        max_rings=max_rings,
        ring_sizes=ring_sizes,
    )
    own = count_rings(seed.size, len(seed.bonds), 2 if seed.link else 1)
    limit = seed.size + max(room, int(seed.required.sum()))
    for mol in wander(seed, vocabulary, number, limit, limits=limits):
        added = range(seed.size, mol.GetNumAtoms())
        found = {mol.GetAtomWithIdx(i).GetSymbol() for i in added}
        assert found <= set(elements or found)
        assert max_rings is None or mol.GetNumBonds() - mol.GetNumAtoms() + 1 <= max(max_rings, own)
        for ring in smallest_rings(mol) if ring_sizes is not None else ():
            if min(ring) >= seed.size:
                assert ring_sizes[0] <= len(ring) <= ring_sizes[1]
        if mol.GetNumAtoms() < min(least, limit):
            # A small end is one that nothing could be added to.
            open_atoms = [a for a in mol.GetAtoms() if a.GetTotalNumHs() and a.GetIdx() in added]
            assert not open_atoms


def test_a_limit_below_the_core_is_refused(vocabulary):
    with pytest.raises(InputError, match="below the core"):
        GrowthBatch(parse_seed("c1ccccc1"), vocabulary, 1, 5)
