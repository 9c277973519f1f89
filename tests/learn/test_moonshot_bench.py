from pathlib import Path

import pytest

from molagent.bench.moonshot import load_moonshot
from molagent.errors import FileFormatError

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "covid_moonshot"


def test_moonshot_has_1558_dated_compounds_and_30_percent_limits():
    if not FOLDER.exists():
        pytest.skip("../shared/data/covid_moonshot is not here")
    frame = load_moonshot(FOLDER)
    dated = frame.dropna(subset=["date"])
    assert (len(frame), len(dated)) == (1889, 1558)
    assert not frame["compound_id"].duplicated().any()
    assert (dated["p_relation"] != "=").mean() == pytest.approx(0.293, abs=0.001)
    assert frame.loc[frame["p_relation"] == "<", "p_value"].max() < 5.7
    assert dated["date"].str.fullmatch(r"20(20|21|22)\d{4}").all()


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match="not a folder of COVID Moonshot"):
        load_moonshot(tmp_path)
