"""Drafts: data only, never covered, confirmed by a person after their own tests have passed."""

import json
import tomllib
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.errors import FileFormatError, InputError
from molagent.patents.markush.claims import ClaimStatus, parse_claim, read_claim
from molagent.patents.markush.drafting.drafts import (
    add_members,
    confirm_claim,
    open_draft,
    reject_claim,
    write_draft,
)
from molagent.patents.markush.drafting.files import parse_tables, render_claim, write_claim_file
from tests.patents.conftest import COLLECTION, EGFR_CLAIM

TODAY = date.today()  # noqa: DTZ011 - nothing is confirmed in the future
MORE_MEMBERS = (
    "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC1CCCO1",
    "CCOc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1",
)
MORE_NON_MEMBERS = (
    "COc1cc2ncnc(Nc3ccccc3)c2cc1OCC4CCCO4",
    "COc1cc2ncnc(Nc3ccc(OC)cc3)c2cc1OCC4CCCO4",
)


def egfr_tables():
    tables = tomllib.loads(EGFR_CLAIM.read_text(encoding="utf-8"))
    del tables["status"]
    return tables


@pytest.fixture
def draft(tmp_path):
    return write_draft(egfr_tables(), tmp_path / "egfr.toml", by="reader 2.1", on=TODAY)


@pytest.fixture
def tested(draft):
    return add_members(
        draft.path, members=MORE_MEMBERS, non_members=MORE_NON_MEMBERS, by="B. Reader", on=TODAY
    )


@pytest.mark.parametrize(
    "path",
    sorted([*(COLLECTION / "claims").glob("*.toml"), EGFR_CLAIM]),
    ids=lambda path: path.stem,
)
def test_every_claim_in_the_house_is_the_same_after_writing_and_reading(path, tmp_path):
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    written = write_claim_file(tmp_path / path.name, tables, head="# odd head\n\nsecond line")
    assert tomllib.loads(written.read_text(encoding="utf-8")) == tables
    assert read_claim(written) == read_claim(path)


WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=0, max_size=60
)
BOUNDS = st.tuples(st.integers(1, 4), st.integers(0, 4)).map(lambda p: [p[0], p[0] + p[1]])
PREDICATES = st.recursive(
    st.one_of(
        st.sampled_from(["cyano", "halogen", "hydroxy", "nitro", {"fragment": "*C(=O)N1CCOCC1"}]),
        st.builds(
            lambda name, bounds: {name: bounds},
            st.sampled_from(["alkyl", "alkoxy", "acyl", "haloalkyl", "alkylamino"]),
            BOUNDS,
        ),
        st.just({"ring": {"size": [5, 6], "kind": "aromatic", "hetero": {"N": [0, 2]}}}),
    ),
    lambda inner: st.one_of(
        st.builds(lambda options: {"one_of": options}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda bounds, then: {"alkylene_then": {"length": bounds, "then": then}}, BOUNDS, inner
        ),
        st.builds(
            lambda base, by, most: {
                "optionally_substituted": {"base": base, "by": by, "at_most": most}
            },
            inner,
            inner,
            st.integers(1, 4),
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    text=WORDS,
    note=WORDS,
    groups=st.lists(PREDICATES, min_size=1, max_size=3),
    isotopes=st.sampled_from(["ignored", "literal"]),
)
def test_any_claim_is_the_same_after_writing_and_reading(text, note, groups, isotopes):
    tables = egfr_tables() | {
        "status": "draft",
        "text": text,
        "note": note,
        "isotopes": isotopes,
        "site": [
            {"name": f"R{n}", "positions": [position], "count": [0, 1], "group": group}
            for n, (position, group) in enumerate(zip((7, 12, 6), groups, strict=False), start=1)
        ],
        "history": [{"what": "drafted", "by": "A", "on": TODAY, "note": note}],
    }
    written = render_claim(tables, head=note)
    read = parse_tables(written, place="test")
    assert read == tables
    assert parse_claim(read, place="test") == parse_claim(tables, place="test")


def test_a_draft_is_a_draft_whoever_wrote_it_and_says_what_it_lacks(draft):
    assert draft.claim.status is ClaimStatus.DRAFT
    assert [(event.what, event.by) for event in draft.claim.history] == [("drafted", "reader 2.1")]
    assert draft.missing == (
        "it has 1 different members that pass, and needs 3",
        "it has 1 different non-members that pass, and needs 3",
    )


@pytest.mark.parametrize(
    "said", [{"status": "confirmed"}, {"confirmed_by": "A. Chemist"}, {"confirmed_on": TODAY}]
)
def test_a_draft_cannot_say_of_itself_that_it_is_confirmed(said, tmp_path):
    with pytest.raises(FileFormatError, match="more than a draft"):
        write_draft(egfr_tables() | said, tmp_path / "x.toml", by="agent", on=TODAY)
    assert not (tmp_path / "x.toml").exists()


def test_json_says_the_same_as_toml(tmp_path):
    tables = egfr_tables()
    text = json.dumps(tables, default=str)
    from_json = write_draft(text, tmp_path / "a.toml", by="agent", on=TODAY).claim
    from_toml = write_draft(tables, tmp_path / "b.toml", by="agent", on=TODAY).claim
    assert from_json == from_toml


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("import os; os.system('true')", "not TOML"),
        ("{'claim_id': __import__('os')}", "not JSON"),
        ("[1, 2]", "not TOML"),
        ("", "is missing"),
        ("a = 1", "unknown field 'a'"),
        ("x" * 2_000_001, "2000001 characters"),
        ("{" * 100_000, "not JSON"),
    ],
)
def test_text_that_is_no_claim_is_refused_and_never_run(content, problem, tmp_path):
    with pytest.raises(FileFormatError, match=problem):
        write_draft(content, tmp_path / "x.toml", by="agent", on=TODAY)
    assert not (tmp_path / "x.toml").exists()


def test_a_file_that_is_there_is_not_written_over(draft):
    with pytest.raises(InputError, match="the file exists"):
        write_draft(egfr_tables(), draft.path, by="agent", on=TODAY)


def test_a_confirmed_claim_says_by_whom_and_when_and_keeps_its_history(tested):
    assert tested.missing == ()
    claim = confirm_claim(tested.path, by="A. Chemist", on=TODAY, note="against column 3")
    assert claim.status is ClaimStatus.CONFIRMED
    assert (claim.confirmed_by, claim.confirmed_on) == ("A. Chemist", TODAY)
    assert [event.what for event in claim.history] == ["drafted", "tests added", "confirmed"]
    assert claim.history[-1].note == "against column 3"
    assert claim == read_claim(tested.path)


@pytest.mark.parametrize(
    "name",
    [
        "GPT-5",
        "claim agent",
        "Claude",
        "claude-3 opus",
        "an LLM",
        "reading bot",
        "patent pipeline",
        "  ",
    ],
)
def test_a_program_does_not_confirm_unless_it_is_marked_as_one(tested, name):
    before = tested.path.read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"program|nobody"):
        confirm_claim(tested.path, by=name, on=TODAY)
    assert tested.path.read_text(encoding="utf-8") == before
    if name.strip():
        claim = confirm_claim(tested.path, by=name, on=TODAY, program=True)
        assert claim.confirmed_by == f"program {name}"


@pytest.mark.parametrize(
    "name", ["Boting Li", "Ai Lin", "Claude Bernard", "J. Bot", "Modelska, Ewa"]
)
def test_people_whose_names_look_a_little_like_programs_confirm(tested, name):
    assert confirm_claim(tested.path, by=name, on=TODAY).confirmed_by == name


