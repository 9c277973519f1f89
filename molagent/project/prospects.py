"""What a campaign will be able to do with its data, said before it runs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd

from molagent.campaign.ranking import check_profile
from molagent.config import CampaignConfig
from molagent.project.predictor_sources import LEAST_VALUES
from molagent.records.reliability import LEAST_HELD_OUT, doubt_of_card

if TYPE_CHECKING:
    from molagent.ingest.intake import Intake

__all__ = ["check_general_models", "model_prospects"]

# Of the measured compounds: what fewer have is hardly known.
_SELDOM: Final = 0.01


def model_prospects(config: CampaignConfig, intakes: Sequence["Intake"]) -> list[str]:
    """Return a sentence for each assay or objective that the data can do little for.

    An assay whose values are too few for a model that can be judged, and an objective whose mark
    none, or hardly any, of the measured compounds reaches.

    Parameters
    ----------
    intakes
        The campaign's files, read; an assay without a file is not spoken of.
    """
    results = [intake.result.results for intake in intakes]
    rows = pd.concat(results, ignore_index=True) if results else pd.DataFrame()
    return [*_sentences(config, rows), *_unreached(config, rows)] if len(rows) else []


def check_general_models(config: CampaignConfig) -> None:
    """Refuse an objective on a general model that fails its checks, unless the profile allows it.

    Raises
    ------
    ConfigError
        With the objective and the reason, as a run would say after its models were fitted.
    """
    from molagent.screen.admet_cards import ADMET_ALIASES, admet_card, admet_names

    own = {assay.endpoint for assay in config.assays}
    general = (
        {*ADMET_ALIASES, *admet_names()} - own - {each.endpoint for each in config.corrections}
    )
    asked = [o for o in config.profile if o.endpoint in general]
    check_profile(asked, {o.endpoint: doubt_of_card(admet_card(o.endpoint)) for o in asked})


def _sentences(config: CampaignConfig, rows: pd.DataFrame) -> Iterator[str]:
    for endpoint in dict.fromkeys(assay.endpoint for assay in config.assays):
        mine = rows[rows["endpoint"] == endpoint]
        if mine.empty:
            continue
        exact = mine.loc[mine["relation"] == "=", "inchikey"].nunique()
        bounds = mine["inchikey"].nunique() - exact
        if exact >= LEAST_HELD_OUT:
            continue
        what = "no model is fitted" if exact < LEAST_VALUES else "no model can be judged"
        yield (
            f"{endpoint}: {exact} compounds with an exact value and {bounds} with a bound only;"
            f" {what} ({LEAST_HELD_OUT} have to be held out), so that the nearest measured"
            " compounds and the rules of their series decide, and nothing is said of what has no"
            " near neighbour"
        )


def _unreached(config: CampaignConfig, rows: pd.DataFrame) -> Iterator[str]:
    """Yield what an objective on measured values asks that hardly any measured compound has."""
    parts = {each.endpoint: (each.minuend, each.subtrahend) for each in config.derived}
    for objective in config.profile:
        if objective.direction == "range":
            continue
        of = parts.get(objective.endpoint, (objective.endpoint,))
        known = [_one_each(rows[rows["endpoint"] == each]) for each in of]
        values = (known[0] - known[1] if len(known) == 2 else known[0]).dropna()
        rises = objective.direction == "maximise"
        full = objective.high if rises else objective.low
        if len(values) < LEAST_HELD_OUT:
            continue
        best = float(values.max() if rises else values.min())
        reaching = {
            mark: int((values >= mark).sum() if rises else (values <= mark).sum())
            for mark in (objective.mark, full)
        }
        if reaching[full] and reaching[objective.mark] >= _SELDOM * len(values):
            continue
        side = "and above" if rises else "and below"
        told = [
            f"{mark:g} {side} ({what}) {_counted(reaching[mark])}"
            for mark, what in ((objective.mark, "a hit"), (full, "full marks"))
        ]
        yield (
            f"{objective.endpoint}: of {len(values)} measured compounds {', '.join(told)}; the best"
            f" is {best:.2f}. The profile asks for what the data has hardly seen: expect few hits"
        )


def _one_each(rows: pd.DataFrame) -> "pd.Series[float]":
    """Return the mean exact value of each compound, potencies on the p scale."""
    exact = rows[rows["relation"] == "="]
    values = exact["p_value"].fillna(exact["standard_value"]).astype("float64")
    return values.groupby(exact["inchikey"]).mean()


def _counted(count: int) -> str:
    return "none has" if not count else f"{count} {'has' if count == 1 else 'have'}"
