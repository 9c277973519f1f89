"""An explanation shows every atom's share in colour and every number in words."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from molagent.errors import MolagentError
from molagent.learn.explanation import (
    AtomContributions,
    AtomGroup,
    Contradiction,
    Explanation,
    Neighbour,
)
from molagent.report.drawing import structure_svg
from molagent.report.explanation import (
    atom_colours,
    contribution_svg,
    explanation_html,
    render_explanation,
    write_explanation,
)
from molagent.report.page import Picture

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
SALICYLIC_ACID = "O=C(O)c1ccccc1O"
SHARES = np.array([0.4, 0.2, -0.3, 0.0, 0.1, 0.1, 0.0, 0.0, 0.1, 0.1, -0.4, -0.4, np.nan])
# Invented numbers on real structures.
CONTRIBUTIONS = AtomContributions(
    smiles=ASPIRIN,
    endpoint="cox1_pic50",
    unit="pIC50",
    method="kernel",
    predicted=5.3,
    baseline=5.0,
    atoms=SHARES,
    remainder=0.0,
    groups=(
        AtomGroup(atoms=(10, 11, 12), smiles="*C(=O)O", value=float("nan")),
        AtomGroup(atoms=(4, 5, 6, 7, 8, 9), smiles="*c1ccccc1*", value=0.4),
        AtomGroup(atoms=(0, 1, 2, 3), smiles="*OC(C)=O", value=-0.3),
    ),
)
NEAR = Neighbour(
    compound_id="MA-000007", smiles=SALICYLIC_ACID, value=3.4, relation="<", similarity=0.61
)
EXPLANATION = Explanation(
    contributions=CONTRIBUTIONS,
    std=0.5,
    in_domain=True,
    model_hash="0123456789abcdef",
    neighbours=(NEAR,),
    against=Contradiction(neighbour=NEAR, gap=-1.9, closer=0),
)


def text_of(shown):
    html = shown.html if isinstance(shown, Picture) else shown
    return " ".join(
        re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.S)).split()
    )


def test_blue_raises_orange_lowers_and_grey_is_unknown():
    colours = atom_colours(CONTRIBUTIONS)
    red, _, blue = (int(colours[0][start : start + 2], 16) for start in (1, 3, 5))
    assert blue > red
    red, _, blue = (int(colours[10][start : start + 2], 16) for start in (1, 3, 5))
    assert red > blue
    assert colours[12] == "#d9dee4"
    assert 3 not in colours, "nothing is no tint"


def test_a_common_limit_makes_pictures_comparable():
    alone, beside = atom_colours(CONTRIBUTIONS), atom_colours(CONTRIBUTIONS, limit=4.0)
    assert int(beside[0][1:3], 16) > int(alone[0][1:3], 16)


def test_without_any_contribution_nothing_is_tinted():
    flat = replace(CONTRIBUTIONS, atoms=np.zeros(13))
    assert atom_colours(flat) == {}
    assert "<circle" not in contribution_svg(flat)


def test_the_picture_has_a_disc_under_every_tinted_atom_and_stays_well_formed():
    svg = contribution_svg(CONTRIBUTIONS)
    root = ET.fromstring(svg)  # noqa: S314 - drawn a line above
    discs = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(discs) == len(atom_colours(CONTRIBUTIONS))
    assert svg.index("<circle") < svg.index("<g "), "discs lie under the bonds"


def test_a_single_atom_can_be_tinted():
    assert "<circle" in structure_svg("C", tints={0: "#ff0000"})


def test_the_page_says_the_numbers_their_unit_and_what_they_add_up_to():
    text = text_of(render_explanation(EXPLANATION, name="aspirin"))
    assert "5.30 pIC50" in text
    assert "4.48 to 6.12" in text
    assert "The parts add up: 5.00" in text
    assert "−0.30" in text
    assert "+0.40" in text
    assert "unknown" in text
    assert "it says what the model has seen" in text.lower()


def test_the_pair_that_argues_against_is_named_with_its_value():
    text = text_of(explanation_html(EXPLANATION, name="aspirin"))
    assert "MA-000007 , similarity 0.61, was measured at < 3.40" in text.replace("&lt;", "<")
    assert "1.90 lower than the estimate" in text
    assert "No closer compound agrees" in text


def test_masked_numbers_say_that_they_do_not_add_up():
    masked = replace(CONTRIBUTIONS, method="masking", baseline=float("nan"))
    text = text_of(explanation_html(replace(EXPLANATION, contributions=masked)))
    assert "do not add up" in text
    assert "The parts add up" not in text


def test_where_nothing_close_was_measured_the_page_says_so():
    far = replace(EXPLANATION, against=None, neighbours=(replace(NEAR, similarity=0.2),))
    assert "Nothing measured is close enough" in text_of(explanation_html(far))
    none = replace(EXPLANATION, against=None, neighbours=())
    assert "No compound was measured" in text_of(explanation_html(none))
    agrees = replace(EXPLANATION, against=None)
    assert "contradicts the estimate by more than the assay" in text_of(explanation_html(agrees))


def test_an_estimate_outside_the_domain_is_to_be_treated_as_unknown():
    text = text_of(explanation_html(replace(EXPLANATION, in_domain=False)))
    assert "no: treat it as unknown" in text


def test_a_compound_that_was_measured_itself_is_no_pair_of_pictures():
    itself = replace(NEAR, smiles=ASPIRIN, similarity=1.0)
    own = replace(EXPLANATION, against=Contradiction(neighbour=itself, gap=-1.9, closer=0))
    shown = explanation_html(own)
    assert "This structure itself was measured" in text_of(shown)
    assert "what differs between the two" not in shown.html


def test_names_are_text_and_never_markup():
    html = render_explanation(EXPLANATION, name="<script>alert(1)</script>")
    assert "<script>" not in html


def test_the_page_is_written_whole(tmp_path):
    path = write_explanation(EXPLANATION, tmp_path / "why" / "aspirin.html", name="aspirin")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(MolagentError, match="cannot be written"):
        write_explanation(EXPLANATION, blocked / "aspirin.html")
