"""What is predicted beside the profile stands together; what cannot be trusted is not shown."""

import csv
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from rdkit import Chem

from molagent.report.brief import brief
from molagent.report.compound import compound_views
from molagent.report.content import ReportContent
from molagent.report.endpoints import panel_endpoints
from molagent.report.export import write_csv, write_sdf, write_xlsx
from molagent.report.modelcard import model_views
from molagent.report.panel import PanelCell, PanelEndpoint, panel_view, percentiles
from molagent.report.summary import render_html
from molagent.screen.admet_cards import admet_names

PANEL = (
    "AMES",
    "CYP3A4_Veith",
    "Caco2_Wang",
    "Clearance_Hepatocyte_AZ",
    "DILI",
    "HIA_Hou",
    "Half_Life_Obach",
    "PPBR_AZ",
)


@pytest.fixture(scope="module")
def html(panel_content) -> str:
    return render_html(panel_content)


def section(html: str, name: str) -> str:
    return html.split(f'aria-label="{name}"')[1].split("</section>", maxsplit=1)[0]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def column(content: ReportContent, name: str) -> tuple[PanelEndpoint, list[PanelCell]]:
    table = panel_view(content).tables[0]
    place = [item.endpoint for item in table.endpoints].index(name)
    return table.endpoints[place], [row.cells[place] for row in table.rows]


def changed(content: ReportContent, endpoint: str, **values: object) -> ReportContent:
    cards = [{**c, **values} if c["endpoint"] == endpoint else c for c in content.cards]
    return replace(content, cards=cards)


def test_the_panel_is_what_neither_the_profile_nor_the_assays_name(panel_content):
    assert panel_content.panel == PANEL


def test_every_endpoint_of_admet_ai_has_a_group_and_a_short_name():
    cards = [{"endpoint": name, "column": name, "kind": "regression"} for name in admet_names()]
    found = panel_endpoints(ReportContent(name="x", cards=cards))
    assert len(found) == 41
    assert list(dict.fromkeys(item.group for item in found)) == [
        "Absorption",
        "Distribution",
        "Metabolism",
        "Excretion",
        "Toxicity",
    ]
    assert len({item.name for item in found}) == 41
    assert max(len(item.head) for item in found) <= 28


def test_a_compound_also_names_only_what_the_assays_of_the_campaign_predict(panel_content):
    for view in compound_views(panel_content):
        assert [row.title for row in view.further] == ["JAK2 pKi"]


def test_the_panel_stands_after_the_compounds_with_a_line_for_each(panel_content, html):
    assert html.index('aria-label="Compounds"') < html.index('aria-label="ADMET panel"')
    panel = section(html, "ADMET panel")
    for rank, name in enumerate(panel_content.shortlist["proposal_id"], start=1):
        assert f'<a href="#c-{rank}">{name}</a>' in panel


def test_endpoints_are_grouped_and_shortly_named(html):
    table = words(section(html, "ADMET panel").split("<tbody>")[0])
    assert table.endswith(
        "Compound Absorption Distribution Metabolism Toxicity Intestinal absorption "
        "Caco-2, log cm/s PPB, % CYP3A4 inhibition AMES DILI"
    )


def test_an_unknown_value_is_unknown_and_has_no_shade(panel_content):
    _, cells = column(panel_content, "AMES")
    assert (cells[0].text, cells[0].shade) == ("unknown", None)
    assert all(cell.shade is not None for cell in cells[1:])


def test_a_value_outside_the_domain_is_marked(panel_content, html):
    _, cells = column(panel_content, "AMES")
    assert [cell.outside for cell in cells] == [False, True, False, False]
    assert "<abbr>◊</abbr>" in section(html, "ADMET panel")


