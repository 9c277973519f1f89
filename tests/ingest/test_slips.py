import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.ingest.slips import flag_values


def values_of(pairs, *, is_p: bool = True, unit: str = "nM", given_unit: str = "nM"):
    frame = pd.DataFrame(pairs, columns=["compound", "value"])
    return frame.assign(
        endpoint="egfr_pic50", is_p=is_p, is_exact=True, unit=unit, given_unit=given_unit
    )


def series(n: int, low: float = 5.5, high: float = 7.5, seed: int = 0) -> list[tuple[str, float]]:
    rng = np.random.default_rng(seed)
    return [(f"c{index}", float(value)) for index, value in enumerate(rng.uniform(low, high, n))]


def test_repeats_and_conflicts_are_flagged_as_before():
    found = flag_values(values_of([("a", 6.0), ("a", 6.4), ("b", 6.0), ("b", 7.5)]))
    assert found.flag.tolist() == ["", "duplicate", "conflict", "conflict"]
    assert found.reason == [""] * 4
    assert found.notes == []


def test_replicates_a_thousandfold_apart_look_like_um_for_nm():
    found = flag_values(values_of([("a", 6.1), ("a", 9.0), ("b", 6.0)]))
    assert found.flag.tolist() == ["unit_slip", "unit_slip", ""]
    assert "uM for nM" in found.reason[0]


def test_a_part_of_the_file_in_another_unit_is_seen_by_its_distribution():
    rows = series(40) + [(f"s{index}", value + 3.0) for index, (_, value) in enumerate(series(6))]
    rows = [(name, min(value, 7.4) if name[0] == "c" else value) for name, value in rows]
    rows = [(name, value if name[0] == "c" else max(value, 9.0)) for name, value in rows]
    found = flag_values(values_of(rows))
    assert [flag == "unit_slip" for flag in found.flag] == [False] * 40 + [True] * 6
    assert "6 of 46 values form a heap of their own" in found.notes[0]


def test_comparing_some_compounds_at_a_time_gives_the_same_flags():
    rng = np.random.default_rng(3)
    rows = [(int(rng.integers(0, 40)), float(rng.uniform(4, 9))) for _ in range(200)]
    whole = flag_values(values_of(rows))
    parts = flag_values(values_of(rows), rows_at_once=17)
    assert parts.flag.tolist() == whole.flag.tolist()
    assert parts.reason == whole.reason


def test_a_wide_but_whole_distribution_and_two_weak_compounds_are_left_alone():
    wide = flag_values(values_of(series(200, 4.0, 10.0)))
    assert set(wide.flag) == {""}
    weak = flag_values(values_of([*series(60, 8.0, 9.5), ("w1", 5.5), ("w2", 5.4)]))
    assert set(weak.flag) == {""}


def test_impossible_potencies_are_flagged_whatever_the_others_are():
    found = flag_values(values_of([("a", 2.0), ("b", 12.5), ("c", 7.0)]))
    assert found.flag.tolist() == ["unit_slip", "unit_slip", ""]
    assert found.reason[0] == "a p value of 2.00 is outside 3 to 12"


def test_a_file_that_is_a_thousandfold_off_from_the_project_is_flagged_whole():
    rows = series(10)
    known = pd.DataFrame(rows[:5], columns=["compound", "value"]).assign(endpoint="egfr_pic50")
    shifted = flag_values(values_of([(name, value - 3.0) for name, value in rows]), known)
    assert set(shifted.flag) == {"unit_slip"}
    assert "5 of 5 compounds measured before are a thousandfold apart" in shifted.notes[0]
    assert set(flag_values(values_of(rows), known).flag) == {""}


def test_one_compound_that_slipped_does_not_damn_the_file():
    rows = series(10)
    known = pd.DataFrame(rows[:5], columns=["compound", "value"]).assign(endpoint="egfr_pic50")
    rows[0] = ("c0", rows[0][1] - 3.0)
    assert flag_values(values_of(rows), known).flag.tolist() == ["unit_slip"] + [""] * 9


def test_percentages_that_are_all_fractions_are_flagged_and_so_is_the_other_way():
    small = [(f"c{index}", value / 100.0) for index, value in enumerate(range(0, 100, 4))]
    found = flag_values(values_of(small, is_p=False, unit="%", given_unit="%"))
    assert set(found.flag) == {"unit_slip"}
    assert "no percentage is above 0.96: fractions?" in found.notes[0]
    # Stored in percent: 45 given as a fraction is 4,500.
    large = flag_values(
        values_of([("a", 4500.0), ("b", 45.0)], is_p=False, unit="%", given_unit="fraction")
    )
    assert large.flag.tolist() == ["unit_slip", ""]


def test_a_lone_replicate_far_from_the_others_is_an_outlier():
    rows = [("a", 6.0), ("a", 6.1), ("a", 6.05), ("a", 6.02), ("a", 6.8), ("b", 8.0)]
    assert flag_values(values_of(rows)).flag.tolist() == [
        *("", "duplicate", "duplicate", "duplicate", "outlier", "")
    ]


TACRINE = (
    *(6.68, 7.11, 7.06, 6.75, 6.90, 6.87, 6.99, 7.07, 6.66, 6.62, 7.10, 6.86, 7.06, 6.60, 6.87),
    *(7.03, 6.74, 7.17, 7.14, 6.62, 6.62, 6.92, 7.16, 6.83, 6.73, 6.85, 6.62, 6.73, 6.86, 4.10),
)


def test_one_slipped_value_of_tacrine_does_not_damn_the_twenty_nine_that_agree():
    found = flag_values(values_of([("tacrine", value) for value in TACRINE]))
    assert [place for place, reason in enumerate(found.reason) if reason] == [29]
    assert found.flag[29] == "unit_slip"
    assert set(found.flag[:29]) == {"", "duplicate"}


def test_the_smaller_heap_of_replicates_is_the_slip_and_of_equal_heaps_both_may_be():
    two_to_one = flag_values(values_of([("a", 6.1), ("a", 9.0), ("a", 6.0)]))
    assert two_to_one.flag.tolist() == ["", "unit_slip", "duplicate"]
    even = flag_values(values_of([("a", 6.1), ("a", 9.0), ("a", 6.0), ("a", 9.1)]))
    assert set(even.flag) == {"unit_slip"}


def test_replicates_that_scatter_over_three_log_units_are_no_slip():
    donepezil = [("donepezil", float(value)) for value in np.linspace(5.6, 8.7, 81)]
    found = flag_values(values_of(donepezil))
    assert found.reason == [""] * 81
    assert "unit_slip" not in set(found.flag)


def test_of_three_replicates_the_one_that_two_contradict_is_in_conflict():
    found = flag_values(values_of([("a", 6.0), ("a", 6.2), ("a", 7.6)]))
    assert found.flag.tolist() == ["", "duplicate", "conflict"]
    apart = flag_values(values_of([("a", 6.0), ("a", 6.8), ("a", 7.6)]))
    assert apart.flag.tolist() == ["conflict", "duplicate", "conflict"]


@settings(max_examples=30)
@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.floats(1, 13)), min_size=1, max_size=12),
    seed=st.integers(0, 2**31 - 1),
)
def test_what_is_flagged_as_a_slip_does_not_depend_on_the_order_of_rows(rows, seed):
    frame = values_of(rows)
    shuffled = frame.iloc[np.random.default_rng(seed).permutation(len(frame))]
    slips = [
        sorted(table["value"][flag_values(table.reset_index(drop=True)).flag == "unit_slip"])
        for table in (frame, shuffled.reset_index(drop=True))
    ]
    assert slips[0] == slips[1]
