"""The HTML report says what is known, and nothing else."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from molagent.errors import InputError
from molagent.report.content import ReportContent
from molagent.report.sections import trend_figures
from molagent.report.summary import render_html, write_html

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
VOID = frozenset({"meta", "br", "img", "link", "hr", "input", "col"})


class Reader(HTMLParser):
    """Collects tags, attributes and unbalanced elements."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.fixture(scope="module")
def html(content) -> str:
    return render_html(content)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("</style>")[1]).split())


def test_the_report_loads_nothing_from_elsewhere_and_runs_nothing(html):
    reader = read(html)
    assert not {"script", "link", "iframe", "img", "object"} & set(reader.tags)
    assert all(
        value.startswith("#") for _, name, value in reader.attributes if name in {"src", "href"}
    )
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]
    assert "url(" not in html
    assert "@import" not in html


def test_every_element_is_closed(html):
    assert read(html).open == []


def test_a_report_on_24_compounds_is_small_enough_to_mail(html):
    assert len(html.encode()) < 5_000_000


def test_every_shortlisted_compound_has_a_card(content, html):
    for rank, name in enumerate(content.shortlist["proposal_id"], start=1):
        assert f'id="c-{rank}"' in html
        assert f"<h3>{name}</h3>" in html


def test_an_unknown_prediction_is_shown_as_unknown_and_never_as_zero(small_content):
    predictions = small_content.predictions.assign(mean=float("nan"), std=float("nan"))
    components = small_content.components.assign(
        value=float("nan"), std=float("nan"), desirability=float("nan")
    )
    text = words(
        render_html(replace(small_content, predictions=predictions, components=components))
    )
    card = text.split("Compounds Each compound")[1].split("The campaign in figures")[0]
    assert card.count("unknown") >= 4 * 4
    assert "0.00" not in card
    assert "nan" not in text.lower().replace("nanomolar", "")


def test_predictions_outside_the_domain_are_marked(small_content):
    outside = replace(small_content, predictions=small_content.predictions.assign(in_domain=False))
    inside = replace(small_content, predictions=small_content.predictions.assign(in_domain=True))
    assert "◊</abbr>" in render_html(outside)
    assert "◊</abbr>" not in render_html(inside)
    assert "4 of 4 compounds lie outside the domain" in words(render_html(outside))


def test_a_hostile_name_is_text_everywhere(small_content):
    frames = {}
    for name in ("shortlist", "decisions", "failures", "leavers", "overlaps", "sources"):
        frame = getattr(small_content, name).copy()
        for column in (
            "reason",
            "generator",
            "actor",
            "action",
            "title",
            "assignee",
            "filter",
            "nearest_id",
            "overlap_level",
            "searched",
            "scaffold",
            "name",
        ):
            if column in frame.columns:
                frame[column] = ATTACK
        frames[name] = frame
    hostile = replace(
        small_content,
        name=ATTACK,
        goal=ATTACK,
        policy=ATTACK,
        notes=(ATTACK,),
        settings={ATTACK: ATTACK},
        rejections=pd.DataFrame(
            [[ATTACK, 2, ATTACK, ATTACK]], columns=["file", "row", "reason", "raw"]
        ),
        funnel=small_content.funnel.assign(stage=ATTACK),
        profile=[{**item, "name": ATTACK, "reason": ATTACK} for item in small_content.profile],
        cards=[{**card, "title": ATTACK, "note": ATTACK} for card in small_content.cards],
        **frames,
    )
    reader = read(render_html(hostile))
    assert not {"script", "img"} & set(reader.tags)
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]


def test_labels_hidden_behind_a_structure_are_not_drawn(small_content):
    shortlist = small_content.shortlist.assign(
        smiles="C* |$;<img src=x>$|", nearest_smiles="C* |$;<img src=x>$|"
    )
    assert "img" not in read(render_html(replace(small_content, shortlist=shortlist))).tags


def test_an_unreliable_endpoint_is_greyed_with_its_reason(html):
    text = words(html)
    assert "Unreliable: loses to the nearest neighbour on the scaffold split" in text
    assert 'class="model unreliable"' in html


def test_patent_evidence_states_what_was_searched_and_gives_no_verdict(html):
    text = words(html)
    assert "SureChEMBL 2026-09-08" in text
    assert "not legal advice" in text
    assert "not checked: unknown, no all-clear" in text
    for verdict in ("novel", "infring", "patented", "safe", "free of"):
        assert not re.search(rf"\b{verdict}", text.lower()), verdict


def test_rejected_rows_carry_file_row_and_reason(html):
    assert "jak1_ki.csv:118 negative Ki" in words(html)


