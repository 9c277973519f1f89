from pathlib import Path

from molagent.bench.screens import bench_ladder, bench_screens
from molagent.project import open_patents
from molagent.testing import NAMED_DRUGS

SARIN_KIN = "CCOP(C)(=O)F"


def test_shares_are_of_all_structures_and_by_filter():
    shares = {row.filter: row for row in bench_screens([*NAMED_DRUGS.values(), SARIN_KIN])}
    assert set(shares) == {"controlled", "plausibility", "properties", "alerts"}
    assert shares["controlled"].count == 5
    assert shares["controlled"].failed + shares["controlled"].unknown == 0.2


def test_the_ladder_is_timed_over_every_structure():
    folder = Path(__file__).parents[2] / "data" / "patents"
    speed = bench_ladder(list(NAMED_DRUGS.values()), open_patents(folder))
    assert speed.count == 4
    assert speed.per_cpu_second > 0
