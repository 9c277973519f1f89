"""A filter on request: only what has a route of so many steps."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from molagent.errors import StructureError
from molagent.propose.synthesis.analogues import AnalogueFinder
from molagent.propose.synthesis.making import DEEPEST
from molagent.propose.synthesis.routes import Route
from molagent.records import Judgement, Verdict

__all__ = ["RouteFilter"]


class RouteFilter:
    """Passes what templates make in at most `max_steps` reactions.

    A piece outside the file of building blocks counts as one step more: somebody has to make it, or
    to find it. A structure that no template cuts is unknown: it may be made in another way.

    Parameters
    ----------
    max_steps
        Reactions, 1 or more.
    blocks
        A site's file of building blocks; None takes the common reagents that come with molagent.

    Examples
    --------
    >>> benzoylmorpholine, norbornane = RouteFilter(1).judge(
    ...     ["O=C(c1ccccc1)N1CCOCC1", "C1CC2CCC1C2"]
    ... )
    >>> benzoylmorpholine.verdict.value, norbornane.verdict.value
    ('pass', 'unknown')
    """

    name = "route"

    def __init__(self, max_steps: int, blocks: Path | None = None) -> None:
        self._max_steps = max_steps
        self._blocks = blocks

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure, in input order."""
        return [self._judge(smiles) for smiles in smiles_list]

    @cached_property
    def _finder(self) -> AnalogueFinder:
        return AnalogueFinder(self._blocks)

    def _judge(self, smiles: str) -> Judgement:
        try:
            routes = self._finder.exact_routes(smiles, depth=max(self._max_steps, DEEPEST))
        except StructureError as error:
            return Judgement(filter=self.name, verdict=Verdict.UNKNOWN, reason=str(error))
        if not routes:
            reason = "no reaction template cuts it: it may be made in another way"
            return Judgement(filter=self.name, verdict=Verdict.UNKNOWN, reason=reason)
        shortest = min(routes, key=lambda route: (_steps(route), route.to_text()))
        steps = _steps(shortest)
        verdict = Verdict.PASS if steps <= self._max_steps else Verdict.FAIL
        outside = steps - len(shortest.steps)
        words = f"{steps} step{'s' if steps != 1 else ''}"
        words += f", {outside} of them for pieces outside the file" if outside else ""
        return Judgement(
            filter=self.name,
            verdict=verdict,
            reason=words if verdict is Verdict.PASS else f"{words}: more than {self._max_steps}",
            evidence=(shortest.to_text(),),
        )


def _steps(route: Route) -> int:
    return len(route.steps) + sum(not piece.block_id for piece in route.materials)
