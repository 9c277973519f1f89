import numpy as np
import pytest

from molagent.errors import NotFoundError
from molagent.screen.admet import AdmetSuite
from molagent.screen.admet_cards import admet_card, admet_names, hidden_endpoints
from molagent.screen.admet_reading import admet_frame, read_value

TERFENADINE = "CC(C)(C)c1ccc(C(O)CCCN2CCC(C(O)(c3ccccc3)c3ccccc3)CC2)cc1"
METFORMIN = "CN(C)C(=N)NC(=N)N"


def test_0_63_is_undecided_and_says_what_it_is_a_probability_of():
    reading = read_value("herg", 0.63, 0.08)
    text = str(reading)
    assert "0.63 +/- 0.08 (probability of blocking the hERG channel)" in text
    assert "undecided: the networks lean to yes" in text
    assert "lower is better" in text
    assert reading.training_set.startswith("https://tdcommons.ai/")


@pytest.mark.parametrize(
    ("alias", "value", "band"),
    [
        ("solubility", -7.0, "poorly soluble"),
        ("solubility", -4.0, "soluble"),
        ("caco2", -5.0, "high permeability"),
        ("logd", 2.0, "in the range most oral drugs have"),
        ("ppb", 99.5, "almost wholly bound"),
        ("ames", 0.1, "unlikely"),
        ("ames", 0.9, "likely"),
        ("hydration", -9.0, ""),
    ],
)
def test_a_value_falls_into_the_customary_band(alias, value, band):
    assert read_value(alias, value).band == band


def test_the_permeability_is_in_cm_per_second_whatever_the_package_says():
    assert admet_card("caco2")["unit"] == "log10(cm/s)"


def test_weak_endpoints_are_hidden_with_the_reason_and_shown_on_request():
    hidden = hidden_endpoints()
    assert {"VDss_Lombardo", "Half_Life_Obach", "Clearance_Microsome_AZ"} < set(hidden)
    assert all("is not above" in reason for reason in hidden.values())
    suite = AdmetSuite()
    shown = admet_frame(suite, [TERFENADINE, METFORMIN])
    everything = admet_frame(suite, [TERFENADINE, METFORMIN], unreliable=True)
    assert set(shown["endpoint"]) == set(admet_names()) - set(hidden)
    assert set(everything["endpoint"]) == set(admet_names())
    herg = shown[shown["endpoint"] == "hERG"].set_index("smiles")
    assert herg.loc[TERFENADINE, "band"] == "likely"
    assert herg.loc[METFORMIN, "band"] == "unlikely"
    assert herg.loc[TERFENADINE, "percentile"] > herg.loc[METFORMIN, "percentile"]
    # The same structure again, and one that nothing can read.
    frame = admet_frame(suite, ["nonsense"])
    assert frame["value"].isna().all()
    assert set(frame["band"]) == {""}


def test_an_unknown_value_is_said_to_be_unknown():
    assert str(read_value("herg", np.nan)).endswith("unknown, the structure could not be read")


def test_an_unknown_endpoint_is_refused():
    with pytest.raises(NotFoundError):
        read_value("taste", 0.5)
