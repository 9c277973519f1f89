"""What a campaign takes of what generators propose."""

import numpy as np

from molagent.campaign.parts import ProposalLimits
from molagent.campaign.proposing import Known, propose
from molagent.protocols import NullProgress
from molagent.records import Judgement, Plan, PlanStep, Proposal, ProposalBatch, Verdict
from molagent.screen.funnel import Funnel

INSIDE = "CC(=O)Nc1ccc(O)cc1"
OUTSIDE = "CCOC(=O)c1ccc(N)cc1"


class FakeHeedlessGenerator:
    """Proposes the same two structures whatever it is told to keep out of."""

    name = "heedless"
    modes = frozenset({"de_novo"})

    def propose(self, request, progress):
        del progress
        made = tuple(
            Proposal(smiles=smiles, generator=self.name, mode="de_novo", seed=request.seed, cycle=1)
            for smiles in (INSIDE, OUTSIDE)
        )
        return ProposalBatch(proposals=made, stop_reason="enough", attempts=2)


class FakeIndex:
    """Holds one claim, and one structure inside it; gives no regions to keep out of."""

    def is_inside(self, smiles, claim_ids):
        return smiles == INSIDE and "US-1/1" in claim_ids

    def regions(self, claim_ids):
        del claim_ids
        return ()


def no_preference(smiles):
    return np.zeros(len(smiles))


def proposed_by(
    generator, *, count, oversample=2, avoid_claims=(), filters=(), preference=no_preference
):
    """Return what is taken of one generator in the first cycle, and how it is told."""
    return propose(
        Plan(steps=(PlanStep(generator="heedless", mode="de_novo", count=count),)),
        {"heedless": generator},
        Known(seeds={}, scaffolds={}, smiles=frozenset(), inchikeys=frozenset()),
        cycle=1,
        seed=0,
        limits=ProposalLimits(max_heavy_atoms=30),
        patents=FakeIndex(),
        avoid_claims=avoid_claims,
        oversample=oversample,
        gate=Funnel(list(filters)),
        preference=preference,
        progress=NullProgress(),
    )


def test_a_generator_that_ignores_regions_is_checked_all_the_same():
    frame, detail = proposed_by(
        FakeHeedlessGenerator(), count=2, oversample=1, avoid_claims=("US-1/1",)
    )
    assert list(frame["smiles"]) == [OUTSIDE]
    assert detail["steps"][0]["avoided"] == 1


class FakeFilter:
    """Fails phenols."""

    name = "phenol"

    def judge(self, smiles_list):
        return [
            Judgement(
                filter=self.name, verdict=Verdict.FAIL if "(O)" in each else Verdict.PASS, reason=""
            )
            for each in smiles_list
        ]


def test_what_the_gate_stops_is_counted_and_never_shown_to_the_models():
    shown = []

    def preference(smiles):
        shown.extend(smiles)
        return np.zeros(len(smiles))

    frame, detail = proposed_by(
        FakeHeedlessGenerator(), count=1, filters=[FakeFilter()], preference=preference
    )
    assert list(frame["smiles"]) == [OUTSIDE]
    assert detail["steps"][0]["stopped"] == {"phenol": 1}
    assert INSIDE not in shown


def test_what_the_models_prefer_is_written_out_as_isomers_after_they_chose():
    class Racemic(FakeHeedlessGenerator):
        def propose(self, request, progress):
            batch = super().propose(request, progress)
            flat = Proposal(
                smiles="CC(O)c1ccccc1", generator="heedless", mode="de_novo", seed=0, cycle=1
            )
            return ProposalBatch(
                proposals=(flat, *batch.proposals), stop_reason="enough", attempts=3
            )

    frame, detail = proposed_by(
        Racemic(),
        count=2,
        preference=lambda smiles: np.array([float(each != OUTSIDE) for each in smiles]),
    )
    assert list(frame["smiles"]) == ["C[C@@H](O)c1ccccc1", "C[C@H](O)c1ccccc1", INSIDE]
    assert list(frame["proposal_id"]) == ["P1-0001", "P1-0002", "P1-0003"]
    assert (detail["steps"][0]["kept"], detail["steps"][0]["isomers"]) == (2, 3)
