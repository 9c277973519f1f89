from pathlib import Path

import pytest

from benchmarks.differences import bench_differences
from molagent.errors import InputError
from molagent.protocols import NullProgress


def test_three_ways_are_held_against_the_same_measured_selectivities(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    rows = bench_differences(Path(), pairs=["JAK1-JAK2"], most=80, progress=NullProgress())
    assert [row.way for row in rows] == ["coupled", "two models", "differences alone"]
    assert {row.pairs for row in rows} == {80}
    assert all(0.1 < row.rmse < 0.6 for row in rows)
    # Errors that are taken as independent, and are not, make intervals that hold too often.
    coupled, independent, _ = rows
    assert independent.width > 1.3 * coupled.width
    assert independent.coverage_90 >= coupled.coverage_90


def test_a_folder_without_the_file_is_named():
    with pytest.raises(InputError, match="no such file"):
        bench_differences(Path("nowhere"), pairs=["A-B"], progress=NullProgress())
