"""Which endpoint's series a campaign keeps to, and what its chemist strikes."""

import pytest

from molagent.config import parse_config
from molagent.errors import ConfigError
from molagent.project.series_rules import potency_endpoint, without_struck
from molagent.records import PotentSeries, SeriesRule

JAK1 = {"file": "a.csv", "endpoint": "jak1_pki", "layout": "chembl"}
JAK2 = {**JAK1, "endpoint": "jak2_pki"}


def campaign(*profile, **generate):
    return parse_config(
        {
            "project": {"name": "jak1"},
            "assays": [JAK1, JAK2],
            "derived": [
                {"endpoint": "selectivity", "minuend": "jak1_pki", "subtrahend": "jak2_pki"}
            ],
            "profile": [
                {"name": name, "endpoint": name, "direction": way, "low": 0, "high": 1, "weight": w}
                for name, way, w in profile
            ],
            "generate": generate,
        }
    )


def test_the_heaviest_measured_endpoint_that_is_wanted_more_of_has_the_series():
    config = campaign(
        ("solubility", "maximise", 5), ("jak2_pki", "minimise", 9), ("jak1_pki", "maximise", 2)
    )
    assert potency_endpoint(config) == "jak1_pki"


def test_of_a_difference_it_is_what_is_subtracted_from():
    assert potency_endpoint(campaign(("selectivity", "maximise", 1))) == "jak1_pki"


def test_where_nothing_measured_is_wanted_there_are_no_series():
    assert potency_endpoint(campaign(("solubility", "maximise", 1))) is None


def rule(kind, name, series):
    return SeriesRule(
        kind=kind, name=name, smarts=name, series=series, carried=9, of=9, reference_share=0.0
    )


@pytest.fixture
def series():
    return tuple(
        PotentSeries(
            series=name, name="quinoline", core="c1ccc2ncccc2c1", pattern="c1ccc2ncccc2c1",
            compound_ids=("a",), smiles=("c1ccc2ncccc2c1",),
            rules=(rule("core", "quinoline", name), rule("motif", "[nH]~c~[nX2]", name)),
        )
        for name in ("S1", "S2")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("struck", "left"),
    [
        (["[nH]~c~[nX2]"], ["S1 core", "S2 core"]),
        (["S2"], ["S1 core", "S1 motif"]),
        (["core"], ["S1 motif", "S2 motif"]),
        (["S1 motif"], ["S1 core", "S2 core", "S2 motif"]),
        (["S2 quinoline"], ["S1 core", "S1 motif", "S2 motif"]),
    ],
)
def test_rules_are_struck_by_name_series_or_kind(series, struck, left):
    kept = without_struck(series, struck)
    assert [f"{rule.series} {rule.kind}" for each in kept for rule in each.rules] == left


def test_striking_what_is_no_rule_is_said_with_those_there_are(series):
    with pytest.raises(ConfigError, match=r"no series has a rule 'S3' to strike.*quinoline"):
        without_struck(series, ["S3"])
