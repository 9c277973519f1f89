import dataclasses

import pytest

from molagent.propose.transforms import TransformGenerator
from molagent.protocols import NullProgress
from molagent.records import ProposalRequest, SeedCompound, SeenChange
from molagent.testing import GeneratorContract

PHENETOLE = "CCOc1ccncc1"
SEEDS = (SeedCompound(smiles=PHENETOLE, compound_id="a"),)
REQUEST = ProposalRequest(count=10, seed=1, cycle=1, mode="edit", seeds=SEEDS)


def change(constant: str, end: str, mean: float, pairs: int = 5) -> SeenChange:
    return SeenChange(constant=constant, start="*[H]", end=end, mean=mean, pairs=pairs)


CHANGES = (
    change("*c1cnccc1OCC", "*F", 0.4),
    change("*c1cnccc1OCC", "*Cl", -1.2),
    change("*c1cc(OCC)ccn1", "*C", 0.0),
    change("*c1cnccc1OCC", "*Br", -1.5),
)


@pytest.fixture
def generator() -> TransformGenerator:
    return TransformGenerator(lambda: lambda smiles: CHANGES if smiles == PHENETOLE else ())


def made(generator, **changes):
    return generator.propose(dataclasses.replace(REQUEST, **changes), NullProgress())


class TestGeneratorContract(GeneratorContract):
    def request(self, generator, *, count=12, seed=7):  # noqa: ARG002 - the contract
        return dataclasses.replace(REQUEST, count=count, seed=seed)


def test_a_proposal_says_what_the_change_brought_elsewhere(generator):
    details = {p.smiles: p.detail for p in made(generator).proposals}
    assert details["CCOc1ccncc1F"] == "*[H] to *F, +0.4 in 5 pairs"
    assert details["CCOc1ccncc1Cl"] == "*[H] to *Cl, -1.2 in 5 pairs"


def test_what_raised_is_tried_before_what_lowered(generator):
    first = [made(generator, count=1, seed=seed).proposals[0].smiles for seed in range(30)]
    assert first.count("CCOc1ccncc1F") > first.count("CCOc1ccncc1Br")


def test_every_change_is_tried_once(generator):
    batch = made(generator)
    assert batch.stop_reason == "exhausted"
    assert batch.attempts == len(CHANGES)


def test_without_measured_pairs_nothing_is_proposed():
    assert not made(TransformGenerator()).proposals
