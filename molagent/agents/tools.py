"""The tools the agents hold: workbench reads and plan actions, by role and nothing else."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from autogen_core import CancellationToken
from autogen_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from molagent.agents.actions import ACTIONS, AcceptPlan, AskAgain
from molagent.agents.brief import json_ready, plan_parameters
from molagent.agents.choices import Action, PlanAction
from molagent.agents.roles import CHAIR, AgentRole
from molagent.agents.session import Session
from molagent.errors import PolicyError
from molagent.protocols import Workbench

__all__ = ["READS", "ActionTool", "ProposalsTool", "ReadTool", "build_tools"]

# Patent sentences are long; what a model needs of one fits.
ANSWER_TEXT_LIMIT = 400


class Arguments(BaseModel):
    """Arguments of a read that takes none."""

    model_config = ConfigDict(extra="forbid")


class LimitArguments(Arguments):
    """How many rows."""

    limit: int = Field(default=10, ge=1, le=50)


class CompoundArguments(Arguments):
    """Which compound."""

    compound_id: str


class EndpointArguments(Arguments):
    """Which endpoint."""

    endpoint: str


class ClaimArguments(Arguments):
    """Which claim."""

    claim_id: str


READS: Mapping[str, tuple[type[Arguments], str]] = {
    "funnel": (Arguments, "Stages of the last cycle with structures left, and why they left."),
    "leaders": (LimitArguments, "Best compounds by desirability, with endpoints and series."),
    "compound": (CompoundArguments, "One compound: predictions, parents, nearest measured one."),
    "series": (LimitArguments, "Series by scaffold id: size, best and mean desirability."),
    "model_trust": (EndpointArguments, "How far one endpoint's model can be trusted."),
    "generator_yield": (
        Arguments,
        "Made, past the gate, proposed, passed and leading compounds a generator and mode.",
    ),
    "overlap_summary": (Arguments, "Claims and publications that stopped structures."),
    "claim": (ClaimArguments, "One patent claim: title, publication number, a sentence."),
    "neighbours": (CompoundArguments, "Measured neighbours of one compound with their values."),
    "history": (Arguments, "Best and mean desirability by cycle, and the plans so far."),
}


class _Tool(BaseTool[BaseModel, Any]):
    """A tool whose argument errors read as one short sentence and whose answer is JSON."""

    component_type: ClassVar[Any] = "tool"

    def __init__(
        self, session: Session, actor: str, arguments: type[BaseModel], name: str, description: str
    ) -> None:
        super().__init__(arguments, dict, name, description)
        self._session = session
        self._actor = actor

    async def run_json(
        self,
        args: Mapping[str, Any],
        cancellation_token: CancellationToken,
        call_id: str | None = None,
    ) -> Any:  # noqa: ANN401 - AutoGen's signature
        try:
            self.args_type().model_validate(args)
        except ValidationError as error:
            self._refused()
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "arguments"
            raise PolicyError(f"{where}: {first['msg']}", place=self.name) from error
        with self._session.tool_run():
            return await super().run_json(args, cancellation_token, call_id)

    def return_value_as_string(self, value: Any) -> str:  # noqa: ANN401 - AutoGen's signature
        return json.dumps(value)

    def _refused(self) -> None:
        """Count an argument error; reads do not."""


class ReadTool(_Tool):
    """One workbench tool; its answer carries the ``call`` it is cited by."""

    def __init__(self, session: Session, actor: str, workbench: Workbench, name: str) -> None:
        arguments, description = READS[name]
        super().__init__(session, actor, arguments, name, description)
        self._workbench = workbench

    async def run(
        self, args: BaseModel, cancellation_token: CancellationToken
    ) -> dict[str, object]:
        """Ask the workbench."""
        del cancellation_token
        call = self._session.next_call(self._actor, self.name)
        # The state does not change while the team decides: one question, one look at the store.
        key = (self.name, args.model_dump_json())
        if key not in self._session.answers:
            answer = json_ready(
                self._workbench.call(self.name, args.model_dump(mode="json")), ANSWER_TEXT_LIMIT
            )
            if not isinstance(answer, dict) or "source" not in answer:
                raise TypeError(f"workbench tool {self.name!r} answered without a source")
            self._session.draft.known.learn(answer)
            self._session.answers[key] = answer
        return {"call": call, **self._session.answers[key]}


class ProposalsTool(_Tool):
    """What was proposed so far in this decision, and what the chair sent back."""

    def __init__(self, session: Session, actor: str) -> None:
        description = "Proposals of all agents so far, and questions of the chair."
        super().__init__(session, actor, Arguments, "proposals", description)

    async def run(
        self, args: BaseModel, cancellation_token: CancellationToken
    ) -> dict[str, object]:
        """List what was proposed."""
        del args, cancellation_token
        draft = self._session.draft
        return {
            "call": self._session.next_call(self._actor, self.name),
            "proposals": [
                {
                    "proposal": proposed.proposal_id,
                    "actor": proposed.actor,
                    "action": proposed.action.name,
                    "parameters": proposed.action.parameters(),
                    "reason": json_ready(proposed.action.reason),
                    "sources": list(proposed.action.sources),
                }
                for proposed in draft.proposed
            ],
            "questions": [
                {
                    "proposal": question.proposal_id,
                    "actor": question.actor,
                    "question": json_ready(question.question),
                }
                for question in draft.questions
            ],
            "current_plan": plan_parameters(draft.base),
        }


class ActionTool(_Tool):
    """One action; a refusal names the bound and counts towards the retries."""

    def __init__(self, session: Session, actor: str, action: type[Action]) -> None:
        description = f"{action.title} {action.bound_words(session.bounds)}".strip()
        super().__init__(session, actor, action, action.name, description)

    async def run(
        self, args: BaseModel, cancellation_token: CancellationToken
    ) -> dict[str, object]:
        """Take the action, or refuse it with the bound it leaves."""
        del cancellation_token
        session = self._session
        if session.refusals[self._actor] >= session.budget.max_refusals:
            raise PolicyError(
                f"{session.refusals[self._actor]} proposals were out of bounds; the previous "
                "setting stays",
                place=self.name,
                remedy="close your turn",
            )
        try:
            return self._taken(args)
        except PolicyError:
            self._refused()
            raise

    def _taken(self, action: BaseModel) -> dict[str, object]:
        draft = self._session.draft
        if isinstance(action, AcceptPlan):
            plan = draft.accept(action)
            return {"accepted": list(action.accepted), "plan": plan_parameters(plan)}
        if isinstance(action, AskAgain):
            question = draft.ask_again(action)
            return {"asked": question.actor, "about": question.proposal_id}
        if isinstance(action, PlanAction):
            proposed = draft.propose(self._actor, action)
            return {"proposal": proposed.proposal_id, "taken": True}
        raise TypeError(f"{type(action).__name__} is no action")

    def _refused(self) -> None:
        self._session.refusals[self._actor] += 1


def build_tools(session: Session, role: AgentRole, workbench: Workbench) -> list[_Tool]:
    """Return the tools of one role; a read that the workbench lacks is left out."""
    reads: list[_Tool] = [
        ReadTool(session, role.name, workbench, name)
        for name in role.reads
        if name in workbench.names
    ]
    if role.name in {CHAIR, "designer"}:
        reads.append(ProposalsTool(session, role.name))
    actions = [ActionTool(session, role.name, ACTIONS[name]) for name in role.actions]
    return [*reads, *actions]
