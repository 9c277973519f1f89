"""The generators of a campaign, with what they know of its project."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, Generic, TypeVar

import pandas as pd

from molagent.config import CampaignConfig
from molagent.errors import ConfigError
from molagent.project.plugins import load_plugins
from molagent.project.screening import building_blocks
from molagent.project.seen_changes import seen_changes
from molagent.project.series_matrices import series_matrices
from molagent.project.series_rules import potency_frame
from molagent.protocols import Generator

__all__ = ["build_generators"]

T = TypeVar("T")

# Some 10 ms each; the parts of weaker compounds say less of what to make.
_OWN_PARTS: Final = 400


def build_generators(
    config: CampaignConfig,
    base: Path,
    measured: Callable[[], pd.DataFrame],
    folder: Path = Path(),
) -> dict[str, Generator]:
    """Return the generators of the campaign's mix, by name.

    Parameters
    ----------
    base
        Folder that relative paths in the campaign file start from.
    measured
        Reads the project's measured compounds, one row each with ``smiles``.
    folder
        The project's folder: what `[generate] finetune` teaches the graph policy is kept there.

    Raises
    ------
    NotFoundError
        If no installed package offers a generator.
    ConfigError
        If a generator lacks the mode asked of it, or nothing of the mix can be fine-tuned.
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
    potency = partial(_potency, config, measured)
    if wanted.finetune:
        generators["graph"] = _taught(config, base, folder, lambda: _best(potency(), measured()))
    if "replace" in generators:
        from molagent.propose.replacements.generator import ReplaceGenerator

        table = base / wanted.replacements if wanted.replacements else None
        generators["replace"] = ReplaceGenerator(
            table=table, own=lambda: _best(potency(), measured())
        )
    if "series" in generators:
        from molagent.propose.recombination import SeriesGenerator

        generators["series"] = SeriesGenerator(_Remembered(potency, series_matrices))
    if "transforms" in generators:
        from molagent.propose.transforms import TransformGenerator

        generators["transforms"] = TransformGenerator(_Remembered(potency, seen_changes))
    _check_mix(config, generators)
    return generators


def _taught(
    config: CampaignConfig, base: Path, folder: Path, compounds: Callable[[], list[str]]
) -> Generator:
    from molagent.propose.training.taught import TaughtGraph

    wanted = config.generate
    if not any(key.startswith("graph:") for key in wanted.mix):
        raise ConfigError(
            "finetune = true, and the mix has no graph policy to teach",
            place="[generate]",
            remedy='give "graph:decorate" a share of [generate.mix], or leave finetune out',
        )
    seed = config.project.seed
    if wanted.weights:
        return TaughtGraph(folder / "graph", compounds, seed=seed, base=base / wanted.weights)
    return TaughtGraph(folder / "graph", compounds, seed=seed)


class _Remembered(Generic[T]):
    """What is made of a project's potencies; made anew when these changed."""

    def __init__(
        self, frame: Callable[[], pd.DataFrame], make: Callable[[pd.DataFrame], T]
    ) -> None:
        self._frame = frame
        self._make = make
        self._made: tuple[object, T] | None = None

    def __call__(self) -> T:
        """Return it."""
        frame = self._frame()
        key = tuple(frame.itertuples(index=False, name=None))
        if self._made is None or self._made[0] != key:
            self._made = key, self._make(frame)
        return self._made[1]


def _best(potency: pd.DataFrame, measured: pd.DataFrame) -> list[str]:
    """Return the structures whose parts are counted: the most potent, else all, up to a number."""
    if not potency.empty:
        order = ["p_value", "compound_id"]
        return list(potency.sort_values(order, ascending=[False, True])["smiles"].head(_OWN_PARTS))
    return list(measured["smiles"].head(_OWN_PARTS))


def _potency(config: CampaignConfig, measured: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    return potency_frame(config, measured())


def _check_mix(config: CampaignConfig, generators: Mapping[str, Generator]) -> None:
    for key in config.generate.mix:
        name, mode = key.split(":")
        if mode not in generators[name].modes:
            raise ConfigError(
                f"generator {name!r} has no mode {mode!r}",
                place="[generate.mix]",
                remedy=f"use one of {', '.join(sorted(generators[name].modes))}",
            )
