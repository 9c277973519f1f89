"""Broken members are outside by the definition, and the proof does not ask the matcher."""

import pytest

from molagent.patents.markush.breaking import draw_broken
from molagent.patents.markush.claims import parse_claim, read_claim
from molagent.patents.markush.matching import match_claim
from tests.patents.conftest import EGFR_CLAIM

BASE = {
    "claim_id": "test/1",
    "publication_number": "US-1234567",
    "claim": 1,
    "kind": "compound",
    "status": "draft",
    "source": "a test",
    "read_on": "2026-11-22",
    "text": "",
    "interpretation": "",
    "members": [],
    "non_members": [],
}


def claim_of(core, sites, **more):
    """Return a claim from its core and sites."""
    return parse_claim({**BASE, "core": core, "site": sites, **more}, place="test")


def site(name, positions, group, count=(0, 1)):
    """Return the table of a site."""
    return {"name": name, "positions": positions, "group": group, "count": list(count)}


def test_each_kind_of_break_is_drawn():
    broken, _ = draw_broken(read_claim(EGFR_CLAIM), 200, seed=1)
    assert {miss.kind for miss in broken} >= {"group", "missing", "extra atom", "core"}
    assert {miss.where for miss in broken} >= {"R1", "R2", "A-Q"}


def test_the_same_seed_breaks_the_same_way(egfr_claim):
    assert draw_broken(egfr_claim, 30, seed=4) == draw_broken(egfr_claim, 30, seed=4)


def test_what_another_site_allows_is_not_called_broken():
    # Pentyl breaks R1 and is what R2 allows: such a structure is a member.
    core = "c1cc([cH:1]cc1)[N+](=O)[O-]"
    one = claim_of(core, [site("R1", [1], {"alkyl": [1, 4]}, (1, 1))])
    both = claim_of(
        core,
        [site("R1", [1], {"alkyl": [1, 4]}), site("R2", [1], {"alkyl": [5, 6]})],
        filled=["R1", "R2"],
    )
    pentyl = "CCCCCc1ccccc1[N+](=O)[O-]"
    assert not match_claim(one, pentyl).inside
    assert pentyl not in {miss.smiles for miss in draw_broken(both, 150, seed=0)[0]}
    assert draw_broken(both, 150, seed=0)[1] > 0


def test_a_group_moved_along_a_symmetric_core_is_not_called_broken():
    # Positions 2 and 6 are equal by symmetry, so what only 6 allows is allowed at 2 as well.
    core = "O=[N+]([O-])c1[cH:2]cc(Cl)c[cH:6]1"
    claim = claim_of(
        core,
        [site("R2", [2], {"halogen": ["F"]}), site("R6", [6], {"halogen": ["Br"]})],
    )
    broken, _ = draw_broken(claim, 100, seed=0)
    assert broken
    assert not [miss for miss in broken if match_claim(claim, miss.smiles).inside]


def test_a_claim_that_cannot_be_broken_by_chance_gives_what_there_is():
    anything = claim_of("C[CH3:1]", [site("R", [1], {"any_group": 90}, (0, 3))])
    broken, _ = draw_broken(anything, 3, seed=0)
    assert not [miss for miss in broken if match_claim(anything, miss.smiles).inside]


@pytest.mark.parametrize("stereo", ["ignored", "literal"])
def test_an_open_configuration_breaks_a_claim_to_one_enantiomer(stereo):
    claim = claim_of(
        "C[C@H](N)C(=O)[OH:1]", [site("R", [1], {"alkyl": [1, 2]}, (1, 1))], stereo=stereo
    )
    kinds = {miss.kind for miss in draw_broken(claim, 80, seed=2)[0]}
    assert ("configuration" in kinds) == (stereo == "literal")
