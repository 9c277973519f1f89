"""Agents that steer a campaign: five roles, real tools, bounded actions, one plan a cycle.

:class:`AgentTeam` is a policy. After each cycle its agents read the workbench, propose typed
actions and a chair chooses; the plan is put together in code from validated actions. The default
model is the playbook, which follows written rules without a key or a network; any
OpenAI-compatible endpoint takes its place by :class:`ModelSettings`.

What speaks to what, in the order of one decision:

1. ``team`` opens a ``session`` (its budget, its calls, its failure) with an empty ``draft`` (the
   plan in the making) and writes the ``brief``: ids, counts, numbers and bounds, no structures.
2. Each of the ``roles`` gets ``tools``: reads of the workbench, whose answers make ids known
   (``known_ids``), and its ``actions``. Every model client answers whole (``whole_answers``); the
   ``recorder`` wraps each, and ``guarded`` and ``endpoint`` stand around a remote one.
3. The ``playbook`` is such a client. It reads the messages back into ``evidence``, asks its rules
   (``evidence_rules``, ``design_rules``, ``chair_rules``) for ``advice`` and closes its turn with
   ``observations``. ``readings`` are what several rules read from the evidence.
4. An action checks itself against ``bounds`` and known ids, and the draft keeps it as a proposal.
5. The chair accepts; the draft puts the accepted actions together (``choices``) into one plan, and
   ``decisions`` turns proposals, reasons and sources into records.

Around a remote model, ``guard`` decides what leaves: ``plain_text`` and ``encoded_text`` make text
readable, ``line_notations`` and ``systematic_names`` find structures, ``confidential_names`` and
``aliases`` know the project's names, ``outgoing_numbers`` rounds. ``tool_calls`` makes what a model
wrote fit to be read.

AutoGen is imported when a team decides, not with this package; its tracing is off by then.
"""

from molagent.agents.bounds import PlanBounds
from molagent.agents.clients import client_factory, model_client
from molagent.agents.guard import OutgoingPolicy, OutgoingRequest, Scrubber
from molagent.agents.roles import ROLES, AgentRole
from molagent.agents.session import Budget, DecisionOutcome
from molagent.agents.settings import ModelSettings
from molagent.agents.team import AgentTeam
from molagent.agents.telemetry import switch_off

switch_off()

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
