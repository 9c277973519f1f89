import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from molagent.learn.censored import match_limits
from molagent.learn.gaussian_process import fit_kernel

GRID = np.linspace(-8.0, 8.0, 129)


def brute_force(kernel, values, censoring, mean, signal, noise):
    """Posterior means, variances and evidence of two latent values, summed over a grid."""
    a, b = np.meshgrid(GRID, GRID, indexing="ij")
    centred = np.stack([a - mean, b - mean], axis=-1)
    covariance = signal * kernel
    quadratic = np.einsum("...i,ij,...j->...", centred, np.linalg.inv(covariance), centred)
    density = np.exp(-0.5 * quadratic) / (2 * np.pi * np.sqrt(np.linalg.det(covariance)))
    for latent, value, flag in zip((a, b), values, censoring, strict=True):
        if flag == 0:
            density = density * norm.pdf(value, latent, np.sqrt(noise))
        else:
            density = density * norm.cdf(flag * (latent - value) / np.sqrt(noise))
    step = GRID[1] - GRID[0]
    total = density.sum()
    means = np.array([(density * each).sum() / total for each in (a, b)])
    squares = np.array([(density * each**2).sum() / total for each in (a, b)])
    return means, squares - means**2, np.log(total * step**2)


def propagated(kernel, values, censoring, mean, signal, noise):
    sites = match_limits(
        kernel, values, censoring, mean=mean, signal_variance=signal, noise_variance=noise
    )
    covariance = signal * kernel
    gain = covariance @ np.linalg.inv(covariance + np.diag(sites.noise))
    return (
        mean + gain @ (sites.targets - mean),
        np.diagonal(covariance - gain @ covariance),
        sites.log_evidence,
    )


@settings(max_examples=15, deadline=None)
@given(
    similarity=st.floats(0.0, 0.9),
    limits=st.tuples(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0)),
    flags=st.sampled_from([(-1, -1), (-1, 0), (0, 1), (1, 1), (-1, 1), (0, 0)]),
    noise=st.floats(0.1, 1.0),
)
def test_limits_give_what_integration_over_a_grid_gives(similarity, limits, flags, noise):
    kernel = np.array([[1.0, similarity], [similarity, 1.0]])
    problem = (kernel, np.array(limits), np.array(flags, dtype=np.int8), 0.3, 1.2, noise)
    means, variances, evidence = propagated(*problem)
    wanted_means, wanted_variances, wanted_evidence = brute_force(*problem)
    assert np.allclose(means, wanted_means, atol=0.05)
    assert np.allclose(variances, wanted_variances, atol=0.06)
    assert evidence == pytest.approx(wanted_evidence, abs=0.03)


def test_without_limits_the_evidence_is_that_of_a_gaussian():
    kernel = np.array([[1.0, 0.4], [0.4, 1.0]])
    _, _, evidence = propagated(kernel, np.array([0.5, -1.0]), np.zeros(2, np.int8), 0.1, 1.5, 0.2)
    covariance = 1.5 * kernel + 0.2 * np.eye(2)
    centred = np.array([0.4, -1.1])
    wanted = -0.5 * (
        centred @ np.linalg.inv(covariance) @ centred
        + np.log(np.linalg.det(2 * np.pi * covariance))
    )
    assert evidence == pytest.approx(wanted)


def test_a_limit_far_on_its_right_side_changes_nothing():
    kernel = np.eye(2)
    values, flags = np.array([0.2, 50.0]), np.array([0, -1], dtype=np.int8)
    means, variances, _ = propagated(kernel, values, flags, 0.0, 1.0, 0.1)
    assert means[1] == pytest.approx(0.0, abs=1e-3)
    assert variances[1] == pytest.approx(1.0, abs=1e-3)


def test_a_pseudo_measurement_is_never_sharper_than_a_measurement():
    rng = np.random.default_rng(0)
    kernel = np.full((30, 30), 0.5) + 0.5 * np.eye(30)
    flags = rng.choice([-1, 0, 1], 30).astype(np.int8)
    sites = match_limits(
        kernel, rng.normal(size=30), flags, mean=0.0, signal_variance=1.0, noise_variance=0.1
    )
    assert (sites.noise >= 0.1).all()


def test_the_mean_of_a_series_with_limits_lies_below_that_of_its_measured_values():
    """Draws around 5, of which everything under 5 is only known as '< 5'."""
    rng = np.random.default_rng(0)
    truth = rng.normal(5.0, 1.0, 200)
    flags = np.where(truth < 5.0, -1, 0).astype(np.int8)
    kernel = 0.05 + 0.95 * np.eye(200)
    hyper = fit_kernel(kernel, np.maximum(truth, 5.0), flags).hyperparameters
    assert truth[flags == 0].mean() > 5.6
    assert hyper.mean == pytest.approx(5.0, abs=0.25)
    assert hyper.signal_variance + hyper.noise_variance == pytest.approx(1.0, abs=0.35)
