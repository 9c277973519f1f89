"""The roles at the table, in the order they speak, and what each of them may read."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from molagent.agents.actions import ACTIONS
from molagent.errors import NotFoundError

__all__ = ["CHAIR", "ROLES", "AgentRole", "get_role"]

CHAIR = "chair"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRole:
    """One agent.

    Attributes
    ----------
    reads
        Workbench tools it may call; everything else is out of its reach.
    """

    name: str
    duty: str
    reads: tuple[str, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        """Actions it may take: those that name it."""
        return tuple(name for name, action in ACTIONS.items() if self.name in action.actors)

    @property
    def prompt(self) -> str:
        """The system message: the rules all share, then the role's own."""
        return f"{_prompt('shared')}\n\n{_prompt(self.name)}"


# In the order they speak: evidence first, strategy next, the choice last.
ROLES: tuple[AgentRole, ...] = (
    AgentRole(
        name="data_analyst",
        duty="Reads structure-activity relations and says how far each model can be trusted.",
        reads=("model_trust", "series", "leaders", "compound", "neighbours", "history"),
    ),
    AgentRole(
        name="property_scientist",
        duty="Watches ADMET failures and whether the leaders lie in the models' domain.",
        reads=("funnel", "leaders", "compound", "model_trust"),
    ),
    AgentRole(
        name="patent_analyst",
        duty="Reads the overlap ladder and designs around claims that stop structures.",
        reads=("overlap_summary", "claim", "series", "leaders"),
    ),
    AgentRole(
        name="designer",
        duty="Shares out the cycle's proposals over generators, modes, seeds and series.",
        reads=("generator_yield", "series", "leaders", "history", "funnel"),
    ),
    AgentRole(
        name=CHAIR,
        duty="Weighs the proposals, settles conflicts and accepts one plan.",
        reads=("history",),
    ),
)


def get_role(name: str) -> AgentRole:
    """Return a role by name.

    Raises
    ------
    NotFoundError
        If there is no such role.

    Examples
    --------
    >>> get_role("patent_analyst").actions
    ('choose_scaffold', 'avoid_claim')
    """
    for role in ROLES:
        if role.name == name:
            return role
    raise NotFoundError("role", name, known=(role.name for role in ROLES))


@cache
def _prompt(name: str) -> str:
    return files("molagent.agents").joinpath("prompts", f"{name}.md").read_text("utf-8").strip()