def test_the_shade_deepens_with_the_unwanted_and_is_left_out_where_that_is_open(panel_content):
    _, dili = column(panel_content, "DILI")
    assert [cell.shade for cell in dili] == [3, 3, 4, 4]
    _, absorption = column(panel_content, "HIA_Hou")
    assert {cell.shade for cell in absorption} == {0}
    _, binding = column(panel_content, "PPBR_AZ")
    assert {cell.shade for cell in binding} == {None}
    _, permeability = column(panel_content, "Caco2_Wang")
    shades = [cell.shade for cell in permeability]
    assert shades == sorted(shades, reverse=True)
    assert shades[0] > shades[-1]


def test_a_probability_is_never_written_as_zero_or_one(panel_content):
    _, cells = column(panel_content, "CYP3A4_Veith")
    assert cells[0].text == "<0.01"


def test_a_value_is_placed_among_approved_drugs(panel_content):
    item, cells = column(panel_content, "DILI")
    assert re.fullmatch(r"DILI 0\.99 ± 0\.10; above \d+ % of approved drugs", cells[-1].hint), (
        cells[-1].hint
    )
    shares = percentiles(item, np.array([0.2, np.nan, 0.9]))
    assert shares[0] < shares[2]
    assert np.isnan(shares[1])


def test_a_model_of_another_origin_is_not_compared_with_approved_drugs(panel_content):
    other = changed(panel_content, "DILI", column="", source="our own")
    item, cells = column(other, "DILI")
    assert np.isnan(percentiles(item, np.array([0.5]))).all()
    assert "approved" not in cells[0].hint


def test_an_unreliable_endpoint_is_named_with_its_reason_and_its_values_are_not_shown(html):
    panel = words(section(html, "ADMET panel"))
    assert "Half-life , excretion: hidden because R² −2.39 is not above 0.5" in panel
    assert "Half-life" not in section(html, "ADMET panel").split("</table>")[0]


def test_an_endpoint_without_a_card_is_hidden_for_that_reason(panel_content):
    cards = [card for card in panel_content.cards if card["endpoint"] != "DILI"]
    html = render_html(replace(panel_content, cards=cards))
    assert "hidden because it has no model card" in words(section(html, "ADMET panel"))


def test_the_panel_says_what_its_numbers_are_and_where_they_come_from(html):
    text = words(section(html, "ADMET panel"))
    assert "ADMET-AI (doi:10.1093/bioinformatics/btae416): the mean of five networks" in text


def test_a_table_too_wide_for_a_page_is_cut_between_groups(panel_content):
    names = admet_names()
    ids = list(panel_content.shortlist["proposal_id"])
    rows = [(one, name, 0.5, 0.1, True) for name in names for one in ids]
    cards = [
        {"endpoint": name, "column": name, "unit": "probability", "kind": "x", "reliable": True}
        for name in names
    ]
    frame = pd.DataFrame(rows, columns=["proposal_id", "endpoint", "mean", "std", "in_domain"])
    tables = panel_view(replace(panel_content, predictions=frame, cards=cards, profile=())).tables
    assert [len(table.endpoints) for table in tables] == [22, 19]
    assert [name for name, _ in tables[1].groups] == ["Toxicity"]


def test_full_model_cards_are_only_of_what_steers(panel_content, html):
    assert {model.endpoint for model in model_views(panel_content)} == {
        "jak1_pki",
        "jak2_pki",
        "solubility",
        "herg",
    }
    models = words(section(html, "Models"))
    assert "AMES probability 1,000 AUROC 0.88 yes" in models
    assert "Hepatocyte clearance µL/min/10⁶ cells 1,000 R² 0.26 no R² 0.26 is not above" in models


def test_the_summary_names_what_the_panel_finds_likely(panel_content):
    sentence = dict(brief(panel_content))["Liabilities"]
    assert "DILI for 4 of 4 and AMES for 2 of 4" in sentence
    doubtful = changed(panel_content, "DILI", reliable=False)
    assert "DILI" not in dict(brief(doubtful))["Liabilities"]


