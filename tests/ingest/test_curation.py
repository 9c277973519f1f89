import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from molagent.ingest.curation import RawRows, curate, flag_repeats
from molagent.ingest.parents import find_parents

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"


def rows_of(*pairs: tuple[str, str]) -> RawRows:
    rows = RawRows()
    for number, (smiles, value) in enumerate(pairs, start=2):
        rows.add(
            number,
            endpoint="jak1_pki",
            raw_smiles=smiles,
            name="",
            original=value,
            relation="",
            unit="nM",
            raw=f"{smiles},{value}",
        )
    return rows


def test_every_row_ends_as_a_result_or_a_rejection_in_file_order():
    curated = curate(
        rows_of(
            (TOFACITINIB, "0.7"),
            ("not a structure", "5"),
            (RUXOLITINIB, "-3"),
            (RUXOLITINIB, "0"),
            ("C" * 5000, "5"),
            (RUXOLITINIB, ">10000"),
        ),
        find_parents,
    )
    assert curated.results["source_row"].tolist() == [2, 7]
    assert curated.results["p_relation"].tolist() == ["=", "<"]
    assert curated.rejections["source_row"].tolist() == [3, 4, 5, 6]
    assert curated.rejections["kind"].tolist() == ["structure", "value", "value", "structure"]
    assert curated.rejections["raw"][1] == f"{RUXOLITINIB},-3"
    assert len(curated.compounds) == 2


def test_a_file_without_one_good_row_gives_empty_frames_with_their_columns():
    curated = curate(rows_of(("CCO", "NA"), ("nonsense", "5")), find_parents)
    assert curated.results.empty
    assert "p_value" in curated.results.columns
    assert len(curated.rejections) == 2
    assert curate(RawRows(), find_parents).rejections.empty


def test_repeats_are_kept_and_flagged():
    curated = curate(
        rows_of((TOFACITINIB, "1"), (RUXOLITINIB, "3"), (TOFACITINIB + ".Cl", "2")), find_parents
    )
    assert curated.results["flag"].tolist() == ["", "", "duplicate"]
    assert len(curated.compounds) == 2


def test_values_more_than_a_log_unit_apart_are_all_flagged_as_conflict():
    curated = curate(
        rows_of(
            (TOFACITINIB, "1"),
            (TOFACITINIB, "30"),
            (TOFACITINIB, ">10000"),
            (RUXOLITINIB, "1"),
            (RUXOLITINIB, "10"),
        ),
        find_parents,
    )
    # A bound does not contradict as a value does; exactly tenfold is still within the limit.
    assert curated.results["flag"].tolist() == [
        *("conflict", "conflict", "duplicate", "", "duplicate")
    ]


def test_the_same_compound_in_two_endpoints_is_no_repeat():
    rows = rows_of((TOFACITINIB, "1"), (TOFACITINIB, "100"))
    rows.endpoint[1] = "jak2_pki"
    assert curate(rows, find_parents).results["flag"].tolist() == ["", ""]


@given(
    values=st.lists(st.tuples(st.sampled_from("ab"), st.floats(3, 12)), min_size=1, max_size=8),
    seed=st.integers(0, 2**31 - 1),
)
def test_how_many_rows_of_a_compound_are_flagged_does_not_depend_on_their_order(values, seed):
    frame = pd.DataFrame(values, columns=["inchikey", "p_value"])
    frame = frame.assign(endpoint="jak1_pki", p_relation="=")
    shuffled = frame.iloc[np.random.default_rng(seed).permutation(len(frame))]
    counts = [
        table.assign(flag=flag_repeats(table)).groupby(["inchikey", "flag"]).size().to_dict()
        for table in (frame, shuffled)
    ]
    assert counts[0] == counts[1]
