import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.propose.actions import Actions, GrowthBatch
from molagent.propose.distances import SEED_BUCKETS, graph_distances
from molagent.propose.links import LinkEnds
from molagent.propose.packed import PackedMolecules, pack_smiles
from molagent.propose.seeds import SeedGraph
from molagent.propose.trace import JOIN, LINK, OPTIONAL, REQUIRED, STOP, UNMET_CODE, Trace
from molagent.propose.traces import draw_trace
from molagent.propose.vocabulary import MotifVocabulary


def flat(smiles: str) -> str:
    mol = Chem.MolFromSmiles(smiles)
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(mol)


def one(value: int) -> np.ndarray:
    return np.array([value])


def seed_of(trace: Trace) -> SeedGraph:
    """Return the seed that a trace starts from, single bonds for all but the aromatic ones."""
    kinds = trace.seed_atoms[:, 2]
    unmet = trace.code[0, : len(kinds)] == UNMET_CODE
    marked = bool((trace.code[0, : len(kinds)][kinds == REQUIRED] == UNMET_CODE).any())
    ends = np.flatnonzero(kinds == LINK)
    link = None
    if len(ends):
        start = next(int(e) for e in ends if unmet[e])
        link = LinkEnds(start, next(int(e) for e in ends if e != start))
    required = np.where(unmet, trace.seed_atoms[:, 1] if marked else 1, 0)
    return SeedGraph(
        smiles="",
        atoms=trace.seed_atoms,
        bonds=trace.seed_bonds,
        kekule=(),
        required=required,
        distance=graph_distances(len(kinds), trace.seed_bonds, SEED_BUCKETS - 1),
        link=link,
    )


def replay(trace: Trace, vocabulary: MotifVocabulary) -> str:
    """Build a trace step by step; every action must be allowed by the masks."""
    growth = GrowthBatch(seed_of(trace), vocabulary, 1, 90)
    for step, focus in enumerate(trace.focus.tolist()):
        if not growth.at_root:
            allowed = growth.focus_mask()[0]
            assert allowed[0] == trace.stop_ok[step]
            assert (growth.codes()[0, : trace.code.shape[1]] == trace.code[step]).all()
            assert (growth.distances.seed[0] == trace.seed_distance[: step + 1]).all()
            assert (growth.distances.tokens[0] == trace.distance[: step + 1, : step + 1]).all()
            assert allowed[0 if focus == STOP else 1 + focus]
        if focus == STOP:
            break
        at, block = one(max(focus, 0)), one(int(trace.block[step]))
        attach, order = one(int(trace.attach[step])), one(int(trace.order[step]))
        assert growth.block_mask(at)[0, block[0]]
        if not growth.at_root:
            assert growth.block_mask(at)[0, len(vocabulary.blocks)] == trace.close_ok[step]
            join = len(vocabulary.blocks) + JOIN
            assert growth.block_mask(at)[0, join] == trace.join_ok[step]
            assert growth.attach_mask(block)[0, attach[0]]
            assert growth.order_limit(at, block, attach)[0] == trace.order_limit[step]
            assert order[0] <= trace.order_limit[step]
            near, near_seed = growth.focus_distances(at)
            assert (near[0] == trace.focus_distance[step, : step + 1]).all()
            assert (near_seed[0] == trace.focus_seed_distance[step]).all()
        growth.apply(Actions(at, block, attach, order))
    if len(trace.seed_atoms):  # a trace keeps no Kekule bonds of its seed
        assert growth.heavy[0] == len(trace.seed_atoms) + len(trace.slots)
        return ""
    return Chem.MolToSmiles(growth.to_mol(0))


@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=12, deadline=None)
def test_every_named_drug_is_rebuilt_from_its_trace(seed: int, vocabulary, drugs):
    rng = np.random.default_rng(seed)
    for name, smiles in drugs.items():
        packed = pack_smiles([smiles], vocabulary)
        assert len(packed) == 1, name
        trace = draw_trace(packed, 0, vocabulary, rng, seeded=False)
        assert replay(trace, vocabulary) == flat(smiles), name


def test_a_molecule_outside_the_vocabulary_is_built_from_atoms(vocabulary):
    packed = pack_smiles(["C1CC2CCC1CC2"], vocabulary)
    trace = draw_trace(packed, 0, vocabulary, np.random.default_rng(0), seeded=False)
    assert len(trace.focus) == 8 + 2 + 1  # atoms, ring closures, stop
    assert replay(trace, vocabulary) == "C1CC2CCC1CC2"


@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=30, deadline=None)
def test_every_step_from_a_core_is_one_that_the_masks_allow(seed: int, vocabulary, drugs):
    rng = np.random.default_rng(seed)
    packed = pack_smiles(drugs.values(), vocabulary)
    for index in range(len(packed)):
        trace = draw_trace(packed, index, vocabulary, rng, seeded=True)
        kinds, capacity = trace.seed_atoms[:, 2], trace.seed_atoms[:, 1]
        # A trace does not say whether a linker's end with room to spare must use all of it.
        clear = np.isin(kinds, (OPTIONAL, REQUIRED)).any() or capacity.max(initial=0) <= 1
        if clear:
            replay(trace, vocabulary)


def test_a_third_of_the_seeded_traces_of_a_linked_drug_join_two_cores(vocabulary, drugs):
    packed = pack_smiles([drugs["gefitinib"]], vocabulary)
    rng = np.random.default_rng(5)
    joins = 0
    for _ in range(300):
        trace = draw_trace(packed, 0, vocabulary, rng, seeded=True)
        joined = np.flatnonzero(trace.block == len(vocabulary.blocks) + JOIN)
        joins += len(joined)
        if len(joined):
            assert len(joined) == 1
            assert (trace.seed_atoms[:, 2] == LINK).sum() == 2
            assert trace.join_ok[joined[0]]
            assert not trace.stop_ok[: joined[0] + 1].any()
            assert not trace.join_ok[joined[0] + 1 :].any()
            # The join ends next to an atom of the second core.
            assert trace.seed_distance[joined[0] + 1].min() == 1
    assert 60 < joins < 130


@pytest.mark.parametrize("smiles", ["not smiles", "[Na+].[Cl-]", "C[13CH3]", "[Fe]", "C" * 61])
def test_what_cannot_be_built_is_left_out(smiles: str, vocabulary):
    assert len(pack_smiles([smiles], vocabulary)) == 0


@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=12, deadline=None)
def test_a_core_is_cut_off_at_single_acyclic_bonds_only(seed: int, vocabulary, drugs):
    rng = np.random.default_rng(seed)
    packed = pack_smiles(drugs.values(), vocabulary)
    for index in range(len(packed)):
        trace = draw_trace(packed, index, vocabulary, rng, seeded=True)
        size = len(trace.seed_atoms)
        onto_core = (trace.focus >= 0) & (trace.focus < size)
        assert (trace.order[onto_core] == 1).all()
        assert (trace.block[onto_core] < len(vocabulary.blocks)).all()
        assert size < int(np.diff(packed.offsets[index : index + 2, 0])[0])


def test_packed_molecules_survive_a_file(tmp_path, vocabulary, drugs):
    parts = [pack_smiles([s], vocabulary, corpus=1) for s in drugs.values()]
    joined = PackedMolecules.concatenate(parts)
    assert joined.sha256 == pack_smiles(drugs.values(), vocabulary, corpus=1).sha256
    joined.save(tmp_path / "packed.npz")
    assert PackedMolecules.load(tmp_path / "packed.npz").sha256 == joined.sha256
