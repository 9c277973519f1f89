"""A stored transcript gives the same decision again, or refuses."""

import json

import pytest

from molagent.agents import AgentTeam, ModelSettings
from molagent.errors import FileFormatError, PolicyError

REPLAY = ModelSettings(provider="replay")


def recorded(bounds, summary, workbench, **how):
    team = AgentTeam(bounds, **how)
    decided = team.decide(summary, workbench)
    # Through JSON, as it comes back from the project file.
    return decided, json.loads(json.dumps(team.transcript))


def test_replaying_gives_the_same_plan_decisions_and_transcript(bounds, summary, workbench, tables):
    tables["history"]["best_by_cycle"] = [0.655, 0.742, 0.731]
    tables["model_trust"]["jak1_pki"]["leaders_in_domain"] = 0.2
    decided, transcript = recorded(bounds, summary, workbench)
    again = AgentTeam(bounds, REPLAY, replay=transcript)
    assert again.decide(summary, workbench) == decided
    assert again.transcript == transcript


def test_a_model_that_wrote_odd_json_replays_word_for_word(bounds, summary, workbench, script):
    class Odd(script):
        def __call__(self, role):
            client = super().__call__(role)
            if role == "designer":
                create = client.create

                async def spaced(messages, **how):
                    result = await create(messages, **how)
                    for call in result.content if isinstance(result.content, list) else []:
                        call.arguments = call.arguments.replace("0.9", "0.90") + "\n"
                    return result

                client.create = spaced
            return client

    calls = [[("set_exploration", {"exploration": 0.9, "reason": "r"})]]
    decided, transcript = recorded(bounds, summary, workbench, clients=Odd({"designer": calls}))
    assert decided[0].exploration == 0.9
    assert AgentTeam(bounds, REPLAY, replay=transcript).decide(summary, workbench) == decided


def test_a_tool_that_answers_otherwise_is_named(bounds, summary, workbench, tables):
    _, transcript = recorded(bounds, summary, workbench)
    tables["history"]["best_by_cycle"][0] = 0.6
    with pytest.raises(PolicyError, match=r"differ.*: history \(data_analyst-3\) answered"):
        AgentTeam(bounds, REPLAY, replay=transcript).decide(summary, workbench)


def test_another_summary_is_refused(bounds, workbench, summary, summary_with):
    _, transcript = recorded(bounds, summary, workbench)
    with pytest.raises(PolicyError, match="differ from the recorded ones"):
        AgentTeam(bounds, REPLAY, replay=transcript).decide(summary_with(cycle=3), workbench)


def test_a_transcript_that_ends_early_is_refused(bounds, summary, workbench):
    _, transcript = recorded(bounds, summary, workbench)
    with pytest.raises(PolicyError, match="has ended"):
        AgentTeam(bounds, REPLAY, replay=transcript[:20]).decide(summary, workbench)


def test_an_empty_transcript_is_refused(bounds, summary, workbench):
    with pytest.raises(FileFormatError, match="0 rows"):
        AgentTeam(bounds, REPLAY).decide(summary, workbench)
