"""The programme's own IC50 come back from its points."""

from pathlib import Path

import pytest

from molagent.bench.curves import bench_curves
from molagent.errors import FileFormatError

MOONSHOT = Path(__file__).parents[3] / "shared" / "data" / "covid_moonshot"


@pytest.mark.skipif(not MOONSHOT.is_dir(), reason="needs ../shared/data/covid_moonshot")
def test_published_potencies_come_back_within_a_tenth_of_a_log_unit():
    report = bench_curves(MOONSHOT)
    by_rules = {each.rules: each for each in report.agreements}
    assert report.with_points == 1407
    # R2 to the third digit says that the same curve was drawn through the same points.
    assert report.curves - report.same_r2 == report.released == 15
    assert by_rules["locked, as given"].within_0_1 >= 0.98
    assert by_rules["as published"].within_0_1 >= 0.99
    assert by_rules["as published"].single_within_0_1 == 1.0
    assert by_rules["default"].within_0_1 >= 0.95
    assert by_rules["free"].within_0_1 < 0.7
    assert by_rules["locked, as given"].interval_ratio == pytest.approx(1.0, abs=0.01)
    assert report.misses["cause"].str.contains("of another curve").all()


def test_a_folder_without_the_files_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match="clean_cdd"):
        bench_curves(tmp_path)
