import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.scaffolds import topological_scaffold
from molagent.errors import InputError, ModelError, NotFoundError
from molagent.propose.optimise.diversity import BUCKETS, DISCOUNTS, BucketMemory, BucketSettings

DRUGS = {
    "gefitinib": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "erlotinib": "C#Cc1cccc(Nc2ncnc3cc(OCCOC)c(OCCOC)cc23)c1",
    "tofacitinib": "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12",
    "baricitinib": "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "salicylic acid": "O=C(O)c1ccccc1O",
    "paracetamol": "CC(=O)Nc1ccc(O)cc1",
    "niacin": "O=C(O)c1cccnc1",
    "metformin": "CN(C)C(=N)N=C(N)N",
    "valproate": "CCCC(CCC)C(=O)O",
}
SMILES = list(DRUGS.values())
SETTINGS = st.builds(
    BucketSettings,
    kind=st.sampled_from(BUCKETS),
    discount=st.sampled_from(DISCOUNTS),
    bucket_size=st.integers(1, 4),
    least_total=st.sampled_from([0.0, 0.4, 1.0]),
    threshold=st.sampled_from([0.0, 0.35, 0.6, 1.0]),
)
# What a run scores: structures of a few buckets with totals, in batches.
BATCHES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(SMILES), st.sampled_from([0.0, 0.3, 0.5, 1.0, np.nan])),
        max_size=8,
    ),
    max_size=4,
)


def feed(memory, batches):
    return [
        memory.discount([s for s, _ in batch], np.array([t for _, t in batch], dtype=np.float64))
        for batch in batches
    ]


@settings(deadline=None)
@given(chosen=SETTINGS, batches=BATCHES)
def test_factors_lie_between_0_and_1_and_what_is_not_good_enough_costs_nothing(chosen, batches):
    memory = BucketMemory(chosen)
    for batch, factors in zip(batches, feed(memory, batches), strict=True):
        assert ((factors >= 0) & (factors <= 1)).all()
        for (_, total), factor in zip(batch, factors, strict=True):
            if not total >= chosen.least_total:
                assert factor == 1.0
    good = sum(total >= chosen.least_total for batch in batches for _, total in batch)
    assert sum(memory.counts.values()) == good


@settings(deadline=None)
@given(chosen=SETTINGS, batches=BATCHES, more=BATCHES)
def test_a_memory_restored_from_json_goes_on_as_the_uninterrupted_one(chosen, batches, more):
    memory, restored = BucketMemory(chosen), BucketMemory(chosen)
    feed(memory, batches)
    restored.load_state(json.loads(json.dumps(memory.to_state())))
    for ours, theirs in zip(feed(memory, more), feed(restored, more), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert restored.to_state() == memory.to_state()
    assert [restored.exhausted(s) for s in SMILES] == [memory.exhausted(s) for s in SMILES]


@settings(deadline=None)
@given(chosen=SETTINGS, batches=BATCHES)
def test_how_a_run_is_cut_into_batches_does_not_matter(chosen, batches):
    one_by_one = [[row] for batch in batches for row in batch]
    together = np.concatenate([np.empty(0), *feed(BucketMemory(chosen), batches)])
    alone = np.concatenate([np.empty(0), *feed(BucketMemory(chosen), one_by_one)])
    assert together.tolist() == alone.tolist()


@settings(deadline=None)
@given(chosen=SETTINGS, smiles=st.sampled_from(SMILES))
def test_repeating_one_structure_never_pays_more_and_in_the_end_nothing(chosen, smiles):
    memory = BucketMemory(chosen)
    factors = memory.discount([smiles] * (chosen.bucket_size + 1), np.ones(chosen.bucket_size + 1))
    assert factors[0] == 1.0
    assert (np.diff(factors) <= 0).all()
    assert factors[-1] == 0.0
    assert memory.exhausted(smiles)


@settings(deadline=None)
@given(chosen=SETTINGS, batches=BATCHES, seed=st.integers(0, 2**31 - 1))
def test_a_structure_has_its_bucket_however_its_smiles_is_written(chosen, batches, seed):
    memory = BucketMemory(chosen)
    feed(memory, batches)
    for smiles in SMILES[:4]:
        mol = Chem.MolFromSmiles(smiles)
        (rewritten,) = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)
        assert memory.exhausted(rewritten) == memory.exhausted(smiles)


