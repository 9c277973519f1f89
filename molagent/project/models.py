"""The predictors of a campaign: fitted on its data, loaded if they were fitted before."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from molagent.config import AssayConfig, CampaignConfig
from molagent.errors import ConfigError, ModelError
from molagent.project.plugins import load_plugin, plugin_names
from molagent.protocols import Predictor, Progress
from molagent.store.assays import load_endpoint
from molagent.store.database import Database

__all__ = ["fit_predictors"]

_KEY_DIGITS = 16


def fit_predictors(
    config: CampaignConfig, db: Database, folder: Path, progress: Progress
) -> Sequence[Predictor]:
    """Return one predictor for every assay, derived endpoint and objective of the campaign.

    Parameters
    ----------
    folder
        Where fitted models are kept; one whose data and seed are unchanged is loaded.

    Raises
    ------
    ConfigError
        If an objective names an endpoint that nothing predicts.
    """
    local: dict[str, Predictor] = {}
    progress.start("fit models", len(config.assays))
    for assay in config.assays:
        if assay.endpoint not in local:
            local[assay.endpoint] = _local(assay, config, db, folder)
        progress.advance(note=assay.endpoint)
    progress.finish()
    from molagent.learn.selectivity import DifferencePredictor

    for derived in config.derived:
        local[derived.endpoint] = DifferencePredictor(
            endpoint=derived.endpoint, a=local[derived.minuend], b=local[derived.subtrahend]
        )
    wanted = [o.endpoint for o in config.profile if o.endpoint not in local]
    return [*local.values(), *_from_elsewhere(list(dict.fromkeys(wanted)))]


def _local(assay: AssayConfig, config: CampaignConfig, db: Database, folder: Path) -> Predictor:
    from molagent.learn.local import LocalPredictor, fit_local

    frame = load_endpoint(db, assay.endpoint)
    place = folder / f"{assay.endpoint}-{_key(frame, config.project.seed)}"
    if place.exists():
        try:
            return LocalPredictor.load(place)
        except ModelError:
            pass  # written by another version, or half written: it is fitted again below
    fitted = fit_local(
        assay.endpoint,
        frame,
        target=assay.target,
        unit=f"p{assay.quantity}",
        source=assay.source,
        seed=config.project.seed,
        assay=assay.file,
    )
    fitted.save(place)
    return fitted


def _key(frame: pd.DataFrame, seed: int) -> str:
    text = frame.to_csv(index=False, float_format="%.10g")
    return hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()[:_KEY_DIGITS]


def _from_elsewhere(endpoints: Sequence[str]) -> list[Predictor]:
    """Find predictors of endpoints without an assay: plugins first, then ADMET-AI."""
    if not endpoints:
        return []
    from molagent.screen.admet import AdmetSuite
    from molagent.screen.admet_cards import ADMET_ALIASES, admet_names

    suite = AdmetSuite()
    offered = set(plugin_names("predictor"))
    found: list[Predictor] = []
    for endpoint in endpoints:
        if endpoint in offered:
            found.append(load_plugin("predictor", endpoint))
        elif endpoint in ADMET_ALIASES or endpoint in admet_names():
            found.append(suite.predictor(endpoint))
        else:
            known = ", ".join(sorted({*offered, *ADMET_ALIASES}))
            raise ConfigError(
                f"nothing predicts endpoint {endpoint!r}",
                place="[[profile]]",
                remedy=f"add an assay of it, or use one of {known}",
            )
    return found
