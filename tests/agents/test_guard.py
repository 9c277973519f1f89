"""What leaves the machine is what the policy lets through."""

import asyncio
import base64
import itertools
import json
import re
import sys
from re import _parser  # type: ignore[attr-defined]

import pytest
from autogen_core import FunctionCall
from autogen_core.models import (
    AssistantMessage,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    SystemMessage,
    UserMessage,
)
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.agents import OutgoingPolicy, Scrubber, encoded_text
from molagent.agents.brief import quoted

BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(C1)n1cc(cn1)-c1ncnc2[nH]ccc12"
TOFACITINIB = r"CC1CCN(CC1N(C)c1ncnc2[nH]ccc12)C(=O)CC#N"
STEREO = r"C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
E_ALKENE = r"CC/C=C\CCO"
STRUCTURES = [BARICITINIB, TOFACITINIB, STEREO, E_ALKENE, "CCCCC", "c1ccncc1", "[*]c1ccccc1"]

default = Scrubber(OutgoingPolicy())


@pytest.mark.parametrize("smiles", STRUCTURES)
@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "see {} for more",
        "({})",
        "smiles={}",
        "smiles:{}",
        "{}, which is good.",
        '"{}"',
        "<{}>",
        "{}|P1-0007",
        "a\n{}\nb",
    ],
)
def test_a_structure_does_not_leave_in_text(smiles, frame):
    text = default.text(frame.format(smiles))
    assert smiles not in text
    assert "[withheld]" in text


@pytest.mark.parametrize("smiles", STRUCTURES)
def test_a_structure_does_not_leave_in_json(smiles):
    text = default.text(json.dumps({"rows": [{"id": "P1-0007", "smiles": smiles, "n": [smiles]}]}))
    row = json.loads(text)["rows"][0]
    assert row == {"id": "P1-0007", "smiles": "[withheld]", "n": ["[withheld]"]}


@given(seed=st.integers(0, 2**31 - 1))
def test_a_structure_does_not_leave_however_it_is_written(seed):
    mol = Chem.MolFromSmiles(BARICITINIB)
    smiles = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    assert default.text(f"compound {smiles} at 8.1234") == "compound [withheld] at 8.1"


@pytest.mark.parametrize(
    "identifier",
    [
        "InChI=1S/C16H17N7O2S/c1-2-26(24,25)23-9-16(10-23,4-5-17)22-8-12(7-21-22)14-13",
        "XUZMWHLSFXCVMG-UHFFFAOYSA-N",
        "XUZMWHLSFXCVMG",
    ],
)
def test_an_inchi_or_its_key_does_not_leave(identifier):
    assert default.text(f"it is {identifier} here") == "it is [withheld] here"


@pytest.mark.parametrize(
    "text",
    [
        "P1-0007 and P2-0113 of series S07, claim US9876543B2-c1 in US-9876543-B2",
        "c2:leaders#3, c2:generator_yield#1",
        "CHEMBL3301607 is near; jak1_pki and qed weigh 1 and 2",
        "Accepted A1 (data_analyst: choose_seeds). Turned down A2, because A1 asks for the same.",
        "The counts add up to 230; they must add up to exactly 240.",
        "alerts: PAINS; patents: in_confirmed_claim; not_found; no_change",
        '{"generator": "edits", "mode": "de_novo", "count": 100}',
    ],
)
def test_ids_counts_and_plain_words_leave_as_they_are(text):
    assert default.text(text) == text


