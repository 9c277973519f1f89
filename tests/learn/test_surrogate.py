import numpy as np
import pytest

from molagent.errors import InputError, ModelError
from molagent.learn.surrogate import CountSurrogate

# Chains of alcohols and of amines: a value that follows the chain's length.
ALCOHOLS = ["C" * n + "O" for n in range(1, 13)]
AMINES = ["C" * n + "N" for n in range(1, 13)]
LENGTHS = np.arange(1.0, 13.0) / 12.0


def test_what_it_expects_of_other_chains_rises_with_their_length():
    surrogate = CountSurrogate()
    surrogate.fit(ALCOHOLS, LENGTHS)
    mean, std = surrogate.predict(AMINES)
    assert mean[10] > mean[5] > mean[1]
    near, far = surrogate.predict(["CCCCCCCCO", "c1ccc2c(c1)cccc2S(=O)(=O)N"])[1]
    assert near < far
    assert (std > 0.0).all()


def test_conditioned_step_by_step_it_says_exactly_what_a_new_one_says():
    """A resumed run has a new one: the last digit must be the same."""
    followed = CountSurrogate()
    for count in (8, 12):
        followed.fit([*ALCOHOLS[:count], "CCS"], np.append(LENGTHS[:count], 0.3))
        followed.predict(AMINES)
    later = [*ALCOHOLS[4:], *AMINES[:3]]
    values = np.append(LENGTHS[4:], [0.1, 0.2, 0.3])
    followed.fit(later, values)
    new = CountSurrogate()
    new.fit(later, values)
    for ours, theirs in zip(followed.predict(AMINES), new.predict(AMINES), strict=True):
        assert ours.tolist() == theirs.tolist()


def test_a_structure_without_a_value_teaches_nothing_and_one_that_cannot_be_read_is_unknown():
    told, untold = CountSurrogate(), CountSurrogate()
    told.fit(ALCOHOLS, LENGTHS)
    untold.fit([*ALCOHOLS, "CC#N", "not a structure"], np.append(LENGTHS, [np.nan, 0.9]))
    assert told.predict(AMINES)[0].tolist() == untold.predict(AMINES)[0].tolist()
    mean, std = told.predict(["CCCO", "C1CC"])
    assert np.isnan(mean).tolist() == np.isnan(std).tolist() == [False, True]


def test_values_close_to_nothing_are_told_apart_as_large_ones_are():
    small, large = CountSurrogate(), CountSurrogate()
    small.fit(ALCOHOLS, LENGTHS * 1e-6)
    large.fit(ALCOHOLS, LENGTHS)
    np.testing.assert_allclose(small.predict(AMINES)[0] * 1e6, large.predict(AMINES)[0], rtol=1e-6)


def test_equal_values_are_expected_everywhere():
    surrogate = CountSurrogate()
    surrogate.fit(ALCOHOLS, np.full(12, 0.25))
    assert surrogate.predict(AMINES)[0] == pytest.approx(0.25)


def test_it_says_nothing_before_it_was_told_enough():
    with pytest.raises(ModelError, match="not fitted"):
        CountSurrogate().predict(["CCO"])
    with pytest.raises(InputError, match="4 measured values"):
        CountSurrogate().fit(ALCOHOLS[:4], LENGTHS[:4])
