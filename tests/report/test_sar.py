"""Pictures of structure-activity relationships say what is known and how well."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from molagent.report.page import Picture, environment, page, picture
from molagent.report.parts import changed_atoms, part_svg
from molagent.report.sar_cliffs import cliffs_html, neighbours_html
from molagent.report.sar_freewilson import combinations_html, free_wilson_html
from molagent.report.sar_pairs import pair_cards_html, suggestions_html, transforms_html
from molagent.report.sar_report import sar_pictures, write_sar
from molagent.report.sar_rgroups import rgroup_matrix_html, rgroup_table_html
from molagent.report.sar_series import series_html
from molagent.report.scale import Scale, delta_colour, signed, value_text
from molagent.sar.cliffs import find_cliffs
from molagent.sar.freewilson import fit_free_wilson
from molagent.sar.pairs import find_pairs
from molagent.sar.rgroups import decompose
from molagent.sar.series import assign_series, series_table
from molagent.sar.similarity import nearest_measured
from molagent.sar.transforms import pairs_behind, suggest_changes, transform_table

VOID = {"br", "meta", "link", "input", "hr", "img"}


class Balance(HTMLParser):
    """Reads HTML and fails where an element is closed that was not opened."""

    def __init__(self):
        super().__init__()
        self.open, self.words = [], []

    def handle_starttag(self, tag, _attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def words(shown):
    """Return the words of a picture, or of a page, after a look at its markup."""
    html = shown.html if isinstance(shown, Picture) else shown
    reader = Balance()
    reader.feed(html)
    assert reader.open == []
    assert "<script" not in html
    # What is linked is a section of the same page.
    assert not re.search(r"(src|href)=(?!\"#)", html)
    return re.sub(r"\s+", " ", " ".join(reader.words))


@pytest.fixture(scope="module")
def rows():
    """Return phenethylamines of one assay, in which one has a bound and one no value."""
    values = {("H", "H"): 7.5, ("H", "F"): 8.2, ("H", "Cl"): 8.7, ("F", "H"): 7.5, ("Cl", "H"): 8.2,
              ("Cl", "F"): 8.2, ("Cl", "Cl"): 8.9, ("F", "F"): 8.3, ("F", "Cl"): 6.0}  # fmt: skip
    frame = pd.DataFrame(
        {
            "compound_id": [f"<{m}&{p}>" for m, p in values],
            "smiles": [f"CN(C)CC(Br)c1ccc({p})c({m})c1".replace("(H)", "") for m, p in values],
            "p_value": values.values(),
        }
    )
    frame["p_relation"] = ["="] * 8 + ["<"]
    return frame


@pytest.fixture(scope="module")
def table(rows):
    return decompose(rows, "CN(C)CC(Br)c1ccc([*:2])c([*:1])c1")


@pytest.fixture(scope="module")
def pairs(rows):
    return find_pairs(rows)


def test_a_name_from_outside_is_escaped(table):
    shown = rgroup_table_html(table, unit="pA2")
    assert "<H&Cl>" in words(shown)
    assert "&lt;H&amp;Cl&gt;" in shown.html


def test_an_r_group_table_says_how_many_have_the_core(table):
    text = words(rgroup_table_html(table, unit="pA2", limit=3))
    assert "9 compounds have the core, 8 with an exact value; the best 3 are shown." in text
    assert "8.90" in text
    assert "6.00" not in text


def test_the_matrix_shows_a_bound_as_a_bound_and_striped(table):
    shown = rgroup_matrix_html(table, "R1", "R2", unit="pA2")
    assert "< 6.00" in words(shown)
    assert shown.html.count('class="heat bound"') == 1


def test_changes_show_their_counts_and_their_interval(pairs):
    table = transform_table(pairs)
    text = words(transforms_html(table, unit="pA2", limit=2))
    assert f"2 of {len(table)} changes" in text
    assert "pairs with two exact values in this assay" in text


def test_pair_cards_show_both_values_and_the_difference(pairs):
    behind = pairs_behind(pairs, "*[H]", "*Cl")
    shown = pair_cards_html(behind, unit="pA2")
    text = words(shown)
    assert f"{len(behind)} of {len(behind)} pairs" in text
    assert "+1.20" in text
    assert "≤ " in text
    # The chlorine is on a tinted ground.
    assert "#FFDD99" in shown.html


def test_suggestions_show_what_was_made_already(pairs, rows):
    found = suggest_changes(rows["smiles"][0], pairs, p_value=7.5, min_pairs=2)
    text = words(suggestions_html(found, rows["smiles"][0], unit="pA2"))
    assert "made: <H&F>" in text
    assert "expected pA2" in text


def test_cliffs_say_what_rests_on_a_bound(rows):
    cliffs = find_cliffs(rows, min_delta=2.0)
    text = words(cliffs_html(cliffs, unit="pA2"))
    assert "≥ +2.90" in text
    assert "< 6.00" in text


def test_no_compound_fills_the_gallery(rows):
    cliffs = find_cliffs(rows, min_delta=1.0)
    shown = cliffs_html(cliffs, per_compound=1)
    assert shown.html.count("&lt;F&amp;Cl&gt;") == 1


def test_contributions_come_with_errors_and_the_cross_validated_figure(table):
    model = fit_free_wilson(table)
    text = words(free_wilson_html(model, unit="pA2"))
    assert f"{model.n} compounds" in text
    assert "q²" in text
    assert "reference" in text
    new = model.combinations()
    assert "not made yet" in words(combinations_html(model, new, unit="pA2"))


def test_a_model_that_predicts_nothing_says_so(table):
    draw = pd.Series([1.0, 9.0, 2.0, 8.0, 1.5, 7.0, 9.5, 1.0, 5.0])
    noisy = type(table)(
        table.core,
        table.positions,
        table.rows.assign(p_value=draw, p_relation="="),
        table.unmatched,
    )
    assert "hardly add up" in words(free_wilson_html(fit_free_wilson(noisy)))


def test_series_show_every_value_and_when_they_were_made(rows):
    dated = rows.assign(date=pd.date_range("2021-01-01", periods=len(rows), freq="MS"))
    assigned = assign_series(dated, min_atoms=6)
    shown = series_html(series_table(dated, assigned=assigned), assigned, dated, unit="pA2")
    text = words(shown)
    assert "9 compounds in 1 series" in text
    assert "Jan 2021 to Sep 2021" in text
    assert shown.html.count("<circle") == 9
    undated = series_html(series_table(rows, assigned=assigned), assigned, rows)
    assert "2021" not in words(undated)


def test_neighbours_stand_beside_their_query(rows):
    found = nearest_measured(rows, ["CN(C)CC(Br)c1ccc(I)cc1"], k=2)
    text = words(neighbours_html(found, unit="pA2"))
    assert "query" in text
    assert text.count("similarity") >= 2


def test_what_a_pair_changes_is_found_in_the_compound():
    atoms = changed_atoms("Clc1ccccc1", "*c1ccccc1", "*Cl")
    assert atoms == (0,)
    assert changed_atoms("c1ccccc1", "*c1ccccc1", "*[H]") == ()


@pytest.mark.parametrize("part", ["*[H]", "[H][*:3]", "[*:1][H]"])
def test_a_hydrogen_is_a_letter(part):
    assert ">H</text>" in part_svg(part)


def test_a_part_that_cannot_be_read_is_an_empty_tile():
    assert "not drawn" in part_svg("c1ccc(")


def test_an_unknown_value_has_no_colour():
    scale = Scale([4.0, 8.0])
    heat = environment().globals["kit"].heat
    assert "--heat" in heat(scale.cell(6.0))
    assert "--heat" not in heat(scale.cell(float("nan"), "~"))
    assert "unknown" in heat(scale.cell(None, "~"))


def test_one_value_alone_has_a_colour():
    assert Scale([6.0]).share(6.0) == 0.5
    assert Scale([]).share(0.5) == 0.5


def test_rises_and_falls_have_different_colours():
    assert delta_colour(2.0) == "#0062a8"
    assert delta_colour(-2.0) == "#c85400"
    assert delta_colour(0.0) == "#ffffff"


def test_a_page_holds_its_fragments_and_escapes_its_title():
    html = page("<JAK1>", [picture("A & B", note="a < b")])
    assert "A & B a < b" in words(html)
    assert "<title>&lt;JAK1&gt;</title>" in html


def test_bounds_of_values_and_of_differences_read_differently():
    assert value_text(4.0, "<") == "< 4.00"
    assert signed(-1.0, "<") == "≤ −1.00"
    assert signed(None) == "unknown"


def test_one_assay_makes_one_page_without_outside_references(rows, tmp_path):
    core = "CN(C)CC(Br)c1ccccc1"
    path = write_sar(tmp_path / "sar.html", rows, name="α1 <rat>", unit="pA2", core=core)
    text = words(path.read_text(encoding="utf-8"))
    assert "9 compounds, 8 with an exact value, 1 with a bound." in text
    assert "No compound was measured twice, so the repeatability is not known." in text
    assert "α1 <rat>" in text
    assert "What each substituent adds" in text


def test_a_model_that_is_underdetermined_says_why_on_the_page(rows):
    few = rows.head(5).assign(n=2, sd=0.2)
    text = " ".join(words(p) for p in sar_pictures(few, name="rat", core="CN(C)CC(Br)c1ccccc1"))
    assert "the additive model is underdetermined" in text
    assert "agree within 0.20 log units" in text
