"""The agent team keeps to what every policy keeps to."""

import pytest

from molagent.agents import AgentTeam, PlanBounds
from molagent.testing import PolicyContract, example_summary


class TestAgentTeam(PolicyContract):
    @pytest.fixture
    def policy(self) -> AgentTeam:
        generators = {"graph": ("de_novo", "decorate"), "edits": ("edit",)}
        return AgentTeam(PlanBounds(per_cycle=100, generators=generators, max_seeds=40))

    @pytest.fixture(params=["tools of that summary", "no tools"])
    def workbench(self, request, workbench):
        summary = example_summary()
        leaders = [dict(row) for row in summary.leaders]
        series = {row["scaffold_id"]: row["desirability"] for row in reversed(leaders)}
        tables = {
            "leaders": {"leaders": leaders},
            "series": {"series": [{"scaffold_id": s, "best": b} for s, b in series.items()]},
        }
        workbench.tables = tables if request.param != "no tools" else {}
        return workbench
