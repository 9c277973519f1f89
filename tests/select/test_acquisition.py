import numpy as np
import pytest
from scipy.stats import norm

from molagent.errors import InputError
from molagent.select.acquisition import (
    expected_improvement,
    probability_of_hit,
    top_share,
    upper_bound,
)

MEAN, SD = np.array([6.0, 7.0, 7.5]), np.array([1.0, 0.5, 0.1])
DRAWS = np.random.default_rng(0).normal(MEAN, SD, size=(200_000, 3))


def test_on_a_normal_posterior_the_probability_of_a_hit_is_the_normal_tail():
    assert probability_of_hit(DRAWS, 7.2) == pytest.approx(norm.sf(7.2, MEAN, SD), abs=0.005)


def test_on_a_normal_posterior_the_expected_improvement_is_the_formula_of_jones():
    z = (MEAN - 7.2) / SD
    formula = SD * (z * norm.cdf(z) + norm.pdf(z))
    assert expected_improvement(DRAWS, 7.2) == pytest.approx(formula, abs=0.005)


def test_the_upper_bound_is_mean_plus_kappa_standard_deviations():
    assert upper_bound(DRAWS, 2.0) == pytest.approx(MEAN + 2 * SD, abs=0.02)


def test_shares_of_the_first_places_add_up_to_the_places():
    assert top_share(DRAWS, 2).sum() == pytest.approx(2.0)


def test_what_is_measured_competes_for_the_first_places():
    assert top_share(DRAWS, 1, np.array([20.0])).tolist() == [0.0, 0.0, 0.0]
    assert top_share(DRAWS, 2, np.array([20.0])).sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    "acquisition",
    [
        lambda draws: probability_of_hit(draws, 7.0),
        lambda draws: expected_improvement(draws, 7.0),
        upper_bound,
        lambda draws: top_share(draws, 1),
    ],
)
def test_an_unknown_candidate_has_no_acquisition(acquisition):
    draws = np.array([[7.0, np.nan], [8.0, 9.0]])
    assert np.isnan(acquisition(draws)).tolist() == [False, True]


def test_no_draws_are_refused():
    with pytest.raises(InputError, match="no draws"):
        probability_of_hit(np.empty((0, 3)), 7.0)
