import numpy as np
import pytest
from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.optimise.agent import AgentSettings
from molagent.propose.optimise.bounds import GrowthBounds
from molagent.propose.optimise.optimiser import Optimiser
from molagent.propose.optimise.scores import ScoreBatch
from molagent.propose.optimise.settings import OptimiserSettings
from molagent.propose.weights import load_packaged_policy
from molagent.records import Constraints, ProposalRequest, SeedCompound

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
QUINAZOLINE = "[*]Nc1ncnc2cc([*])c([*])cc12"


def request(mode: str, **constraints: object) -> ProposalRequest:
    return ProposalRequest(
        count=1,
        seed=0,
        cycle=0,
        mode=mode,
        seeds=(SeedCompound(smiles=GEFITINIB, compound_id="gefitinib"),),
        constraints=Constraints(**constraints),
        max_heavy_atoms=40,
    )


def optimised(wanted: ProposalRequest, calls: int = 120) -> list[str]:
    def polar(smiles_list):
        mols = [Chem.MolFromSmiles(s) for s in smiles_list]
        return ScoreBatch(total=np.array([min(1.0, m.GetNumHeavyAtoms() / 60) for m in mols]))

    run = Optimiser(
        polar,
        load_packaged_policy(),
        OptimiserSettings(calls=calls, seed=3, agent=AgentSettings(updates=1, batch=8)),
        request=wanted,
    )
    run.run()
    return [row.smiles for row in run.buffer.rows]


def test_every_scored_structure_keeps_the_core_whoever_made_it():
    made = optimised(request("decorate", frozen=QUINAZOLINE))
    core = Chem.MolFromSmarts("N(*)-c1ncnc2[cH]c(-*)c(-*)[cH]c12")
    assert len(made) == 120
    assert all(Chem.MolFromSmiles(s).HasSubstructMatch(core) for s in made)


@pytest.mark.parametrize(
    ("smiles", "kept"),
    [
        (GEFITINIB, True),
        ("Cc1ccc2c(Nc3ccc(Cl)c(Cl)c3)ncnc2c1", False),  # an exit is unused
        ("COc1cc2nc(C)nc(Nc3ccc(F)c(Cl)c3)c2cc1OC", False),  # a frozen atom gained a bond
    ],
)
def test_exits_must_all_be_used_and_nothing_else(smiles: str, kept: bool):
    bounds = GrowthBounds(request("decorate", frozen=QUINAZOLINE), load_packaged_policy(), corpus=0)
    assert bounds.accepts(smiles) == kept


def test_hydrogens_that_may_grow_may_have_grown():
    wanted = request("decorate", frozen=QUINAZOLINE, hydrogens_may_grow=True)
    bounds = GrowthBounds(wanted, load_packaged_policy(), corpus=0)
    assert bounds.accepts("COc1cc2nc(C)nc(Nc3ccc(F)c(Cl)c3)c2cc1OC")
    assert not bounds.accepts("Cc1ccc2c(Nc3ccc(Cl)c(Cl)c3)ncnc2c1")


def test_forbidden_patterns_and_elements_hold_for_children_too():
    made = optimised(request("de_novo", forbidden=("[F,Cl,Br,I]",), elements=("C", "N", "O")))
    symbols = {a.GetSymbol() for s in made for a in Chem.MolFromSmiles(s).GetAtoms()}
    assert symbols <= {"C", "N", "O"}


def test_a_lead_changes_around_its_protected_part():
    made = optimised(request("around", frozen="c1ncnc2ccccc12"), calls=60)
    core = Chem.MolFromSmarts("c1ncnc2ccccc12")
    assert all(Chem.MolFromSmiles(s).HasSubstructMatch(core) for s in made)


def test_a_frozen_stereocentre_is_not_lost_to_flat_children():
    bounds = GrowthBounds(
        request("decorate", frozen="[*]C[C@H](N)C(=O)O"), load_packaged_policy(), corpus=0
    )
    grown = bounds.grow(8, np.random.default_rng(0))
    assert all(bounds.accepts(s) for s in grown if s is not None)
    assert bounds.accepts("OC(=O)[C@@H](N)Cc1ccccc1") != bounds.accepts("OC(=O)[C@H](N)Cc1ccccc1")
    assert not bounds.accepts("OC(=O)C(N)Cc1ccccc1")


def test_constraints_that_cannot_be_met_are_refused_before_anything_is_scored():
    with pytest.raises(InputError, match="forbidden"):
        GrowthBounds(
            request("decorate", frozen=QUINAZOLINE, forbidden=("c1ncncc1",)),
            load_packaged_policy(),
            corpus=0,
        )
