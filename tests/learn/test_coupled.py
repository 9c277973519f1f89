import numpy as np
import pytest
from scipy.optimize import check_grad

from molagent.errors import InputError
from molagent.learn.coupled import _Evidence, fit_coupled
from molagent.learn.gaussian_process import fit_kernel


def smooth(rows=60, seed=0):
    rng = np.random.default_rng(seed)
    place = np.sort(rng.uniform(-3, 3, rows))
    return place, np.exp(-0.5 * (place[:, None] - place[None]) ** 2), rng


def test_one_assay_is_the_plain_process():
    place, kernel, rng = smooth()
    values = np.sin(place) + 0.1 * rng.standard_normal(len(place))
    plain = fit_kernel(kernel, values)
    coupled = fit_coupled(kernel, values, np.zeros(len(place), dtype=np.int8))
    for told, wanted in zip(coupled.predict(kernel), plain.predict(kernel), strict=True):
        assert np.array_equal(told, wanted)
    assert coupled.correlation == 1.0


def test_the_gradient_of_the_evidence_is_that_of_the_evidence():
    place, kernel, rng = smooth(30)
    tasks = (np.arange(30) % 2).astype(np.int8)
    found = _Evidence.of(kernel, np.sin(place) + tasks, tasks)
    start = found.middle + 0.2 * rng.standard_normal(6)
    error = check_grad(lambda at: found.cost(at)[0], lambda at: found.cost(at)[1], start)
    assert error < 1e-4


def test_a_second_assay_with_another_offset_fills_a_gap_of_the_first():
    place, kernel, rng = smooth(90)
    kernel = kernel**8  # of shorter reach than the gap
    truth = 2.0 * np.sin(2.0 * place)
    # The first assay knows one compound in five of the right half, the second all of them.
    tasks = ((place > 0) & (np.arange(90) % 5 > 0)).astype(np.int8)
    tasks[np.flatnonzero(place < 0)[::4]] = 1
    values = truth + 3.0 * tasks + 0.2 * rng.standard_normal(90)
    gap, own = (place > 0) & (tasks == 1), tasks == 0
    alone = fit_kernel(kernel[np.ix_(own, own)], values[own])
    both = fit_coupled(kernel, values, tasks)
    error_alone = np.abs(alone.predict(kernel[np.ix_(gap, own)])[0] - truth[gap]).mean()
    error_both = np.abs(both.predict(kernel[gap])[0] - truth[gap]).mean()
    assert error_both < 0.7 * error_alone
    assert both.correlation > 0.8


def test_an_assay_that_says_something_else_is_believed_less():
    _, kernel, rng = smooth(120)
    factor = np.linalg.cholesky(kernel + 1e-8 * np.eye(120))
    first, other = (factor @ rng.standard_normal(120) for _ in range(2))
    tasks = (np.arange(120) % 2).astype(np.int8)
    noise = 0.05 * rng.standard_normal(120)
    alike = fit_coupled(kernel, first + noise, tasks)
    unlike = fit_coupled(kernel, np.where(tasks == 0, first, other) + noise, tasks)
    assert unlike.correlation < alike.correlation


def test_too_few_values_of_the_first_assay_are_an_error():
    with pytest.raises(InputError, match="2 measured values"):
        fit_coupled(np.eye(2), np.zeros(2), np.zeros(2, dtype=np.int8))
