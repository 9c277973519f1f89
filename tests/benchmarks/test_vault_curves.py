"""A vault's own fits come back, curve by curve."""

from pathlib import Path

import pytest

from benchmarks.vault_curves import bench_vault_curves
from molagent.errors import FileFormatError

MOONSHOT = Path(__file__).parents[2] / "data" / "covid_moonshot"


def test_each_curve_gives_the_value_that_the_vault_stored_for_it():
    found = {(each.assay, each.rules): each for each in bench_vault_curves(MOONSHOT)}
    rapidfire = found["rapidfire", "locked, as given"]
    assert (rapidfire.exact, rapidfire.within_0_1, rapidfire.within_0_01) == (23, 21, 21)
    assert (rapidfire.bounds, rapidfire.bounds_kept) == (2, 2)
    trypsin = found["trypsin", "locked, as given"]
    assert trypsin.exact == 0
    assert (trypsin.bounds, trypsin.bounds_kept) == (28, 28)


def test_a_folder_without_the_wells_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match="rapidfire"):
        bench_vault_curves(tmp_path)
