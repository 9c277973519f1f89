import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.ingest.potencies import RefusedPotencyError
from molagent.ingest.readings import parse_reading
from molagent.units import DIMENSIONS, dimension_of, measure


@pytest.mark.parametrize(
    ("text", "unit", "dimension", "expected"),
    [
        ("-12.4", "%", "", ("=", -12.4, "%", "percent", -12.4, "%")),
        ("0.45", "fraction", "", ("=", 0.45, "fraction", "percent", 45.0, "%")),
        ("45.3%", "", "", ("=", 45.3, "%", "percent", 45.3, "%")),
        ("0", "%", "", ("=", 0.0, "%", "percent", 0.0, "%")),
        ("> 200", "uM", "amount_per_volume", (">", 200.0, "uM", "amount_per_volume", 200.0, "uM")),
        ("12", "uL/min/mg", "", ("=", 12.0, "uL/min/mg", "clearance_microsome", 12.0, "uL/min/mg")),
        ("1.5", "L/h/kg", "", ("=", 1.5, "L/h/kg", "clearance_body", 25.0, "mL/min/kg")),
        ("<0.1", "1e-6 cm/s", "", ("<", 0.1, "10^-6 cm/s", "permeability", 0.1, "10^-6 cm/s")),
        ("2 h", "", "", ("=", 2.0, "h", "time", 120.0, "min")),
        ("~1.8", "log", "", ("~", 1.8, "log", "logarithm", 1.8, "log")),
    ],
)
def test_values_of_every_kind_are_read_as_written(text, unit, dimension, expected):
    reading = parse_reading(text, unit, dimension=dimension)
    got = (
        *(reading.relation, reading.value, reading.unit, reading.dimension),
        *(pytest.approx(reading.standard_value), reading.standard_unit),
    )
    assert got == expected
    assert math.isnan(reading.p_value)
    assert reading.p_relation == ""


def test_a_potency_has_its_p_scale_and_a_p_value_its_potency():
    reading = parse_reading("> 99.5", "uM")
    assert (reading.p_relation, reading.standard_value) == ("<", pytest.approx(99_500.0))
    back = parse_reading(">6.3", "", scale="p")
    assert (back.relation, back.p_relation, back.unit) == ("<", ">", "nM")
    assert back.value == pytest.approx(501.187, rel=1e-5)


def test_a_logarithm_of_a_value_is_read_in_its_unit():
    reading = parse_reading("0.675686709", "mL/min/kg", scale="log10")
    assert reading.value == pytest.approx(4.739, rel=1e-3)
    assert reading.dimension == "clearance_body"


def test_a_solubility_by_weight_waits_for_the_weight():
    reading = parse_reading("50", "ug/mL")
    assert math.isnan(reading.standard_value)
    assert measure(50.0, "ug/mL", weight=250.0).standard_value == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("text", "unit", "dimension", "kind", "reason"),
    [
        ("NA", "%", "", "value", "'NA' is not a value"),
        ("inactive", "uM", "", "value", "write it as '>10000'"),
        ("ND", "mL/min/kg", "", "value", "'ND' is not a value"),
        ("0", "ug/mL", "", "value", "is zero; write what was not seen as '<'"),
        ("-5", "uL/min/mg", "", "value", "is negative"),
        ("12-May", "uM", "", "value", "is a date: a spreadsheet may have made it of a number"),
        ("2026-05-12", "%", "", "value", "is a date"),
        ("Mai 26", "nM", "", "value", "is a date"),
        ("5/12/2026", "nM", "", "value", "is a date"),
        ("#DIV/0!", "%", "", "value", "an error of a spreadsheet's formula"),
        ("45 nM", "%", "", "value", "is more than a number; units are %, fraction"),
        ("45", "cows", "percent", "unit", "'cows' is no unit of percent"),
        ("45", "cows", "", "unit", "unknown concentration unit 'cows'; use one of M, mM, uM"),
        ("45", "uM", "percent", "unit", "'uM' is no unit of percent"),
        ("1e999", "%", "", "value", "is not finite"),
    ],
)
def test_what_is_no_value_is_refused_with_its_reason(text, unit, dimension, kind, reason):
    with pytest.raises(RefusedPotencyError) as caught:
        parse_reading(text, unit, dimension=dimension)
    assert caught.value.kind == kind
    assert reason in str(caught.value)


def test_a_unit_in_the_cell_goes_before_the_stated_one():
    assert parse_reading("0.45 fraction", "%").standard_value == 45.0
    assert parse_reading("90 s", "min").standard_value == 1.5


@pytest.mark.parametrize("text", ["250", "-40", "6.3 nM"])
def test_what_is_no_p_value_is_refused(text):
    with pytest.raises(RefusedPotencyError):
        parse_reading(text, "", scale="p")


@given(
    value=st.floats(1e-3, 1e6),
    unit=st.sampled_from(sorted({unit for _, units in DIMENSIONS.values() for unit in units})),
)
def test_every_known_unit_is_read_and_its_dimension_named(value, unit):
    dimension = dimension_of(unit)
    reading = parse_reading(repr(value), unit)
    assert (reading.dimension, reading.unit) == (dimension, unit)
    assert reading.value == value


@given(
    text=st.text(max_size=20),
    unit=st.sampled_from(["%", "nM", "h", "ug/mL", "", "?"]),
    dimension=st.sampled_from(["", "percent", "time", "amount_per_volume"]),
    scale=st.sampled_from(["linear", "log10", "p"]),
)
def test_any_text_is_a_finite_value_or_refused(text, unit, dimension, scale):
    try:
        reading = parse_reading(text, unit, dimension=dimension, scale=scale)
    except RefusedPotencyError as error:
        refusal = error
    else:
        assert math.isfinite(reading.value)
        return
    assert refusal.kind in {"value", "unit", "relation"}
