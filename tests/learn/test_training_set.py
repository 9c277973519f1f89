import numpy as np
import pandas as pd
import pytest

from molagent.errors import InputError
from molagent.learn.training_set import TrainingSet, make_splits

CHAINS = ["C" * n for n in range(1, 61)]


def rows(dates):
    frame = pd.DataFrame({"smiles": CHAINS[: len(dates)], "p_relation": "=", "date": dates})
    frame["p_value"] = np.arange(len(dates)) / 10.0
    return TrainingSet.of(frame, embeds=False)


def test_a_programme_of_a_year_is_cut_into_slices_of_even_length():
    data = rows([f"2020-{1 + row // 5:02d}-{1 + row % 5:02d}" for row in range(60)])
    periods, months = data.calendar
    assert months == 2
    assert np.bincount(periods - periods.min()).tolist() == [10] * 6


def test_a_short_programme_is_cut_by_calendar_months():
    data = rows([f"2020{4 + row // 10:02d}{1 + row % 10:02d}" for row in range(60)])
    periods, months = data.calendar
    assert months == 1
    assert len(np.unique(periods)) == 6


def test_a_row_without_a_date_is_in_no_slice():
    dates = [f"2020-{1 + row // 5:02d}-01" for row in range(60)]
    dates[7] = None
    data = rows(dates)
    periods, _ = data.calendar
    assert np.flatnonzero(periods < 0).tolist() == [7]
    assert np.flatnonzero(data.periods < 0).tolist() == [7]


def test_without_dates_nothing_is_split_in_time():
    data = rows([None] * 60)
    assert data.calendar is None
    assert set(make_splits(data, 0)) == {"scaffold", "random"}


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="p_value"):
        TrainingSet.of(pd.DataFrame({"smiles": ["C"], "p_relation": ["="]}), embeds=False)
