import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.propose.optimise.regrowth import open_core
from molagent.propose.seeds import parse_seed

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"


@given(seed=st.integers(0, 2**20))
def test_an_opened_core_is_a_part_of_the_structure_and_can_be_grown_on(seed: int):
    core = open_core(GEFITINIB, np.random.default_rng(seed))
    assume(core is not None)
    grown = parse_seed(core, link="." in core)
    assert grown.size >= 4
    for part in core.split("."):
        pattern = Chem.AdjustQueryProperties(Chem.MolFromSmiles(part))
        assert Chem.MolFromSmiles(GEFITINIB).HasSubstructMatch(pattern)


def test_ends_and_middles_are_taken_out():
    cores = [open_core(GEFITINIB, np.random.default_rng(seed)) for seed in range(80)]
    opened = [core for core in cores if core is not None]
    assert len(opened) > 70
    assert sum("." in core for core in opened) > 4
    assert sum(core.count("*") == 1 for core in opened) > 30


def test_what_is_cut_off_varies():
    cores = {open_core(GEFITINIB, np.random.default_rng(seed)) for seed in range(60)}
    assert len(cores) > 8


@pytest.mark.parametrize("smiles", ["C", "CC", "C1CC1", "not a structure"])
def test_what_cannot_be_cut_gives_nothing(smiles: str):
    assert open_core(smiles, np.random.default_rng(0)) is None
