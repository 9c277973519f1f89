from pathlib import Path

import numpy as np
import pytest

from benchmarks.chemistry import _judge_of, judge_structures, read_measured
from benchmarks.chemistry_figures import area_under_curve

JAK1 = Path(__file__).parents[2] / "data/jak/jak1_ki.csv"
TRICYCLE = "C1CCC(n2cnc3cnc4[nH]ccc4c32)CC1"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("chemistry")
    drawn = [
        TRICYCLE,  # as measured
        "C1CCC(n2cnc3cnc4occc4c32)CC1",  # the hinge's NH is a furan's oxygen
        "N#CC(O)C1CCC(n2cnc3cnc4[nH]ccc4c32)CC1",  # a cyanohydrin, its carbon drawn flat
        "CC(F)Cn1cnc2cnc3[nH]ccc3c21",  # nothing wrong but an open centre
    ]
    (folder / "drawn.csv").write_text("SMILES\n" + "\n".join(drawn) + "\n")
    found = judge_structures(
        folder / "drawn.csv", measured=JAK1, target="JAK1", out=folder / "page.html"
    )
    return found, (folder / "page.html").read_text()


def test_each_fault_is_counted_once_and_bad_sums_them(rows):
    chosen, _ = rows[0]
    assert (chosen.of, chosen.count) == ("chosen", 4)
    assert chosen.unstable == 0.25
    assert chosen.motif == 0.25
    assert chosen.bad == 0.5
    assert chosen.open_stereo == 0.5
    assert chosen.ready == 0.25


def test_real_compounds_stand_beside_them(rows):
    _, real = rows[0]
    assert real.of == "real"
    assert real.precedent_auc == 0.5
    assert real.bad < 0.15
    assert real.unstable < 0.01


def test_the_page_says_what_is_wrong_under_each_picture(rows):
    _, page = rows
    assert page.count("<figure>") == 4
    assert "1. ready" in page
    assert "unstable, open stereo" in page


def test_the_area_is_how_often_the_first_is_above():
    assert area_under_curve(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1.0
    assert area_under_curve(np.array([1.0]), np.array([1.0, 1.0])) == 0.5


def test_what_model_and_judge_make_of_real_compounds_stands_beside(judge_of_jak1):
    judge, measured = judge_of_jak1
    over, under = judge.held_up(lambda smiles: measured[list(smiles)].to_numpy() + 0.5, 24)
    assert over == pytest.approx(0.5)
    # Trees draw the strongest compounds, which they have not seen, towards the mean of all.
    assert 0.1 < under < 1.5


@pytest.fixture(scope="module")
def judge_of_jak1():
    table = read_measured(JAK1)
    held_out = table[table["split"] == "test"].drop_duplicates("smiles")
    return _judge_of("JAK1", table), held_out.set_index("smiles")["p_value"]
