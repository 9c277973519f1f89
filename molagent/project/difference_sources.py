"""Who answers for a campaign's derived endpoints: what was measured of them, else two models."""

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from molagent.config import CampaignConfig, DerivedConfig
from molagent.errors import ConfigError
from molagent.project.model_training import TrainingRequest, train_models
from molagent.project.predictor_sources import Listed, plainest
from molagent.protocols import Predictor, Progress
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import endpoints as measured_endpoints
from molagent.store.assays import value_units
from molagent.store.database import Database
from molagent.store.differences import difference_of
from molagent.store.one_value import P_UNIT

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LEAST_PAIRS",
    "DerivedEndpoints",
    "MeasuredDifferences",
    "measured_differences",
    "require_potencies",
]

#: Compounds with an exact value of both assays that a model of the difference needs: with fewer it
#: could not be judged on scaffolds held out.
LEAST_PAIRS: Final = 40
_KIND: Final = "local"


def measured_differences(db: Database, minuend: str, subtrahend: str) -> "pd.DataFrame | None":
    """Return one measured difference a compound; None where one of the two is no potency."""
    with db.read():
        known = measured_endpoints(db)
        if minuend not in known or subtrahend not in known:
            return None
        tables = [aggregate_results(db, each) for each in (minuend, subtrahend)]
    if any(set(table["unit"]) != {P_UNIT} for table in tables):
        return None
    return difference_of(*tables)


def require_potencies(derived: DerivedConfig, units: Mapping[str, Collection[str]]) -> None:
    """Refuse a difference of what are not two potencies, as of a pKi and a percentage.

    A pKi less a pIC50 is one: whoever asks for it knows what the two have to do with each other.

    Parameters
    ----------
    units
        Endpoint to the units of its values, potencies on the p scale; what has none is not asked.

    Raises
    ------
    ConfigError
        Naming both endpoints and their units.
    """
    sides = (derived.minuend, derived.subtrahend)
    told = [units.get(side, ()) for side in sides]
    if all(told) and any(set(each) != {P_UNIT} for each in told):
        words = " and ".join(f"{s} in {_named(u)}" for s, u in zip(sides, told, strict=True))
        raise ConfigError(
            f"derived {derived.endpoint!r} is no difference of two potencies: {words}",
            remedy="derive it from two potencies, or leave it out and ask for each by itself",
        )


def _named(units: Collection[str]) -> str:
    return " and ".join(unit or "no unit" for unit in sorted(units))


class MeasuredDifferences(Listed):
    """Derived endpoints of which enough compounds were measured by both assays.

    Both assays are learned together: the errors of two models of relatives have much in common,
    and what is chosen by the difference of two predictions is chosen by the rest.
    """

    def __init__(self, config: CampaignConfig, db: Database, progress: Progress) -> None:
        self._config = config
        self._db = db
        self.progress = progress

    @cached_property
    def endpoints(self) -> Collection[str]:
        """The derived endpoints with enough exact differences, in the campaign file's order."""
        return [
            each.endpoint
            for each in self._config.derived
            if self._exact(each.minuend, each.subtrahend) >= LEAST_PAIRS
        ]

    def open(self, endpoint: str) -> Predictor:
        """Return the model of the difference, trained and kept as a version like an assay's."""
        models, project = self._config.models, self._config.project
        parts = {each.endpoint: (each.minuend, each.subtrahend) for each in self._config.derived}
        chosen = models.candidates if models.kind == _KIND else ()
        request = TrainingRequest(
            endpoints=(endpoint,),
            kind=_KIND,
            candidates=chosen or plainest(_KIND),
            differences={endpoint: parts[endpoint]},
            seed=project.seed,
            reason=f"campaign {project.name}",
        )
        return train_models(self._db, request, self.progress)[0][1]

    def _exact(self, minuend: str, subtrahend: str) -> int:
        values = measured_differences(self._db, minuend, subtrahend)
        return 0 if values is None else int((values["relation"] == "=").sum())


class DerivedEndpoints(Listed):
    """Differences of two other endpoints of the campaign, where too few were measured by both."""

    def __init__(
        self, config: CampaignConfig, db: Database, ask: Callable[[str], Predictor]
    ) -> None:
        self._derived = {each.endpoint: each for each in config.derived}
        self._db = db
        self._ask = ask

    @property
    def endpoints(self) -> Collection[str]:
        """Names of the campaign file's ``[[derived]]``."""
        return self._derived

    def open(self, endpoint: str) -> Predictor:
        """Return the difference of the two predictors.

        Raises
        ------
        ConfigError
            If the values of one of the two are no potencies.
        """
        from molagent.learn.selectivity import DifferencePredictor

        parts = self._derived[endpoint]
        # Of the values, not of the cards: those say pKi, pIC50, or what a plugin calls its unit.
        require_potencies(parts, value_units(self._db))
        return DifferencePredictor(
            endpoint=endpoint, a=self._ask(parts.minuend), b=self._ask(parts.subtrahend)
        )
