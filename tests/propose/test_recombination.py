import dataclasses

import pytest

from molagent.propose.recombination import SeriesGenerator
from molagent.protocols import NullProgress
from molagent.records import MatrixRow, ProposalRequest, SeedCompound, SeriesMatrix
from molagent.testing import GeneratorContract

CORE = "c1cc2c(N[*:1])ncnc2c([*:2])c1"


def row(name: str, amine: str, other: str, value: float | None, core: str = CORE) -> MatrixRow:
    groups = {"R1": f"{amine}[*:1]", "R2": f"{other}[*:2]"}
    return MatrixRow(compound_id=name, smiles="", core=core, groups=groups, value=value)


ROWS = (
    row("a", "c1ccccc1[C@H](C)", "[H]", 8.0),
    row("b", "Clc1cccc(c1)", "CO", 7.0),
    row("c", "C1CC1", "F", 5.0),
    row("d", "C1CCC1", "C(F)(F)", None),
)
MATRIX = SeriesMatrix(series="quinazolines", core="c1ccc2ncncc2c1", rows=ROWS)
A = "C[C@H](Nc1ncnc2ccccc12)c1ccccc1"
SEEDS = (SeedCompound(smiles=A, compound_id="a"),)
REQUEST = ProposalRequest(count=12, seed=1, cycle=1, mode="edit", seeds=SEEDS)


@pytest.fixture
def generator() -> SeriesGenerator:
    return SeriesGenerator(lambda: (MATRIX,))


def made(generator, **changes):
    return generator.propose(dataclasses.replace(REQUEST, **changes), NullProgress())


class TestGeneratorContract(GeneratorContract):
    def request(self, generator, *, count=12, seed=7):  # noqa: ARG002 - the contract
        return dataclasses.replace(REQUEST, count=count, seed=seed)


def test_holes_of_the_matrix_are_filled_with_the_configuration_of_the_parts(generator):
    smiles = {p.smiles for p in made(generator).proposals}
    # The phenethylamine of a with the methoxy group of b, its centre as in a.
    assert "COc1cccc2c(N[C@@H](C)c3ccccc3)ncnc12" in smiles
    assert A not in smiles


def test_a_proposal_names_the_compounds_it_takes_parts_of(generator):
    for proposal in made(generator).proposals:
        assert proposal.parents[0] == "a"
        assert set(proposal.parents[1:]) <= {"b", "c", "d"}
        assert proposal.detail.startswith("quinazolines: R")


def test_a_full_matrix_ends(generator):
    batch = made(generator, count=200)
    assert batch.stop_reason == "exhausted"
    assert len(batch.proposals) < 16


def test_a_seed_that_is_no_row_starts_from_the_best_of_its_series(generator):
    seed = (SeedCompound(smiles="CCNc1ncnc2ccccc12", compound_id="P1-0001"),)
    proposals = made(generator, seeds=seed).proposals
    assert proposals
    assert all(p.parents[0] == "P1-0001" for p in proposals)


def test_a_seed_of_no_series_gives_nothing(generator):
    seed = (SeedCompound(smiles="CCOc1ccncc1", compound_id="x"),)
    batch = made(generator, seeds=seed)
    assert not batch.proposals
    assert batch.stop_reason == "exhausted"


def test_children_carry_what_their_seed_keeps(generator):
    seed = (dataclasses.replace(SEEDS[0], keep=("[CX4;H1]([CH3])[NH]",)),)
    assert all("[C@" in p.smiles for p in made(generator, seeds=seed).proposals)
