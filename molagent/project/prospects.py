"""What a campaign will be able to do with its data, said before it runs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd

from molagent.campaign.ranking import check_profile
from molagent.config import CampaignConfig
from molagent.project.difference_sources import LEAST_PAIRS, require_potencies
from molagent.project.predictor_sources import LEAST_VALUES
from molagent.records.reliability import LEAST_HELD_OUT, doubt_of_card
from molagent.store.differences import sign_of_difference
from molagent.store.one_value import P_UNIT

if TYPE_CHECKING:
    from molagent.ingest.intake import Intake

__all__ = ["check_derived", "check_general_models", "model_prospects"]

# Of the measured compounds: what fewer have is hardly known.
_SELDOM: Final = 0.01


def model_prospects(config: CampaignConfig, intakes: Sequence["Intake"]) -> list[str]:
    """Return a sentence for each assay or objective that the data can do little for.

    An assay whose values are too few for a model that can be judged, a difference that is known of
    too few compounds, and an objective whose mark hardly any of the measured compounds reaches.

    Parameters
    ----------
    intakes
        The campaign's files, read; an assay without a file is not spoken of.
    """
    rows = _rows(intakes)
    if rows.empty:
        return []
    return [
        *_sentences(config, rows),
        *_differences(config, rows),
        *_unreached(config, rows),
    ]


def check_derived(config: CampaignConfig, intakes: Sequence["Intake"]) -> None:
    """Refuse a derived endpoint that is no difference of two potencies, before values are stored.

    Raises
    ------
    ConfigError
        Naming both endpoints and their units.
    """
    rows = _rows(intakes)
    if rows.empty:
        return
    unit = rows["standard_unit"].where(rows["p_value"].isna(), P_UNIT).fillna("").astype(str)
    units = {str(name): set(mine) for name, mine in unit.groupby(rows["endpoint"])}
    for derived in config.derived:
        require_potencies(derived, units)


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


def _differences(config: CampaignConfig, rows: pd.DataFrame) -> Iterator[str]:
    """Yield which derived endpoints are subtracted, not learned."""
    for each in config.derived:
        sides = [
            _one_each(rows[rows["endpoint"] == side]) for side in (each.minuend, each.subtrahend)
        ]
        if any(side.empty for side in sides):
            continue
        pairs = int((_difference(*sides)["relation"] == "=").sum())
        if pairs < LEAST_PAIRS:
            yield (
                f"{each.endpoint}: {pairs} compounds have an exact value of both {each.minuend} and"
                f" {each.subtrahend}; with fewer than {LEAST_PAIRS} two predictions are subtracted,"
                " and what is chosen by their difference is chosen by their errors too: measure"
                " more compounds in both"
            )


def _unreached(config: CampaignConfig, rows: pd.DataFrame) -> Iterator[str]:
    """Yield what an objective on measured values asks that hardly any measured compound has."""
    parts = {each.endpoint: (each.minuend, each.subtrahend) for each in config.derived}
    for objective in config.profile:
        if objective.direction == "range":
            continue
        of = parts.get(objective.endpoint, (objective.endpoint,))
        sides = [_one_each(rows[rows["endpoint"] == each]) for each in of]
        known = _difference(*sides) if len(sides) == 2 else sides[0]
        rises = objective.direction == "maximise"
        full = objective.high if rises else objective.low
        if len(known) < LEAST_HELD_OUT:
            continue
        reaching = {mark: _reaching(known, mark, rises=rises) for mark in (objective.mark, full)}
        seldom = _SELDOM * len(known)
        # A bound may leave open whether a compound reaches a mark: then nothing is said.
        if all(
            sum(count) and sum(count) >= least
            for count, least in ((reaching[full], 0.0), (reaching[objective.mark], seldom))
        ):
            continue
        side = "and above" if rises else "and below"
        told = [
            f"{mark:g} {side} ({what}) {_counted(reaching[mark][0])}"
            for mark, what in ((objective.mark, "a hit"), (full, "full marks"))
        ]
        exact = known.loc[known["relation"] == "=", "value"]
        best = "" if exact.empty else f"; the best is {exact.max() if rises else exact.min():.2f}"
        yield (
            f"{objective.endpoint}: of {len(known)} measured compounds {', '.join(told)}{best}."
            " The profile asks for what the data has hardly seen: expect few hits"
        )


def _rows(intakes: Sequence["Intake"]) -> pd.DataFrame:
    results = [intake.result.results for intake in intakes]
    return pd.concat(results, ignore_index=True) if results else pd.DataFrame()


def _reaching(known: pd.DataFrame, mark: float, *, rises: bool) -> tuple[int, int]:
    """Return how many compounds reach a mark, and of how many a bound leaves it open."""
    toward, away = (">", "<") if rises else ("<", ">")
    value, relation = known["value"], known["relation"]
    met = value >= mark if rises else value <= mark
    return int((met & (relation != away)).sum()), int(
        ((~met & (relation == toward)) | (met & (relation == away))).sum()
    )


def _one_each(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``relation`` and ``value`` of each compound, potencies on the p scale.

    The mean of the exact values; without one the tightest bound, if all point the same way.
    """
    potency = rows["p_value"].notna()
    told = pd.DataFrame(
        {
            "compound": rows["inchikey"],
            "relation": rows["p_relation"].where(potency, rows["relation"]),
            "value": rows["p_value"].where(potency, rows["standard_value"]).astype("float64"),
        }
    ).dropna()
    exact = told[told["relation"] == "="].groupby("compound")["value"].mean()
    bounds = told[told["relation"].isin(["<", ">"]) & ~told["compound"].isin(exact.index)]
    found = [pd.DataFrame({"relation": "=", "value": exact})]
    one_way = bounds.groupby("compound")["relation"].transform("nunique") == 1
    for sign, tightest in (("<", "min"), (">", "max")):
        mine = bounds[one_way & (bounds["relation"] == sign)].groupby("compound")["value"]
        found.append(pd.DataFrame({"relation": sign, "value": mine.agg(tightest)}))
    return pd.concat([each for each in found if len(each)] or found[:1])


def _difference(minuend: pd.DataFrame, subtrahend: pd.DataFrame) -> pd.DataFrame:
    """Return ``relation`` and ``value`` of each compound that both know."""
    both = minuend.merge(subtrahend, left_index=True, right_index=True, suffixes=("", "_less"))
    signs = zip(both["relation"], both["relation_less"], strict=True)
    told = pd.DataFrame(
        {
            "relation": [sign_of_difference(str(left), str(right)) for left, right in signs],
            "value": both["value"] - both["value_less"],
        }
    )
    return told[told["relation"] != ""]


def _counted(count: int) -> str:
    return "none has" if not count else f"{count} {'has' if count == 1 else 'have'}"
