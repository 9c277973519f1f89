import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import InputError, NotFoundError
from molagent.propose.sampler import GraphGenerator
from molagent.propose.seeds import parse_seed
from molagent.protocols import Generator, NullProgress
from molagent.records import ProposalRequest
from molagent.testing import GeneratorContract

PYRROLOPYRIMIDINE = "c1ncc2cc[nH]c2n1"


@pytest.fixture(scope="module")
def generator() -> GraphGenerator:
    return GraphGenerator()


@pytest.fixture(scope="module")
def tiny(tiny_model) -> GraphGenerator:
    return GraphGenerator(tiny_model, charged=True)


def request(**changes) -> ProposalRequest:
    base = ProposalRequest(count=20, seed=3, cycle=1)
    return dataclasses.replace(base, **changes)


class TestGeneratorContract(GeneratorContract):
    pass


def test_it_is_a_generator(generator):
    assert isinstance(generator, Generator)


def test_all_samples_of_the_shipped_model_parse(generator):
    samples = generator.sample(256, seed=1)
    assert None not in samples
    assert all(Chem.MolFromSmiles(s) is not None for s in samples)
    assert len(set(samples)) > 240


@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=5, deadline=None)
def test_even_an_untrained_model_proposes_only_valid_molecules(tiny, seed):
    samples = tiny.sample(32, seed=seed, max_heavy_atoms=30)
    assert None not in samples
    assert all(Chem.MolFromSmiles(s).GetNumAtoms() <= 30 for s in samples)


@pytest.mark.parametrize("core", ["[*:1]c1ccc2ncnc(N[*:2])c2c1", "[*]N1CCNCC1", PYRROLOPYRIMIDINE])
def test_decorations_keep_the_core_and_leave_no_dummy(generator, core):
    batch = generator.propose(request(mode="decorate", scaffold=core), NullProgress())
    assert len(batch.proposals) == 20
    pattern = Chem.MolFromSmiles(parse_seed(core).smiles)
    for proposal in batch.proposals:
        assert "*" not in proposal.smiles
        assert Chem.MolFromSmiles(proposal.smiles).HasSubstructMatch(pattern)


def test_the_same_seed_gives_the_same_list(generator):
    assert generator.sample(64, seed=5) == generator.sample(64, seed=5)
    assert generator.sample(64, seed=5) != generator.sample(64, seed=6)


def test_the_number_of_threads_does_not_change_the_list(generator):
    before = torch.get_num_threads()
    first = generator.sample(64, seed=5)
    try:
        torch.set_num_threads(2 if before == 1 else 1)
        assert generator.sample(64, seed=5) == first
    finally:
        torch.set_num_threads(before)


def test_proposals_are_unique_new_and_within_the_size_limit(generator):
    first = generator.propose(request(), NullProgress())
    known = frozenset(p.smiles for p in first.proposals[:5])
    batch = generator.propose(request(exclude=known, max_heavy_atoms=20), NullProgress())
    smiles = [p.smiles for p in batch.proposals]
    assert len(set(smiles)) == len(smiles) == 20
    assert not known & set(smiles)
    assert all(Chem.MolFromSmiles(s).GetNumAtoms() <= 20 for s in smiles)


def test_forbidden_substructures_are_not_proposed(generator):
    batch = generator.propose(request(forbidden_smarts=("c1ccccc1",)), NullProgress())
    assert len(batch.proposals) == 20
    benzene = Chem.MolFromSmarts("c1ccccc1")
    assert not any(Chem.MolFromSmiles(p.smiles).HasSubstructMatch(benzene) for p in batch.proposals)


def test_a_small_space_ends_with_a_stop_reason(generator):
    batch = generator.propose(
        request(count=500, mode="decorate", scaffold="[*]F", max_heavy_atoms=2), NullProgress()
    )
    assert batch.stop_reason == "exhausted"
    assert 0 < len(batch.proposals) < 25


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mode": "decorate"}, "needs a scaffold"),
        ({"mode": "decorate", "scaffold": "[*]C(F)(F)(F)F"}, "cannot exist"),
        ({"mode": "decorate", "scaffold": "C.C"}, "parts"),
        ({"count": 0}, "count"),
        ({"seed": -1}, "negative"),
        ({"temperature": 0.0}, "temperature"),
        ({"max_heavy_atoms": 0}, "max_heavy_atoms"),
        ({"forbidden_smarts": ("[",)}, "SMARTS"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_before_sampling(generator, changes, reason):
    with pytest.raises(InputError, match=reason):
        generator.propose(request(**changes), NullProgress())


def test_an_unknown_mode_is_refused(generator):
    with pytest.raises(NotFoundError, match="de_novo, decorate"):
        generator.propose(request(mode="edit"), NullProgress())


def test_an_unknown_training_source_is_refused():
    with pytest.raises(NotFoundError, match="training source"):
        GraphGenerator(corpus="chembl").sample(1, seed=0)


def test_likelihood_prefers_real_chemistry_and_is_nan_where_it_cannot_tell(generator):
    values = generator.log_prob(["COc1ccc(NC(=O)C2CCCO2)cc1", "FOOSNNOOF", "[Na]"])
    assert values[0] > values[1]
    assert np.isnan(values[2])


def test_importing_the_package_loads_no_torch():
    code = "import sys, molagent.propose, molagent.propose.edits; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
