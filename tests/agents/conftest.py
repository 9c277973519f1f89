"""Fixtures of the agents' tests.

``RecordedWorkbench`` is a fixture, not a simulation: it answers from written-down tables whose
numbers are of the size a JAK1 campaign has. Nothing in it was predicted or measured.
"""

import asyncio
import copy
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, RequestUsage

from molagent.agents import AgentTeam, PlanBounds
from molagent.agents.delegate import DelegatingClient
from molagent.agents.playbook import PlaybookClient
from molagent.errors import NotFoundError
from molagent.records import CycleSummary, Plan, PlanStep

Said = str | list[tuple[str, dict[str, object]]]


class ScriptedClient(DelegatingClient):
    """Gives its answers in order, then closes every turn; keeps what it was shown."""

    def __init__(self, role: str, answers: Sequence[Said], tokens: int = 0) -> None:
        super().__init__(PlaybookClient(role))
        self.role = role
        self.answers = list(answers)
        self.tokens = tokens
        self.shown: list[list[Any]] = []

    async def create(self, messages, **_: object) -> CreateResult:
        self.shown.append(list(messages))
        said = self.answers.pop(0) if self.answers else "Nothing to add."
        content: str | list[FunctionCall] = said
        if not isinstance(said, str):
            content = [
                FunctionCall(
                    id=f"{self.role}-{len(self.shown)}-{number}",
                    name=name,
                    arguments=json.dumps(arguments),
                )
                for number, (name, arguments) in enumerate(said)
            ]
        return CreateResult(
            finish_reason="stop",
            content=content,
            usage=RequestUsage(prompt_tokens=self.tokens, completion_tokens=0),
            cached=False,
        )


class StalledClient(ScriptedClient):
    """Never answers: a test that waits for it runs into pytest's own time limit."""

    async def create(self, *_: object, **__: object) -> CreateResult:
        await asyncio.sleep(3600)
        raise AssertionError("the test waited for a client that does not answer")


class Script:
    """Clients by role: written answers for some, the playbook for the others."""

    def __init__(self, answers: Mapping[str, Sequence[Said]], tokens: int = 0) -> None:
        self.answers = answers
        self.tokens = tokens
        self.clients: dict[str, ScriptedClient] = {}

    def __call__(self, role: str):
        if role not in self.answers:
            return PlaybookClient(role)
        self.clients[role] = ScriptedClient(role, self.answers[role], self.tokens)
        return self.clients[role]


LEADERS = [
    ("P2-0113", 0.742, "edits", "edit", "S07", True, 8.4),
    ("P2-0087", 0.731, "edits", "edit", "S07", True, 8.3),
    ("P2-0141", 0.722, "edits", "edit", "S12", True, 8.1),
    ("P1-0055", 0.715, "graph", "de_novo", "S31", False, 7.9),
    ("P2-0020", 0.709, "edits", "edit", "S12", True, 8.0),
    ("P2-0034", 0.701, "graph", "decorate", "S19", True, 7.7),
]


def recorded_leaders() -> list[dict[str, object]]:
    return [
        {
            "compound_id": compound_id,
            "desirability": desirability,
            "cycle": int(compound_id[1]),
            "generator": generator,
            "mode": mode,
            "scaffold_id": scaffold_id,
            "overlap": "not_found",
            "nearest_id": "MA-000412",
            "nearest_similarity": 0.615,
            "in_domain": in_domain,
            "jak1_pki": value,
            "herg": 0.187,
        }
        for compound_id, desirability, generator, mode, scaffold_id, in_domain, value in LEADERS
    ]


