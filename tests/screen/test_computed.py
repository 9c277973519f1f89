import numpy as np
import pytest

from molagent.chem.properties import PROPERTIES
from molagent.errors import NotFoundError
from molagent.screen.computed import ComputedPredictor
from molagent.testing import PredictorContract

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"


class TestComputedPredictor(PredictorContract):
    @pytest.fixture(params=["qed", "sa_score", "rotatable_bonds"])
    def predictor(self, request: pytest.FixtureRequest) -> ComputedPredictor:
        return ComputedPredictor(request.param)


def test_the_weight_of_tofacitinib_is_certain():
    frame = ComputedPredictor("molecular_weight").predict([TOFACITINIB])
    assert frame.mean[0] == pytest.approx(312.4, abs=0.05)
    assert frame.std[0] == 0.0
    assert (ComputedPredictor("mw").sample([TOFACITINIB], 3, 1) == frame.mean).all()


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_every_property_can_be_asked_for(name):
    predictor = ComputedPredictor(name)
    assert np.isfinite(predictor.predict([TOFACITINIB]).mean).all()
    assert predictor.card["note"].startswith(PROPERTIES[name][1])


@pytest.mark.parametrize(("name", "unit"), [("mw", "g/mol"), ("tpsa", "A^2"), ("logp", "")])
def test_a_unit_is_a_unit_and_what_a_property_means_is_its_note(name, unit):
    assert ComputedPredictor(name).card["unit"] == unit


def test_an_unknown_property_lists_the_known_ones():
    with pytest.raises(NotFoundError, match="no property named 'magic'; known: "):
        ComputedPredictor("magic")
