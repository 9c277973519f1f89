"""`why` tells how a proposal's lineage left a claim, from the parents that are stored."""

import pytest

from molagent.patents.ladder import PatentLadder
from molagent.patents.markush.claims import parse_claim
from molagent.project.departures import departures_frame
from molagent.project.project import Project
from molagent.project.proposal_facts import proposal_facts


@pytest.fixture(scope="module")
def child(finished: Project):
    """Return a proposal that was made of one measured compound, and that compound."""
    measured = finished.db.query("SELECT compound_id, smiles FROM compound")
    structures = dict(zip(measured["compound_id"], measured["smiles"], strict=True))
    proposals = finished.store.load("proposal")
    for row in proposals.to_dict("records"):
        if len(row["parents"]) == 1 and row["parents"][0] in structures:
            return row["proposal_id"], row["parents"][0], structures[row["parents"][0]]
    raise AssertionError("no proposal of the small campaign has one measured parent")


@pytest.fixture(scope="module")
def ladder(child):
    """Return a collection of one claim, to the parent and nothing else."""
    claim = {
        "claim_id": "US-1234567/1",
        "publication_number": "US-1234567",
        "claim": 1,
        "kind": "compound",
        "status": "draft",
        "source": "made up for this test",
        "read_on": "2026-12-01",
        "text": "The compound of the formula.",
        "interpretation": "One compound.",
        "core": child[2],
        "site": [],
        "members": [child[2]],
        "non_members": ["CCO"],
    }
    return PatentLadder(None, [parse_claim(claim, place="a test")])


def test_the_parent_inside_and_the_generators_words_are_told(finished: Project, child, ladder):
    proposal_id, parent_id, _ = child
    frame = departures_frame(finished.config, finished.store, ladder, [proposal_id])
    assert list(frame["parent_id"]) == [parent_id]
    assert list(frame["claim_id"]) == ["US-1234567/1"]
    stored = finished.store.load("proposal").set_index("proposal_id")
    assert list(frame["step"]) == [stored.loc[proposal_id, "detail"]]


def test_why_has_a_row_of_it(finished: Project, child, ladder):
    proposal_id, parent_id, _ = child
    [left] = proposal_facts(finished.config, finished.store, ladder, proposal_id)["left"]
    assert left["claim"] == "US-1234567/1 (draft)"
    assert (left["parent"], left["outside"]) == (parent_id, proposal_id)


def test_without_claims_nothing_was_left(finished: Project, child):
    assert departures_frame(finished.config, finished.store, None, [child[0]]).empty
    assert finished.why(child[0])["left"] == []
