"""Contract tests for plugin authors.

Subclass the class for your kind of plugin, give it a fixture, and pytest runs the contract::

    class TestMyGenerator(GeneratorContract):
        @pytest.fixture
        def generator(self):
            return MyGenerator()

A plugin that passes can be named in a campaign file.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.chem.molecules import canonical_smiles
from molagent.errors import NotFoundError
from molagent.protocols import (
    Filter,
    Generator,
    NullProgress,
    PatentIndex,
    Policy,
    Predictor,
    Workbench,
)
from molagent.records import (
    CycleSummary,
    OverlapLevel,
    Plan,
    PlanStep,
    ProposalRequest,
    SeedCompound,
    Verdict,
)

__all__ = [
    "NAMED_DRUGS",
    "FilterContract",
    "GeneratorContract",
    "NoTools",
    "PatentIndexContract",
    "PolicyContract",
    "PredictorContract",
    "example_summary",
]

NAMED_DRUGS: Final[dict[str, str]] = {
    "tofacitinib": "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
    "baricitinib": "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1",
    "gefitinib": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
}
UNREADABLE: Final = "c1ccccc"


class GeneratorContract:
    """What every generator keeps to. Give a ``generator`` fixture."""

    def request(self, generator: Generator, *, count: int = 12, seed: int = 7) -> ProposalRequest:
        """Return a request in a mode the generator has; override for special needs."""
        mode = sorted(generator.modes)[0]
        seeds = tuple(
            SeedCompound(smiles=smiles, compound_id=name) for name, smiles in NAMED_DRUGS.items()
        )
        scaffold = "c1ncc2cc[nH]c2n1" if mode == "decorate" else None
        return ProposalRequest(
            count=count, seed=seed, cycle=1, mode=mode, seeds=seeds, scaffold=scaffold
        )

    def test_proposals_are_unique_canonical_smiles(self, generator: Generator) -> None:
        """Every structure parses, is canonical, and comes once."""
        batch = generator.propose(self.request(generator), NullProgress())
        smiles = [proposal.smiles for proposal in batch.proposals]
        assert smiles, "a generator that proposes nothing cannot be tested"
        assert [canonical_smiles(text) for text in smiles] == smiles
        assert {proposal.generator for proposal in batch.proposals} == {generator.name}
        assert len(set(smiles)) == len(smiles)

    def test_the_same_request_gives_the_same_proposals(self, generator: Generator) -> None:
        """The seed decides."""
        request = self.request(generator)
        first = generator.propose(request, NullProgress())
        assert generator.propose(request, NullProgress()).proposals == first.proposals

    def test_known_structures_do_not_come_back(self, generator: Generator) -> None:
        """What the request excludes is not proposed."""
        request = self.request(generator)
        first = generator.propose(request, NullProgress()).proposals
        known = frozenset({first[0].smiles})
        again = ProposalRequest(
            **{
                name: getattr(request, name)
                for name in ProposalRequest.__slots__
                if name != "exclude"
            },
            exclude=known,
        )
        later = generator.propose(again, NullProgress()).proposals
        assert not known & {proposal.smiles for proposal in later}

    def test_no_more_is_proposed_than_asked(self, generator: Generator) -> None:
        """``count`` is a limit, and the stop reason says why it was not reached."""
        batch = generator.propose(self.request(generator, count=5), NullProgress())
        assert len(batch.proposals) <= 5
        assert batch.stop_reason in {"complete", "exhausted", "time"}


class PredictorContract:
    """What every predictor keeps to. Give a ``predictor`` fixture."""

    def test_order_and_length_are_kept(self, predictor: Predictor) -> None:
        """One row a structure, and reversing the input reverses the output."""
        smiles = list(NAMED_DRUGS.values())
        frame = predictor.predict(smiles)
        back = predictor.predict(smiles[::-1])
        assert len(frame) == len(smiles)
        np.testing.assert_allclose(frame.mean, back.mean[::-1], rtol=1e-5, equal_nan=True)

    def test_an_estimate_does_not_depend_on_its_neighbours(self, predictor: Predictor) -> None:
        """Predicting alone or in a batch gives the same answer."""
        smiles = list(NAMED_DRUGS.values())
        batch = predictor.predict(smiles).mean
        alone = [predictor.predict([text]).mean[0] for text in smiles]
        np.testing.assert_allclose(batch, alone, rtol=1e-4, atol=1e-4, equal_nan=True)

    def test_what_cannot_be_read_is_nan_and_never_zero(self, predictor: Predictor) -> None:
        """A structure that does not parse has no estimate, and its neighbours keep theirs."""
        drug = NAMED_DRUGS["tofacitinib"]
        frame = predictor.predict([UNREADABLE, drug])
        assert np.isnan(frame.mean[0])
        assert np.isnan(frame.std[0])
        assert not frame.in_domain[0]
        np.testing.assert_allclose(
            frame.mean[1], predictor.predict([drug]).mean[0], rtol=1e-5, equal_nan=True
        )

    def test_draws_follow_the_seed(self, predictor: Predictor) -> None:
        """Posterior draws have shape ``draws x N`` and repeat with their seed."""
        smiles = list(NAMED_DRUGS.values())
        draws = predictor.sample(smiles, 6, 3)
        assert draws.shape == (6, len(smiles))
        np.testing.assert_array_equal(draws, predictor.sample(smiles, 6, 3))

    def test_the_card_says_what_the_model_is(self, predictor: Predictor) -> None:
        """Every card has the keys that the report and the agents read."""
        needed = {
            *("endpoint", "title", "unit", "kind", "n_train", "source"),
            *("model_hash", "reliable", "reason", "metrics", "note"),
        }
        assert needed <= set(predictor.card)
        assert predictor.card["reliable"] or predictor.card["reason"]


class FilterContract:
    """What every filter keeps to. Give a ``filter_`` fixture."""

    def test_one_judgement_a_structure_in_order(self, filter_: Filter) -> None:
        """Judging alone or in a batch gives the same answer."""
        smiles = list(NAMED_DRUGS.values())
        judged = filter_.judge(smiles)
        assert [filter_.judge([text])[0] for text in smiles] == judged

    def test_what_cannot_be_read_never_passes(self, filter_: Filter) -> None:
        """An unreadable structure fails or is unknown, with a reason."""
        (judgement,) = filter_.judge([UNREADABLE])
        assert judgement.verdict is not Verdict.PASS
        assert judgement.reason

    def test_the_name_stands_in_every_judgement(self, filter_: Filter) -> None:
        """The funnel is grouped by this name."""
        for judgement in filter_.judge([NAMED_DRUGS["aspirin"]]):
            assert judgement.filter == filter_.name


class PatentIndexContract:
    """What every patent index keeps to. Give an ``index`` fixture."""

    def test_every_structure_is_answered_in_order_and_unread_is_not_checked(
        self, index: PatentIndex
    ) -> None:
        """One non-empty tuple each, with what was searched; unreadable is never "not found"."""
        smiles = [*NAMED_DRUGS.values(), UNREADABLE]
        found = index.find_overlap(smiles)
        assert len(found) == len(smiles)
        assert all(overlaps and overlaps[0].searched for overlaps in found)
        assert {overlap.level for overlap in found[-1]} == {OverlapLevel.NOT_CHECKED}

    def test_the_order_asked_in_does_not_matter(self, index: PatentIndex) -> None:
        """Each structure is answered alone."""
        smiles = list(NAMED_DRUGS.values())
        assert index.find_overlap(smiles[::-1]) == index.find_overlap(smiles)[::-1]

    def test_what_is_searched_has_a_name_and_a_scope(self, index: PatentIndex) -> None:
        """Both stand on the first page of a report."""
        assert index.release
        assert index.scope

    def test_a_policy_reads_claims_in_sentences(self, index: PatentIndex) -> None:
        """Every claim has a sentence and its publication's number."""
        for name, claim in index.describe_claims().items():
            assert name
            assert {"publication_number", "title", "status", "sentence"} <= set(claim)

    def test_every_claim_is_a_region_that_agrees_with_it(self, index: PatentIndex) -> None:
        """A structure is inside a claim exactly where its region contains it."""
        for name in index.describe_claims():
            (region,) = index.regions([name])
            for smiles in NAMED_DRUGS.values():
                mol = Chem.MolFromSmiles(smiles)
                assert index.is_inside(smiles, [name]) is region.contains(mol)

    def test_a_claim_that_is_not_there_is_refused_as_a_region(self, index: PatentIndex) -> None:
        """Nothing can be kept out of what is not there; without ids there is nothing to refuse."""
        assert index.regions([]) == ()
        assert not index.is_inside(NAMED_DRUGS["aspirin"], ["no such claim"])
        try:
            index.regions(["no such claim"])
        except NotFoundError:
            return
        raise AssertionError("a claim that is not there became a region")