def test_decisions_are_told_with_actor_reason_and_sources(html):
    text = words(html)
    assert "patent analyst avoid claim 37 structures were stopped by one confirmed claim" in text
    assert "rests on model:b81c55e2a0f94d13" in text


def test_the_summary_counts_what_the_data_holds(html):
    text = words(html)
    assert "24 compounds are proposed for synthesis, chosen from 1,210 proposals of 3" in text
    assert "Evidence was found for 15 of 24 compounds" in text


def test_an_empty_campaign_makes_a_report_that_says_so():
    text = words(render_html(ReportContent(name="nothing yet")))
    assert "No compound was shortlisted." in text
    assert "Nothing was searched; patent evidence is unknown" in text


def test_a_frame_without_its_columns_is_refused_by_name():
    with pytest.raises(InputError, match=r"the frame 'shortlist' lacks rank, proposal_id"):
        ReportContent(name="x", shortlist=pd.DataFrame({"smiles": ["C"]}))


def test_nothing_in_a_report_depends_on_the_hour_or_the_machine(small_content, tmp_path):
    first = write_html(small_content, tmp_path / "a.html").read_text("utf-8")
    second = write_html(small_content, tmp_path / "b.html").read_text("utf-8")
    assert first == second


def test_a_plan_that_did_not_run_is_marked_as_planned(small_content):
    plans = [*small_content.plans, (4, small_content.plans[0][1])]
    text = words(render_html(replace(small_content, plans=plans)))
    assert "Cycle 4, planned" in text
    assert "Cycle 3, planned" not in text


def test_data_sources_are_named_with_their_licence(small_content):
    assert "made up; CC0" in words(render_html(small_content))
    without = small_content.sources.drop(columns="licence")
    assert "made up; CC0" not in words(render_html(replace(small_content, sources=without)))


def test_a_figure_compares_what_is_trusted_and_weighs_most(small_content):
    frame = small_content.trajectory.drop(columns="jak2_pki").assign(herg=0.3, jak1_jak2=0.9)
    captions = [caption for caption, _ in trend_figures(replace(small_content, trajectory=frame))]
    assert "Predicted JAK1 pKi against predicted JAK1 JAK2." in captions[1]
    assert "dashed" not in captions[1]


def test_the_coverage_that_leads_is_of_the_intervals_that_are_shown(small_content):
    # As the model gives them they cover 88 %, recalibrated 90 %.
    assert "90 % intervals cover 90 %" in words(render_html(small_content))


def test_a_decision_names_endpoints_and_figures_as_tables_do(small_content):
    decisions = small_content.decisions.assign(reason="The herg model has r2 0.28; R2 = OC stays.")
    text = words(render_html(replace(small_content, decisions=decisions)))
    assert "The hERG model has R² 0.28; R2 = OC stays." in text


def left_gefitinibs_claim(proposal_id, **changes):
    return {
        "proposal_id": proposal_id,
        "claim_id": "US-5770599/abstract",
        "status": "draft",
        "parent_id": "MA-000564",
        "parent_smiles": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
        "assignment": {"R3": "*OC", "R2": "*Cl, *F", "R1": "*CCCN1CCOCC1"},
        "beside": "",
        "child_id": "P1-0003",
        "child_smiles": "FC(F)Oc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
        "step": "*C to *C(F)F, seen in 430 compounds",
        "reasons": ["position 7 carries *OC(F)F; the claim allows R3: C1-4 alkoxy"],
        "generations": 0,
    } | changes


def test_a_lineage_that_left_a_claim_shows_what_stood_where_and_the_step_out(small_content):
    first, second = small_content.shortlist["proposal_id"].iloc[:2]
    frame = pd.DataFrame(
        [
            left_gefitinibs_claim(first),
            left_gefitinibs_claim(second, generations=1, step=ATTACK, reasons=[ATTACK]),
        ]
    )
    html = render_html(replace(small_content, departures=frame))
    text = words(html)
    assert "2 of 4 descend from a compound inside a claim and left it." in text
    assert "MA-000564 is inside US-5770599/abstract (draft)" in text
    assert "R1 = *CCCN1CCOCC1" in text
    assert "The step: *C to *C(F)F, seen in 430 compounds" in text
    assert "position 7 carries *OC(F)F; the claim allows R3: C1-4 alkoxy" in text
    assert "1 step before this compound's own" in text.replace("&#39;", "'")
    assert not {"script", "img"} & set(read(html).tags)


def test_a_report_without_claims_says_nothing_of_leaving_one(small_content):
    assert "descend from a compound inside" not in words(render_html(small_content))
