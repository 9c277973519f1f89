from pathlib import Path

import pytest

import benchmarks.moonshot as bench
from benchmarks.moonshot import bench_origins, load_moonshot
from benchmarks.moonshot_data import load_rapidfire
from molagent.errors import FileFormatError

FOLDER = Path(__file__).parents[2] / "data" / "covid_moonshot"


def test_moonshot_has_1558_dated_compounds_and_30_percent_limits():
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


@pytest.mark.slow
def test_choices_are_made_without_a_compound_of_2021(monkeypatch):
    before = bench_origins(FOLDER, ["two parts"], origins=["202010"])
    assert [(score.n_train, score.n_test) for score in before] == [(381, 123)]

    def spoilt(load):
        def read(folder):
            frame = load(folder)
            late = frame["date"].fillna("") >= "20210101"
            return frame.assign(p_value=frame["p_value"].where(~late, 99.0))

        return read

    monkeypatch.setattr(bench, "load_moonshot", spoilt(load_moonshot))
    monkeypatch.setattr(bench, "load_rapidfire", spoilt(load_rapidfire))
    assert bench_origins(FOLDER, ["two parts"], origins=["202010"]) == before


def test_the_second_assay_covers_compounds_that_the_first_lacks():
    second = load_rapidfire(FOLDER)
    early = second[second["date"] < "20210101"]
    assert len(early) == 98
    first = set(load_moonshot(FOLDER)["compound_id"])
    assert (~early["compound_id"].isin(first)).sum() == 31
    assert set(second["p_relation"]) == {"=", "<"}
