from benchmarks.screens import bench_screens
from molagent.testing import NAMED_DRUGS

SARIN_KIN = "CCOP(C)(=O)F"


def test_shares_are_of_all_structures_and_by_filter():
    shares = {row.filter: row for row in bench_screens([*NAMED_DRUGS.values(), SARIN_KIN])}
    assert set(shares) == {
        "controlled",
        "plausibility",
        "unstable",
        "precedent",
        "properties",
        "alerts",
    }
    assert shares["controlled"].count == 5
    assert shares["controlled"].failed + shares["controlled"].unknown == 0.2
