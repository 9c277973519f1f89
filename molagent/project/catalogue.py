"""Every predictor that a campaign may ask, from whichever source has it."""

from collections.abc import Sequence
from pathlib import Path

from molagent.config import CampaignConfig
from molagent.errors import ConfigError, InputError, NotFoundError
from molagent.project.difference_sources import DerivedEndpoints, MeasuredDifferences
from molagent.project.predictor_sources import (
    AdmetModels,
    CampaignAssays,
    ClaimDistances,
    ComputedProperties,
    NearestMeasured,
    PredictorPlugins,
    PredictorSource,
    RegisteredModels,
)
from molagent.protocols import NullProgress, Predictor, Progress
from molagent.store.database import Database

__all__ = ["Catalogue", "check_models"]


class Catalogue:
    """Hands out the predictor of an endpoint: the first source that offers it answers.

    In this order: assays of the campaign with too few values for a model (read across), its other
    assays, derived endpoints that enough compounds were measured on, models registered in the
    project, other derived endpoints, plugins, ADMET-AI, computed properties, the distance to
    claims.

    A model of the campaign's own assays that failed its checks is not asked: what the nearest
    measured compounds say stands in for it, unless the profile allows it.

    A catalogue opens each endpoint once. Make a new one after values came in: what they did not
    change is not fitted again.

    Parameters
    ----------
    base
        Folder that the campaign file's paths start from.
    progress
        Is told what is fitted; :meth:`fit` may be given another.
    trains
        Without it nothing is fitted or written: the assays' models are those registered last.

    Examples
    --------
    >>> from molagent.project.catalogue import Catalogue
    >>> catalogue = Catalogue(project.config, project.db)  # doctest: +SKIP
    >>> catalogue.predictor("jak1_pki").predict(["c1ccccc1"]).mean  # doctest: +SKIP
    """

    def __init__(
        self,
        config: CampaignConfig,
        db: Database,
        *,
        base: Path | None = None,
        progress: Progress | None = None,
        trains: bool = True,
    ) -> None:
        self._config = config
        self._opened: dict[str, Predictor] = {}
        self._admet = AdmetModels(config, db)
        self._nearest = NearestMeasured(config, db)
        self._assays = CampaignAssays(
            config, db, progress or NullProgress(), self._nearest.endpoints
        )
        self._differences = MeasuredDifferences(config, db, progress or NullProgress())
        self.sources: tuple[PredictorSource, ...] = (
            self._nearest,
            *((self._assays, self._differences) if trains else ()),
            RegisteredModels(config, db),
            DerivedEndpoints(config, db, self.predictor),
            PredictorPlugins(),
            self._admet,
            ComputedProperties(),
            ClaimDistances(config, base or Path()),
        )

    def predictor(self, endpoint: str) -> Predictor:
        """Return the predictor of an endpoint.

        A model of the campaign's assays is fitted, and registered as a version, only if its data
        changed.

        Raises
        ------
        ConfigError
            If no source offers the endpoint, an assay has no model yet and none is to be trained,
            or a version that the campaign names is not there.
        """
        if endpoint not in self._opened:
            for source in self.sources:
                if source.offers(endpoint):
                    self._opened[endpoint] = self._nearest.instead_of(source.open(endpoint))
                    break
            else:
                if endpoint in {assay.endpoint for assay in self._config.assays}:
                    raise ConfigError(
                        f"the assay {endpoint!r} has no model yet",
                        place="[[assays]]",
                        remedy="go on by `molagent resume`, or train it by `molagent models train "
                        f"{endpoint}`",
                    )
                known = sorted({name for source in self.sources for name in source.endpoints})
                raise ConfigError(
                    f"nothing predicts endpoint {endpoint!r}",
                    place="[[profile]]",
                    remedy=f"add an assay of it, or use one of {', '.join(known)}",
                )
        return self._opened[endpoint]

    def fit(self, progress: Progress | None = None) -> Sequence[Predictor]:
        """Return one predictor for every assay, derived endpoint and objective of the campaign.

        Raises
        ------
        ConfigError
            If an objective names an endpoint that nothing predicts.
        """
        if progress is not None:
            self._assays.progress = self._differences.progress = progress
        config = self._config
        named = [
            *(assay.endpoint for assay in config.assays),
            *(derived.endpoint for derived in config.derived),
            *(objective.endpoint for objective in config.profile),
        ]
        return [self.predictor(endpoint) for endpoint in dict.fromkeys(named)]

    def panel(self) -> Sequence[Predictor]:
        """Return ADMET-AI's endpoints that the profile does not name, for the shortlist's panel."""
        return self._admet.panel() if self._config.screen.admet_panel else []


def check_models(config: CampaignConfig) -> None:
    """Refuse a ``[models]`` section that names what there is not.

    Raises
    ------
    ConfigError
        If the kind or a candidate is not known, or that kind has nothing to compare.
    """
    from molagent.learn.choice import CANDIDATES
    from molagent.learn.registry import find_kind

    models = config.models
    try:
        find_kind(models.kind, models.candidates)
    except NotFoundError as error:
        known = ", ".join(error.known)
        raise ConfigError(
            f"there is no kind of model {models.kind!r}",
            place="[models] kind",
            remedy=f"use one of {known}",
        ) from error
    except InputError as error:
        raise ConfigError(error.message, place="[models]", remedy=error.remedy) from error
    for name in models.candidates:
        if name not in CANDIDATES:
            raise ConfigError(
                f"there is no candidate {name!r}",
                place="[models] candidates",
                remedy=f"use some of {', '.join(CANDIDATES)}",
            )
