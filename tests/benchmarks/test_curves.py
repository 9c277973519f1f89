"""The programme's own IC50 come back from its points."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.curves import bench_curves
from molagent.errors import FileFormatError

MOONSHOT = Path(__file__).parents[2] / "data" / "covid_moonshot"
NAMES = {
    "clean_cdd_noncovalent_dates_2023_10_18_filt.csv": "Canonical_PostEra_ID",
    "dose_response_points.csv": "cid",
    "dose_response_fits.csv": "cid",
}


@pytest.fixture
def some_compounds(tmp_path):
    """Write the compounds whose points are kept, chosen by their names."""
    for name, column in NAMES.items():
        table = pd.read_csv(MOONSHOT / name, dtype=str)
        table[table[column].str.endswith(("2", "37"))].to_csv(tmp_path / name, index=False)
    return tmp_path


def test_published_potencies_come_back_within_a_tenth_of_a_log_unit(some_compounds):
    report = bench_curves(some_compounds)
    by_rules = {each.rules: each for each in report.agreements}
    assert report.with_points > 200
    # R2 to the third digit says that the same curve was drawn through the same points.
    assert 0 < report.curves - report.same_r2 == report.released < 6
    assert by_rules["as published"].within_0_1 >= 0.98
    assert by_rules["as published"].single_within_0_1 == 1.0
    assert by_rules["default"].within_0_1 >= 0.93
    assert by_rules["free"].within_0_1 < 0.75
    assert by_rules["locked, as given"].interval_ratio == pytest.approx(1.0, abs=0.01)
    assert report.misses["cause"].str.contains("of another curve").all()


def test_a_folder_without_the_files_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match="clean_cdd"):
        bench_curves(tmp_path)
