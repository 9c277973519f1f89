"""Identity pairs stand on their rungs, and a scope on disk is climbed as a release is."""

import pytest

from benchmarks.identity_pairs import IDENTITY_PAIRS, identity_pairs
from benchmarks.patent_ladder import ladder_speed
from benchmarks.patent_scope import build_scope, sample_queries
from molagent.errors import InputError
from molagent.project.patents import Patents

SERIES = [
    f"O=C(N{ring}){group}"
    for ring in ("c1ccccc1", "c1ccncc1", "C1CCCCC1", "Cc1ccco1", "c1ccc(F)cc1")
    for group in ("c1ccc2[nH]ccc2c1", "C1CCOCC1", "c1cnc2ccccc2c1", "CN1CCOCC1")
]


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    scope, asked = sample_queries(SERIES, known=4, new=3)
    folder = tmp_path_factory.mktemp("bench") / "release"
    assert build_scope(scope, folder, keyed=8) == len(SERIES) - 3
    return folder, scope, asked


def test_every_pair_of_the_table_is_found_at_its_level():
    table = identity_pairs()
    assert len(table) == len(IDENTITY_PAIRS)
    assert table[~table["right"]].to_dict("records") == []


def test_what_is_in_the_scope_is_found_there_and_what_is_not_is_not(release):
    folder, scope, asked = release
    patents = Patents.open(releases=[folder], strict=True)
    levels = {
        smiles: overlaps[0].level
        for smiles, overlaps in zip(asked, patents.ladder.find_overlap(asked), strict=True)
    }
    assert len(asked) == 7
    assert {str(levels[s]) for s in asked if s in scope} <= {"exact_in_claims", "exact_elsewhere"}
    assert {str(levels[s]) for s in asked if s not in scope} <= {
        "same_scaffold",
        "similar",
        "not_found",
    }


def test_speed_counts_every_structure_once(release):
    folder, _, asked = release
    speed = ladder_speed(folder, asked, workers=1)
    assert (speed.structures, sum(speed.levels.values())) == (7, 7)
    assert speed.scope == len(SERIES) - 3
    assert speed.per_cpu_second > 0
    with pytest.raises(InputError, match="no structure to ask about"):
        ladder_speed(folder, [])
