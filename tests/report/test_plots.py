"""Figures show what is there and leave out what is unknown."""

import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from molagent.report.chart import nice_ticks
from molagent.report.plots import (
    desirability_bar,
    desirability_by_cycle,
    endpoint_scatter,
    funnel_figure,
    parity_plot,
)


def texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)  # noqa: S314 - written by the function under test
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_every_cycle_is_labelled_with_its_number_of_ranked_proposals(content):
    svg = desirability_by_cycle(content.trajectory, [])
    counts = content.trajectory.groupby("cycle").size()
    assert {f"n = {n}" for n in counts} <= set(texts(svg))
    assert {"design cycle", "desirability (0 to 1)"} <= set(texts(svg))


def test_a_campaign_without_a_ranking_has_no_figure():
    empty = pd.DataFrame(columns=["cycle", "proposal_id", "desirability", "a", "b"])
    assert desirability_by_cycle(empty, []) == ""
    assert endpoint_scatter(empty, "a", "b", {}, x_label="a", y_label="b") == ""
    assert parity_plot([], axis_label="pKi") == ""


def test_shortlisted_compounds_carry_their_rank_in_the_scatter(content):
    first = content.shortlist["proposal_id"].iloc[0]
    svg = endpoint_scatter(
        content.trajectory, "jak2_pki", "jak1_pki", {first: 77}, x_label="JAK2", y_label="JAK1"
    )
    assert "77" in texts(svg)
    assert "10 ×" in texts(svg)


def test_a_large_campaign_makes_a_small_figure():
    frame = pd.DataFrame(
        {
            "cycle": 1,
            "proposal_id": [f"P1-{i}" for i in range(20_000)],
            "desirability": [i / 20_000 for i in range(20_000)],
        }
    )
    assert len(desirability_by_cycle(frame, [])) < 60_000


def test_the_funnel_names_passed_failed_and_unknown():
    frame = pd.DataFrame(
        [(1, 0, "patents", 100, 60, 30, 10)],
        columns=["cycle", "ordinal", "stage", "entered", "passed", "failed", "unknown"],
    )
    assert "60 of 100 passed, 30 failed, 10 unknown" in texts(funnel_figure(frame))


def test_an_unknown_desirability_is_no_empty_bar():
    assert "aria-label='unknown'" in desirability_bar(None)
    assert "aria-label='0.00 of 1'" in desirability_bar(0.0)


def test_a_parity_plot_skips_pairs_with_an_unknown_value():
    svg = parity_plot([[7.0, 7.5, 0.3], [8.0, None, None], [6.0, 6.2]], axis_label="JAK1 pKi")
    assert svg.count("<circle") == 2
    assert "2 validation compounds" in svg


@pytest.mark.parametrize("limits", [(0.0, 1.0), (4.3, 9.9), (-6.2, -3.1), (5.0, 5.0)])
def test_ticks_are_few_and_within_the_limits(limits):
    ticks = nice_ticks(*limits)
    assert 1 <= len(ticks) <= 8
    assert all(limits[0] - 1e-6 <= tick <= limits[1] + 1e-6 for tick in ticks)
