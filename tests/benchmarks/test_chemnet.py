"""Golden values are those of the package fcd 1.2.2 on the same canonical SMILES."""

import importlib.util
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from benchmarks.chemnet import ActivationStatistics, ChemNet, find_weights, frechet_distance
from molagent.errors import InputError, ModelError, StructureError

TOFACITINIB = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
CAFFEINE = "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"
DRUGS = [TOFACITINIB, GEFITINIB, ASPIRIN, CAFFEINE]
# Two-letter elements, charges, brackets, stereo marks, and an element ChemNet has no token for.
SMALL = [
    "Clc1ccccc1Br",
    "C[N+](C)(C)CC(=O)[O-]",
    "C[C@@H](N)C(=O)O",
    "OB(O)c1ccc([Si](C)(C)C)cc1",
    "CP(=O)(O)O",
]


def test_the_activations_are_those_of_the_published_network(chemnet):
    found = chemnet.activations(DRUGS)
    assert found.shape == (4, 512)
    np.testing.assert_allclose(
        found[0, :5], [0.22425985, 0.00618036, 0.35686246, 0.01816439, -0.06139933], atol=1e-5
    )
    np.testing.assert_allclose(found[1, -3:], [0.7805863, 0.12565841, 0.8800729], atol=1e-5)
    np.testing.assert_allclose(
        chemnet.activations(SMALL)[3, :4],
        [-0.0571778, 0.00210198, -0.36972073, 0.1440048],
        atol=1e-5,
    )


def test_the_distance_of_two_sets_is_the_published_one(chemnet):
    distance = frechet_distance(chemnet.describe(DRUGS), chemnet.describe(SMALL))
    assert distance == pytest.approx(72.85594, abs=1e-3)


def test_activations_do_not_depend_on_the_batch(chemnet):
    alone = np.concatenate([chemnet.activations([smiles]) for smiles in DRUGS])
    np.testing.assert_allclose(chemnet.activations(DRUGS * 70)[-4:], alone, atol=1e-5)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(1, 2**31 - 1))
def test_activations_do_not_depend_on_how_the_smiles_is_written(chemnet, seed):
    mol = Chem.MolFromSmiles(GEFITINIB)
    (written,) = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)
    np.testing.assert_array_equal(chemnet.activations([written]), chemnet.activations([GEFITINIB]))


@pytest.mark.slow
def test_activations_do_not_keep_the_steps_of_every_batch(chemnet):
    import psutil

    process = psutil.Process()
    chemnet.activations(DRUGS * 64)
    before = process.memory_info().rss
    chemnet.activations(DRUGS * 64 * 10)
    # Ten batches of 88 steps take 460 MB, their last steps 5 MB.
    assert process.memory_info().rss - before < 150e6


def test_no_structure_gives_no_rows(chemnet):
    assert chemnet.activations([]).shape == (0, 512)


@pytest.mark.parametrize("smiles", ["not a molecule", "", "C" * 350])
def test_what_chemnet_cannot_read_is_an_error_that_names_it(chemnet, smiles):
    with pytest.raises(StructureError, match=repr(smiles)):
        chemnet.activations([TOFACITINIB, smiles])


def _normal(seed: int, dimensions: int = 6) -> ActivationStatistics:
    rng = np.random.default_rng(seed)
    return ActivationStatistics.of(rng.normal(size=(40, dimensions)).astype(np.float32))


@given(first=st.integers(0, 10_000), second=st.integers(0, 10_000))
def test_the_distance_is_symmetric_and_zero_only_of_itself(first, second):
    left, right = _normal(first), _normal(second)
    assert frechet_distance(left, left) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(left, right) == pytest.approx(frechet_distance(right, left))
    if first != second:
        assert frechet_distance(left, right) > 1e-6


def test_the_distance_agrees_with_the_root_of_the_product():
    from scipy.linalg import sqrtm

    left, right = _normal(1), _normal(2)
    shift = left.mean - right.mean
    root = sqrtm(left.covariance @ right.covariance).real
    expected = shift @ shift + np.trace(left.covariance + right.covariance - 2 * root)
    assert frechet_distance(left, right) == pytest.approx(expected)


def test_the_covariance_of_many_blocks_is_that_of_the_whole():
    rows = np.random.default_rng(5).normal(loc=3.0, size=(20_000, 4)).astype(np.float32)
    found = ActivationStatistics.of(rows)
    np.testing.assert_allclose(found.mean, rows.astype(np.float64).mean(axis=0))
    np.testing.assert_allclose(found.covariance, np.cov(rows, rowvar=False), rtol=1e-6, atol=1e-9)


def test_fewer_molecules_than_dimensions_still_have_a_finite_distance():
    rng = np.random.default_rng(3)
    few = ActivationStatistics.of(rng.normal(size=(3, 20)).astype(np.float32))
    more = ActivationStatistics.of(rng.normal(size=(5, 20)).astype(np.float32))
    # Of float32 numbers: the root of a singular matrix is exact to some 1e-6, by processor.
    assert frechet_distance(few, few) == pytest.approx(0.0, abs=1e-4)
    assert np.isfinite(frechet_distance(few, more))


def test_one_molecule_has_no_covariance():
    with pytest.raises(InputError, match="two molecules, not 1"):
        ActivationStatistics.of(np.zeros((1, 512), dtype=np.float32))


def test_statistics_of_different_sizes_are_not_compared():
    with pytest.raises(InputError, match="6 and 7 dimensions"):
        frechet_distance(_normal(1, 6), _normal(1, 7))


def test_missing_weights_name_the_extra(monkeypatch):
    monkeypatch.setattr("benchmarks.chemnet.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r'pip install "molagent\[bench\]"'):
        find_weights()


def test_the_package_of_the_weights_is_found_but_not_imported(chemnet):
    assert chemnet.activations([ASPIRIN]).shape == (1, 512)
    assert importlib.util.find_spec("fcd_torch") is not None
    assert "fcd_torch" not in sys.modules


def test_a_file_that_is_not_chemnet_is_refused(tmp_path):
    path = tmp_path / "weights.pt"
    torch.save([("Linear", ({"weight": torch.zeros(2, 2)}, {}, {}))], path)
    with pytest.raises(ModelError, match=r"weights\.pt: the layers \['Linear'\]"):
        ChemNet(path)


class _Code:
    def __reduce__(self):
        return (print, ("executed",))


def test_a_file_with_code_in_it_is_refused_and_not_run(tmp_path, capsys):
    path = tmp_path / "weights.pt"
    torch.save([_Code()], path)
    with pytest.raises(ModelError, match="more than tensors"):
        ChemNet(path)
    assert "executed" not in capsys.readouterr().out
