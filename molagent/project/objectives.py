"""A campaign's target profile, or a file of components, as the objective of an optimisation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from molagent.campaign.ranking import check_profile
from molagent.config import CampaignConfig
from molagent.project.catalogue import Catalogue
from molagent.project.screening import build_screen
from molagent.protocols import Filter, NullProgress, Predictor, Progress
from molagent.records import Judgement, Verdict
from molagent.records.reliability import doubt_of_card

if TYPE_CHECKING:
    import pandas as pd

    from molagent.campaign.parts import Screen
    from molagent.patents.markush.claims import Claim
    from molagent.propose.optimise.gate import GatedObjective
    from molagent.propose.optimise.objective import MultiObjective

__all__ = ["build_objective"]


def build_objective(
    config: CampaignConfig,
    base: Path,
    models: Catalogue,
    path: Path | None,
    progress: Progress,
    *,
    measured: "pd.DataFrame",
) -> tuple["GatedObjective", dict[str, str]]:
    """Return the objective behind the campaign's filters, and its models' hashes by endpoint.

    Parameters
    ----------
    path
        A file of ``[[objective]]`` tables instead of the profile. It may name any endpoint that
        the campaign has a model of, and ``claim_distance`` where its patent folder has claims.
    measured
        The project's measured compounds, for the filters.

    Raises
    ------
    ConfigError
        If something is named that nothing predicts, or an unreliable model without leave.
    """
    from molagent.patents.steering import ClaimDistance, ClaimFilter
    from molagent.propose.optimise.gate import GatedObjective
    from molagent.propose.optimise.tables import read_objective

    claims = _campaign_claims(config, base)
    fitted = {predictor.endpoint: predictor for predictor in models.fit(progress)}
    if path is None:
        objective = _of_profile(config, fitted)
    else:
        offered = {**{each.endpoint: each for each in models.panel()}, **fitted}
        if claims:
            offered["claim_distance"] = ClaimDistance(claims)
        objective = read_objective(path, predictors=offered)
    # Without the search of publications, which is slow; claims cost microseconds.
    # Components of a file may ask for what no series holds.
    screened = config if path is None else _without_series(config)
    screen = build_screen(screened, base, None, measured)
    gate = _Screened(screen, ClaimFilter(claims))
    hashes = {name: str(each.card["model_hash"]) for name, each in sorted(fitted.items())}
    return GatedObjective(objective, gate), hashes


def _without_series(config: CampaignConfig) -> CampaignConfig:
    generate = config.generate.model_copy(update={"motifs": "off"})
    return config.model_copy(update={"generate": generate})


def _campaign_claims(config: CampaignConfig, base: Path) -> tuple["Claim", ...]:
    """Return the claims of the campaign's patent folder; none where it has no folder."""
    from molagent.patents.markush.claims import read_claims

    return read_claims(base / config.screen.patents) if config.screen.patents else ()


def _of_profile(config: CampaignConfig, fitted: Mapping[str, Predictor]) -> "MultiObjective":
    from molagent.propose.optimise.components import from_predictor
    from molagent.propose.optimise.objective import MultiObjective

    check_profile(config.profile, {name: doubt_of_card(each.card) for name, each in fitted.items()})
    return MultiObjective(
        [
            from_predictor(
                fitted[each.endpoint],
                name=each.name,
                direction=each.direction,
                low=each.low,
                high=each.high,
                weight=each.weight,
                inside_domain=config.screen.domain,
            )
            for each in config.profile
        ]
    )


class _Screened:
    """The campaign's funnel and its claims as one filter."""

    name = "screen"

    def __init__(self, screen: "Screen", claims: Filter) -> None:
        self._screen = screen
        self._claims = claims

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return the first failure of each structure, else the first unknown, else a pass."""
        judged = self._screen.run(smiles_list, NullProgress())
        return [
            self._overall(smiles, answers)
            for smiles, answers in zip(smiles_list, judged, strict=True)
        ]

    def _overall(self, smiles: str, judgements: Sequence[Judgement]) -> Judgement:
        by_verdict = {each.verdict: each for each in reversed(judgements)}
        if Verdict.FAIL in by_verdict:
            return by_verdict[Verdict.FAIL]
        [claimed] = self._claims.judge([smiles])
        if claimed.verdict is Verdict.FAIL:
            return claimed
        passed = Judgement(filter=self.name, verdict=Verdict.PASS, reason="")
        return by_verdict.get(
            Verdict.UNKNOWN, passed if claimed.verdict is Verdict.PASS else claimed
        )
