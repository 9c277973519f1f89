"""Who answers for an endpoint in a campaign: one class a source, all asked the same two questions.

``offers`` says whether a source has an endpoint, ``open`` hands its predictor out. The order that
sources are asked in, and what they share, is :mod:`molagent.project.catalogue`'s.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from molagent.config import CampaignConfig
from molagent.errors import ConfigError, NotFoundError
from molagent.project.model_shelf import ModelShelf
from molagent.project.model_training import TrainingRequest, train_models
from molagent.project.plugins import load_plugin, plugin_names
from molagent.protocols import Predictor, Progress
from molagent.records.reliability import doubt_of_card
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import endpoints as measured_endpoints
from molagent.store.database import Database
from molagent.store.differences import difference_of
from molagent.store.models import load_model_versions

if TYPE_CHECKING:
    from molagent.screen.admet import AdmetSuite

__all__ = [
    "CLAIM_DISTANCE",
    "LEAST_VALUES",
    "AdmetModels",
    "CampaignAssays",
    "ClaimDistances",
    "ComputedProperties",
    "Listed",
    "NearestMeasured",
    "PredictorPlugins",
    "PredictorSource",
    "RegisteredModels",
    "plainest",
]

#: The endpoint of the distance to the claims that the campaign screens against.
CLAIM_DISTANCE: Final = "claim_distance"
#: Exact values of an assay that a model needs.
LEAST_VALUES: Final = 5


class PredictorSource(Protocol):
    """Where predictors come from."""

    @property
    def endpoints(self) -> Collection[str]:
        """Names that it may be asked for."""
        ...

    def offers(self, endpoint: str) -> bool:
        """Return whether it has a predictor of the endpoint."""
        ...

    def open(self, endpoint: str) -> Predictor:
        """Return the predictor of an endpoint that it offers."""
        ...


class Listed:
    """A source that offers what it lists."""

    @property
    def endpoints(self) -> Collection[str]:
        """Names that it may be asked for."""
        raise NotImplementedError

    def offers(self, endpoint: str) -> bool:
        """Return whether it has a predictor of the endpoint."""
        return endpoint in self.endpoints


class CampaignAssays(Listed):
    """The campaign's own assays, trained as ``[models]`` says and kept as versions.

    Those that ``[models] registered`` names are not trained, so not offered here; neither are those
    of `few` values. All are trained on one snapshot, when the first is asked for; where nothing
    changed since, nothing is fitted.
    """

    def __init__(
        self,
        config: CampaignConfig,
        db: Database,
        progress: Progress,
        few: Collection[str] = (),
    ) -> None:
        self._config = config
        self._db = db
        self._few = few
        self.progress = progress
        self._trained: Mapping[str, Predictor] | None = None

    @property
    def endpoints(self) -> Collection[str]:
        """The assays' endpoints, in the campaign file's order."""
        named = dict.fromkeys(assay.endpoint for assay in self._config.assays)
        left_out = {*self._config.models.registered, *self._few}
        return [name for name in named if name not in left_out]

    def open(self, endpoint: str) -> Predictor:
        """Return the model of an assay."""
        if self._trained is None:
            models, project = self._config.models, self._config.project
            request = TrainingRequest(
                endpoints=tuple(self.endpoints),
                kind=models.kind,
                candidates=models.candidates or plainest(models.kind),
                second=models.second,
                seed=project.seed,
                reason=f"campaign {project.name}",
            )
            trained = train_models(self._db, request, self.progress)
            self._trained = {version.endpoint: predictor for version, predictor in trained}
        return self._trained[endpoint]


class NearestMeasured(Listed):
    """Read-across for assays of the campaign whose model failed its checks, or that have none.

    So it does for a difference of two assays that was learned from both. An assay whose objective
    allows an unreliable model keeps it: shown, it earns nothing.
    """

    def __init__(self, config: CampaignConfig, db: Database) -> None:
        self._assays = [each.endpoint for each in config.assays]
        self._derived = {each.endpoint: (each.minuend, each.subtrahend) for each in config.derived}
        self._kept = {
            *config.models.registered,
            *(each.endpoint for each in config.profile if each.allow_unreliable),
        }
        self._db = db

    @cached_property
    def endpoints(self) -> Collection[str]:
        """The assays that have too few exact values for any model."""
        with self._db.read():
            return [
                name
                for name in dict.fromkeys(self._assays)
                if 0 <= self._exact(name) < LEAST_VALUES
            ]

    def open(self, endpoint: str) -> Predictor:
        """Return the read-across of an assay without a model."""
        few = self._exact(endpoint)
        return self._read_across(endpoint, f"{few} exact values are too few for one", {})

    def instead_of(self, predictor: Predictor) -> Predictor:
        """Return what is asked instead of a model of an assay that failed its checks; else it."""
        doubt = doubt_of_card(predictor.card)
        endpoint = predictor.endpoint
        learned = endpoint in self._assays or "errors_together" in predictor.card
        if not doubt or not learned or endpoint in self._kept:
            return predictor
        return self._read_across(endpoint, doubt, predictor.card)

    def _exact(self, endpoint: str) -> int:
        """Return how many compounds have an exact value; -1 where nothing was measured."""
        if endpoint not in measured_endpoints(self._db):
            return -1
        return int((aggregate_results(self._db, endpoint)["relation"] == "=").sum())

    def _read_across(self, endpoint: str, because: str, card: Mapping[str, object]) -> Predictor:
        from molagent.learn.read_across import ReadAcross

        with self._db.read():
            tables = [
                aggregate_results(self._db, each)
                for each in self._derived.get(endpoint, (endpoint,))
            ]
        frame = tables[0] if len(tables) == 1 else difference_of(*tables)
        return ReadAcross(
            endpoint,
            list(frame["smiles"]),
            frame["value"].to_numpy(dtype=np.float64),
            relations=list(frame["relation"]),
            because=because,
            instead_of={"unit": str(frame["unit"].iloc[0]) if len(frame) else "", **card},
        )


class RegisteredModels(Listed):
    """Models that were registered in the project file: a version that is named, else the newest."""

    def __init__(self, config: CampaignConfig, db: Database) -> None:
        self._named = config.models.registered
        self._db = db

    @cached_property
    def endpoints(self) -> Collection[str]:
        """Every endpoint that has a version, and those that ``[models] registered`` names."""
        return {*self._named, *load_model_versions(self._db)["endpoint"]}

    def open(self, endpoint: str) -> Predictor:
        """Return a registered version.

        Raises
        ------
        ConfigError
            If the campaign file names a version that the project does not hold.
        """
        try:
            return ModelShelf(self._db).predictor(endpoint, version=self._named.get(endpoint, 0))
        except NotFoundError as error:
            known = [name for name in error.known if name.startswith(f"{endpoint}/")]
            raise ConfigError(
                f"there is no version {self._named[endpoint]} of a model of {endpoint}",
                place=f"{self._db.path}: [models] registered",
                remedy=f"train it by `molagent models train {endpoint}`"
                + (f", or name one of {', '.join(known)}" if known else ""),
            ) from error


class PredictorPlugins(Listed):
    """What installed packages offer."""

    @cached_property
    def endpoints(self) -> Collection[str]:
        """Names of the entry points."""
        return plugin_names("predictor")

    def open(self, endpoint: str) -> Predictor:
        """Return the plugin, made."""
        predictor: Predictor = load_plugin("predictor", endpoint)
        return predictor


class AdmetModels:
    """ADMET-AI's general models, corrected where the campaign names an assay and that helps."""

    def __init__(self, config: CampaignConfig, db: Database) -> None:
        self._config = config
        self._db = db

    @cached_property
    def _suite(self) -> "AdmetSuite":
        from molagent.screen.admet import AdmetSuite

        return AdmetSuite()

    @property
    def endpoints(self) -> Collection[str]:
        """The short names; ADMET-AI's own are taken as well."""
        from molagent.screen.admet_cards import ADMET_ALIASES

        return ADMET_ALIASES

    def offers(self, endpoint: str) -> bool:
        """Return whether ADMET-AI has the endpoint, by its short name or by its own."""
        from molagent.screen.admet_cards import admet_names

        return endpoint in self.endpoints or endpoint in admet_names()

    def open(self, endpoint: str) -> Predictor:
        """Return the general model, or its correction."""
        general = self._suite.predictor(endpoint)
        assays = {entry.endpoint: entry.assay for entry in self._config.corrections}
        if endpoint not in assays:
            return general
        from molagent.learn.censored import SIDES
        from molagent.learn.corrected import fit_correction

        frame = aggregate_results(self._db, assays[endpoint])
        frame = frame[frame["relation"].isin(SIDES)]
        return fit_correction(
            general,
            list(frame["smiles"]),
            frame["value"].to_numpy(dtype=np.float64),
            censoring=np.array([SIDES[text] for text in frame["relation"]], dtype=np.int8),
            seed=self._config.project.seed,
        ).predictor

    def panel(self) -> Sequence[Predictor]:
        """Return the endpoints that the profile does not name, as they come."""
        from molagent.screen.admet_cards import ADMET_ALIASES, admet_names

        named = {o.endpoint for o in self._config.profile}
        used = {ADMET_ALIASES.get(name, name) for name in named}
        return [self._suite.predictor(name) for name in admet_names() if name not in used]


