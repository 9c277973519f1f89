"""From a campaign file to running objects; nothing else in molagent wires."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from molagent.campaign.parts import Parts
from molagent.campaign.policy import FixedPolicy
from molagent.campaign.pool import load_measured
from molagent.config import CampaignConfig
from molagent.errors import ConfigError
from molagent.project.catalogue import Catalogue
from molagent.project.generators import build_generators
from molagent.project.outgoing import outgoing_policy
from molagent.project.plugins import load_plugin
from molagent.project.screening import build_screens, building_blocks
from molagent.project.series_rules import kept_patterns, kept_series
from molagent.project.wishes import campaign_leads, campaign_limits
from molagent.protocols import Generator, PatentIndex, Policy
from molagent.store.database import Database

if TYPE_CHECKING:
    from molagent.agents import OutgoingPolicy

__all__ = [
    "OUTGOING_LOG",
    "build_parts",
    "campaign_patents",
    "open_patents",
]

OUTGOING_LOG: Final = "outgoing.jsonl"

_LEAST_SHARE: Final = 20


def build_parts(
    config: CampaignConfig, base: Path, db: Database, folder: Path, patents: PatentIndex | None
) -> Parts:
    """Return the running objects of a campaign.

    Parameters
    ----------
    patents
        As `campaign_patents` gives it.
    base
        Folder that relative paths in the campaign file start from.
    folder
        The project's folder, for what is logged.
    """
    from molagent.patents.unchecked import UncheckedIndex

    # Read once: what comes back from the laboratory is another run's.
    measured = cache(partial(load_measured, db, [assay.endpoint for assay in config.assays]))
    generators = build_generators(config, base, measured, folder)
    models = Catalogue(config, db, base=base)
    return Parts(
        generators=generators,
        screens=partial(build_screens, config, base, patents),
        fit=models.fit,
        panel=models.panel,
        policy=_policy(config, generators, base, db, folder),
        patents=patents or UncheckedIndex("the campaign file names no patent collection"),
        measured=measured,
        leads=partial(campaign_leads, config, db),
        limits=partial(campaign_limits, config),
        kept=partial(kept_patterns, config),
        series=partial(kept_series, config),
        make=partial(_plan_making, building_blocks(config, base)),
    )


def _plan_making(blocks: Path | None, smiles_list: Sequence[str]) -> Sequence[Mapping[str, object]]:
    from molagent.propose.synthesis.analogues import AnalogueFinder
    from molagent.propose.synthesis.making import plan_making

    return plan_making(AnalogueFinder(blocks), smiles_list)


def open_patents(folder: Path) -> PatentIndex:
    """Return the index of a folder of publications and claims.

    Raises
    ------
    ConfigError
        If there is no such folder: a search that cannot be made is not an empty answer.
    """
    from molagent.patents.ladder import load_patent_index

    if not folder.is_dir():
        raise ConfigError(
            "there is no such folder of publications",
            place=str(folder),
            remedy="correct [screen] patents, or leave it out: overlap is then not checked",
        )
    return load_patent_index(folder)


def campaign_patents(config: CampaignConfig, base: Path) -> PatentIndex | None:
    """Return what a campaign's ``[screen]`` section names as the patent evidence to search.

    None if it names nothing.

    Raises
    ------
    MolagentError
        If a folder or file is missing, broken, or made with other settings: a campaign whose
        every structure would be "not checked" does not start.
    """
    screen = config.screen
    if not (screen.releases or screen.disclosures):
        if not screen.patents:
            return None
        if screen.as_of is None:
            return open_patents(base / screen.patents)
    from molagent.project.patents import Patents

    return Patents.of_campaign(config, base, strict=True).ladder


def _policy(
    config: CampaignConfig,
    generators: Mapping[str, Generator],
    base: Path,
    db: Database,
    folder: Path,
) -> Policy:
    generate, name = config.generate, config.steer.policy
    if name == "fixed":
        return FixedPolicy(generate.mix, generate.per_cycle, generate.temperature, generate.seeds)
    if name == "agents":
        return _team(
            config, generators, partial(outgoing_policy, config, base, db), folder / OUTGOING_LOG
        )
    policy: Policy = load_plugin("policy", name)
    return policy


def _team(
    config: CampaignConfig,
    generators: Mapping[str, Generator],
    outgoing: Callable[[], "OutgoingPolicy"],
    log: Path,
) -> Policy:
    from molagent.agents import AgentTeam, Budget, ModelSettings, PlanBounds
    from molagent.agents.guard import log_outgoing

    llm = config.llm
    return AgentTeam(
        PlanBounds(
            per_cycle=config.generate.per_cycle,
            generators={name: tuple(sorted(g.modes)) for name, g in generators.items()},
            # A generator that a plan keeps gets enough proposals to show what it can do.
            min_per_step=max(1, config.generate.per_cycle // _LEAST_SHARE),
            max_seeds=config.generate.seeds,
        ),
        ModelSettings(
            provider=llm.provider,
            base_url=llm.base_url,
            model=llm.model,
            api_key_env=llm.api_key_env,
            timeout_s=llm.timeout_s,
            temperature=llm.temperature,
            seed=config.project.seed,
        ),
        endpoints={o.name: o.endpoint for o in config.profile},
        budget=Budget(max_tokens=llm.max_tokens),
        outgoing=outgoing,
        outgoing_sink=partial(log_outgoing, log),
    )
