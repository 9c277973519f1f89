"""A model's reading of a claim is data, is tried, and is never more than a draft."""

import json
from datetime import date
from pathlib import Path

import pytest
from autogen_core.models import UserMessage
from autogen_ext.models.replay import ReplayChatCompletionClient

from molagent.agents.claim_reader import ClaimReader, ClaimText
from molagent.errors import EndpointError, InputError
from molagent.patents.markush.claims import ClaimStatus

CLAIM = ClaimText(
    publication_number="US-4172896-B1",
    claim="1",
    text="A compound which is acetamide N-substituted by phenyl, wherein the phenyl may carry one "
    "to two groups selected from hydroxy and C1-4 alkoxy.",
    source="a test's own words",
    read_on=date(2026, 11, 22),
)
ANSWER = {
    "core": "CC(=O)Nc1[cH:1][cH:2][cH:3][cH:4][cH:5]1",
    "site": [
        {
            "name": "R",
            "positions": [1, 2, 3, 4, 5],
            "count": [1, 2],
            "group": {"one_of": ["hydroxy", {"alkoxy": [1, 4]}]},
        }
    ],
    "members": ["CC(=O)Nc1ccc(O)cc1", "CC(=O)Nc1ccc(OCC)cc1", "CC(=O)Nc1ccc(O)c(OC)c1"],
    "non_members": ["CC(=O)Nc1ccccc1", "CC(=O)Nc1ccc(Cl)cc1", "CCC(=O)Nc1ccc(O)cc1"],
    "interpretation": "Positions of the phenyl are open.",
}


def replayed(*answers: object) -> ReplayChatCompletionClient:
    return ReplayChatCompletionClient(
        [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
    )


def test_a_good_answer_is_written_as_a_draft_with_its_tests(tmp_path: Path):
    client = replayed(f"```json\n{json.dumps(ANSWER)}\n```")
    reading = ClaimReader(client, name="a model").read(CLAIM, tmp_path / "claim.toml")
    assert reading.complaints == ()
    assert reading.draft.claim.status is ClaimStatus.DRAFT
    assert reading.draft.claim.text == CLAIM.text
    assert reading.draft.claim.history[0].by == "program a model"
    assert not reading.draft.failed
    assert not reading.draft.missing


def test_a_wrong_answer_is_told_what_is_wrong_and_may_be_corrected(tmp_path: Path):
    phenacetin_outside = {**ANSWER, "non_members": ["CC(=O)Nc1ccc(OCC)cc1", "CC", "CCC"]}
    client = replayed("I cannot", {**ANSWER, "core": "c1cc"}, phenacetin_outside, ANSWER)
    reader = ClaimReader(client, name="a model", attempts=4)
    reading = reader.read(CLAIM, tmp_path / "claim.toml")
    assert len(reading.complaints) == 3
    assert "no JSON object" in reading.complaints[0]
    assert "non-member CC(=O)Nc1ccc(OCC)cc1 falls inside" in reading.complaints[2]
    assert not reading.draft.failed


def test_the_last_usable_answer_is_kept_with_the_tests_it_fails(tmp_path: Path):
    failing = {**ANSWER, "members": [*ANSWER["members"], "CC(=O)Nc1ccc(Br)cc1"]}
    client = replayed(failing, "no more", "no more")
    reading = ClaimReader(client, name="a model").read(CLAIM, tmp_path / "claim.toml")
    assert [test.smiles for test in reading.draft.failed] == ["CC(=O)Nc1ccc(Br)cc1"]


def test_a_model_that_never_writes_a_claim_leaves_no_file(tmp_path: Path):
    client = replayed("no", "no", "no")
    with pytest.raises(EndpointError, match="3 answers of a model are no claim"):
        ClaimReader(client, name="a model").read(CLAIM, tmp_path / "claim.toml")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "extra", [{"status": "confirmed"}, {"confirmed_by": "Dr Who"}, {"source": "elsewhere"}]
)
def test_a_model_cannot_confirm_its_own_reading_or_say_where_it_read(
    tmp_path: Path, extra: dict[str, str]
):
    client = replayed({**ANSWER, **extra}, ANSWER)
    reading = ClaimReader(client, name="a model").read(CLAIM, tmp_path / "claim.toml")
    assert "unknown key" in reading.complaints[0]
    assert reading.draft.claim.source == CLAIM.source


def test_only_the_published_text_is_sent(tmp_path: Path):
    client = replayed(ANSWER)
    ClaimReader(client, name="a model").read(CLAIM, tmp_path / "claim.toml")
    (call,) = client.create_calls
    (asked,) = [m.content for m in call["messages"] if isinstance(m, UserMessage)]
    assert asked == f"Claim 1 of US-4172896-B1 (compound):\n\n{CLAIM.text}"


def test_an_existing_file_is_never_written_over(tmp_path: Path):
    (tmp_path / "claim.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="exists"):
        ClaimReader(replayed(ANSWER), name="a model").read(CLAIM, tmp_path / "claim.toml")
    assert (tmp_path / "claim.toml").read_text(encoding="utf-8") == "mine"
