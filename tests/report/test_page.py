"""The page kit: nothing that is data becomes markup, on any page, and all pages have one frame."""

import ast
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from molagent.curves import fit_curves, plate_quality
from molagent.patents.ladder import PatentLadder
from molagent.patents.landscape import survey
from molagent.patents.markush.boundary import find_boundary
from molagent.patents.markush.claims import read_claim
from molagent.patents.markush.members import run_members
from molagent.patents.publications import read_collection
from molagent.propose.training.card import ModelCard
from molagent.report.chart import Axes
from molagent.report.claim import boundary_html, claim_html
from molagent.report.curve import curve_plot
from molagent.report.curvegrid import curve_grid
from molagent.report.explanation import explanation_html, render_explanation
from molagent.report.generatorcard import render_generator_card
from molagent.report.modelcard import card_html, render_card
from molagent.report.optimisation import OptimisationContent, write_optimisation
from molagent.report.page import Picture, drawing, environment, page, picture, render, together
from molagent.report.patent_evidence import ClaimLine, write_evidence
from molagent.report.patent_landscape import landscape_pictures
from molagent.report.plate import plate_map
from molagent.report.plots import funnel_figure
from molagent.report.sar_cliffs import cliffs_html, neighbours_html
from molagent.report.sar_freewilson import combinations_html, free_wilson_html
from molagent.report.sar_pairs import pair_cards_html, suggestions_html, transforms_html
from molagent.report.sar_report import sar_pictures
from molagent.report.sar_rgroups import rgroup_matrix_html, rgroup_table_html
from molagent.report.sar_series import series_html
from molagent.report.svg import element, svg
from molagent.sar.cliffs import find_cliffs
from molagent.sar.freewilson import fit_free_wilson
from molagent.sar.pairs import find_pairs
from molagent.sar.rgroups import decompose
from molagent.sar.series import assign_series, series_table
from molagent.sar.similarity import nearest_measured
from molagent.sar.transforms import pairs_behind, suggest_changes, transform_table
from tests.patents.conftest import COLLECTION, EGFR_CLAIM
from tests.report.test_explanation import EXPLANATION

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> & </style></svg>"
REPORT = Path(__file__).parents[2] / "molagent" / "report"
ERLOTINIB = "C#Cc1cccc(Nc2ncnc3cc(OCCOC)c(OCCOC)cc23)c1"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
#: What a page may be made of; an attack that became markup shows as another tag or attribute.
TAGS = frozenset(
    {
        *("html", "head", "meta", "title", "style", "body", "main", "header", "nav", "section"),
        *("article", "footer", "div", "p", "h1", "h2", "h3", "h4", "a", "abbr", "b", "strong"),
        *("em", "i", "small", "span", "code", "pre", "blockquote", "br", "ul", "ol", "li", "dl"),
        *("dt", "dd", "figure", "figcaption", "table", "caption", "colgroup", "col", "thead"),
        *("tbody", "tr", "th", "td"),
        *("svg", "desc", "defs", "pattern", "g", "rect", "circle", "path", "text"),
    }
)
VOID = frozenset({"br", "col", "meta"})


