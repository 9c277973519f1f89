"""The agent team: five roles at one table, one run a design cycle.

This is the only module that knows AutoGen's team interface. Campaign state lives in rows of the
project file, not here: a team is built for each decision and forgotten after it.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from molagent.agents.aliases import Aliases
from molagent.agents.bounds import PlanBounds
from molagent.agents.brief import brief_message
from molagent.agents.clients import client_factory
from molagent.agents.decisions import decisions_of, fallback_decision
from molagent.agents.event_loop import loop_thread
from molagent.agents.guard import OutgoingPolicy, OutgoingRequest
from molagent.agents.roles import CHAIR, ROLES
from molagent.agents.session import Budget, BudgetExceededError, DecisionOutcome, Session
from molagent.agents.settings import ModelSettings
from molagent.errors import PolicyError
from molagent.protocols import Workbench
from molagent.records import CycleSummary, Decision, Plan

if TYPE_CHECKING:
    from autogen_agentchat.base import ChatAgent, Team
    from autogen_agentchat.teams import SelectorGroupChat
    from autogen_core.models import ChatCompletionClient

    from molagent.agents.recorder import Row, Transcript

__all__ = ["AgentTeam", "next_speaker"]

# How long a cancelled run may take to unwind.
CANCEL_S = 5.0


class AgentTeam:
    """A policy that lets five agents read, propose and choose.

    Parameters
    ----------
    bounds
        What a plan may be.
    settings
        Which model answers; the default is the playbook: written rules, no key, no network.
    budget
        What one decision may cost.
    endpoints
        Objective to the endpoint it is computed from; a missing one bears its endpoint's name.
    outgoing
        What a remote model may see, or a function that says so at each decision, as a project
        learns names. The default withholds structures and names, gives objectives and endpoints
        aliases, and rounds values.
    outgoing_sink
        Called with every request body before it leaves the machine.
    replay
        Rows of an earlier decision, for the provider ``replay``.
    clients
        Role name to model client; overrides `settings`.
    sink
        Called with each transcript row as it is written.

    Attributes
    ----------
    transcript
        Rows ``{"actor", "kind", "content"}`` of the last decision; ``kind`` is ``message``,
        ``tool_call``, ``tool_result`` or ``usage``.
    outcome
        How the last decision ended.
    """

    def __init__(
        self,
        bounds: PlanBounds,
        settings: ModelSettings | None = None,
        *,
        budget: Budget | None = None,
        endpoints: Mapping[str, str] | None = None,
        outgoing: OutgoingPolicy | Callable[[], OutgoingPolicy] | None = None,
        outgoing_sink: Callable[[OutgoingRequest], None] | None = None,
        replay: "Sequence[Row]" = (),
        clients: "Callable[[str], ChatCompletionClient] | None" = None,
        sink: "Callable[[Row], None] | None" = None,
    ) -> None:
        self.bounds = bounds
        self.settings = settings or ModelSettings()
        self.budget = budget or Budget()
        self.transcript: list[Row] = []
        self.outcome: DecisionOutcome | None = None
        self.endpoints = dict(endpoints or {})
        self._clients = clients
        self._outgoing = outgoing
        self._outgoing_sink = outgoing_sink
        self._replay = tuple(replay)
        self._sink = sink

    @property
    def name(self) -> str:
        """The policy's name."""
        return "agents"

    def decide(
        self, summary: CycleSummary, workbench: Workbench
    ) -> tuple[Plan, tuple[Decision, ...]]:
        """Return the plan of the next cycle and one decision an agent, the chair's last.

        Works where an event loop already runs, as in a notebook. When the budget ends before the
        chair has accepted a plan, the last valid plan stays and the chair's decision says so.

        Raises
        ------
        EndpointError
            If the language model cannot be reached or answers what cannot be used.
        PolicyError
            If a tool of the workbench fails in a way no agent can correct.
        """
        return loop_thread().run(self.adecide(summary, workbench))

    async def adecide(
        self, summary: CycleSummary, workbench: Workbench
    ) -> tuple[Plan, tuple[Decision, ...]]:
        """Return what :meth:`decide` returns, on the caller's own loop."""
        from molagent.agents.recorder import Transcript

        session = Session(summary, self.bounds, self.budget)
        transcript = Transcript(session, self._sink)
        self.transcript, self.outcome = transcript.rows, None
        factory = self._clients or self._factory(summary)
        clients = [factory(role.name) for role in ROLES]
        try:
            self.outcome = await self._run(session, workbench, clients, transcript)
        finally:
            transcript.finish()
            for client in clients:
                await client.close()
        plan = session.draft.plan
        if plan is None:
            decisions = decisions_of(session, transcript.last_message)
            return session.draft.base, (*decisions, fallback_decision(session, self.outcome))
        return plan, decisions_of(session, transcript.last_message)

    def _factory(self, summary: CycleSummary) -> "Callable[[str], ChatCompletionClient]":
        if self.settings.provider != "openai":  # nothing leaves
            return client_factory(self.settings, transcript=self._replay)
        outgoing = self._outgoing() if callable(self._outgoing) else self._outgoing
        policy = outgoing or OutgoingPolicy()
        aliases = None
        if policy.endpoints == "aliases":
            aliases = Aliases(
                objectives=summary.objectives,
                endpoints={*self.endpoints.values(), *summary.models, *policy.endpoint_names},
                targets=policy.targets,
            )
        return client_factory(
            self.settings,
            transcript=self._replay,
            outgoing=policy,
            aliases=aliases,
            sink=self._outgoing_sink,
        )

    async def _run(
        self,
        session: Session,
        workbench: Workbench,
        clients: "Sequence[ChatCompletionClient]",
        transcript: "Transcript",
    ) -> DecisionOutcome:
        from autogen_agentchat.base import TaskResult
        from autogen_core import CancellationToken

        team = _build_team(session, workbench, clients)
        task = brief_message(session.summary, self.bounds, session.draft.base, self.endpoints)
        token = CancellationToken()

        async def converse() -> None:
            async for event in team.run_stream(task=task, cancellation_token=token):
                if not isinstance(event, TaskResult):
                    transcript.take(event)

        run = asyncio.ensure_future(converse())
        try:
            await asyncio.wait({run}, timeout=self.budget.timeout_s)
            if not run.done():
                return DecisionOutcome.TIME_EXHAUSTED
            run.result()
        except RuntimeError as error:
            # AutoGen wraps whatever happened in a RuntimeError with a traceback as its text.
            if isinstance(session.failure, BudgetExceededError):
                return session.failure.outcome
            session.raise_failure()
            raise PolicyError(
                f"the agent team broke off: {str(error).splitlines()[0]}",
                place=f"cycle {session.summary.cycle}",
                remedy="run with --policy fixed",
            ) from error
        finally:
            # Cancelling the task alone would wait for a stalled model call to end by itself.
            if not run.done():
                token.cancel()
                await asyncio.wait({run}, timeout=CANCEL_S)
        session.raise_failure()
        return (
            DecisionOutcome.TURNS_EXHAUSTED
            if session.draft.plan is None
            else DecisionOutcome.DECIDED
        )