class PolicyContract:
    """What every policy keeps to. Give ``policy`` and ``workbench`` fixtures."""

    def summary(self) -> CycleSummary:
        """Return a small, complete summary; override to test special cases."""
        return example_summary()

    def test_a_plan_asks_for_something_and_is_explained(
        self, policy: Policy, workbench: Workbench
    ) -> None:
        """The plan has steps, and the last decision says why."""
        plan, decisions = policy.decide(self.summary(), workbench)
        assert plan.steps or plan.stop
        assert decisions[-1].reason

    def test_the_same_summary_gives_the_same_plan(
        self, policy: Policy, workbench: Workbench
    ) -> None:
        """Policies are deterministic."""
        assert policy.decide(self.summary(), workbench) == policy.decide(self.summary(), workbench)

    def test_only_known_ids_are_named(self, policy: Policy, workbench: Workbench) -> None:
        """Seeds and series come from the summary; a policy writes no structure of its own."""
        summary = self.summary()
        known = {str(row["compound_id"]) for row in (*summary.leaders, *summary.measured)}
        series = {str(row["scaffold_id"]) for row in (*summary.leaders, *summary.measured)}
        plan, _ = policy.decide(summary, workbench)
        for step in plan.steps:
            assert set(step.seed_ids) <= known
            assert step.scaffold_id is None or step.scaffold_id in series


