import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import InputError, NotFoundError
from molagent.propose.crossovers import crossover
from molagent.propose.edits import EditGenerator
from molagent.propose.mutations import mutate
from molagent.protocols import NullProgress
from molagent.records import ProposalRequest, SeedCompound
from molagent.testing import GeneratorContract

TOFACITINIB = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
SEEDS = (
    SeedCompound(smiles=TOFACITINIB, compound_id="tofacitinib", weight=3.0),
    SeedCompound(smiles=GEFITINIB, compound_id="gefitinib", weight=1.0),
)


@pytest.fixture
def generator() -> EditGenerator:
    return EditGenerator()


def request(**changes) -> ProposalRequest:
    base = ProposalRequest(count=60, seed=2, cycle=1, mode="edit", seeds=SEEDS)
    return dataclasses.replace(base, **changes)


class TestGeneratorContract(GeneratorContract):
    pass


@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=30, deadline=None)
def test_children_are_valid_connected_molecules(seed: int):
    rng = np.random.default_rng(seed)
    first, second = Chem.MolFromSmiles(TOFACITINIB), Chem.MolFromSmiles(GEFITINIB)
    outcome = mutate(first, rng)
    children = [crossover(first, second, rng), outcome[0] if outcome else None]
    for child in children:
        if child is not None:
            smiles = Chem.MolToSmiles(child)
            assert "." not in smiles
            assert Chem.MolFromSmiles(smiles) is not None


def test_children_name_their_parents(generator):
    batch = generator.propose(request(), NullProgress())
    assert len(batch.proposals) == 60
    for proposal in batch.proposals:
        assert set(proposal.parents) <= {"tofacitinib", "gefitinib"}
        assert proposal.parents
        assert proposal.detail


def test_fitter_parents_have_more_children(generator):
    batch = generator.propose(request(count=200), NullProgress())
    mothers = [p.parents[0] for p in batch.proposals]
    assert mothers.count("tofacitinib") > mothers.count("gefitinib")


def test_parents_do_not_come_back(generator):
    smiles = {p.smiles for p in generator.propose(request(count=150), NullProgress()).proposals}
    assert not smiles & {Chem.CanonSmiles(TOFACITINIB), Chem.CanonSmiles(GEFITINIB)}


def test_a_known_stereoisomer_does_not_come_back_without_its_marks(generator):
    alanine = "C[C@H](N)C(=O)O"
    parent = (SeedCompound(smiles="NCC(=O)O", compound_id="glycine"),)
    free = generator.propose(request(seeds=parent, count=40), NullProgress())
    assert "CC(N)C(=O)O" in {p.smiles for p in free.proposals}
    bound = generator.propose(
        request(seeds=parent, count=40, exclude=frozenset({alanine})), NullProgress()
    )
    assert "CC(N)C(=O)O" not in {p.smiles for p in bound.proposals}


def test_children_stay_within_the_size_limit(generator):
    batch = generator.propose(request(max_heavy_atoms=24), NullProgress())
    assert all(Chem.MolFromSmiles(p.smiles).GetNumAtoms() <= 24 for p in batch.proposals)


def test_a_small_space_ends_with_a_stop_reason(generator):
    methane = (SeedCompound(smiles="C", compound_id="methane"),)
    batch = generator.propose(request(seeds=methane, max_heavy_atoms=1), NullProgress())
    assert batch.stop_reason == "exhausted"
    assert len(batch.proposals) < 60


@pytest.mark.parametrize(
    ("seeds", "reason"),
    [
        ((), "needs seed compounds"),
        ((SeedCompound(smiles="c1ccccc", compound_id="broken"),), "broken"),
        ((SeedCompound(smiles="CCO", compound_id="x", weight=0.0),), "above zero"),
        ((SeedCompound(smiles="CCO", compound_id="x", weight=float("nan")),), "finite"),
    ],
)
def test_seeds_that_cannot_be_used_are_refused(generator, seeds, reason):
    with pytest.raises(InputError, match=reason):
        generator.propose(request(seeds=seeds), NullProgress())


def test_it_edits_and_nothing_else(generator):
    with pytest.raises(NotFoundError, match="edit"):
        generator.propose(request(mode="de_novo"), NullProgress())


def test_properties_asked_of_the_genetic_algorithm_are_refused_and_not_ignored():
    request = ProposalRequest(
        count=2,
        seed=0,
        cycle=0,
        mode="edit",
        seeds=(SeedCompound(smiles="CC(=O)Oc1ccccc1C(=O)O", compound_id="aspirin"),),
        asked={"logp": 2.0},
    )
    with pytest.raises(InputError, match="cannot be asked for logp"):
        EditGenerator().propose(request, NullProgress())


def test_centres_whose_neighbours_stay_keep_their_configuration(generator):
    parent = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
    seeds = (SeedCompound(smiles=parent, compound_id="tofacitinib"),)
    made = generator.propose(request(seeds=seeds), NullProgress()).proposals
    piece = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c2ncnc3nccc23"
    whole, flat = Chem.MolFromSmarts(piece), Chem.MolFromSmarts(piece.replace("@@H", "H1"))
    right = wrong = 0
    for mol in (Chem.MolFromSmiles(proposal.smiles) for proposal in made):
        for match in mol.GetSubstructMatches(flat):
            centres = [
                mol.GetAtomWithIdx(i) for i in match if mol.GetAtomWithIdx(i).HasProp("_CIPCode")
            ]
            if len(centres) == 2:  # one that was touched has no mark
                held = mol.HasSubstructMatch(whole, useChirality=True)
                right, wrong = right + held, wrong + (not held)
    assert right > 5
    assert not wrong


def test_rings_stay_as_they_are(generator):
    made = generator.propose(request(count=100), NullProgress()).proposals
    steps = {step for proposal in made for step in proposal.detail.split(", ")}
    assert not steps & {"close ring", "change bond", "delete ring bond"}
