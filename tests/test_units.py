import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.errors import InputError
from molagent.units import (
    MOLAR_PER_UNIT,
    canonical_unit,
    concentration,
    flipped_relation,
    pactivity,
)

UNITS = st.sampled_from(sorted(MOLAR_PER_UNIT))


@given(p_value=st.floats(-2, 15), unit=UNITS)
def test_a_p_value_survives_the_trip_through_any_unit(p_value: float, unit: str):
    assert pactivity(concentration(p_value, unit), unit) == pytest.approx(p_value, abs=1e-9)


@given(value=st.floats(1e-6, 1e6))
def test_a_thousand_nanomolar_is_one_micromolar(value: float):
    assert pactivity(value * 1000, "nM") == pytest.approx(pactivity(value, "uM"), abs=1e-9)


@pytest.mark.parametrize("spelling", ["uM", "µM", "μM", "um", "micromolar", " uM "])
def test_micromolar_is_read_in_the_spellings_of_instruments(spelling: str):
    assert canonical_unit(spelling) == "uM"


@pytest.mark.parametrize("unit", ["mm", "m", "", "%", "ug/ml", "NM "])
def test_a_unit_that_could_be_something_else_is_refused(unit: str):
    with pytest.raises(InputError, match="unknown concentration unit"):
        canonical_unit(unit)


@pytest.mark.parametrize("value", [0.0, -3.0, math.nan, math.inf])
def test_a_potency_that_is_not_a_positive_number_is_refused(value: float):
    with pytest.raises(InputError, match="finite number above zero"):
        pactivity(value, "nM")


def test_weaker_than_ten_micromolar_is_a_p_value_below_five():
    assert flipped_relation(">") == "<"
    with pytest.raises(InputError, match="unknown relation"):
        flipped_relation("!")
