import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.errors import NotFoundError
from molagent.protocols import Predictor
from molagent.screen.admet import AdmetSuite
from molagent.screen.admet_cards import ADMET_ALIASES, admet_card, admet_names, approved_percentile
from molagent.screen.admet_environments import SharedGraphs
from tests.screen.drugs import JAK_INHIBITORS

SEVEN = (
    "tofacitinib",
    "baricitinib",
    "upadacitinib",
    "filgotinib",
    "ruxolitinib",
    "abrocitinib",
    "pacritinib",
)
DRUGS = {
    **{name: JAK_INHIBITORS[name] for name in SEVEN},
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "ibuprofen": "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "gefitinib": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "imatinib": "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "warfarin": "CC(=O)CC(c1ccccc1)c1c(O)c2ccccc2oc1=O",
    "propranolol": "CC(C)NCC(O)COc1cccc2ccccc12",
    "metformin": "CN(C)C(=N)NC(=N)N",
    "paracetamol": "CC(=O)Nc1ccc(O)cc1",
    "diazepam": "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21",
    "sildenafil": "CCCc1nn(C)c2c1nc(-c1cc(S(=O)(=O)N3CCN(C)CC3)ccc1OCC)[nH]c2=O",
    "terfenadine": "CC(C)(C)c1ccc(C(O)CCCN2CCC(C(O)(c3ccccc3)c3ccccc3)CC2)cc1",
    "fluconazole": "OC(Cn1cncn1)(Cn1cncn1)c1ccc(F)cc1F",
}


@pytest.fixture(scope="module")
def suite():
    return AdmetSuite()


def _with_networks_of(loaded, fresh):
    loaded._load()
    fresh._ensembles, fresh._names, fresh._shares = (
        loaded._ensembles,
        loaded._names,
        loaded._shares,
    )


def test_the_fast_path_gives_exactly_what_the_stock_package_gives(suite, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        # The stock path goes through Lightning's trainer and an old importlib call.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        import torch
        from admet_ai import ADMETModel

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        stock = ADMETModel(drugbank_path=None, include_physchem=False, num_workers=0)
        expected = stock.predict(list(DRUGS.values()))
        torch.set_num_threads(threads)
    table = suite.predict(list(DRUGS.values()))
    assert tuple(expected.columns) == table.names
    assert (expected.to_numpy() == table.mean).all()


LIGANDS = [*DRUGS.values(), "C", "[2H]C([2H])([2H])O", "C/C=C/C(=O)[O-].[Na+]", "[He]", "O=C=O"]


@settings(max_examples=12, deadline=None)
@given(chosen=st.lists(st.sampled_from(LIGANDS), min_size=1, max_size=70, unique=True))
def test_sharing_environments_changes_no_bit_whatever_stands_together(suite, chosen):
    shared, plain = AdmetSuite(), AdmetSuite()
    for each in (shared, plain):
        _with_networks_of(suite, each)
    assert shared._shares
    plain._shares = False
    assert np.array_equal(
        shared.predict(chosen).members, plain.predict(chosen).members, equal_nan=True
    )


def test_where_sharing_would_change_a_bit_the_networks_run_as_they_are(suite, monkeypatch):
    def rounded_otherwise(self, network):
        return exact(self, network) * (1 + 2.0**-20)

    exact = SharedGraphs.encode
    monkeypatch.setattr(SharedGraphs, "encode", rounded_otherwise)
    other = AdmetSuite()
    _with_networks_of(suite, other)
    assert not other._agrees()


def test_every_endpoint_has_an_alias_and_a_card(suite):
    assert set(ADMET_ALIASES.values()) == set(suite.endpoints) == set(admet_names())
    for alias in ADMET_ALIASES:
        card = admet_card(alias)
        assert card["reliable"] == (card["reason"] == "")
        assert card["direction"] in {"maximise", "minimise", "context"}


@pytest.mark.parametrize("alias", ["vdss", "half_life", "clearance", "bioavailability"])
def test_a_weak_endpoint_is_not_reliable_and_says_why(alias):
    card = admet_card(alias)
    assert not card["reliable"]
    assert "on its held-out data" in card["reason"]


@pytest.mark.parametrize("alias", ["solubility", "herg", "cyp3a4", "logd"])
def test_a_good_endpoint_is_reliable(alias):
    assert admet_card(alias)["reliable"]


def test_terfenadine_blocks_herg_and_metformin_does_not(suite):
    herg = suite.predictor("herg")
    assert isinstance(herg, Predictor)
    frame = herg.predict([DRUGS["terfenadine"], DRUGS["metformin"]])
    assert frame.mean[0] > 0.8
    assert frame.mean[1] < 0.2


def test_what_cannot_be_read_is_nan_and_keeps_its_place(suite):
    frame = suite.predictor("solubility").predict(["nonsense", DRUGS["aspirin"], ""])
    assert np.isnan(frame.mean).tolist() == [True, False, True]
    assert np.isnan(frame.std).tolist() == [True, False, True]
    assert frame.in_domain.tolist() == [False, True, False]


def test_a_value_that_the_quantity_cannot_have_is_unknown(suite):
    # The networks give caffeine a clearance of -13; that of tofacitinib, 44, is one.
    clearance = suite.predictor("clearance")
    both = [DRUGS["caffeine"], DRUGS["tofacitinib"]]
    frame = clearance.predict(both)
    assert np.isnan(frame.mean).tolist() == np.isnan(frame.std).tolist() == [True, False]
    assert frame.in_domain.tolist() == [False, True]
    draws = clearance.sample(both, 20, seed=3)
    assert np.isnan(draws[:, 0]).all()
    assert (draws[:, 1] >= 0).all()


def test_a_structure_seen_before_is_answered_from_the_cache(suite):
    first = suite.predict([DRUGS["baricitinib"]]).mean
    suite_ensembles, suite._ensembles = suite._ensembles, [[None] * 5, [None] * 5]
    try:
        again = suite.predict([DRUGS["baricitinib"], DRUGS["baricitinib"]]).mean
    finally:
        suite._ensembles = suite_ensembles
    assert (again == first).all()


def test_a_draw_believes_one_network_throughout(suite):
    predictor = suite.predictor("herg")
    smiles = list(DRUGS.values())
    draws = predictor.sample(smiles, 40, seed=3)
    assert draws.shape == (40, len(smiles))
    assert len(np.unique(draws, axis=0)) <= 5
    assert (draws == predictor.sample(smiles, 40, seed=3)).all()


def test_a_percentile_among_approved_drugs_lies_between_0_and_100(suite):
    values = suite.predictor("solubility").predict(list(DRUGS.values())).mean
    percentiles = approved_percentile("solubility", np.append(values, np.nan))
    assert ((percentiles[:-1] >= 0) & (percentiles[:-1] <= 100)).all()
    assert np.isnan(percentiles[-1])


def test_a_salt_is_outside_the_domain(suite):
    assert not suite.predict([DRUGS["tofacitinib"] + ".OC(=O)CC(O)(CC(=O)O)C(=O)O"]).in_domain[0]


def test_an_unknown_endpoint_lists_the_known_ones():
    with pytest.raises(NotFoundError, match="solubility"):
        admet_card("taste")