def recorded_tables() -> dict[str, object]:
    return {
        "funnel": {
            "left": [
                {"stage": "proposed", "n": 240},
                {"stage": "alerts", "n": 209},
                {"stage": "patents", "n": 156},
                {"stage": "ranked", "n": 104},
            ],
            "reasons": [
                {"reason": "patents: member of a confirmed claim", "n": 53},
                {"reason": "alerts: PAINS # of #", "n": 31},
            ],
        },
        "leaders": {"leaders": recorded_leaders()},
        "compound": {
            "P2-0113": {
                "compound_id": "P2-0113",
                "predictions": [
                    {"endpoint": "jak1_pki", "mean": 8.4, "std": 0.4137, "in_domain": True}
                ],
                "parents": ["MA-000412"],
                "judgements": [{"filter": "alerts", "verdict": "pass", "reason": ""}],
                "neighbours": [{"compound_id": "MA-000412", "similarity": 0.615}],
            }
        },
        "series": {
            "series": [
                {"scaffold_id": "S07", "n": 41, "best": 0.742, "mean": 0.521},
                {"scaffold_id": "S12", "n": 33, "best": 0.722, "mean": 0.487},
                {"scaffold_id": "S31", "n": 9, "best": 0.715, "mean": 0.440},
                {"scaffold_id": "S19", "n": 14, "best": 0.701, "mean": 0.463},
            ],
            "n_series": 4,
        },
        "model_trust": {
            "jak1_pki": {
                "endpoint": "jak1_pki",
                "n_train": 2871,
                "rmse": 0.618,
                "r2": 0.671,
                "coverage_90": 0.891,
                "reliable": True,
                "reason": "",
                "leaders_in_domain": 0.833,
            },
            "herg": {
                "endpoint": "herg",
                "n_train": 655,
                "auroc": 0.841,
                "reliable": True,
                "reason": "",
                "leaders_in_domain": 1.0,
            },
        },
        "generator_yield": {
            "generators": [
                {"generator": "edits:edit", "proposed": 100, "passed": 58, "leaders": 4},
                {"generator": "graph:decorate", "proposed": 40, "passed": 15, "leaders": 1},
                {"generator": "graph:de_novo", "proposed": 100, "passed": 31, "leaders": 3},
            ]
        },
        "overlap_summary": {
            "checked": 173,
            "levels": {"not_found": 120, "in_confirmed_claim": 22, "not_checked": 2},
            "stopped_by": [{"claim_id": "US9876543B2-c1", "n": 22}],
            "searched": "recorded release 2026-01, titles and claims",
        },
        "claim": {
            "US9876543B2-c1": {
                "claim_id": "US9876543B2-c1",
                "publication_number": "US-9876543-B2",
                "title": "Pyrrolopyrimidine compounds",
                "sentence": "A compound of formula I, wherein R1 is hydrogen or alkyl.",
            }
        },
        "neighbours": {
            "P2-0113": {
                "compound_id": "P2-0113",
                "neighbours": [
                    {"compound_id": "MA-000412", "similarity": 0.615, "jak1_pki": 8.602},
                    {"compound_id": "MA-000733", "similarity": 0.551, "jak1_pki": 7.959},
                ],
            }
        },
        "history": {"best_by_cycle": [0.655, 0.742], "cycle": 2, "cycles_planned": 5, "plans": []},
    }


class RecordedWorkbench:
    """Answers from written-down tables and keeps what was asked."""

    def __init__(self, tables: Mapping[str, object]) -> None:
        self.tables = tables
        self.asked: list[tuple[str, dict[str, object]]] = []

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.tables)

    def call(self, tool: str, arguments: Mapping[str, object]) -> Mapping[str, object]:
        self.asked.append((tool, dict(arguments)))
        answer = self.tables[tool]
        keys = ("compound_id", "endpoint", "claim_id")
        key = next((str(arguments[name]) for name in keys if name in arguments), None)
        if key is not None:
            if key not in answer:
                raise NotFoundError(tool, key, known=answer)
            answer = answer[key]
        return {**answer, "source": f"recorded:{tool}"}


def recorded_summary(**changes: object) -> CycleSummary:
    values: dict[str, object] = {
        "cycle": 2,
        "cycles_planned": 5,
        "seed": 7,
        "funnel": (("proposed", 240), ("alerts", 171), ("patents", 118), ("ranked", 104)),
        "failures": {"patents: in_confirmed_claim": 53, "alerts: PAINS": 31},
        "leaders": tuple(recorded_leaders()),
        "generators": {"edits:edit": {"proposed": 100, "passed": 58, "leaders": 4}},
        "models": {"jak1_pki": {"rmse": 0.6184}, "herg": {"auroc": 0.8405}},
        "claims": {"US9876543B2-c1": 22},
        "objectives": {"JAK1 potency": 2.0, "hERG": 1.0, "qed": 0.5},
        "best_by_cycle": (0.655, 0.742),
        "plan": Plan(
            steps=(
                PlanStep(generator="edits", mode="edit", count=100, seed_ids=("MA-000001",)),
                PlanStep(generator="graph", mode="de_novo", count=100),
                PlanStep(generator="graph", mode="decorate", count=20, scaffold_id="S07"),
                PlanStep(generator="graph", mode="decorate", count=20, scaffold_id="S12"),
            ),
            exploration=0.5,
        ),
    }
    return CycleSummary(**{**values, **changes})


@pytest.fixture
def tables() -> dict[str, object]:
    return copy.deepcopy(recorded_tables())


@pytest.fixture
def workbench(tables: dict[str, object]) -> RecordedWorkbench:
    return RecordedWorkbench(tables)


@pytest.fixture
def summary() -> CycleSummary:
    return recorded_summary()


@pytest.fixture
def summary_with() -> Callable[..., CycleSummary]:
    return recorded_summary


@pytest.fixture
def bounds() -> PlanBounds:
    return PlanBounds(
        per_cycle=240,
        generators={"graph": ("de_novo", "decorate"), "edits": ("edit",)},
        min_per_step=10,
        max_per_step=200,
        max_seeds=6,
    )


@pytest.fixture
def endpoints() -> dict[str, str]:
    return {"JAK1 potency": "jak1_pki", "hERG": "herg"}


@pytest.fixture
def team(bounds: PlanBounds, endpoints: dict[str, str]) -> Callable[..., AgentTeam]:
    return partial(AgentTeam, bounds, endpoints=endpoints)


@pytest.fixture
def script() -> type[Script]:
    return Script


@pytest.fixture
def stalled() -> Callable[[str], StalledClient]:
    return lambda role: StalledClient(role, [])
