from pathlib import Path

import pytest

from benchmarks.predictors import bench_moleculeace
from molagent.errors import FileFormatError, NotFoundError

DATA = Path(__file__).parents[2] / "data" / "jak"


def test_the_benchmark_scores_the_test_rows_of_each_target(tmp_path):
    (tmp_path / "CHEMBL2835_Ki.csv").write_text((DATA / "jak1_ki.csv").read_text())
    report = bench_moleculeace(tmp_path)
    assert [each.target for each in report.targets] == ["CHEMBL2835_Ki"]
    assert report.targets[0].n_train + report.targets[0].n_test == 615
    assert report.rmse < 0.45
    assert report.rmse < report.rmse_cliff < 0.8
    assert 0.82 < report.coverage_90 < 0.97


def test_a_missing_target_lists_the_known_ones(tmp_path):
    with pytest.raises(NotFoundError, match="CHEMBL1"):
        bench_moleculeace(tmp_path, ["CHEMBL1"])


def test_another_table_is_refused(tmp_path):
    (tmp_path / "CHEMBL1.csv").write_text("smiles,value\nC,1\n")
    with pytest.raises(FileFormatError, match="y, cliff_mol, split are missing"):
        bench_moleculeace(tmp_path)