def test_project_names_are_withheld_and_compound_names_become_ids():
    policy = OutgoingPolicy(
        names="ids",
        project_names=("Project Osprey",),
        compound_names={"baricitinib": "CHEMBL2105759", "baricitinib phosphate": "CHEMBL2105760"},
    )
    text = Scrubber(policy).text("project osprey: Baricitinib phosphate beats baricitinib.")
    assert text == "[withheld]: CHEMBL2105760 beats CHEMBL2105759."
    never = Scrubber(OutgoingPolicy(compound_names=policy.compound_names))
    assert never.text("baricitinib wins") == "[withheld] wins"


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ("rounded", {"mean": 8.4, "std": 0.41, "n": 2900, "why": "was 7.6 nM"}),
        ("exact", {"mean": 8.3913, "std": 0.4137, "n": 2871, "why": "was 7.613 nM"}),
        (
            "withheld",
            {"mean": "[withheld]", "std": "[withheld]", "n": 2900, "why": "was [withheld] nM"},
        ),
    ],
)
def test_values_leave_as_the_policy_says(values, answer):
    given_answer = {"mean": 8.3913, "std": 0.4137, "n": 2871, "why": "was 7.613 nM"}
    scrubber = Scrubber(OutgoingPolicy(values=values))
    assert json.loads(scrubber.text(json.dumps(given_answer))) == answer


def test_every_kind_of_message_is_scrubbed_and_keeps_its_form(script):
    from molagent.agents.guarded import GuardedClient

    inner = script({"designer": ["done"]})("designer")
    call = FunctionCall(id="1", name="compound", arguments=json.dumps({"note": BARICITINIB}))
    result = FunctionExecutionResult(
        content=json.dumps({"smiles": BARICITINIB, "mean": 8.3913}), name="compound", call_id="1"
    )
    messages = [
        SystemMessage(content="You are the designer."),
        UserMessage(
            content=f'Cycle 2.\n{{"note": "{TOFACITINIB}", "best": 0.7423}}', source="user"
        ),
        UserMessage(content=["look", f"at {TOFACITINIB}"], source="chair"),
        AssistantMessage(content=[call], thought=f"is {E_ALKENE} good?", source="designer"),
        FunctionExecutionResultMessage(content=[result]),
        AssistantMessage(content=f"{STEREO} it is", source="designer"),
    ]
    asyncio.run(GuardedClient(inner, default).create(messages))
    shown = inner.shown[0]
    text = " ".join(message.model_dump_json() for message in shown)
    assert not any(smiles in text for smiles in (*STRUCTURES, json.dumps(E_ALKENE)[1:-1]))
    assert shown[0] == messages[0]
    assert shown[1].content == 'Cycle 2.\n{"note": "[withheld]", "best": 0.74}'
    assert json.loads(shown[4].content[0].content) == {"smiles": "[withheld]", "mean": 8.4}
    assert BARICITINIB in messages[4].content[0].content


@given(st.text(max_size=2_000))
def test_quoted_text_is_one_capped_line_without_quotes(text):
    line = quoted(text)
    assert len(line) <= 280
    assert not set(line) & set('"`\n\r')
    assert json.loads(f'"{line.replace(chr(92), "")}"') is not None


@given(st.text(max_size=300))
def test_scrubbing_twice_changes_nothing_more(text):
    once = default.text(text)
    assert default.text(once) == once


def _steps_of_search(pattern: re.Pattern[str], text: str) -> int:
    """Return at most how many characters a search looks at: its places times its longest match."""
    _, longest = _parser.parse(pattern.pattern).getwidth()
    return len(text) * int(longest)


def test_a_long_packed_text_is_looked_at_a_few_times_a_character():
    text = base64.b64encode(b"ABC" * 5_000).decode()
    assert text.startswith("QUJDQUJD")
    assert _steps_of_search(encoded_text._MIXED, text) <= 3 * len(text)
    assert Scrubber(OutgoingPolicy()).text(text) == "[withheld]"


def test_a_packed_text_twice_as_long_is_twice_the_work():
    def calls(text: str) -> int:
        counted = itertools.count()
        before = sys.getprofile()
        sys.setprofile(lambda *_: next(counted) and None)
        try:
            scrubber.text(text)
        finally:
            sys.setprofile(before)
        return next(counted)

    scrubber = Scrubber(OutgoingPolicy())
    calls("QUJD" * 10)  # what is read once is read
    assert calls("QUJD" * 2_000) < 2.2 * calls("QUJD" * 1_000)
