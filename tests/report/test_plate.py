"""A plate's picture has every well, its controls and its verdict."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from molagent.curves import plate_quality
from molagent.report.plate import plate_map, quality_words


def plate(n_rows=8, n_columns=12):
    draw = np.random.default_rng(2)
    rows = [
        (
            "P1",
            row,
            column,
            {1: "neg", n_columns: "pos"}.get(column, "sample"),
            (500.0 if column == n_columns else 5000.0) + draw.normal(0, 100),
        )
        for row in range(1, n_rows + 1)
        for column in range(1, n_columns + 1)
    ]
    names = ["barcode", "well_row", "well_column", "role", "signal"]
    return pd.DataFrame(rows, columns=names)


def words(svg):
    return " ".join(re.findall(r">([^<>]+)<", svg))


@pytest.mark.parametrize("size", [(8, 12), (16, 24), (32, 48)])
def test_every_well_is_drawn(size):
    svg = plate_map(plate(*size), title="P1")
    ET.fromstring(svg)  # noqa: S314 - our own text
    assert svg.count("rx='2'") == size[0] * size[1] + 2  # and two in the legend
    assert ("AF" if size[0] == 32 else "H") in words(svg)


def test_the_verdict_and_its_figures_are_above_the_plate():
    wells = plate()
    quality = plate_quality(wells).iloc[0].to_dict()
    text = words(plate_map(wells, quality))
    assert "pass: Z′ 0.91" in text
    assert "drift" in text


def test_a_plate_that_was_not_judged_is_unknown():
    assert "unknown: not judged" in words(plate_map(plate()))
    assert quality_words(None).startswith("unknown")


def test_roles_are_told_by_frames_and_a_well_set_aside_is_crossed():
    wells = plate()
    wells["outlier"] = False
    wells.loc[5, "outlier"] = True
    wells.loc[6, "role"] = "ref"
    wells.loc[7, "signal"] = np.nan
    svg = plate_map(wells)
    assert svg.count("stroke-dasharray='3 2'") == 8 + 1
    assert svg.count("stroke-width='1.6'") == 8 + 1
    assert svg.count("url(#nr)") == 1
    assert svg.count("stroke-width='1.3'") == 1
    assert "reference" in words(svg)


def test_colours_tell_below_from_above():
    wells = plate()
    wells.loc[14, "signal"] = 50_000.0
    svg = plate_map(wells)
    assert "#d55e00" in svg
    assert svg.count("#0072b2") >= 8


def test_an_unread_plate_is_hatched_and_not_coloured():
    wells = plate().assign(signal=np.nan)
    assert plate_map(wells).count("url(#nr)") == 96
