"""A campaign drafted from a data file is one that can be checked and run as it stands."""

import csv

import pytest

from molagent.config import load_config
from molagent.errors import FileFormatError, InputError
from molagent.project.drafting import draft_campaign
from molagent.project.intake import dry_run
from tests.sar.conftest import jak1_frame


def write(path, rows, titles=("smiles", "name", "Ki [nM]")):
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([titles, *rows])
    return path


@pytest.fixture(scope="module")
def tricycles():
    frame = jak1_frame()
    return frame[frame["smiles"].str.contains("[nH]ccc3", regex=False)].head(50)


@pytest.fixture(scope="module")
def drafted(tmp_path_factory, tricycles):
    folder = tmp_path_factory.mktemp("draft")
    rows = zip(
        tricycles["smiles"], tricycles["compound_id"], 10 ** (9 - tricycles["p_value"]), strict=True
    )
    return draft_campaign(write(folder / "jak1.csv", rows), folder / "jak1.toml")


def test_the_draft_reads_its_data_as_it_was_guessed(drafted, tricycles):
    config = load_config(drafted.campaign)
    assert config.assays[0].value_column == "Ki [nM]"
    assert config.assays[0].name_column == "name"
    assert (config.assays[0].unit, config.assays[0].quantity) == ("nM", "Ki")
    [intake] = dry_run(drafted.campaign)
    assert intake.receipt.accepted == len(tricycles)


def test_the_profile_has_the_ranges_of_the_data(drafted, tricycles):
    [potency, logp, precedent] = load_config(drafted.campaign).profile
    assert potency.endpoint == drafted.endpoint
    assert potency.high == pytest.approx(tricycles["p_value"].quantile(0.95), abs=0.06)
    assert potency.low < tricycles["p_value"].median() < potency.high
    assert 0 < logp.low < logp.high < 7
    # The tricycles: half of the potent ones are above 2.3, none is below 1.7.
    assert 0.5 < precedent.low < 1.7
    assert 2.0 < precedent.high < 2.5


def test_what_the_series_never_varied_is_said_and_drawn(drafted):
    assert "motif [nH]~c~[nX2]: in " in drafted.campaign.read_text(encoding="utf-8")
    page = drafted.files[1]
    assert page.name == "jak1_series.html"
    assert "<svg" in page.read_text(encoding="utf-8")


def test_a_column_of_pki_gets_a_layout_of_its_own(tmp_path, tricycles):
    rows = list(zip(tricycles["smiles"], tricycles["p_value"], strict=True))[:12]
    path = write(tmp_path / "jak1.csv", rows, ("smiles", "pKi"))
    draft = draft_campaign(path, tmp_path / "mine.toml", confirm=True, target="JAK1")
    assert [file.name for file in draft.files][-1] == "mine_layout.toml"
    [intake] = dry_run(draft.campaign)
    assert intake.receipt.accepted == 12


def test_a_campaign_file_is_never_overwritten(drafted):
    with pytest.raises(InputError, match=r"there is a campaign file jak1\.toml"):
        draft_campaign(drafted.campaign.with_suffix(".csv"), drafted.campaign)


def test_without_a_potency_there_is_nothing_to_draft(tmp_path):
    path = write(
        tmp_path / "logd.csv", [("CCO", 0.1), ("CCN", 0.2), ("CCC", 1.0)], ("smiles", "logD")
    )
    with pytest.raises((InputError, FileFormatError)) as caught:
        draft_campaign(path, tmp_path / "logd.toml", confirm=True)
    assert not (tmp_path / "logd.toml").exists()
    assert caught.value.remedy
