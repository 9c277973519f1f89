"""A ladder, and the index that checks nothing, keep what every patent index promises."""

import pytest

from molagent.errors import NotFoundError
from molagent.patents.ladder import PatentLadder
from molagent.patents.markush.claims import read_claims
from molagent.patents.unchecked import UncheckedIndex
from molagent.records import Overlap, OverlapLevel
from molagent.testing import NAMED_DRUGS, PatentIndexContract
from tests.patents.conftest import EGFR_CLAIMS

# Gefitinib's core with the cyclic ether that the claim asks for.
OXETANE = "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCO4"


class TestLadder(PatentIndexContract):
    @pytest.fixture
    def index(self, ladder: PatentLadder) -> PatentLadder:
        return ladder


class TestUncheckedIndex(PatentIndexContract):
    @pytest.fixture
    def index(self) -> UncheckedIndex:
        return UncheckedIndex("no patent collection is configured")


@pytest.fixture(scope="module")
def egfr() -> PatentLadder:
    return PatentLadder(None, read_claims(EGFR_CLAIMS))


def test_a_structure_inside_a_named_claim_is_inside(egfr: PatentLadder):
    assert egfr.is_inside(OXETANE, ["US-5770603/1"])
    assert not egfr.is_inside(NAMED_DRUGS["gefitinib"], ["US-5770603/1"])
    assert not egfr.is_inside(OXETANE, [])


def test_a_policy_reads_of_a_claim_its_publication_status_and_sentence(egfr: PatentLadder):
    said = egfr.describe_claims()["US-5770603/1"]
    assert said["publication_number"] == "US-5770603"
    assert "US-5770603/1 (compound; draft, not confirmed)" in str(said["sentence"])
    assert said["title"] is None


def test_the_regions_of_claims_come_in_the_order_asked_for(egfr: PatentLadder):
    names = [region.name for region in egfr.regions(["US-5770603/1"])]
    assert names == ["inside US-5770603/1"]
    with pytest.raises(NotFoundError, match="US-5770603/1"):
        egfr.regions(["US-5770603/2"])


def test_an_index_that_finds_nothing_of_what_it_cannot_read_breaks_the_contract():
    class Careless(UncheckedIndex):
        def find_overlap(self, smiles_list):
            return [(Overlap(level=OverlapLevel.NOT_FOUND, searched="x"),) for _ in smiles_list]

    promise = PatentIndexContract()
    with pytest.raises(AssertionError):
        promise.test_every_structure_is_answered_in_order_and_unread_is_not_checked(Careless(""))
