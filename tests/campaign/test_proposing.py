"""What a campaign takes of what generators propose."""

import numpy as np

from molagent.campaign.proposing import Known, propose
from molagent.protocols import NullProgress
from molagent.records import Plan, PlanStep, Proposal, ProposalBatch

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


def test_a_generator_that_ignores_regions_is_checked_all_the_same():
    frame, detail = propose(
        Plan(steps=(PlanStep(generator="heedless", mode="de_novo", count=2),)),
        {"heedless": FakeHeedlessGenerator()},
        Known(seeds={}, scaffolds={}, smiles=frozenset(), inchikeys=frozenset()),
        cycle=1,
        seed=0,
        max_heavy_atoms=30,
        forbidden_smarts=(),
        patents=FakeIndex(),
        avoid_claims=("US-1/1",),
        oversample=1,
        preference=lambda smiles: np.zeros(len(smiles)),
        progress=NullProgress(),
    )
    assert list(frame["smiles"]) == [OUTSIDE]
    assert detail["steps"][0]["avoided"] == 1
