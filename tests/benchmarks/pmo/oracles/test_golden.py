"""Every oracle against PyTDC 0.4.0, value by value; golden.json says how they were computed."""

import json
import os
from pathlib import Path

import pytest
from rdkit import Chem

from benchmarks.pmo.oracles import ORACLE_NAMES, load_oracle

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
MODELS = os.environ.get("MOLAGENT_PMO_MODELS")
NEED_MODELS = ("drd2", "gsk3b", "jnk3")

# The three molecules of TDC's documentation and tests.
TDC_MOLECULES = (
    "CC(C)(C)[C@H]1CCc2c(sc(NC(=O)COc3ccc(Cl)cc3)c2C(N)=O)C1",
    "CCNC(=O)c1ccc(NC(=O)N2CC[C@H](C)[C@H](O)C2)c(C)c1",
    "C[C@@H]1CCN(C(=O)CCCc2ccccc2)C[C@@H]1O",
)

needs_models = pytest.mark.skipif(
    not MODELS, reason="MOLAGENT_PMO_MODELS does not name the unpacked molscore 1.9.5 wheel"
)


def values(name, smiles_list):
    oracle = load_oracle(name, Path(MODELS) if MODELS else None)
    return oracle([Chem.MolFromSmiles(smiles) for smiles in smiles_list]).tolist()


def test_there_are_golden_values_for_all_23():
    assert sorted(GOLDEN["values"]) == list(ORACLE_NAMES)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=needs_models) if n in NEED_MODELS else n for n in ORACLE_NAMES],
)
def test_an_oracle_gives_the_values_of_pytdc(name):
    found = values(name, GOLDEN["smiles"])
    assert found == pytest.approx(GOLDEN["values"][name], rel=1e-9, abs=1e-15)


@needs_models
@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("drd2", [0.0015465, 0.0023542, 0.0047154]),
        ("gsk3b", [0.03, 0.0, 0.0]),
        ("jnk3", [0.01, 0.0, 0.01]),
    ],
)
def test_a_model_gives_the_values_that_tdc_publishes(name, published):
    assert values(name, TDC_MOLECULES) == pytest.approx(published, abs=5e-8)


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("albuterol_similarity", "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1"),
        ("celecoxib_rediscovery", "Cc1ccc(cc1)-c1cc(C(F)(F)F)nn1-c1ccc(cc1)S(N)(=O)=O"),
        ("isomers_c7h8n2o2", "NC(=O)c1ccc(O)cc1N"),
        ("isomers_c9h10n2o2pf2cl", "CP(=O)(Oc1ccc(Cl)c(N)c1)NC=C(F)F"),
        ("mestranol_similarity", "COc1ccc2C3CCC4(C)C(CCC4(O)C#C)C3CCc2c1"),
        ("thiothixene_rediscovery", "CN1CCN(CC1)CCC=C1c2ccccc2Sc2ccc(cc12)S(=O)(=O)N(C)C"),
        ("troglitazone_rediscovery", "Cc1c(C)c2OC(C)(CCc2c(C)c1O)COc1ccc(CC2SC(=O)NC2=O)cc1"),
    ],
)
def test_the_molecule_a_task_looks_for_scores_one(name, smiles):
    assert values(name, [smiles]) == pytest.approx([1.0], abs=1e-12)
