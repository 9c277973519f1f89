import gzip

import pytest

from benchmarks.chemnet import ChemNet
from benchmarks.moses import bench_moses

TOFACITINIB = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"


@pytest.fixture
def two_drugs(tmp_path):
    path = tmp_path / "train.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as handle:
        handle.write(f"SMILES\n{TOFACITINIB}\n{GEFITINIB}\n")
    return path


def test_the_moses_figures_are_shares_and_a_copy_of_the_reference_is_its_own_neighbour(two_drugs):
    (report,) = bench_moses(two_drugs, [two_drugs], samples=64, frechet=False)
    assert report.nearest_training == pytest.approx(1.0)
    assert report.scaffolds_training == pytest.approx(1.0)
    assert report.valid == 1.0
    for value in (report.unique, report.novel, report.internal_diversity, report.nearest):
        assert 0.0 <= value <= 1.0


def test_without_chemnet_the_distance_is_unknown_not_zero(two_drugs):
    (report,) = bench_moses(two_drugs, [two_drugs], samples=64, frechet=False)
    assert report.frechet is None
    assert report.frechet_training is None


def test_a_copy_of_the_reference_lies_at_distance_zero_and_the_samples_do_not(
    two_drugs, chemnet: ChemNet
):
    (report,) = bench_moses(two_drugs, [two_drugs], samples=64, chemnet=chemnet)
    assert report.frechet_training == pytest.approx(0.0, abs=1e-3)
    assert report.frechet is not None
    assert report.frechet > 1.0
