from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.scaffolds import murcko_scaffold
from molagent.errors import InputError
from molagent.select.acquisition import upper_bound
from molagent.select.batch import best_within, thompson_within
from molagent.select.limits import Limits

JAK_DRUGS = {
    "tofacitinib": "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
    "baricitinib": "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1",
    "upadacitinib": "CC[C@@H]1CN(C(=O)NCC(F)(F)F)C[C@@H]1c1cnc2cnc3[nH]ccc3n12",
    "filgotinib": "O=C(Nc1nc2cccc(-c3ccc(CN4CCS(=O)(=O)CC4)cc3)n2n1)C1CC1",
    "ruxolitinib": "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
    "tofacitinib without its nitrile": "C[C@@H]1CCN(C(C)=O)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
}


def thompson_batch(draws, groups, *, count, seed, **limits):
    return thompson_within(Limits(groups=groups, **limits), draws, count=count, seed=seed)


def greedy_batch(values, groups, *, count, **limits):
    return best_within(Limits(groups=groups, **limits), values, count=count)


def upper_bound_batch(draws, groups, *, count, per_group):
    return greedy_batch(upper_bound(draws, 1.0), groups, count=count, per_group=per_group)


@st.composite
def pools(draw):
    size = draw(st.integers(1, 30))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    draws = rng.uniform(size=(draw(st.integers(1, 12)), size))
    draws[:, rng.uniform(size=size) < 0.2] = np.nan
    groups = [f"scaffold {n}" for n in rng.integers(0, draw(st.integers(1, 8)), size=size)]
    return draws, groups


@given(pool=pools(), count=st.integers(1, 30), per_group=st.integers(1, 4), seed=st.integers(0, 99))
def test_no_scaffold_exceeds_its_cap_and_nothing_unknown_or_double_is_chosen(
    pool, count, per_group, seed
):
    draws, groups = pool
    for batch in (
        thompson_batch(draws, groups, count=count, per_group=per_group, seed=seed),
        greedy_batch(draws.mean(axis=0), groups, count=count, per_group=per_group),
        upper_bound_batch(draws, groups, count=count, per_group=per_group),
    ):
        assert max(Counter(groups[i] for i in batch.indices).values(), default=0) <= per_group
        assert len(set(batch.indices)) == len(batch.indices) <= count
        assert not np.isnan(draws[:, list(batch.indices)]).any()
        assert (batch.shortfall == "") == (len(batch.indices) == count)
        assert len(batch.acquisition) == len(batch.indices)


@given(pool=pools(), seed=st.integers(0, 99))
def test_the_same_seed_gives_the_same_batch(pool, seed):
    draws, groups = pool
    first = thompson_batch(draws, groups, count=6, per_group=2, seed=seed)
    assert first == thompson_batch(draws.copy(), list(groups), count=6, per_group=2, seed=seed)


@given(pool=pools())
def test_acquisition_is_a_share_of_draws_and_falls_with_the_rank(pool):
    draws, groups = pool
    shares = thompson_batch(draws, groups, count=5, per_group=9, seed=0).acquisition
    assert all(0 <= share <= 1 + 1e-9 for share in shares)
    assert list(shares) == sorted(shares, reverse=True)


def test_without_uncertainty_thompson_chooses_what_greedy_chooses():
    values = np.random.default_rng(1).uniform(size=40)
    groups = [str(n) for n in range(40)]
    thompson = thompson_batch(np.tile(values, (16, 1)), groups, count=8, per_group=1, seed=3)
    greedy = greedy_batch(values, groups, count=8, per_group=1)
    assert thompson.indices == greedy.indices


def test_a_doubtful_compound_that_may_be_best_is_tried_beside_a_sure_one():
    rng = np.random.default_rng(0)
    sure, doubtful, poor = np.full(200, 0.6), rng.uniform(0.0, 1.0, 200), np.full(200, 0.55)
    batch = thompson_batch(
        np.column_stack([sure, doubtful, poor]), ["a", "b", "c"], count=2, per_group=1, seed=0
    )
    assert set(batch.indices) == {0, 1}


def test_two_tofacitinibs_share_a_scaffold_and_only_one_is_chosen():
    smiles = list(JAK_DRUGS.values())
    groups = [murcko_scaffold(s) for s in smiles]
    batch = greedy_batch(np.linspace(1, 0.5, len(smiles)), groups, count=6, per_group=1)
    assert len(batch.indices) == 5
    assert batch.shortfall == "at most 1 of a group leave 5 of 6 candidates"


def test_no_two_chosen_compounds_are_more_similar_than_asked():
    smiles = list(JAK_DRUGS.values())
    bits = morgan_bits(smiles)
    batch = thompson_batch(
        np.random.default_rng(0).uniform(size=(32, len(smiles))),
        [str(n) for n in range(len(smiles))],
        count=6,
        per_group=1,
        seed=0,
        fingerprints=bits,
        max_similarity=0.5,
    )
    chosen = bits[list(batch.indices)]
    similarity = tanimoto(chosen, chosen)
    np.fill_diagonal(similarity, 0.0)
    assert similarity.max() <= 0.5
    assert "more similar than 0.5" in batch.shortfall


def test_a_pool_of_unknowns_gives_an_empty_batch_and_says_so():
    batch = thompson_batch(np.full((4, 3), np.nan), ["a"] * 3, count=2, per_group=2, seed=0)
    assert batch.indices == ()
    assert batch.shortfall == "only 0 candidates have a known desirability; 3 are unknown"


def test_an_empty_pool_gives_an_empty_batch():
    assert thompson_batch(np.empty((4, 0)), [], count=2, per_group=2, seed=0).indices == ()


def test_groups_must_match_the_candidates():
    with pytest.raises(InputError, match="1 groups for 3 candidates"):
        thompson_batch(np.ones((4, 3)), ["a"], count=2, per_group=2, seed=0)
