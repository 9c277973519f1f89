import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.likeness import N_BINS, CountKernel, count_features, minmax

DRUGS = {
    "tofacitinib": "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
    "baricitinib": "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1",
    "upadacitinib": "CC[C@@H]1CN(C(=O)NCC(F)(F)F)C[C@@H]1c1cnc2cnc3[nH]ccc3n12",
    "filgotinib": "O=C(Nc1nc2cccc(-c3ccc(CN4CCS(=O)(=O)CC4)cc3)n2n1)C1CC1",
    "ruxolitinib": "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
}


def direct(x, y):
    """The formula, one pair at a time."""
    halves = [
        np.minimum(x[part], y[part]).sum() / max(np.maximum(x[part], y[part]).sum(), 1)
        for part in (slice(0, N_BINS), slice(N_BINS, None))
    ]
    return np.mean(halves)


def test_the_matrix_product_gives_what_the_formula_gives():
    counts, readable = count_features(list(DRUGS.values()))
    assert readable.all()
    expected = [[direct(x, y) for y in counts.astype(int)] for x in counts.astype(int)]
    assert np.allclose(minmax(counts, counts), expected, atol=1e-12)


def test_a_query_with_larger_counts_than_any_reference_is_not_overrated():
    counts, _ = count_features(["C" * 30, "CCC"])
    value = CountKernel(counts[1:])(counts[:1])[0, 0]
    assert value == pytest.approx(direct(counts[0].astype(int), counts[1].astype(int)))


def test_baricitinib_is_closer_to_ruxolitinib_than_to_aspirin():
    counts, _ = count_features([DRUGS["baricitinib"], DRUGS["ruxolitinib"], DRUGS["aspirin"]])
    kernel = minmax(counts, counts)
    assert kernel[0, 1] > 0.4 > kernel[0, 2]


@given(
    chosen=st.lists(st.sampled_from(sorted(DRUGS)), min_size=2, max_size=8),
    seed=st.integers(0, 2**31 - 1),
)
def test_the_kernel_is_positive_semidefinite_and_follows_a_permutation(chosen, seed):
    counts, _ = count_features([DRUGS[name] for name in chosen])
    kernel = minmax(counts, counts)
    assert np.allclose(kernel.diagonal(), 1.0)
    assert np.linalg.eigvalsh(kernel).min() > -1e-9
    order = np.random.default_rng(seed).permutation(len(chosen))
    assert np.array_equal(minmax(counts[order], counts[order]), kernel[np.ix_(order, order)])


@given(seed=st.integers(0, 2**31 - 1))
def test_counts_do_not_depend_on_how_the_smiles_is_written(seed):
    mol = Chem.MolFromSmiles(DRUGS["upadacitinib"])
    rewritten = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    counts, _ = count_features([DRUGS["upadacitinib"], rewritten])
    assert np.array_equal(counts[0], counts[1])


def test_what_cannot_be_read_is_marked_and_keeps_its_place():
    counts, readable = count_features(["", DRUGS["aspirin"], "C1CC"])
    assert readable.tolist() == [False, True, False]
    assert counts[0].sum() == counts[2].sum() == 0


def test_single_atoms_without_pairs_have_a_kernel_of_1_with_themselves():
    counts, _ = count_features(["C"])
    assert minmax(counts, counts)[0, 0] == 1.0
