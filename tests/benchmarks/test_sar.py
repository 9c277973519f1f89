"""The figures of matched pairs come from earlier pairs only."""

import pandas as pd
import pytest

from benchmarks.sar import bench_sar_forward, bench_sar_speed, load_dated_values
from molagent.errors import FileFormatError

TAILS = ("C", "CC", "CCC", "CCCC", "CCCCC", "CC(C)C")


@pytest.fixture(scope="module")
def frame():
    rows = []
    for place, tail in enumerate(TAILS):
        date = f"2021-0{place + 1}-01"
        rows.append((f"H{place}", f"{tail}C(=O)Nc1ccccc1", 5.0 + place / 10, "2021-01-01"))
        rows.append((f"Cl{place}", f"{tail}C(=O)Nc1ccc(Cl)cc1", 6.0 + place / 10, date))
    table = pd.DataFrame(rows, columns=["compound_id", "smiles", "p_value", "date"])
    return table.assign(date=pd.to_datetime(table["date"]))


def test_a_chlorine_that_was_always_worth_one_foretells_the_next(frame):
    three, five, _ = bench_sar_forward(frame, "2021-05-01")
    # Four earlier chlorines teach; the fifth and sixth compounds test.
    assert three.min_pairs == 3
    assert three.n_compounds == 2
    assert three.n >= 2
    assert three.rmse < three.rmse_same
    assert five.n <= three.n


def test_every_table_is_timed(frame):
    table = bench_sar_speed(frame)
    assert len(table) == 7
    assert (table["wall_s"] > 0).all()
    assert table["step"].is_unique


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileFormatError, match="the file is missing"):
        load_dated_values(tmp_path)
