"""What molagent asks of the four plugins, and what they say of named drugs."""

from dataclasses import replace

import numpy as np
import pytest
from molagent.errors import InputError, NotFoundError
from molagent.protocols import NullProgress
from molagent.records import Plan, PlanStep, ProposalRequest, SeedCompound, Verdict
from molagent.testing import (
    NAMED_DRUGS,
    FilterContract,
    GeneratorContract,
    PolicyContract,
    PredictorContract,
    example_summary,
)
from rdkit import Chem

from molagent_example_plugin.explore_then_exploit import ExploreThenExploit
from molagent_example_plugin.logp import LogPPredictor
from molagent_example_plugin.scan import ScanGenerator
from molagent_example_plugin.sp3 import Sp3Filter


class TestScanContract(GeneratorContract):
    @pytest.fixture
    def generator(self):
        return ScanGenerator()


class TestLogPContract(PredictorContract):
    @pytest.fixture
    def predictor(self):
        return LogPPredictor()


class TestSp3Contract(FilterContract):
    @pytest.fixture
    def filter_(self):
        return Sp3Filter()


class TestExploreThenExploitContract(PolicyContract):
    @pytest.fixture
    def policy(self):
        return ExploreThenExploit()

    @pytest.fixture
    def workbench(self):
        return NoTools()


class NoTools:
    names = ()

    def call(self, tool, arguments):
        raise AssertionError(f"the policy asked {tool}({arguments})")


def scan(*names, **changes):
    seeds = tuple(SeedCompound(smiles=NAMED_DRUGS[n], compound_id=n) for n in names)
    request = ProposalRequest(count=500, seed=3, cycle=1, mode="edit", seeds=seeds)
    return ScanGenerator().propose(replace(request, **changes), NullProgress())


def structures(batch):
    return {proposal.smiles for proposal in batch.proposals}


@pytest.mark.parametrize(
    ("analogue", "smiles"),
    [
        ("5-fluoroaspirin", "CC(=O)Oc1ccc(F)cc1C(=O)O"),
        ("3-methylaspirin", "CC(=O)Oc1c(C)cccc1C(=O)O"),
        ("the propionyl ester", "CCC(=O)Oc1ccccc1C(=O)O"),
    ],
)
def test_the_scan_of_aspirin_has_its_simple_analogues(analogue, smiles):
    assert Chem.CanonSmiles(smiles) in structures(scan("aspirin")), analogue


def test_tofacitinib_gets_a_methyl_on_its_pyrrole_nitrogen():
    methylated = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2c1ccn2C"
    assert Chem.CanonSmiles(methylated) in structures(scan("tofacitinib"))


def test_a_group_in_place_of_the_hydrogen_of_a_stereocentre_keeps_the_configuration():
    # The same by another way: hydrogens made atoms, and one of them turned into fluorine.
    explicit = Chem.AddHs(Chem.MolFromSmiles(NAMED_DRUGS["tofacitinib"]))
    centre = explicit.GetAtomWithIdx(1)
    assert centre.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED
    next(a for a in centre.GetNeighbors() if a.GetAtomicNum() == 1).SetAtomicNum(9)
    expected = Chem.MolToSmiles(Chem.RemoveHs(explicit))
    assert expected.count("[C@") == 2
    assert Chem.CanonSmiles(expected) in structures(scan("tofacitinib"))


def test_no_scan_makes_an_alkyl_chloride_an_acetal_or_a_cyanohydrin():
    unstable = [
        Chem.MolFromSmarts(smarts) for smarts in ("[CX4]Cl", "[CX4]([OX2])[OX2]", "[CX4]([OX2])C#N")
    ]
    for smiles in structures(scan("tofacitinib", "gefitinib")):
        assert not any(Chem.MolFromSmiles(smiles).HasSubstructMatch(each) for each in unstable)


def test_seed_compounds_take_turns_and_are_named():
    parents = [proposal.parents for proposal in scan("aspirin", "gefitinib", count=6).proposals]
    assert parents == [("aspirin",), ("gefitinib",)] * 3


def test_another_seed_gives_another_order_of_the_same_scan():
    first, second = scan("aspirin"), scan("aspirin", seed=4)
    assert structures(first) == structures(second)
    assert first.proposals[0].detail != second.proposals[0].detail


