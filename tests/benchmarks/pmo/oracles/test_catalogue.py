import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from benchmarks.pmo.oracles import ORACLE_NAMES, load_oracle
from molagent.errors import InputError, ModelError, NotFoundError
from molagent.testing import NAMED_DRUGS

FORMULAS = tuple(name for name in ORACLE_NAMES if name not in ("drd2", "gsk3b", "jnk3"))
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
ORACLES = {name: load_oracle(name, None) for name in FORMULAS}


def test_the_23_names_are_in_alphabetical_order():
    assert len(ORACLE_NAMES) == 23
    assert list(ORACLE_NAMES) == sorted(ORACLE_NAMES)


def test_an_unknown_oracle_lists_the_known_ones():
    with pytest.raises(NotFoundError, match=r"no oracle named 'penalized_logp'.*zaleplon_mpo"):
        load_oracle("penalized_logp", None)


@pytest.mark.parametrize("name", ["drd2", "gsk3b", "jnk3"])
def test_a_model_that_was_not_given_says_where_to_get_it(name):
    with pytest.raises(InputError, match=rf"'{name}' needs a trained model.*molscore==1\.9\.5"):
        load_oracle(name, None)


def test_a_folder_without_the_model_is_named(tmp_path):
    with pytest.raises(InputError, match=rf"{tmp_path.name}.*gsk3b_current\.pkl.*molscore==1"):
        load_oracle("gsk3b", tmp_path)


def test_another_file_under_the_model_name_is_refused_before_it_is_read(tmp_path):
    folder = tmp_path / "molscore" / "data" / "models" / "molopt"
    folder.mkdir(parents=True)
    shutil.copy(Path(__file__), folder / "jnk3_current.pkl")
    with pytest.raises(ModelError, match="SHA-256"):
        load_oracle("jnk3", tmp_path)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_batch_keeps_order_and_length(name):
    mols = [Chem.MolFromSmiles(smiles) for smiles in NAMED_DRUGS.values()]
    batch = ORACLES[name](mols)
    assert batch.shape == (len(mols),)
    assert batch.dtype == np.float64
    assert batch.tolist() == [ORACLES[name]([mol])[0] for mol in mols]


@pytest.mark.parametrize("name", FORMULAS)
def test_an_empty_batch_has_no_values(name):
    assert ORACLES[name]([]).shape == (0,)


@pytest.mark.parametrize("smiles", ["O", "[H][H]", "CCO.Cl", "[Na+].[O-]C(=O)c1ccccc1", "*CC"])
@pytest.mark.parametrize("name", FORMULAS)
def test_odd_structures_score_between_zero_and_one(name, smiles):
    (value,) = ORACLES[name]([Chem.MolFromSmiles(smiles)])
    assert 0.0 <= value <= 1.0


@given(seed=st.integers(0, 2**31 - 1))
def test_values_do_not_depend_on_how_the_smiles_is_written(seed):
    mol = Chem.MolFromSmiles(GEFITINIB)
    again = Chem.MolFromSmiles(Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0])
    for name in FORMULAS:
        assert ORACLES[name]([mol, again]).tolist() == pytest.approx([ORACLES[name]([mol])[0]] * 2)
