"""A campaign's graph policy learns from the project's compounds once."""

import json

from molagent.propose.training.taught import TaughtGraph
from molagent.protocols import NullProgress
from molagent.records import ProposalRequest


def test_the_graph_policy_is_taught_the_project_s_compounds_once(tmp_path, tiny_model, drugs):
    taught = TaughtGraph(
        tmp_path / "graph", lambda: list(drugs.values()), seed=1, base=tiny_model, steps=2
    )
    request = ProposalRequest(count=2, seed=0, cycle=0)
    taught.propose(request, NullProgress())
    report = json.loads((tmp_path / "graph/finetuned.json").read_text(encoding="utf-8"))
    assert report["taught"] == len(drugs)
    # Nothing is read again: the weights stay what they were in the first cycle.
    again = TaughtGraph(tmp_path / "graph", list, seed=1, base=tiny_model)
    again.propose(request, NullProgress())
    assert again.weights == taught.weights