def _build_team(
    session: Session, workbench: Workbench, clients: "Sequence[ChatCompletionClient]"
) -> "SelectorGroupChat":
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.conditions import FunctionalTermination
    from autogen_agentchat.teams import SelectorGroupChat

    from molagent.agents.recorder import RecordingClient
    from molagent.agents.tools import build_tools

    _keep_quiet()
    recorded = [
        RecordingClient(client, session, role.name)
        for client, role in zip(clients, ROLES, strict=True)
    ]
    agents: list[ChatAgent | Team] = [
        AssistantAgent(
            role.name,
            model_client=client,
            tools=[*build_tools(session, role, workbench)],
            description=role.duty,
            system_message=role.prompt,
            max_tool_iterations=session.budget.max_tool_rounds,
            # Tool results are not re-spoken: the model's own closing words are the message.
            reflect_on_tool_use=False,
            tool_call_summary_format="{tool_name} was called last; the tool rounds are used up.",
        )
        for client, role in zip(recorded, ROLES, strict=True)
    ]
    return SelectorGroupChat(
        agents,
        model_client=recorded[-1],
        selector_func=next_speaker,
        termination_condition=FunctionalTermination(lambda _: session.draft.plan is not None),
        max_turns=session.budget.max_turns,
    )


def _keep_quiet() -> None:
    """Keep AutoGen's tracebacks off the terminal; a log that the user has set up still has them.

    Its runtime logs each error once for every agent, and :meth:`AgentTeam.decide` raises it anyway.
    """
    logger = logging.getLogger("autogen_core")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def next_speaker(thread: Sequence[Any]) -> str:
    """Return who speaks next: each role once, then the chair and whom it asks.

    A pure function of what was said, so a run that is taken up again goes on with the same
    speaker.
    """
    from autogen_agentchat.messages import BaseChatMessage

    order = [role.name for role in ROLES]
    spoken = [
        message.source
        for message in thread
        if isinstance(message, BaseChatMessage) and message.source in order
    ]
    waiting = [name for name in order if name not in spoken]
    if waiting:
        return waiting[0]
    if spoken[-1] == CHAIR:
        return _asked(thread) or CHAIR
    return CHAIR


def _asked(thread: Sequence[Any]) -> str:
    """Return whom the chair asked in its last turn, or an empty string."""
    from autogen_agentchat.messages import BaseChatMessage, ToolCallExecutionEvent

    for message in reversed(thread[:-1]):
        if isinstance(message, BaseChatMessage):
            break
        if isinstance(message, ToolCallExecutionEvent):
            for result in message.content:
                if result.name == "ask_again" and not result.is_error:
                    return str(json.loads(result.content)["asked"])
    return ""