class Reader(HTMLParser):
    """Reads markup as a browser would, and fails at what no page of ours has."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in {"src", "srcdoc", "action", "xlink:href"}, name
            assert name != "href" or (value or "").startswith("#"), value
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def read(shown: Picture | str) -> str:
    """Return the words of a page or a picture, all of whose markup is ours."""
    reader = Reader()
    reader.feed(shown.html if isinstance(shown, Picture) else shown)
    reader.close()
    assert reader.open == []
    return re.sub(r"\s+", " ", " ".join(reader.words))


# -- no markup by hand -------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(REPORT.glob("*.py")), ids=lambda path: path.name)
def test_no_module_writes_markup_by_hand(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("html", "xml.sax.saxutils"):
            assert [name.name for name in node.names] == ["unescape"], path.name
        # A text in which a value is put has no tags, but for the subscripts of RDKit's labels.
        if isinstance(node, ast.JoinedStr):
            literal = "".join(
                str(part.value)
                for part in node.values  # noqa: PD011 - no frame
                if isinstance(part, ast.Constant)
            )
            assert not re.search(r"</?(?!sub>)[a-z][a-z0-9]*[ >/]", literal), (
                f"{path.name}: {literal}"
            )


def test_only_the_kit_says_that_a_text_is_markup():
    marking = {
        path.name
        for path in REPORT.glob("*.py")
        if re.search(r"\bMarkup\((?!\"\"\))", path.read_text(encoding="utf-8"))
    }
    assert marking == {"page.py", "svg.py", "explanation.py"}
    # In the explanation it is a frame of constant text around what templates made.
    assert 'Markup("<section>{}</section>").format(' in (REPORT / "explanation.py").read_text()


def test_every_template_is_escaped_and_none_lifts_it():
    for path in (REPORT / "templates").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "| safe" not in text, path.name
        assert "autoescape" not in text, path.name
        assert "<script" not in text, path.name
        assert not re.search(r"(https?:)?//[a-z]|url\(|@import", text), path.name
    assert environment().autoescape is True


def test_a_template_does_not_pass_over_what_it_was_not_given():
    with pytest.raises(UndefinedError):
        render("section.html", title="x")


# -- the kit -------------------------------------------------------------------------------------


def test_an_element_escapes_words_and_attributes_and_keeps_elements():
    inner = element("tspan", "a & b", fill="x' onload='alert(1)")
    assert "onload='" not in inner
    assert element("text", inner, "<b>", x=1.26, y=100.04) == (
        f"<text x='1.26' y='100'>{inner}&lt;b&gt;</text>"
    )


def test_a_picture_of_svg_names_itself():
    drawn = svg((20, 10), title=ATTACK, description="two < three", label=ATTACK)
    read(drawn)
    assert "<desc>two &lt; three</desc>" in drawn
    assert drawn.count("<rect") == 1
    assert "<rect" not in svg((20, 10), ground=False)


def test_axes_of_a_cell_have_no_frame_and_their_words_are_text():
    axes = Axes.bare((0.0, 1.0), (0.0, 1.0), ATTACK, (100, 20))
    axes.text((0.5, 0.5), ATTACK)
    axes.dot(0.5, 0.5, "#000", hollow=1.0)
    drawn = axes.to_svg(x_ticks=[], y_ticks={0.5: ATTACK})
    assert "script" in read(drawn)
    assert "<path" not in drawn
    assert "cx='50'" in drawn


def test_a_cell_has_its_style_and_a_page_has_it_once():
    pictures = [picture("One", note="first"), picture("Two", note="second")]
    cell = pictures[0]._repr_html_()
    assert cell.count("<style>") == 1
    assert "div.ma {" in cell
    whole = page("Both", pictures)
    assert whole.count("<style>") == 1
    assert "div.ma" not in whole
    assert not isinstance(cell, Markup), "what is handed out is plain text"
    assert not isinstance(whole, Markup)


def test_a_page_lists_its_sections_in_order_where_there_are_several():
    two = page("x", [picture("A & B"), picture("C")])
    assert "Contents" not in two
    many = page("x", [picture("A & B"), picture("C < D"), picture("Ä"), picture("E")])
    links = re.findall(r'<li><a href="#([\w-]+)">([^<]*)</a>', many)
    assert links == [("a-b", "A &amp; B"), ("c-d", "C &lt; D"), ("section", "Ä"), ("e", "E")]
    assert all(f'<section id="{anchor}"' in many for anchor, _ in links)


def test_pictures_put_together_are_one_and_can_be_written(tmp_path):
    both = together("Both", [picture("One"), drawing("Two", svg((5, 5), label="dot"))])
    assert both.html.count("<section") == 2
    path = both.write(tmp_path / "deep" / "both.html")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_every_page_is_told_to_fit_a_phone_and_paper():
    text = page("x", [])
    assert 'name="viewport" content="width=device-width' in text
    assert "@media (max-width: 560px)" in text
    assert "@media print" in text
    assert ".scroll { overflow-x: auto" in text


# -- hostile names on every page -----------------------------------------------------------------


@pytest.fixture(scope="module")
def rows():
    """Return phenethylamines of one assay, all of whose names are an attack."""
    values = {("H", "H"): 7.5, ("H", "F"): 8.2, ("H", "Cl"): 8.7, ("F", "H"): 7.5, ("Cl", "H"): 8.2,
              ("Cl", "F"): 8.2, ("Cl", "Cl"): 8.9, ("F", "F"): 8.3, ("F", "Cl"): 6.0}  # fmt: skip
    return pd.DataFrame(
        {
            "compound_id": [f"{ATTACK}{m}{p}" for m, p in values],
            "smiles": [f"CN(C)CC(Br)c1ccc({p})c({m})c1".replace("(H)", "") for m, p in values],
            "p_value": values.values(),
            "p_relation": ["="] * 8 + ["<"],
            "date": pd.date_range("2021-01-01", periods=len(values), freq="MS"),
        }
    )


def test_names_of_compounds_and_units_are_text_in_every_picture_of_an_assay(rows):
    table = decompose(rows, "CN(C)CC(Br)c1ccc([*:2])c([*:1])c1")
    pairs = find_pairs(rows)
    first = rows["smiles"][0]
    assigned = assign_series(rows, min_atoms=6)
    named = assigned.assign(series=ATTACK)
    series = series_table(rows, assigned=assigned).assign(series=ATTACK)
    model = fit_free_wilson(table)
    changes = transform_table(pairs).assign(context=ATTACK, effect=ATTACK)
    behind = pairs_behind(pairs, "*[H]", "*Cl")
    suggested = suggest_changes(first, pairs, p_value=7.5, min_pairs=2)
    cliffs = find_cliffs(rows, min_delta=1.0).assign(kind=ATTACK)
    nearest = nearest_measured(rows, [first], k=2)
    hostile = {"unit": ATTACK, "title": ATTACK}
    for shown in (
        rgroup_table_html(table, **hostile),
        rgroup_matrix_html(table, "R1", "R2", **hostile),
        transforms_html(changes, **hostile),
        pair_cards_html(behind, **hostile),
        suggestions_html(suggested, first, **hostile),
        cliffs_html(cliffs, **hostile),
        neighbours_html(nearest, **hostile),
        free_wilson_html(model, **hostile),
        combinations_html(model, model.combinations(), **hostile),
        series_html(series, named, rows, **hostile),
        *sar_pictures(rows, name=ATTACK, unit=ATTACK, core="CN(C)CC(Br)c1ccccc1"),
    ):
        assert "alert(1)" in read(shown), "the name is there"
        read(shown._repr_html_())
    read(page(ATTACK, [rgroup_table_html(table, **hostile)], kicker=ATTACK))


def test_words_of_a_claim_are_text_on_its_sheet_and_at_its_boundary():
    claim = read_claim(EGFR_CLAIM)
    hostile = replace(
        claim,
        claim_id=ATTACK,
        source=ATTACK,
        text=ATTACK,
        note=ATTACK,
        interpretation=ATTACK,
    )
    tests = [replace(test, why=ATTACK, inside=not test.expected) for test in run_members(claim)]
    assert read(claim_html(hostile, tests)).count("alert(1)") >= 5
    member = claim.members[0]
    found = replace(find_boundary(claim, member, top=1), claim_id=ATTACK)
    found = replace(
        found,
        holds=tuple(replace(hold, site=ATTACK, allowed=ATTACK) for hold in found.holds),
        exits=tuple(replace(way, change=ATTACK, reason=ATTACK) for way in found.exits),
    )
    assert read(boundary_html(member, found)).count("alert(1)") >= 4


def test_a_landscape_of_hostile_publications_is_text():
    found = survey(PatentLadder(read_collection(COLLECTION)), [RUXOLITINIB], at_least=0.25)
    texts = ("name", "publication_number", "assignee", "published")
    hostile = replace(
        found,
        compounds=found.compounds.assign(**dict.fromkeys(texts, ATTACK)),
        families=found.families.assign(numbers=ATTACK, family=ATTACK),
        assignees=found.assignees.assign(assignee=ATTACK, written=ATTACK),
        searched=ATTACK,
        unread=[(ATTACK, ATTACK)],
    )
    read(page(ATTACK, landscape_pictures(hostile)))


def test_hostile_evidence_is_text(tmp_path):
    evidence = pd.DataFrame(
        {
            "structure": [ATTACK],
            "smiles": [RUXOLITINIB],
            "level": ["exact_in_claims"],
            "claim_id": [ATTACK],
            "matched_name": [ATTACK],
            "matched_smiles": [RUXOLITINIB],
            "similarity": [1.0],
            "assignment": [{ATTACK: ATTACK, "R2": "*Cl"}],
            "further": [1],
        }
        | {
            name: [ATTACK]
            for name in ("relation", "reason", "publication_number", "kind", "publication_date",
                         "family_id", "assignee", "title", "section", "route", "release",
                         "licence", "source", "searched")
        }
    )  # fmt: skip
    sources = pd.DataFrame(
        {
            "release": [ATTACK, ATTACK],
            "scope": [ATTACK, ATTACK],
            "publications": [1, 1],
            "compounds": [1, 1],
            "unreadable": [0, 0],
            "built_on": [ATTACK, ATTACK],
            "visibility": ["own", "client"],
            "licence": [ATTACK, ATTACK],
            "source": [ATTACK, ATTACK],
            "searched": [True, False],
            "reason": ["", ATTACK],
        }
    )
    line = ClaimLine(
        claim_id=ATTACK, kind=ATTACK, status=ATTACK, standing=ATTACK, sentence=ATTACK, source=ATTACK
    )
    path = write_evidence(
        evidence, sources, tmp_path / "e.html", title=ATTACK, claims=[line], client=ATTACK
    )
    assert read(path.read_text(encoding="utf-8")).count("alert(1)") > 20


def test_a_hostile_card_is_text():
    texts = ("endpoint", "title", "unit", "source", "model_hash", "reason", "note", "target",
             "assay", "snapshot", "data_hash")  # fmt: skip
    card = {
        **dict.fromkeys(texts, ATTACK),
        "kind": "local",
        "n_train": 3,
        "reliable": False,
        "metrics": {ATTACK: {ATTACK: 0.5}},
        "domain_bands": {ATTACK: {"rmse": 0.5, ATTACK: ATTACK}},
        "parity": [[7.0, 7.5, 0.3], [6.0, 6.2, 0.1]],
        "hyperparameters": {ATTACK: ATTACK},
    }
    assert read(render_card(card)).count("alert(1)") > 8
    read(card_html(card)._repr_html_())


def test_a_hostile_generators_card_is_text():
    facts = {
        "model_hash": ATTACK,
        "data": [{"file": ATTACK, ATTACK: 3}],
        "command": ATTACK,
        "held_out_nll": {ATTACK: 2.7},
        "figures": {ATTACK: [{"asked": ATTACK}], "other": [ATTACK, 2]},
        "training": {ATTACK: None, "fast": True},
    }
    losses = [{"step": float(n), "train": math.nan, "total": 3.0 - n} for n in range(3)]
    text = read(render_generator_card(ModelCard(facts, losses)))
    assert text.count("alert(1)") > 8
    assert "fast yes" in text


def test_a_hostile_explanation_is_text():
    near = replace(EXPLANATION.neighbours[0], compound_id=ATTACK)
    shares = replace(EXPLANATION.contributions, endpoint=ATTACK, unit=ATTACK)
    hostile = replace(
        EXPLANATION,
        contributions=shares,
        model_hash=ATTACK,
        neighbours=(near,),
        against=replace(EXPLANATION.against, neighbour=near),
    )
    assert read(render_explanation(hostile, name=ATTACK)).count("alert(1)") > 5
    read(explanation_html(hostile, name=ATTACK)._repr_html_())


def test_a_hostile_optimisation_is_text(tmp_path):
    calls = pd.DataFrame(
        {
            "call": [1], "step": [0], "smiles": [ERLOTINIB], "source": [ATTACK], "total": [0.5],
            "reward": [0.5], "raw": [{ATTACK: 0.5}], "note": [ATTACK],
        }
    )  # fmt: skip
    content = OptimisationContent(
        name=ATTACK,
        run_id=ATTACK,
        seed=1,
        version=ATTACK,
        stop_reason=ATTACK,
        seconds=1.0,
        mode="weighted",
        calls=calls,
        best=calls[["smiles", "total", "source", "call", "raw"]],
        components=[{"name": ATTACK, "direction": "maximise", "low": 0.0, "high": 1.0,
                     "weight": 1.0, "unit": ATTACK}],
        curve=[(1, 0.5)],
        curve_label=ATTACK,
        baseline=0.2,
        known=0,
        models={ATTACK: ATTACK},
    )  # fmt: skip
    write_optimisation(content, tmp_path)
    text = read((tmp_path / "optimisation.html").read_text(encoding="utf-8"))
    assert text.count("alert(1)") > 8


def test_names_on_plates_curves_and_funnels_are_text():
    wells = pd.DataFrame(
        {
            "barcode": ATTACK,
            "well_row": [1, 1, 2, 2],
            "well_column": [1, 2, 1, 2],
            "role": ["neg", "pos", ATTACK, "ref"],
            "signal": [5.0, 1.0, 4.0, 3.0],
        }
    )
    judged = plate_quality(wells).iloc[0].to_dict() | {"reason": ATTACK}
    assert "alert(1)" in read(plate_map(wells, judged, title=ATTACK))
    doses = np.repeat([1e-4, 1e-5, 1e-6, 1e-7], 2)
    points = pd.DataFrame(
        {"sample": ATTACK, "concentration_m": doses, "response": 100 / (1 + 1e-6 / doses)}
    )
    fits = fit_curves(points, ["sample"])
    curve = fits.curves.iloc[0].to_dict() | {"note": ATTACK}
    drawn = curve_plot(curve, fits.points, title=ATTACK, quantity=ATTACK, y_label=ATTACK)
    assert "alert(1)" in read(drawn)
    assert "script" in read(curve_grid(fits.curves, fits.points, quantity=ATTACK))
    funnel = pd.DataFrame(
        {"ordinal": [0], "stage": [ATTACK], "entered": [3], "passed": [1], "failed": [1],
         "unknown": [1]}
    )  # fmt: skip
    assert "alert(1)" in read(funnel_figure(funnel))
