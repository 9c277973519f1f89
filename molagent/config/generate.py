"""How a campaign makes proposals."""

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from molagent.config.section import Section, Share

__all__ = ["GenerateConfig"]


class GenerateConfig(Section):
    """How many proposals a cycle makes, and the first cycle's mix.

    Attributes
    ----------
    per_cycle
        Proposals that a cycle keeps.
    oversample
        How many are made for each one kept; the models of the assays choose.
    lead
        What changes start from: a SMILES, or the name or id of a compound of the data; several as
        a list. Empty starts from the best measured compounds.
    core
        SMILES or SMARTS that every proposal keeps and decoration grows on. Where it has exits
        ``[*]``, nothing hangs elsewhere; otherwise any hydrogen may be replaced.
    protect
        Parts of the lead that every change keeps, as SMILES or SMARTS.
    require
        Parts that every proposal must contain, as SMILES or SMARTS.
    forbid
        Parts that no proposal may contain, as SMILES or SMARTS.
    min_heavy_atoms
        The smallest proposal, in heavy atoms.
    max_heavy_atoms
        The largest proposal, in heavy atoms. Left out it follows the series: four more than 95 %
        of the potent compounds have (of the lead's series, where one is drawn), 60 at most.
        `molagent check` says the number.
    temperature
        Of the policy's choices: below 1 keeps to what it knows, above 1 strays.
    seeds
        How many of the best compounds are grown from and changed.
    motifs
        What becomes of a proposal that lost a motif or core which nearly all potent compounds of
        its series carry: ``keep`` holds it back, as nothing tells its potency, ``tell`` lets it
        pass and says so, ``off`` does not look.
    struck
        Motifs and cores that may be lost: by name or pattern, ``S2`` for all of a series, ``core``
        or ``motif`` for all of a kind. `molagent check` lists what there is.
    weights
        A folder of `molagent train`; "" is the graph policy that ships.
    finetune
        Whether the graph policy learns from the project's potent compounds before the first cycle:
        minutes; its weights stay in the project's folder.
    building_blocks
        A CSV or SMILES file for the generator ``reactions``; "" is the list that ships.
    replacements
        A table of `molagent train replacements` for the generator ``replace``; "" is the one that
        ships.
    mix
        ``generator:mode`` to its share of the first cycle; the shares add up to 1. Later cycles are
        the policy's affair.
    """

    per_cycle: int = Field(default=400, ge=10, le=100_000)
    oversample: int = Field(default=1, ge=1, le=100)
    lead: tuple[str, ...] = ()
    core: str = ""
    protect: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    min_heavy_atoms: int = Field(default=1, ge=1, le=60)
    max_heavy_atoms: int | None = Field(default=None, ge=5, le=60)
    temperature: float = Field(default=1.0, ge=0.1, le=3.0)
    seeds: int = Field(default=40, ge=1, le=1000)
    motifs: Literal["keep", "tell", "off"] = "keep"
    struck: tuple[str, ...] = ()
    weights: str = ""
    finetune: bool = False
    building_blocks: str = ""
    replacements: str = ""
    mix: Mapping[str, Share] = Field(
        default_factory=lambda: {
            "replace:edit": 0.35,
            "series:edit": 0.2,
            "transforms:edit": 0.15,
            "graph:decorate": 0.1,
            "graph:de_novo": 0.05,
            "reactions:edit": 0.1,
            "edits:edit": 0.05,
        }
    )

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, data: Any) -> Any:  # noqa: ANN401 - what a file holds
        """Take one structure for a list of one, and an older file's name for what is forbidden."""
        if not isinstance(data, Mapping):
            return data
        given = dict(data)
        if "forbidden_smarts" in given and "forbid" not in given:
            given["forbid"] = given.pop("forbidden_smarts")
        for key in ("lead", "protect", "require", "forbid", "struck"):
            if isinstance(given.get(key), str):
                given[key] = [given[key]] if given[key] else []
        return given

    @model_validator(mode="after")
    def _sizes(self) -> Self:
        if self.max_heavy_atoms is not None and self.min_heavy_atoms > self.max_heavy_atoms:
            raise ValueError(
                f"min_heavy_atoms ({self.min_heavy_atoms}) is above max_heavy_atoms"
                f" ({self.max_heavy_atoms})"
            )
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for key in self.mix:
            if key.count(":") != 1:
                raise ValueError(f"mix key {key!r} is not 'generator:mode'")
        if not math.isclose(sum(self.mix.values()), 1.0, abs_tol=1e-6):
            raise ValueError(f"the shares of mix add up to {sum(self.mix.values()):g}, not 1")
        return self
