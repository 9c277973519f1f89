import numpy as np
import pytest

from molagent.errors import InputError, ModelError
from molagent.learn.boosted import BoostedTrees


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    features = rng.poisson(0.5, (300, 30)).astype(np.uint16)
    values = 5.0 + features[:, 0] - 0.5 * features[:, 1] + 0.1 * rng.standard_normal(300)
    return features, values


def test_trees_learn_what_two_counts_decide(problem):
    features, values = problem
    model = BoostedTrees.fit(features[:200], values[:200])
    error = np.sqrt(np.mean((model.predict(features[200:]) - values[200:]) ** 2))
    assert error < 0.75 * values[200:].std()


def test_the_same_data_and_seed_give_the_same_trees_and_they_survive_a_file(problem):
    features, values = problem
    first, second = (BoostedTrees.fit(features, values, seed=3, rounds=30) for _ in range(2))
    assert np.array_equal(first.predict(features), second.predict(features))
    again = BoostedTrees.from_bytes(first.to_bytes())
    assert np.allclose(again.predict(features), first.predict(features))


def test_a_limit_pulls_only_towards_its_side(problem):
    """Values under 5 known as '< 5': taken as values they would all be predicted near 5."""
    features, values = problem
    low = values < 5.0
    flags = np.where(low, -1, 0).astype(np.int8)
    limited = np.where(low, 5.0, values)
    aware = BoostedTrees.fit(features, limited, flags, rounds=150).predict(features)
    naive = BoostedTrees.fit(features, limited, rounds=150).predict(features)
    assert aware[low].mean() < naive[low].mean()
    assert np.sqrt(np.mean((aware - values)[low] ** 2)) < np.sqrt(
        np.mean((naive - values)[low] ** 2)
    )


def test_too_few_rows_and_damaged_text_are_refused():
    with pytest.raises(InputError, match="3 rows are too few"):
        BoostedTrees.fit(np.zeros((3, 2)), np.zeros(3))
    with pytest.raises(ModelError, match="fit the model again"):
        BoostedTrees.from_bytes(np.frombuffer(b"0.0\nnot trees", dtype=np.uint8))


def test_no_rows_give_no_predictions(problem):
    features, values = problem
    assert len(BoostedTrees.fit(features, values, rounds=5).predict(features[:0])) == 0