def test_a_campaign_without_a_panel_says_nothing_of_one(small_content):
    html = render_html(small_content)
    assert 'aria-label="ADMET panel"' not in html
    assert "Models of the ADMET panel" not in html
    assert "Liabilities" not in dict(brief(small_content))


def test_a_hostile_endpoint_is_text_in_the_panel(panel_content):
    attack = "<img src=x>"
    predictions = panel_content.predictions.replace({"endpoint": {"DILI": attack}})
    cards = [
        {**c, "endpoint": attack, "column": "", "reason": attack} if c["endpoint"] == "DILI" else c
        for c in panel_content.cards
    ]
    assert "<img" not in render_html(replace(panel_content, predictions=predictions, cards=cards))


def test_the_header_says_what_the_share_of_draws_means(panel_content):
    asked = replace(panel_content, settings={"select": {"count": 24}})
    assert re.search(r"among the best 24 in \d+ % of draws", words(render_html(asked)))
    assert "chosen in" not in words(render_html(asked))
    unknown = asked.shortlist.assign(acquisition=np.nan)
    assert "share of draws unknown" in words(render_html(replace(asked, shortlist=unknown)))


def test_the_workbook_keeps_the_panel_on_a_sheet_of_its_own(panel_content, tmp_path):
    book = load_workbook(write_xlsx(panel_content, tmp_path / "a.xlsx"))
    assert book.sheetnames == [
        "Shortlist",
        "ADMET",
        "To buy",
        "Objectives and models",
        "Provenance",
    ]
    first = [str(cell.value) for cell in book["Shortlist"][1]]
    assert "JAK2 pKi, predicted" in first
    assert not [head for head in first if "AMES" in head or "DILI" in head]
    rows = list(book["ADMET"].iter_rows(values_only=True))
    heads = [str(head) for head in rows[0]]
    ames = heads.index("Toxicity: AMES (probability)")
    assert rows[1][ames] == "unknown"
    assert rows[4][ames] == pytest.approx(0.95)
    assert heads[ames + 2] == "AMES, % of approved drugs predicted lower"
    assert rows[4][ames + 2] > 90
    assert rows[2][ames + 3] == "no"
    assert "Excretion: Half-life (h); UNRELIABLE, R² −2.39 is not above 0.5" in heads


def test_csv_and_sdf_keep_every_endpoint(panel_content, tmp_path):
    text = write_csv(panel_content, tmp_path / "a.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    with Chem.SDMolSupplier(str(write_sdf(panel_content, tmp_path / "a.sdf"))) as supplier:
        last = list(supplier)[-1]
    for name in PANEL:
        assert rows[-1][name]
        assert last.HasProp(name)


def test_the_number_of_a_model_that_failed_its_checks_has_no_digits(panel_content):
    profile = [
        *panel_content.profile,
        {
            "name": "clearance",
            "endpoint": "Clearance_Hepatocyte_AZ",
            "direction": "minimise",
            "low": 5,
            "high": 50,
            "weight": 1.0,
            "reliable": False,
            "reason": "weak",
        },
    ]
    cards = [
        {**card, "reliable": False} if card["endpoint"] == "Clearance_Hepatocyte_AZ" else card
        for card in panel_content.cards
    ]
    predictions = panel_content.predictions.copy()
    mine = predictions["endpoint"] == "Clearance_Hepatocyte_AZ"
    predictions.loc[mine, "mean"] = 46.32
    html = render_html(
        replace(panel_content, profile=profile, cards=cards, predictions=predictions)
    )
    assert "≈ 46<" in html
    assert "46.32" not in html


def test_a_reason_names_endpoints_and_rules_in_words(panel_content):
    leavers = panel_content.leavers.assign(
        reason="outside the domain of jak1_pki, jak2_pki; sa_score: 6.2 > 6"
    )
    text = words(render_html(replace(panel_content, leavers=leavers)))
    assert "outside the domain of JAK1 pKi, JAK2 pKi; sa score: 6.2" in text
