"""What a campaign will be able to do with its data, said before it runs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from molagent.campaign.ranking import check_profile
from molagent.config import CampaignConfig
from molagent.project.predictor_sources import LEAST_VALUES
from molagent.records.reliability import LEAST_HELD_OUT, doubt_of_card

if TYPE_CHECKING:
    from molagent.ingest.intake import Intake

__all__ = ["check_general_models", "model_prospects"]


def model_prospects(config: CampaignConfig, intakes: Sequence["Intake"]) -> list[str]:
    """Return one sentence for each assay whose values are too few for a model that can be judged.

    Parameters
    ----------
    intakes
        The campaign's files, read; an assay without a file is not spoken of.
    """
    results = [intake.result.results for intake in intakes]
    rows = pd.concat(results, ignore_index=True) if results else pd.DataFrame()
    return list(_sentences(config, rows)) if len(rows) else []


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
