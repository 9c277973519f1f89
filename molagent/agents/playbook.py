"""The playbook: a model client that follows written rules, without a key or a network.

It stands where a language model would: it reads the same messages, calls the same tools and is
held to the same bounds. Equal messages give equal answers.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Unpack

from autogen_core import FunctionCall
from autogen_core.models import CreateResult, LLMMessage, ModelInfo, RequestUsage

from molagent.agents.advice import Advice, Rule
from molagent.agents.chair_rules import chair_advice
from molagent.agents.design_rules import DESIGN_RULES
from molagent.agents.evidence import Answer, ShownEvidence, read_evidence
from molagent.agents.evidence_rules import DATA_RULES, PATENT_RULES, PROPERTY_RULES
from molagent.agents.observations import OBSERVATIONS
from molagent.agents.roles import CHAIR, get_role
from molagent.agents.whole_answers import Call, WholeAnswerClient

__all__ = ["RULES", "PlaybookClient"]

RULES: Mapping[str, tuple[Rule, ...]] = {
    "data_analyst": DATA_RULES,
    "property_scientist": PROPERTY_RULES,
    "patent_analyst": PATENT_RULES,
    "designer": DESIGN_RULES,
}

LEADERS_READ = 20
SERIES_READ = 10

ToolUse = tuple[str, dict[str, Any]]


class PlaybookClient(WholeAnswerClient):
    """Answers for one role by rules.

    Parameters
    ----------
    role
        Whose rules; the messages themselves are the only evidence.
    """

    window = 1_000_000  # rules have no context that could run full

    def __init__(self, role: str) -> None:
        self.role = get_role(role).name

    async def create(self, messages: Sequence[LLMMessage], **call: Unpack[Call]) -> CreateResult:
        """Return tool calls or closing words; costs no tokens."""
        tools = call.get("tools", ())
        offered = {t["name"] if isinstance(t, dict) else t.name for t in tools}
        evidence = read_evidence(messages)
        calls = [] if call.get("tool_choice") == "none" else self._calls(evidence, offered)
        content: str | list[FunctionCall] = [
            FunctionCall(
                id=f"{self.role}-{evidence.calls + number}",
                name=name,
                arguments=json.dumps(arguments),
            )
            for number, (name, arguments) in enumerate(calls, start=1)
        ]
        return CreateResult(
            finish_reason="function_calls" if content else "stop",
            content=content or self._closing(evidence),
            usage=RequestUsage(prompt_tokens=0, completion_tokens=0),
            cached=False,
        )

    async def close(self) -> None:
        """Do nothing: there is no connection to close."""

    def actual_usage(self) -> RequestUsage:
        """Return no tokens: no model is asked."""
        return RequestUsage(prompt_tokens=0, completion_tokens=0)

    def total_usage(self) -> RequestUsage:
        """Return no tokens: no model is asked."""
        return RequestUsage(prompt_tokens=0, completion_tokens=0)

    @property
    def model_info(self) -> ModelInfo:
        """What the client can do, in AutoGen's words."""
        return {
            "vision": False,
            "function_calling": True,
            "json_output": False,
            "family": "unknown",
            "structured_output": False,
        }

    def _calls(self, evidence: ShownEvidence, offered: set[str]) -> list[ToolUse]:
        """Return reads that are still wanted, else the actions, once a turn."""
        reads = [
            (tool, arguments)
            for tool, arguments in self._wanted(evidence)
            if tool in offered and not _answered(evidence, tool, arguments)
        ]
        if reads:
            return reads
        if self.role == CHAIR:
            return self._chair_calls(evidence)
        if self._acted(evidence):
            return []
        return [
            (advice.action, advice.call_arguments)
            for advice in self._advice(evidence)
            if advice.action in offered
        ]

    def _chair_calls(self, evidence: ShownEvidence) -> list[ToolUse]:
        acted = [*evidence.this_turn("ask_again"), *evidence.this_turn("accept_plan")]
        if not acted:
            advice = chair_advice(evidence)
            return [(advice.action, advice.call_arguments)]
        if acted[-1].tool == "accept_plan" and acted[-1].error and len(acted) == 1:
            reason = f"The choice was refused ({acted[-1].error}); the plan in force goes on."
            return [("accept_plan", {"accepted": [], "reason": reason})]
        return []

    def _wanted(self, evidence: ShownEvidence) -> Iterator[ToolUse]:
        """Yield what this role reads, in order; later reads depend on earlier answers."""
        if self.role == CHAIR:
            yield "proposals", {}
            yield "history", {}
            return
        if evidence.turn:
            yield "proposals", {}
            return
        for endpoint in dict.fromkeys(evidence.endpoints.values()):
            yield "model_trust", {"endpoint": endpoint}
        yield "funnel", {}
        yield "generator_yield", {}
        yield "overlap_summary", {}
        yield "series", {"limit": SERIES_READ}
        yield "leaders", {"limit": LEADERS_READ}
        yield "history", {}
        for row in evidence.rows("leaders", "leaders")[:1]:
            if self.role == "data_analyst":
                yield "compound", {"compound_id": row["compound_id"]}
                yield "neighbours", {"compound_id": row["compound_id"]}
        stopped = [r for r in evidence.rows("overlap_summary", "stopped_by") if r.get("claim_id")]
        for row in sorted(stopped, key=lambda r: (-int(r.get("n", 0)), r["claim_id"]))[:1]:
            yield "claim", {"claim_id": row["claim_id"]}

    def _advice(self, evidence: ShownEvidence) -> list[Advice]:
        advice: dict[str, Advice] = {}
        for rule in RULES[self.role]:
            if rule.target not in advice and rule.answers is bool(evidence.turn):
                given = rule.advise(evidence)
                if given is not None:
                    advice[rule.target] = given
        return list(advice.values())

    def _acted(self, evidence: ShownEvidence) -> bool:
        return any(evidence.this_turn(action) for action in get_role(self.role).actions)

    def _closing(self, evidence: ShownEvidence) -> str:
        """Return the turn's closing words, from what was called and what came of it."""
        done, refused = [], []
        actions = get_role(self.role).actions
        for answer in evidence.answers:
            if answer.turn != evidence.turn or answer.tool not in actions:
                continue
            if answer.error:
                refused.append(f"{answer.tool} was refused: {answer.error}")
            else:
                number = answer.value.get("proposal")
                lead = f"{number}: " if number else ""
                done.append(lead + str(answer.arguments.get("question", "")) + _reason(answer))
        observe = OBSERVATIONS.get(self.role)
        seen = observe(evidence) if observe is not None and not evidence.turn else ""
        change = " ".join(done + refused) or "No change is asked for."
        return f"{seen} {change}".strip()


def _answered(evidence: ShownEvidence, tool: str, arguments: Mapping[str, Any]) -> bool:
    """Return whether a read was made; what others propose is read anew each turn."""
    found = evidence.this_turn(tool) if tool == "proposals" else evidence.answers
    return any(a.tool == tool and dict(a.arguments) == dict(arguments) for a in found)


def _reason(answer: Answer) -> str:
    return "" if answer.tool == "ask_again" else str(answer.arguments.get("reason", ""))