class ClaimDistances(Listed):
    """The distance to the claims of the campaign's patent folder, drafts included."""

    endpoints = (CLAIM_DISTANCE,)

    def __init__(self, config: CampaignConfig, base: Path) -> None:
        self._folder = base / config.screen.patents if config.screen.patents else None

    def open(self, endpoint: str) -> Predictor:  # noqa: ARG002 - it has one
        """Return the distance; without a folder there is no claim to be near."""
        from molagent.patents.markush.claims import read_claims
        from molagent.patents.steering import ClaimDistance

        return ClaimDistance(read_claims(self._folder) if self._folder else ())


class ComputedProperties(Listed):
    """Properties that follow from the structure."""

    @property
    def endpoints(self) -> Collection[str]:
        """Names of the properties."""
        from molagent.chem.properties import PROPERTIES

        return PROPERTIES

    def open(self, endpoint: str) -> Predictor:
        """Return the property as a predictor."""
        from molagent.screen.computed import ComputedPredictor

        return ComputedPredictor(endpoint)


def plainest(kind: str) -> tuple[str, ...]:
    """Return what a campaign fits of a kind where it names no candidates: the plainest alone.

    A campaign refits in every cycle that brought values back, and comparing costs several times
    what fitting one does.
    """
    from molagent.learn.registry import find_kind

    return find_kind(kind).candidates[:1]
