"""The predictors of a campaign: fitted on its data, loaded if they were fitted before."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from molagent.config import AssayConfig, CampaignConfig
from molagent.errors import ConfigError, ModelError
from molagent.project.model_shelf import ModelShelf
from molagent.project.plugins import load_plugin, plugin_names
from molagent.protocols import Predictor, Progress
from molagent.store.assays import load_assays, load_endpoint
from molagent.store.batches import load_first_dates
from molagent.store.database import Database
from molagent.store.models import load_model_versions

if TYPE_CHECKING:
    from molagent.screen.admet import AdmetSuite

__all__ = ["Catalogue"]

_KEY_DIGITS: Final = 16
#: The endpoint of the distance to the claims that the campaign screens against.
CLAIM_DISTANCE: Final = "claim_distance"


class Catalogue:
    """Fits, loads and hands out the predictors of one campaign.

    Parameters
    ----------
    folder
        Where fitted models are kept; one whose data and seed are unchanged is loaded.
    base
        Folder that the campaign file's paths start from.
    """

    def __init__(
        self, config: CampaignConfig, db: Database, folder: Path, *, base: Path | None = None
    ) -> None:
        self._config = config
        self._db = db
        self._folder = folder
        self._base = base or Path()

    @cached_property
    def _suite(self) -> "AdmetSuite":
        from molagent.screen.admet import AdmetSuite

        return AdmetSuite()

    def fit(self, progress: Progress) -> Sequence[Predictor]:
        """Return one predictor for every assay, derived endpoint and objective of the campaign.

        Raises
        ------
        ConfigError
            If an objective names an endpoint that nothing predicts.
        """
        config = self._config
        local: dict[str, Predictor] = {}
        progress.start("fit models", len(config.assays))
        for assay in config.assays:
            if assay.endpoint not in local:
                local[assay.endpoint] = _local(assay, config, self._db, self._folder, progress)
            progress.advance(note=assay.endpoint)
        progress.finish()
        from molagent.learn.selectivity import DifferencePredictor

        for derived in config.derived:
            local[derived.endpoint] = DifferencePredictor(
                endpoint=derived.endpoint, a=local[derived.minuend], b=local[derived.subtrahend]
            )
        wanted = [o.endpoint for o in config.profile if o.endpoint not in local]
        return [*local.values(), *self._from_elsewhere(list(dict.fromkeys(wanted)))]

    def panel(self) -> Sequence[Predictor]:
        """Return ADMET-AI's endpoints that the profile does not name, for the shortlist's panel."""
        from molagent.screen.admet_cards import ADMET_ALIASES, admet_names

        if not self._config.screen.admet_panel:
            return []
        named = {o.endpoint for o in self._config.profile}
        used = {ADMET_ALIASES.get(name, name) for name in named}
        return [self._suite.predictor(name) for name in admet_names() if name not in used]

    def _from_elsewhere(self, endpoints: Sequence[str]) -> list[Predictor]:
        """Find predictors of endpoints without an assay.

        Plugins first, then models that were registered in the project file (`molagent models
        train`), ADMET-AI, and properties that are computed.
        """
        if not endpoints:
            return []
        from molagent.chem.properties import PROPERTIES
        from molagent.screen.admet_cards import ADMET_ALIASES, admet_names
        from molagent.screen.computed import ComputedPredictor

        offered = set(plugin_names("predictor"))
        trained = set(load_model_versions(self._db)["endpoint"])
        found: list[Predictor] = []
        for endpoint in endpoints:
            if endpoint in offered:
                found.append(load_plugin("predictor", endpoint))
            elif endpoint in trained:
                found.append(ModelShelf(self._db).predictor(endpoint))
            elif endpoint in ADMET_ALIASES or endpoint in admet_names():
                found.append(self._corrected(self._suite.predictor(endpoint), endpoint))
            elif endpoint == CLAIM_DISTANCE:
                found.append(self._claim_distance())
            elif endpoint in PROPERTIES:
                found.append(ComputedPredictor(endpoint))
            else:
                known = ", ".join(
                    sorted({*offered, *trained, *ADMET_ALIASES, *PROPERTIES, CLAIM_DISTANCE})
                )
                raise ConfigError(
                    f"nothing predicts endpoint {endpoint!r}",
                    place="[[profile]]",
                    remedy=f"add an assay of it, or use one of {known}",
                )
        return found

    def _claim_distance(self) -> Predictor:
        """Return the distance to the claims of the campaign's patent folder, drafts included."""
        from molagent.patents.markush.claims import read_claims
        from molagent.patents.steering import ClaimDistance

        folder = self._config.screen.patents
        return ClaimDistance(read_claims(self._base / folder) if folder else ())

    def _corrected(self, general: Predictor, endpoint: str) -> Predictor:
        """Return a general model, corrected where the campaign names an assay and that helps."""
        from molagent.learn.censored import SIDES
        from molagent.learn.corrected import fit_correction

        assays = {entry.endpoint: entry.assay for entry in self._config.corrections}
        if endpoint not in assays:
            return general
        frame = load_endpoint(self._db, assays[endpoint])
        frame = frame[frame["relation"].isin(SIDES)]
        return fit_correction(
            general,
            list(frame["smiles"]),
            frame["value"].to_numpy(dtype=np.float64),
            censoring=np.array([SIDES[text] for text in frame["relation"]], dtype=np.int8),
            seed=self._config.project.seed,
        ).predictor


def _local(
    assay: AssayConfig, config: CampaignConfig, db: Database, folder: Path, progress: Progress
) -> Predictor:
    from molagent.learn.local import LocalPredictor, fit_local

    frame = load_endpoint(db, assay.endpoint)
    # Potencies are learned on the p scale, anything else in its own unit; `value` holds either.
    potency = bool(frame["p_value"].notna().any())
    frame = frame.assign(p_value=frame["value"], p_relation=frame["relation"])
    frame = frame.merge(load_first_dates(db), on="compound_id", how="left")
    told = load_assays(db).set_index("endpoint").loc[[assay.endpoint]].iloc[0]
    place = folder / f"{assay.endpoint}-{_key(frame, config.project.seed)}"
    if place.exists():
        try:
            return LocalPredictor.load(place)
        except ModelError as error:
            # Written by another version, or damaged: fitted again below, and said so.
            progress.advance(0, note=f"fitted again: {error.message}")
    fitted = fit_local(
        assay.endpoint,
        frame,
        target=assay.target or str(told["target"] or ""),
        unit=f"p{told['quantity']}" if potency else str(frame["unit"].iloc[0]),
        source=assay.source,
        seed=config.project.seed,
        assay=assay.file or db.path.name,
    )
    fitted.save(place)
    return fitted


def _key(frame: pd.DataFrame, seed: int) -> str:
    text = frame.to_csv(index=False, float_format="%.10g")
    return hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()[:_KEY_DIGITS]
