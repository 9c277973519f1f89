from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.fingerprints import atom_pair_counts, morgan_counts
from molagent.chem.likeness import count_features
from molagent.errors import InputError, StructureError
from molagent.learn.explanation import (
    Measured,
    Neighbour,
    atom_contributions,
    explain,
    find_contradiction,
    kernel_contributions,
    masked_contributions,
)
from molagent.learn.gaussian_process import GaussianProcess
from molagent.records import PredictionFrame

DATA = Path(__file__).parents[2] / "data" / "jak"
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
DRUGS = (TOFACITINIB, BARICITINIB, GEFITINIB, CAFFEINE, ASPIRIN)


class Process:
    """A bare Gaussian process as a predictor."""

    endpoint = "jak1_pki"

    def __init__(self, model: GaussianProcess, shift: float = 0.0) -> None:
        self.model = model
        self.shift = shift
        self.card = {"unit": "pKi", "std_floor": 0.2}

    def predict(self, smiles_list):
        counts, readable = count_features(smiles_list)
        mean = np.full(len(smiles_list), np.nan)
        std = mean.copy()
        if readable.any():
            mean[readable], std[readable] = self.model.predict(counts[readable])
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean + self.shift,
            std=std,
            in_domain=readable,
            model_hash="0" * 16,
        )

    def sample(self, smiles_list, draws, seed):
        raise NotImplementedError


class HeteroatomCount:
    """Each N is worth 1, each O -0.5; the rest nothing."""

    endpoint = "heteroatoms"
    card: ClassVar = {"unit": "points"}

    def predict(self, smiles_list):
        mols = [Chem.MolFromSmiles(smiles) for smiles in smiles_list]
        worth = {7: 1.0, 8: -0.5}
        mean = np.array([sum(worth.get(a.GetAtomicNum(), 0.0) for a in m.GetAtoms()) for m in mols])
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=np.ones(len(mols)),
            in_domain=np.ones(len(mols), dtype=bool),
            model_hash="1" * 16,
        )

    def sample(self, smiles_list, draws, seed):
        raise NotImplementedError


def measured_frame(rows=100):
    table = pd.read_csv(DATA / "jak1_ki.csv").drop_duplicates("smiles").head(rows)
    return pd.DataFrame(
        {
            "compound_id": [f"MA-{n:06d}" for n in range(len(table))],
            "smiles": table["smiles"],
            "p_relation": "=",
            "p_value": 9.0 - np.log10(table["exp_mean [nM]"]),
        }
    )


@pytest.fixture(scope="module")
def process():
    frame = measured_frame()
    counts, _ = count_features(frame["smiles"].tolist())
    return Process(GaussianProcess.fit(counts, frame["p_value"].to_numpy()))


@pytest.fixture(scope="module")
def measured():
    return Measured(measured_frame())


@pytest.mark.parametrize("smiles", DRUGS)
def test_the_shares_of_a_process_add_up_to_its_estimate(process, smiles):
    shares = atom_contributions(process, smiles)
    assert shares.method == "kernel"
    assert shares.baseline + shares.atoms.sum() == pytest.approx(shares.predicted, abs=1e-9)
    assert sum(group.value for group in shares.groups) == pytest.approx(shares.atoms.sum())
    assert shares.unit == "pKi"


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_an_atoms_share_does_not_depend_on_how_the_smiles_is_written(process, seed):
    mol = Chem.MolFromSmiles(TOFACITINIB)
    rewritten = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    match = Chem.MolFromSmiles(rewritten).GetSubstructMatch(mol)
    first = kernel_contributions(process.model, process, TOFACITINIB).atoms
    second = kernel_contributions(process.model, process, rewritten).atoms
    np.testing.assert_allclose(first, second[list(match)], atol=1e-9)


@pytest.mark.parametrize("smiles", DRUGS)
def test_every_counted_feature_has_its_place_in_the_structure(smiles):
    from molagent.learn import contributions

    mol = Chem.MolFromSmiles(smiles)
    for counts, places in (
        (morgan_counts([smiles]), contributions._morgan_places(mol)),
        (atom_pair_counts([smiles]), contributions._pair_places(mol)),
    ):
        found = {feature: len(entries) for feature, entries in places.items()}
        assert found == {int(bin_): int(counts[0, bin_]) for bin_ in np.flatnonzero(counts[0])}


def test_a_predictor_that_adds_to_its_process_is_masked_instead(process):
    shifted = Process(process.model, shift=0.5)
    assert atom_contributions(shifted, ASPIRIN).method == "masking"


