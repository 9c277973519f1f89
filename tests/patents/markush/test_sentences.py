"""A claim read back in English, as a chemist would compare it with the publication."""

from molagent.patents.markush.claims import parse_claim, read_claim, read_claims
from molagent.patents.markush.sentences import read_back
from tests.patents.conftest import COLLECTION, EGFR_CLAIM
from tests.patents.markush.test_drafting import egfr_tables

CLAIMS = {claim.claim_id: claim for claim in read_claims(COLLECTION)}


def test_a_draft_reads_site_by_site_and_says_that_nobody_confirmed_it():
    reading = read_back(read_claim(EGFR_CLAIM))
    assert reading.heading == "Claim 1 of US-5770603 (compound; a draft that nobody confirmed)"
    assert [site.sentence for site in reading.sites] == [
        "R1, always, at position 7 (aromatic carbon): C1-4 alkoxy",
        "R2, 1 to 3 times, at positions 12 to 16 (aromatic carbon): "
        "halogen or trifluoromethyl or C1-4 alkyl",
        "A-Q, always, at position 6 (oxygen): C1-4 alkylene, then "
        "saturated 4-7-membered ring with 1-2 O with up to 4 of (C1-4 alkyl)",
    ]
    assert reading.sites[1].choices == ("halogen", "trifluoromethyl", "C1-4 alkyl")


def test_a_confirmed_claim_names_who_confirmed_it_and_its_proviso():
    reading = read_back(CLAIMS["US-9249149-B2/1"])
    assert "confirmed by molagent maintainers" in reading.heading
    assert reading.provisos == ("at least one of Y2 and Y3 is not hydrogen",)
    assert "isotopes count as such" in reading.closing
    assert "0 or 4 times, at positions 21 and 22 (ring carbon): deuterium" in reading.text


def test_a_claim_without_sites_is_one_compound():
    single = next(claim for claim in CLAIMS.values() if not claim.sites)
    assert "and no other" in read_back(single).text


def test_a_claim_to_one_configuration_says_so():
    drawn = next(claim for claim in CLAIMS.values() if claim.stereo == "literal")
    assert "only in the configuration drawn" in read_back(drawn).closing
    ignored = next(claim for claim in CLAIMS.values() if claim.stereo == "ignored")
    assert "stereochemistry is not looked at" in read_back(ignored).closing


def test_groups_with_a_name_are_called_by_it_and_others_stay_smiles():
    tables = egfr_tables() | {"status": "draft"}
    tables["site"][0]["group"] = {"one_of": [{"fragment": "*OC"}, {"fragment": "*C(=O)N1CCOCC1"}]}
    reading = read_back(parse_claim(tables, place="test"))
    assert reading.sites[0].choices == ("methoxy", "*C(=O)N1CCOCC1")