@pytest.mark.parametrize(
    ("kind", "shared", "apart"),
    [
        ("murcko", ("aspirin", "paracetamol"), ("aspirin", "niacin")),
        ("topological", ("aspirin", "niacin"), ("aspirin", "tofacitinib")),
        ("similarity", ("aspirin", "aspirin"), ("aspirin", "gefitinib")),
    ],
)
def test_what_shares_a_bucket_is_what_the_kind_says(kind, shared, apart):
    for pair, expected in ((shared, [1.0, 0.0]), (apart, [1.0, 1.0])):
        memory = BucketMemory(BucketSettings(kind=kind, bucket_size=1))
        assert memory.discount([DRUGS[name] for name in pair], np.ones(2)).tolist() == expected


def test_acyclic_structures_share_one_bucket():
    memory = BucketMemory(BucketSettings(bucket_size=1))
    memory.discount([DRUGS["metformin"]], np.ones(1))
    assert memory.exhausted(DRUGS["valproate"])
    assert not memory.exhausted(DRUGS["aspirin"])


def test_a_linear_discount_is_the_share_of_the_bucket_that_is_empty():
    memory = BucketMemory(BucketSettings(discount="linear", bucket_size=4))
    factors = memory.discount([DRUGS["aspirin"]] * 6, np.ones(6))
    assert factors.tolist() == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]


@settings(deadline=None)
@given(batches=BATCHES, threshold=st.sampled_from([0.2, 0.35, 0.6]))
def test_no_two_leaders_are_as_similar_as_the_threshold(batches, threshold):
    memory = BucketMemory(BucketSettings(kind="similarity", threshold=threshold, least_total=0.0))
    feed(memory, batches)
    leaders = morgan_bits(list(memory.counts))
    between = tanimoto(leaders, leaders) - np.eye(len(leaders))
    assert (between < threshold).all()


def test_the_state_of_another_filter_is_refused():
    state = BucketMemory(BucketSettings(bucket_size=5)).to_state()
    with pytest.raises(ModelError, match="the diversity filter that the run began with"):
        BucketMemory(BucketSettings(bucket_size=6)).load_state(state)
    with pytest.raises(ModelError):
        BucketMemory().load_state({})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"kind": "colour"}, NotFoundError),
        ({"discount": "cubic"}, NotFoundError),
        ({"bucket_size": 0}, InputError),
        ({"least_total": 1.5}, InputError),
        ({"threshold": -0.1}, InputError),
        ({"threshold": float("nan")}, InputError),
    ],
)
def test_settings_that_mean_nothing_are_refused(changes, error):
    with pytest.raises(error):
        BucketSettings(**changes)


# -- the graph framework itself --------------------------------------------------------------------


def test_carbonyls_heteroatoms_and_bond_orders_do_not_tell_topological_scaffolds_apart():
    anilide, ether = "O=C(Nc1ccccc1)c1ccncc1", "c1ccc(COc2ccccc2)cc1"
    assert topological_scaffold(anilide) == topological_scaffold(ether)
    assert topological_scaffold("O=C1CCCCC1") == "C1CCCCC1"
    assert topological_scaffold("CCO") == ""


def test_an_atom_with_more_than_four_neighbours_has_a_topological_scaffold():
    assert topological_scaffold("FS(F)(F)(F)(F)c1ccccc1") == "C1CCCCC1"
    assert topological_scaffold("Cl[P]12(OCCO1)OCCO2").count("*") == 1


@settings(deadline=None)
@given(smiles=st.sampled_from(SMILES))
def test_a_topological_scaffold_is_its_own(smiles):
    once = topological_scaffold(smiles)
    assert (topological_scaffold(once) if once else "") == once