class NoTools:
    """A workbench without tools, for policies that ask nothing."""

    names: tuple[str, ...] = ()

    def call(self, tool: str, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Raise: there is no tool."""
        raise NotFoundError("tool", f"{tool}({dict(arguments)})")


def example_summary(n_leaders: int = 6) -> CycleSummary:
    """Return a summary of a small JAK1 cycle with made-up ids, for contract tests only."""
    leaders = tuple(
        {
            "compound_id": f"P1-{number:04d}",
            "desirability": round(0.8 - 0.02 * number, 3),
            "cycle": 1,
            "generator": "edits" if number % 2 else "graph",
            "mode": "edit" if number % 2 else "decorate",
            "scaffold_id": f"S-{number % 3:08x}",
            "overlap": "not_found",
            "nearest_id": "MA-000012",
            "nearest_similarity": 0.55,
            "in_domain": True,
            "jak1_pki": 8.1,
        }
        for number in range(1, n_leaders + 1)
    )
    return CycleSummary(
        cycle=1,
        cycles_planned=3,
        seed=1,
        funnel=(("proposed", 100), ("structure", 100), ("rules", 80), ("ranked", 60)),
        failures={"rules: MW # > # (Lipinski 1997)": 20},
        leaders=leaders,
        generators={
            "graph:decorate": {"proposed": 60, "passed": 30, "leaders": _count(leaders, "graph")},
            "edits:edit": {"proposed": 40, "passed": 30, "leaders": _count(leaders, "edits")},
        },
        models={"jak1_pki": {"n_train": 600, "reliable": True, "reason": "", "kind": "local"}},
        claims={},
        objectives={"JAK1 potency": 1.0},
        best_by_cycle=(0.78,),
        plan=Plan(
            steps=(
                PlanStep(generator="graph", mode="decorate", count=60, scaffold_id="S-00000001"),
                PlanStep(generator="edits", mode="edit", count=40, seed_ids=("MA-000012",)),
            )
        ),
        measured=({"compound_id": "MA-000012", "desirability": 0.7, "scaffold_id": "S-00000001"},),
    )


def _count(leaders: Sequence[Mapping[str, object]], generator: str) -> int:
    return sum(row["generator"] == generator for row in leaders)