def test_what_is_forbidden_or_too_large_is_left_out():
    batch = scan("aspirin", forbidden_smarts=("[F]",), max_heavy_atoms=14)
    assert batch.proposals
    for smiles in structures(batch):
        assert "F" not in smiles
        assert Chem.MolFromSmiles(smiles).GetNumHeavyAtoms() <= 14


def test_a_scan_says_why_it_stopped():
    assert scan("aspirin").stop_reason == "exhausted"
    assert scan("aspirin", count=3).stop_reason == "complete"


def test_a_scan_refuses_what_it_cannot_do():
    with pytest.raises(InputError, match="seed compounds"):
        scan()
    with pytest.raises(NotFoundError, match="known: edit"):
        scan("aspirin", mode="de_novo")


def test_logp_orders_drugs_by_lipophilicity_and_admits_its_error():
    frame = LogPPredictor().predict([NAMED_DRUGS["aspirin"], NAMED_DRUGS["gefitinib"]])
    assert frame.mean[0] < frame.mean[1]
    np.testing.assert_array_equal(frame.std, 0.677)


def test_a_salt_is_outside_the_domain_of_logp():
    assert LogPPredictor().predict(["[Na+].CC(=O)[O-]", "CC(=O)O"]).in_domain.tolist() == [
        False,
        True,
    ]


def test_draws_of_logp_spread_as_it_says_and_are_nan_where_it_cannot_tell():
    draws = LogPPredictor().sample([NAMED_DRUGS["aspirin"], "c1ccccc"], 4000, 1)
    assert draws[:, 0].std() == pytest.approx(0.677, rel=0.05)
    assert np.isnan(draws[:, 1]).all()


def test_logp_of_nothing_is_nothing():
    assert len(LogPPredictor().predict([])) == 0


def test_flat_molecules_fail_and_saturated_ones_pass():
    saturated, flat = Sp3Filter().judge([NAMED_DRUGS["tofacitinib"], NAMED_DRUGS["aspirin"]])
    assert saturated.verdict is Verdict.PASS
    assert flat.verdict is Verdict.FAIL
    assert flat.reason == "sp3 fraction 0.11 < 0.25 (after Lovering 2009)"


def test_what_has_no_carbon_has_no_fraction():
    (judgement,) = Sp3Filter().judge(["O=S(=O)(O)O"])
    assert judgement.verdict is Verdict.UNKNOWN


def decided(**changes):
    return ExploreThenExploit().decide(replace(example_summary(), **changes), NoTools())


def counts(plan):
    return {(step.generator, step.mode): step.count for step in plan.steps}


def test_the_first_half_keeps_the_mix():
    plan, decisions = decided(cycles_planned=4)
    assert counts(plan) == {("graph", "decorate"): 60, ("edits", "edit"): 40}
    assert decisions[-1].action == "explore"


def test_the_second_half_edits_the_leaders():
    plan, decisions = decided(cycles_planned=3)
    assert counts(plan) == {("edits", "edit"): 100}
    assert plan.steps[0].seed_ids == ("P1-0001",)
    assert decisions[-1].action == "exploit"
    assert decisions[-1].reason.startswith("Cycle 2 is in the second half of 3: every proposal")


def test_a_cycle_after_the_last_planned_one_is_called_that():
    _, decisions = decided(cycle=3, cycles_planned=3)
    assert decisions[-1].action == "exploit"
    assert decisions[-1].reason.startswith("Cycle 4 comes after the 3 planned")


def test_without_a_generator_that_edits_the_mix_stays():
    only = PlanStep(generator="graph", mode="de_novo", count=50)
    plan, decisions = decided(plan=Plan(steps=(only,)), cycles_planned=2)
    assert plan.steps == (only,)
    assert "no generator" in decisions[-1].reason


def test_without_any_series_decoration_gives_way_and_no_proposal_is_lost():
    acyclic = ({"compound_id": "MA-000001", "desirability": 0.5, "scaffold_id": ""},)
    plan, _ = decided(leaders=(), measured=acyclic, cycles_planned=9)
    assert counts(plan) == {("edits", "edit"): 100}


def test_what_the_policy_has_no_opinion_on_is_kept():
    inherited = replace(example_summary().plan, weights={"JAK1 potency": 1.5}, exploration=0.3)
    plan, _ = decided(plan=inherited)
    assert plan.weights == {"JAK1 potency": 1.5}
    assert plan.exploration == 0.3
