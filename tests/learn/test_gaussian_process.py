import json

import numpy as np
import pytest

from molagent.errors import InputError, ModelError
from molagent.learn.gaussian_process import GaussianProcess, fit_kernel

SIZE = 60


def smooth_problem(seed=0, size=SIZE, noise=0.1):
    """A kernel on a line, and a draw from it with noise."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 10, size))
    kernel = np.exp(-np.abs(x[:, None] - x[None, :]))
    truth = 6.0 + np.linalg.cholesky(kernel + 1e-9 * np.eye(size)) @ rng.standard_normal(size)
    return kernel, truth, truth + noise * rng.standard_normal(size)


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.02, size=(40, 4096)).astype(np.uint16)
    return GaussianProcess.fit(counts, counts[:, :50].sum(axis=1) + rng.normal(0, 0.2, 40)), counts


def test_the_marginal_likelihood_finds_the_order_of_the_noise():
    kernel, _, values = smooth_problem(size=200, noise=0.3)
    noise = fit_kernel(kernel, values).hyperparameters.noise_variance
    assert 0.3**2 / 3 < noise < 0.3**2 * 3


def test_a_90_percent_interval_of_the_right_model_covers_90_percent():
    inside = []
    for seed in range(20):
        kernel, _, values = smooth_problem(seed, size=80, noise=0.2)
        train = np.arange(80) % 2 == 0
        posterior = fit_kernel(kernel[np.ix_(train, train)], values[train])
        mean, variance = posterior.predict(kernel[np.ix_(~train, train)])
        std = np.sqrt(variance + posterior.hyperparameters.noise_variance)
        inside.extend(np.abs(values[~train] - mean) <= 1.645 * std)
    assert 0.84 < np.mean(inside) < 0.96


def test_limits_pull_predictions_to_their_side_and_beat_dropping_them():
    """Half of the low values are known only as 'below 6'."""
    kernel, truth, values = smooth_problem(seed=3, size=120)
    censoring = np.where(values < 6.0, -1, 0).astype(np.int8)
    limited = np.where(censoring == -1, 6.0, values)
    with_limits = fit_kernel(kernel, limited, censoring).predict(kernel)[0]
    exact = censoring == 0
    dropped = fit_kernel(kernel[np.ix_(exact, exact)], values[exact]).predict(kernel[:, exact])[0]
    below = ~exact
    error = np.sqrt(np.mean((with_limits[below] - truth[below]) ** 2))
    assert error < np.sqrt(np.mean((dropped[below] - truth[below]) ** 2))
    assert (with_limits[below] < 6.0).mean() > 0.9


def test_joint_draws_have_the_posterior_mean_and_spread(fitted):
    model, _ = fitted
    fresh = np.random.default_rng(1).poisson(0.02, size=(6, 4096)).astype(np.uint16)
    draws = model.sample(fresh, 4000, seed=0)
    mean, variance = model.posterior.predict(model.similarity(fresh))
    assert np.allclose(draws.mean(axis=0), mean, atol=0.1)
    assert np.allclose(draws.std(axis=0), np.sqrt(variance), rtol=0.1)
    assert np.array_equal(draws, model.sample(fresh, 4000, seed=0))


def test_two_equal_structures_get_equal_draws(fitted):
    model, _ = fitted
    row = np.random.default_rng(2).poisson(0.02, size=(1, 4096)).astype(np.uint16)
    draws = model.sample(np.repeat(row, 2, axis=0), 50, seed=0)
    assert np.allclose(draws[:, 0], draws[:, 1], atol=0.02)


def test_a_saved_model_answers_as_before(fitted, tmp_path):
    model, counts = fitted
    model.save(tmp_path / "model", extra={"card": {"n": 1}})
    again, extra = GaussianProcess.load(tmp_path / "model")
    assert extra == {"card": {"n": 1}}
    for before, after in zip(model.predict(counts), again.predict(counts), strict=True):
        assert np.allclose(before, after, atol=1e-9)


def test_saving_over_a_model_leaves_one_tensor_file_and_no_rest(fitted, tmp_path):
    model, counts = fitted
    model.save(tmp_path)
    GaussianProcess.fit(counts[:20], np.arange(20.0)).save(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    assert len(GaussianProcess.load(tmp_path)[0].posterior.targets) == 20


def change_manifest(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"rdkit": "2019.03.1"}, "rdkit is '2019.03.1'"), ({"sha256": "0" * 64}, "match its hash")],
)
def test_a_model_of_other_settings_is_refused(fitted, tmp_path, changes, message):
    fitted[0].save(tmp_path)
    change_manifest(tmp_path, **changes)
    with pytest.raises(ModelError, match=message):
        GaussianProcess.load(tmp_path)


def test_a_missing_model_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="fit the model again"):
        GaussianProcess.load(tmp_path / "nowhere")


def test_too_few_values_are_refused():
    with pytest.raises(InputError, match="2 measured values are too few"):
        fit_kernel(np.eye(3), np.zeros(3), np.array([0, 0, 1], dtype=np.int8))


def test_equal_values_do_not_break_the_fit():
    posterior = fit_kernel(np.eye(8) * 0.5 + 0.5, np.full(8, 6.5))
    mean, variance = posterior.predict(np.full((1, 8), 0.5))
    assert mean[0] == pytest.approx(6.5)
    assert np.isfinite(variance).all()
