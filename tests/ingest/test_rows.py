"""Every row of a file ends as a result or a rejection, and repeats are flagged, not dropped."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.ingest.intake import read_data
from molagent.ingest.layouts import Layout
from molagent.ingest.slips import flag_values

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
LAYOUT = Layout.from_columns(
    smiles="smiles", value="Ki", unit="nM", endpoint="{assay}", target="JAK1", quantity="Ki"
)


@pytest.fixture
def read(write):
    def _read(*rows: tuple[str, str], assays: tuple[str, ...] = ()):
        named = assays or ("jak1_pki",) * len(rows)
        lines = [
            f"{smiles},{value},{assay}" for (smiles, value), assay in zip(rows, named, strict=True)
        ]
        return read_data(write("\n".join(["smiles,Ki,assay", *lines])), LAYOUT, workers=0)

    return _read


def test_every_row_ends_as_a_result_or_a_rejection_in_file_order(read):
    intake = read(
        (TOFACITINIB, "0.7"),
        ("not a structure", "5"),
        (RUXOLITINIB, "-3"),
        (RUXOLITINIB, "0"),
        ("C" * 5000, "5"),
        (RUXOLITINIB, ">10000"),
    )
    assert intake.results["source_row"].tolist() == [2, 7]
    assert intake.results["p_relation"].tolist() == ["=", "<"]
    assert intake.rejections["source_row"].tolist() == [3, 4, 5, 6]
    assert intake.rejections["kind"].tolist() == ["structure", "value", "value", "structure"]
    assert intake.rejections["raw"][1] == f"{RUXOLITINIB},-3,jak1_pki"
    assert len(intake.result.compounds) == 2


def test_a_file_without_one_good_row_gives_empty_frames_with_their_columns(read):
    intake = read(("CCO", "NA"), ("nonsense", "5"))
    assert intake.results.empty
    assert "p_value" in intake.results.columns
    assert len(intake.rejections) == 2


def test_repeats_are_kept_and_flagged(read):
    intake = read((TOFACITINIB, "1"), (RUXOLITINIB, "3"), (TOFACITINIB + ".Cl", "2"))
    assert intake.results["flag"].tolist() == ["", "", "duplicate"]
    assert len(intake.result.compounds) == 2


def test_values_more_than_a_log_unit_apart_are_all_flagged_as_conflict(read):
    intake = read(
        (TOFACITINIB, "1"),
        (TOFACITINIB, "30"),
        (TOFACITINIB, ">10000"),
        (RUXOLITINIB, "1"),
        (RUXOLITINIB, "10"),
    )
    # A bound does not contradict as a value does; exactly tenfold is still within the limit.
    assert intake.results["flag"].tolist() == [
        *("conflict", "conflict", "duplicate", "", "duplicate")
    ]


def test_the_same_compound_in_two_endpoints_is_no_repeat(read):
    intake = read((TOFACITINIB, "1"), (TOFACITINIB, "100"), assays=("jak1_pki", "jak2_pki"))
    assert intake.results["flag"].tolist() == ["", ""]


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.tuples(st.integers(0, 1), st.floats(3, 12)), min_size=1, max_size=8),
    seed=st.integers(0, 2**31 - 1),
)
def test_which_flags_a_compound_has_does_not_depend_on_the_order_of_its_rows(values, seed):
    frame = pd.DataFrame(values, columns=["compound", "value"]).assign(
        endpoint="jak1_pki", is_p=True, is_exact=True, unit="nM", given_unit="nM"
    )
    shuffled = frame.iloc[np.random.default_rng(seed).permutation(len(frame))]
    counts = []
    for table in (frame, shuffled.reset_index(drop=True)):
        # The first of some equal rows is no duplicate: which one that is, their order says.
        flags = pd.Series(flag_values(table).flag).replace("duplicate", "")
        counts.append(table.assign(flag=flags).groupby(["compound", "flag"]).size().to_dict())
    assert counts[0] == counts[1]
