"""Agents that steer a campaign: five roles, real tools, bounded actions, one plan a cycle.

:class:`AgentTeam` is a policy. After each cycle its agents read the workbench, propose typed
actions and a chair chooses; the plan is put together in code from validated actions. The default
model is the playbook, which follows written rules without a key or a network; any
OpenAI-compatible endpoint takes its place by :class:`ModelSettings`.

AutoGen is imported when a team decides, not with this package.
"""

from molagent.agents.bounds import PlanBounds
from molagent.agents.clients import client_factory, model_client
from molagent.agents.guard import OutgoingPolicy, OutgoingRequest, Scrubber
from molagent.agents.roles import ROLES, AgentRole
from molagent.agents.session import Budget, DecisionOutcome
from molagent.agents.settings import ModelSettings
from molagent.agents.team import AgentTeam

__all__ = [
    "ROLES",
    "AgentRole",
    "AgentTeam",
    "Budget",
    "DecisionOutcome",
    "ModelSettings",
    "OutgoingPolicy",
    "OutgoingRequest",
    "PlanBounds",
    "Scrubber",
    "client_factory",
    "model_client",
]
