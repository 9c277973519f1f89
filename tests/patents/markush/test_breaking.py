"""Broken members are outside by the definition, and the proof does not ask the matcher."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.claim_breaking import draw_broken
from molagent.patents.markush.bounds import measure_group
from molagent.patents.markush.claims import parse_claim, read_claim
from molagent.patents.markush.composites import AlkyleneThen
from molagent.patents.markush.groups import free_group
from molagent.patents.markush.language import parse_predicate
from molagent.patents.markush.matching import match_claim
from molagent.patents.markush.predicates import HALOGENS, Carbons, Haloalkyl, Halogen
from molagent.patents.markush.rings import Ring
from molagent.patents.markush.substitution import OptionallySubstituted
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


def widen(faulty, **wider):
    """Return a faulty `matches`: that of a predicate whose bounds are wider."""
    right = faulty.matches
    return lambda self, group: right(
        replace(self, **{name: widened(self) for name, widened in wider.items()}), group
    )


RING = {"ring": {"size": [4, 7], "kind": "saturated", "hetero": {"O": [1, 2]}}}
PREDICATE = {
    "alkylene_then": {
        "length": [1, 4],
        "then": {"optionally_substituted": {"base": RING, "by": {"alkyl": [2, 4]}, "at_most": 4}},
    }
}


@pytest.mark.parametrize(
    ("value", "kind", "wider"),
    [
        (PREDICATE, AlkyleneThen, {"high": lambda chain: chain.high + 1}),
        (PREDICATE, AlkyleneThen, {"low": lambda _: 0}),
        (PREDICATE, Ring, {"size": lambda ring: (ring.size[0], ring.size[1] + 1)}),
        (PREDICATE, Ring, {"size": lambda ring: (ring.size[0] - 1, ring.size[1])}),
        (PREDICATE, Ring, {"hetero": lambda _: (("O", 0, 2),)}),
        (PREDICATE, Ring, {"hetero": lambda _: (("O", 1, 3),)}),
        (PREDICATE, Ring, {"hetero": lambda _: (("O", 1, 2), ("S", 0, 1))}),
        (PREDICATE, Ring, {"kind": lambda _: "any"}),
        ({"alkoxy": [2, 4]}, Carbons, {"high": lambda alkyl: alkyl.high + 1}),
        ({"alkoxy": [2, 4]}, Carbons, {"low": lambda alkyl: alkyl.low - 1}),
        ({"halogen": ["F", "Cl"]}, Halogen, {"elements": lambda _: HALOGENS}),
        ({"haloalkyl": [1, 3]}, Haloalkyl, {"high": lambda alkyl: alkyl.high + 1}),
        (
            {"haloalkyl": {"carbons": [1, 3], "of": ["F"]}},
            Haloalkyl,
            {"elements": lambda _: HALOGENS},
        ),
        ({"perfluoroalkyl": [1, 3]}, Haloalkyl, {"high": lambda alkyl: alkyl.high + 1}),
        (
            {"heteroaryl": {"size": [5, 6], "hetero": {"N": [0, 2]}, "hetero_total": [1, 2]}},
            Ring,
            {"hetero": lambda _: (("N", 0, 3),), "hetero_total": lambda _: (1, 3)},
        ),
        (
            {"optionally_substituted": {"base": "phenyl", "by": "halogen", "at_most": 2}},
            OptionallySubstituted,
            {"high": lambda group: group.high + 1},
        ),
    ],
)
def test_a_fault_of_the_matcher_shows_among_the_broken_groups(monkeypatch, value, kind, wider):
    predicate = parse_predicate(value, place="test")
    rng = np.random.default_rng(7)
    broken = {predicate.sample_outside(rng) for _ in range(250)}
    proven = [
        free_group(smiles)
        for smiles in broken
        if not any(box.hold(measure_group(smiles)) for box in predicate.bounds())
    ]
    assert not any(predicate.matches(group) for group in proven)
    monkeypatch.setattr(kind, "matches", widen(kind, **wider))
    assert any(predicate.matches(group) for group in proven)
