import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.errors import InputError, NotFoundError
from molagent.select.plates import PLATE_FORMATS, PlateFormat, compounds_on, plates_for


def test_a_96_well_plate_with_two_control_columns_holds_80_compounds():
    assert compounds_on(1, "96") == 80


def test_ten_doses_in_duplicate_put_17_compounds_on_a_384_well_plate():
    assert compounds_on(1, "384", wells_per_compound=20) == 17


@given(
    count=st.integers(1, 5000),
    name=st.sampled_from(sorted(PLATE_FORMATS)),
    wells=st.integers(1, 60),
)
def test_the_plates_for_a_number_of_compounds_hold_them_and_one_plate_fewer_does_not(
    count, name, wells
):
    plates = plates_for(count, name, wells_per_compound=wells)
    assert compounds_on(plates, name, wells_per_compound=wells) >= count
    assert plates == 1 or compounds_on(plates - 1, name, wells_per_compound=wells) < count


def test_a_format_of_ones_own_is_taken_and_an_unknown_one_is_refused():
    own = PlateFormat(name="1536", wells=1536, controls=128, why="columns 45 to 48")
    assert compounds_on(2, own) == 2816
    with pytest.raises(NotFoundError, match="'1536'"):
        compounds_on(1, "1536")


def test_more_wells_a_compound_than_the_plate_has_are_refused():
    with pytest.raises(InputError, match="81 wells a compound"):
        compounds_on(1, "96", wells_per_compound=81)
