"""The readers of the trained models, against scikit-learn on models fitted here."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.pmo.oracles.forest import Forest
from benchmarks.pmo.oracles.support_vectors import SupportVectors
from benchmarks.pmo.oracles.unpickle import Shell, _Array
from molagent.errors import ModelError

RNG = np.random.default_rng(23)
BITS = RNG.integers(0, 2, size=(300, 64), dtype=np.uint8)
ACTIVE = (BITS[:, :5].sum(axis=1) + RNG.normal(size=300) > 2.5).astype(np.int64)


def shell_of(**attributes):
    shell = Shell()
    shell.__setstate__({name: stored(value) for name, value in attributes.items()})
    return shell


def stored(value):
    if not isinstance(value, np.ndarray):
        return value
    array = _Array()
    kind = SimpleNamespace(dtype=value.dtype)
    array.__setstate__((1, value.shape, kind, False, value.tobytes()))
    return array


def forest_shell(forest):
    states = [tree.tree_.__getstate__() for tree in forest.estimators_]
    trees = [shell_of(nodes=state["nodes"], values=state["values"]) for state in states]
    return shell_of(estimators_=[shell_of(tree_=tree) for tree in trees])


def test_a_forest_gives_the_probabilities_of_scikit_learn():
    ensemble = pytest.importorskip("sklearn.ensemble")
    fitted = ensemble.RandomForestClassifier(20, min_samples_leaf=3, random_state=0)
    fitted.fit(BITS, ACTIVE)
    forest = Forest.from_shell(forest_shell(fitted))
    expected = fitted.predict_proba(BITS)[:, 1]
    assert expected.min() < 0.4
    assert expected.max() > 0.6
    assert forest.probability(BITS) == pytest.approx(expected, abs=1e-12)


def test_an_empty_batch_walks_no_tree():
    ensemble = pytest.importorskip("sklearn.ensemble")
    fitted = ensemble.RandomForestClassifier(2, random_state=0).fit(BITS, ACTIVE)
    forest = Forest.from_shell(forest_shell(fitted))
    assert forest.probability(BITS[:0]).shape == (0,)


def test_a_forest_fitted_on_counts_is_refused():
    ensemble = pytest.importorskip("sklearn.ensemble")
    fitted = ensemble.RandomForestClassifier(2, random_state=0).fit(BITS * 7.0, ACTIVE)
    with pytest.raises(ModelError, match="more than bits"):
        Forest.from_shell(forest_shell(fitted))


def machine(slope, offset):
    """Return a machine of one support vector at the origin: its decision is the kernel."""
    return SupportVectors.from_shell(
        shell_of(
            support_vectors_=np.zeros((1, 2)),
            _dual_coef_=np.ones((1, 1)),
            _gamma=0.5,
            _intercept_=np.zeros(1),
            _probA=np.array([slope]),
            _probB=np.array([offset]),
        )
    )


def test_a_machine_applies_kernel_and_sigmoid():
    # exp(-0.5 * (1 + 4)) is the decision; where the sigmoid is far from 1/2 the coupling of the
    # classes stops within libsvm's tolerance of it.
    decision = np.exp(-2.5)
    (found,) = machine(-3.0, 1.0).probability(np.array([[1.0, 2.0]]))
    exact = 1.0 - 1.0 / (1.0 + np.exp(-3.0 * decision + 1.0))
    assert found == pytest.approx(exact, abs=0.005)


def test_even_odds_stay_even():
    assert machine(0.0, 0.0).probability(np.zeros((3, 2))).tolist() == [0.5, 0.5, 0.5]


def test_probabilities_of_a_batch_are_those_of_its_rows():
    counts = RNG.poisson(0.5, size=(40, 2)).astype(np.float64)
    batch = machine(-6.0, 0.9).probability(counts)
    rows = [machine(-6.0, 0.9).probability(row[None, :])[0] for row in counts]
    assert batch.tolist() == pytest.approx(rows, abs=1e-15)
    assert machine(-6.0, 0.9).probability(counts[:0]).shape == (0,)