def test_too_few_tests_or_a_failing_one_stop_a_confirmation(draft):
    with pytest.raises(InputError, match="1 different members that pass, and needs 3"):
        confirm_claim(draft.path, by="A. Chemist", on=TODAY)
    add_members(
        draft.path,
        members=(*MORE_MEMBERS, "CCCCCOc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4"),
        non_members=MORE_NON_MEMBERS,
        by="B",
        on=TODAY,
    )
    with pytest.raises(InputError, match=r"member CCCCCO.* falls outside .*position 7 carries"):
        confirm_claim(draft.path, by="A. Chemist", on=TODAY)
    assert open_draft(draft.path).claim.status is ClaimStatus.DRAFT


def test_one_member_written_in_three_ways_counts_once(draft):
    same = (
        "C1CCOC1COc2cc3c(Nc4ccc(F)c(Cl)c4)ncnc3cc2OC",
        "O(C)c1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1",
    )
    found = add_members(draft.path, members=same, by="B", on=TODAY)
    assert "it has 1 different members that pass, and needs 3" in found.missing


def test_non_members_without_the_core_test_nothing(draft):
    tables = egfr_tables() | {"non_members": ["CCO", "c1ccccc1", "CCN"]}
    draft.path.unlink()
    found = write_draft(tables, draft.path, by="B", on=TODAY)
    assert any("no non-member has the core" in lacking for lacking in found.missing)


def test_a_claim_with_what_was_not_read_stays_a_draft(tested):
    text = tested.path.read_text(encoding="utf-8").replace("{alkoxy = [1, 4]}", "{any_group = 6}")
    text = text.replace(
        '    "CCOc1cc2ncnc', '    "COc1cc2ncnc(Nc3ccc(Cl)cc3)c2cc1OCC1CCCO1",\n    "CCOc1cc2ncnc'
    )
    tested.path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match="any_group"):
        confirm_claim(tested.path, by="A. Chemist", on=TODAY)
    assert tested.path.read_text(encoding="utf-8") == text


def test_nothing_is_confirmed_in_the_future_or_twice(tested):
    with pytest.raises(InputError, match="lies in the future"):
        confirm_claim(tested.path, by="A. Chemist", on=date.today() + timedelta(days=2))  # noqa: DTZ011
    confirm_claim(tested.path, by="A. Chemist", on=TODAY)
    with pytest.raises(InputError, match=r"was confirmed by A\. Chemist"):
        confirm_claim(tested.path, by="B. Chemist", on=TODAY)
    with pytest.raises(InputError, match="is confirmed with the tests it has"):
        add_members(tested.path, members=("CCO",), by="B", on=TODAY)


def test_a_rejected_claim_is_kept_with_its_reason(tested):
    confirm_claim(tested.path, by="A. Chemist", on=TODAY)
    claim = reject_claim(tested.path, by="C. Attorney", on=TODAY, reason="n is 0 to 3")
    assert claim.status is ClaimStatus.REJECTED
    assert (claim.confirmed_by, claim.confirmed_on) == ("", None)
    assert claim.history[-1].note == "n is 0 to 3"
    with pytest.raises(InputError, match="rejected before"):
        reject_claim(tested.path, by="C", on=TODAY, reason="again")


def test_a_rejection_needs_a_reason(draft):
    with pytest.raises(InputError, match="needs a reason"):
        reject_claim(draft.path, by="C. Attorney", on=TODAY, reason=" ")


def test_comments_of_a_hand_written_claim_survive_its_confirmation(tmp_path):
    path = tmp_path / "claim.toml"
    source = COLLECTION / "claims" / "us9662335_claim1.toml"
    text = source.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    reject_claim(path, by="A. Chemist", on=TODAY, reason="to be read again")
    after = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.lstrip().startswith("#")] == [
        line for line in after.splitlines() if line.lstrip().startswith("#")
    ]
    assert confirm_claim(path, by="A. Chemist", on=TODAY).members == read_claim(source).members
