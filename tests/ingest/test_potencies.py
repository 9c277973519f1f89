import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.ingest.potencies import RefusedPotencyError, parse_potency
from molagent.units import MOLAR_PER_UNIT, concentration, flipped_relation


@pytest.mark.parametrize(
    ("text", "unit", "relation", "expected"),
    [
        ("0.7", "nM", "", ("=", 0.7, "nM", "=")),
        (">10000", "nM", "", (">", 10000.0, "nM", "<")),
        ("< 5", "nM", "", ("<", 5.0, "nM", ">")),
        ("≥ 30", "µM", "", (">=", 30.0, "uM", "<=")),
        (">>10", "uM", "", (">", 10.0, "uM", "<")),
        ("~2e3", "nM", "", ("~", 2000.0, "nM", "~")),
        ("10", "uM", "'>'", (">", 10.0, "uM", "<")),
        (">10", "uM", ">", (">", 10.0, "uM", "<")),
        ("12 nM", "", "", ("=", 12.0, "nM", "=")),
        ("12 nM", "nM", "=", ("=", 12.0, "nM", "=")),
        (" 1.5E-2 ", "μM", "", ("=", 0.015, "uM", "=")),
    ],
)
def test_potencies_are_read_as_written(text, unit, relation, expected):
    potency = parse_potency(text, unit, relation)
    assert (potency.relation, potency.value, potency.unit, potency.p_relation) == expected


def test_more_than_10_micromolar_is_a_p_value_below_5():
    potency = parse_potency(">10", "uM")
    assert potency.p_value == pytest.approx(5.0)
    assert potency.p_relation == "<"


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("-3", "value", "the value '-3' is negative"),
        ("0", "value", "the value '0' is zero"),
        ("0.000", "value", "zero"),
        ("-0", "value", "negative"),
        ("1e-400", "value", "zero"),
        ("1e400", "value", "not finite"),
        ("", "value", "blank"),
        ("NA", "value", "'NA' is not a value"),
        ("n.d.", "value", "is not a value"),
        ("inf", "value", "is not a value"),
        ("inactive", "value", "write it as '>10000'"),
        ("Not Determined", "value", "write it as '>10000'"),
        ("no inhibition", "value", "is not a value"),
        ("ca. 5", "value", "is not a number"),
        ("5.2 ± 0.3", "value", "is more than a number"),
        ("5 (n=2)", "value", "is more than a number"),
        ("10,000", "value", "comma or blank inside"),
        ("0,5", "value", "comma or blank inside"),
        ("10 000", "value", "comma or blank inside"),
        ("45%", "unit", "unknown concentration unit '%'"),
        ("10-20", "value", "is a range or two numbers; give one number, or write two rows"),
        ("5/7", "value", "is a range or two numbers; give one number, or write two rows"),
        ("3 to 8 nM", "value", "is a range or two numbers"),
        ("10 nM - 20 nM", "value", "is a range or two numbers"),
        ("<>5", "relation", "unknown relation '<>'"),
    ],
)
def test_what_is_not_a_potency_is_refused_with_its_reason(text, kind, reason):
    with pytest.raises(RefusedPotencyError) as caught:
        parse_potency(text, "nM")
    assert caught.value.kind == kind
    assert reason in str(caught.value)


def test_a_unit_beside_the_number_goes_before_the_stated_one():
    potency = parse_potency("10 uM", "nM")
    assert (potency.value, potency.unit, potency.p_value) == (10.0, "uM", 5.0)


@pytest.mark.parametrize("unit", ["ug/mL", "mm", "m", "%", "nm/L", "log", "10'1microM"])
def test_an_unknown_unit_is_refused(unit):
    with pytest.raises(RefusedPotencyError, match="unknown concentration unit") as caught:
        parse_potency("5", unit)
    assert caught.value.kind == "unit"


def test_a_missing_unit_is_not_guessed():
    with pytest.raises(RefusedPotencyError, match="the unit is blank; use one of M, mM, uM, nM"):
        parse_potency("5", " ")


def test_a_relation_column_may_not_contradict_the_value():
    with pytest.raises(RefusedPotencyError, match="the value says '>', the relation column '<'"):
        parse_potency(">5", "nM", "<")
    with pytest.raises(RefusedPotencyError, match="unknown relation 'approx'"):
        parse_potency("5", "nM", "approx")


@given(
    value=st.floats(1e-6, 1e9),
    unit=st.sampled_from(sorted(MOLAR_PER_UNIT)),
    relation=st.sampled_from(["=", "<", ">", "<=", ">=", "~"]),
)
def test_the_p_value_leads_back_to_the_concentration(value, unit, relation):
    potency = parse_potency(f"{relation}{value!r}", unit)
    assert math.isclose(concentration(potency.p_value, unit), value, rel_tol=1e-9)
    assert flipped_relation(potency.p_relation) == relation


@given(text=st.text(max_size=30), unit=st.text(max_size=8), relation=st.text(max_size=3))
def test_any_text_is_a_potency_above_zero_or_refused_with_a_reason(text, unit, relation):
    try:
        potency = parse_potency(text, unit, relation)
    except RefusedPotencyError as error:
        refusal = error
    else:
        assert potency.value > 0
        assert math.isfinite(potency.p_value)
        return
    assert refusal.kind in {"value", "unit", "relation"}
    assert str(refusal)
