"""The generators of a campaign, with what they know of its project."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from molagent.config import CampaignConfig
from molagent.errors import ConfigError
from molagent.project.plugins import load_plugins
from molagent.project.screening import building_blocks
from molagent.protocols import Generator

__all__ = ["build_generators"]


def build_generators(
    config: CampaignConfig, base: Path, measured: Callable[[], pd.DataFrame]
) -> dict[str, Generator]:
    """Return the generators of the campaign's mix, by name.

    Parameters
    ----------
    base
        Folder that relative paths in the campaign file start from.
    measured
        Reads the project's measured compounds, one row each with ``smiles``.

    Raises
    ------
    NotFoundError
        If no installed package offers a generator.
    ConfigError
        If a generator lacks the mode asked of it.
    """
    wanted = config.generate
    generators: dict[str, Generator] = load_plugins(
        "generator", sorted({key.split(":")[0] for key in wanted.mix})
    )
    if wanted.weights and "graph" in generators:
        from molagent.propose.sampler import GraphGenerator

        generators["graph"] = GraphGenerator(weights=base / wanted.weights)
    if wanted.building_blocks and "reactions" in generators:
        from molagent.propose.synthesis.reactions import ReactionGenerator

        generators["reactions"] = ReactionGenerator(blocks=building_blocks(config, base))
    if "replace" in generators:
        from molagent.propose.replacements.generator import ReplaceGenerator

        table = base / wanted.replacements if wanted.replacements else None
        generators["replace"] = ReplaceGenerator(
            table=table, own=lambda: list(measured()["smiles"])
        )
    _check_mix(config, generators)
    return generators


def _check_mix(config: CampaignConfig, generators: Mapping[str, Generator]) -> None:
    for key in config.generate.mix:
        name, mode = key.split(":")
        if mode not in generators[name].modes:
            raise ConfigError(
                f"generator {name!r} has no mode {mode!r}",
                place="[generate.mix]",
                remedy=f"use one of {', '.join(sorted(generators[name].modes))}",
            )
