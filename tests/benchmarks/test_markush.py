"""The Markush figures: what is found, what is rejected, and how fast."""

import pytest

from benchmarks.markush import (
    bench_claim_speed,
    bench_claims,
    claim_files,
    fuzz_claim,
    vary_claims,
)
from molagent.errors import NotFoundError
from molagent.patents.markush.claims import read_claim
from tests.patents.conftest import COLLECTION, EGFR_CLAIM, PUBLISHED

WRITTEN = [PUBLISHED / "claims", EGFR_CLAIM.parent]


def test_all_members_are_found_and_no_near_miss_is_hit():
    table = bench_claims([*WRITTEN, COLLECTION / "claims"]).set_index("claim_id")
    assert (table["found"] == table["members"]).all()
    assert (table["wrongly_hit"] == 0).all()
    egfr = table.loc["US-5770603/1"]
    assert (egfr["members"], egfr["near_misses"]) == (324, 28)
    assert egfr["core_only"] == 26  # what a search for the core alone would report


def test_members_drawn_are_found_and_broken_ones_rejected():
    row = fuzz_claim(PUBLISHED / "claims" / "us4992474_abstract.toml", 40, seed=3)
    assert row["found"] == row["screened"] == row["drawn"] == 40
    assert row["rejected"] == row["broken"] == 40
    assert row["unproven"] > 0  # chains of one length are often those of another


def test_many_claims_are_asked_as_a_set():
    table = bench_claim_speed(WRITTEN, molecules=["CCO", "not a structure"], n_claims=40).set_index(
        "how"
    )
    assert table.loc["set", "claims"] == 40
    assert table.loc["set", "molecules"] == 1
    assert table.loc["set, on members", "hits"] >= 90  # ten members of each stored claim


def test_variants_of_a_claim_keep_its_sites():
    claim = read_claim(EGFR_CLAIM)
    varied = vary_claims([claim], 20, seed=1)
    assert len({variant.templates[0].smiles for variant in varied}) == 20
    assert all([s.name for s in variant.sites] == ["R1", "R2", "A-Q"] for variant in varied)


def test_a_folder_without_claims_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="claim file"):
        claim_files([tmp_path])
