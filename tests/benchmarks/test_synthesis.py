import pytest

from benchmarks.synthesis import bench_synthesis
from molagent.errors import InputError
from molagent.testing import NAMED_DRUGS

CAMPHOR = "CC1(C)C2CCC1(C)C(=O)C2"


def test_shares_are_of_the_drugs_that_can_be_used():
    drugs = [*NAMED_DRUGS.values(), CAMPHOR, "O=C(NCCN1CCOCC1)c1ccc(Cl)cc1", "CCO", "Cl.NCCCC"]
    report = bench_synthesis(drugs, proposals=20, searched=10)
    assert (report.drugs, report.searched) == (6, 6)
    assert report.cut == pytest.approx(5 / 6)
    assert report.joined == pytest.approx(4 / 6)  # aspirin's cuts change one group only
    assert report.exact == pytest.approx(1 / 6)
    assert report.unknown == pytest.approx(1 / 6)
    assert report.exact <= report.near <= 1 - report.unknown
    assert report.de_novo_per_second > 0
    assert report.de_novo_attempts >= 1


def test_nothing_to_measure_is_an_error():
    with pytest.raises(InputError, match="none of 1"):
        bench_synthesis(["CCO"])
