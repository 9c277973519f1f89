"""A remote model knows names by aliases, and what it says of them comes back by name."""

import json

from molagent.agents.aliases import Aliases
from molagent.agents.guard import OutgoingPolicy, Scrubber

ALIASES = {
    "objectives": ["hERG", "JAK1 potency, CC1CCN(C(=O)CC#N)CC1", "qed"],
    "endpoints": ["herg", "zq7_pki", "qed", "mw"],
    "targets": ["ZQ7 kinase (secret target)"],
}


def test_names_leave_as_aliases_in_sentences_keys_and_texts():
    aliases = Aliases(**ALIASES)
    scrubber = Scrubber(OutgoingPolicy(), aliases)
    brief = {"objectives": {name: {"weight": 1.0} for name in ALIASES["objectives"]}}
    brief["leaders"] = [{"zq7_pki": 8.123, "mw": 412}]
    left = json.loads(scrubber.text(json.dumps(brief)))
    assert left == {
        "objectives": {
            "objective_2": {"weight": 1.0},
            "objective_1": {"weight": 1.0},
            "objective_3": {"weight": 1.0},
        },
        "leaders": [{"endpoint_3": 8.1, "endpoint_2": 410}],
    }
    said = "ZQ7_pKi of the ZQ7 kinase (secret target) and the herg model, not hERG"
    assert (
        scrubber.text(said)
        == "endpoint_3 of the target_1 and the endpoint_1 model, not objective_2"
    )


def test_what_is_said_of_an_alias_comes_back_with_the_name():
    aliases = Aliases(**ALIASES)
    arguments = json.dumps({"weights": [{"objective": "objective_1", "weight": 2}], "note": "é"})
    assert json.loads(aliases.named_json(arguments)) == {
        "weights": [{"objective": "JAK1 potency, CC1CCN(C(=O)CC#N)CC1", "weight": 2}],
        "note": "é",
    }
    assert aliases.named("endpoint_9 and objective_3") == "endpoint_9 and qed"
    broken = '{"endpoint": "endpoint_1"'
    assert aliases.named_json(broken) == broken


def test_ids_that_are_hashes_leave_as_numbers_and_come_back():
    aliases = Aliases()
    left = Scrubber(OutgoingPolicy(), aliases).text("series S-13cad05c, S-0a1b2c3d, S-13cad05c")
    assert left == "series series_1, series_2, series_1"
    assert aliases.named(left) == "series S-13cad05c, S-0a1b2c3d, S-13cad05c"


def test_a_name_that_is_a_word_of_the_conversation_stays():
    aliases = Aliases(objectives=["value"], endpoints=["mean", "objective_1"])
    assert dict(aliases.names) == {"objective_1": "endpoint_1"}