def test_masking_finds_what_each_atom_is_worth():
    shares = masked_contributions(HeteroatomCount(), CAFFEINE)
    mol = Chem.MolFromSmiles(CAFFEINE)
    worth = {6: 0.0, 7: 1.0, 8: -0.5}
    expected = [worth[atom.GetAtomicNum()] for atom in mol.GetAtoms()]
    assert shares.atoms.tolist() == expected
    assert np.isnan(shares.baseline)
    ring = shares.groups[0]
    assert ring.value == pytest.approx(4 - 2 * 0.5)
    assert len(ring.atoms) == 11


@pytest.mark.parametrize("smiles", [*DRUGS, "[Na+].CC(=O)[O-]", "CCO", "c1ccc2[nH]ccc2c1"])
def test_groups_share_out_all_atoms_and_every_mask_can_be_read(process, smiles):
    shares = masked_contributions(process, smiles)
    atoms = sorted(atom for group in shares.groups for atom in group.atoms)
    assert atoms == list(range(Chem.MolFromSmiles(smiles).GetNumAtoms()))
    assert np.isfinite(shares.atoms).all()


def test_gefitinib_falls_into_rings_linkers_and_substituents(process):
    fragments = {group.smiles for group in atom_contributions(process, GEFITINIB).groups}
    assert {"*F", "*Cl", "*OC", "*N*", "*CCCO*", "*N1CCOCC1"} <= fragments


def test_what_a_model_cannot_judge_masked_is_unknown_and_not_zero():
    class Fussy(HeteroatomCount):
        def predict(self, smiles_list):
            frame = super().predict(smiles_list)
            odd = np.array(["*" in smiles for smiles in smiles_list])
            frame.mean[odd] = np.nan
            return frame

    shares = masked_contributions(Fussy(), ASPIRIN)
    assert np.isnan(shares.atoms).all()
    assert shares.predicted == -2.0


def test_an_explanation_names_neighbours_nearest_first(process, measured):
    explanation = explain(process, TOFACITINIB, measured, neighbours=4)
    similarities = [entry.similarity for entry in explanation.neighbours]
    assert len(similarities) == 4
    assert similarities == sorted(similarities, reverse=True)
    assert explanation.neighbours[0].similarity == pytest.approx(1.0)
    assert explanation.std > 0


def test_the_benzyl_analogue_argues_against_tofacitinibs_estimate(process, measured):
    """Cyanoacetamide to benzyl costs three log units: a neighbour the model must be told of."""
    against = explain(process, TOFACITINIB, measured).against
    assert against is not None
    assert "Cc2ccccc2" in against.neighbour.smiles
    assert against.gap < -2.0
    assert against.closer >= 1


def neighbour(value, relation="=", similarity=0.8, name="A"):
    return Neighbour(
        compound_id=name, smiles="CCO", value=value, relation=relation, similarity=similarity
    )


@pytest.mark.parametrize(
    ("relation", "value", "gap"),
    [(">", 8.0, 1.0), (">", 6.0, None), ("<", 6.0, -1.0), ("<", 8.0, None), ("~", 2.0, None)],
)
def test_a_limit_argues_only_where_the_estimate_is_beyond_it(relation, value, gap):
    found = find_contradiction([neighbour(value, relation)], 7.0, noise=0.2)
    assert (found.gap if found else None) == gap


def test_a_distant_compound_does_not_argue():
    assert find_contradiction([neighbour(2.0, similarity=0.44)], 7.0, noise=0.2) is None
    assert find_contradiction([], 7.0, noise=0.2) is None


def test_a_departure_within_the_noise_is_no_argument():
    assert find_contradiction([neighbour(7.25)], 7.0, noise=0.3) is None


def test_without_measured_compounds_there_are_no_neighbours(process):
    empty = Measured(measured_frame(0))
    explanation = explain(process, ASPIRIN, empty)
    assert explanation.neighbours == ()
    assert explanation.against is None


def test_what_cannot_be_read_or_estimated_is_refused(process, measured):
    with pytest.raises(StructureError):
        explain(process, "c1ccccc", measured)
    with pytest.raises(InputError, match="lack p_value"):
        Measured(measured_frame(3).drop(columns="p_value"))
    silent = Process(process.model, shift=float("nan"))
    with pytest.raises(InputError, match="no estimate"):
        explain(silent, ASPIRIN, measured)
