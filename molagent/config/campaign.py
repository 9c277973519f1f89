"""A whole campaign file, read and checked before anything runs."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from molagent.config.data import AssayConfig, CorrectionConfig, DerivedConfig, ModelsConfig
from molagent.config.generate import GenerateConfig
from molagent.config.profile import ObjectiveConfig
from molagent.config.project import ProjectConfig
from molagent.config.screen import ScreenConfig
from molagent.config.section import Section
from molagent.config.selection import SelectConfig
from molagent.config.steering import LlmConfig, SteerConfig
from molagent.errors import ConfigError, FileFormatError
from molagent.toml_texts import read_toml

__all__ = ["CampaignConfig", "load_config", "parse_config"]


class CampaignConfig(Section):
    """A whole campaign.

    Attributes
    ----------
    project
        Name, goal, seed and folder.
    assays
        The measured endpoints.
    derived
        Endpoints that are differences of others.
    corrections
        ADMET-AI's endpoints corrected by measurements.
    profile
        The target product profile.
    generate
        How proposals are made.
    screen
        Which filters they pass.
    select
        How the batch is chosen.
    steer
        Who decides, and for how long.
    llm
        The model behind the agents.
    """

    project: ProjectConfig
    assays: tuple[AssayConfig, ...] = Field(min_length=1)
    derived: tuple[DerivedConfig, ...] = ()
    models: ModelsConfig = ModelsConfig()
    corrections: tuple[CorrectionConfig, ...] = ()
    profile: tuple[ObjectiveConfig, ...] = Field(min_length=1)
    generate: GenerateConfig = GenerateConfig()
    screen: ScreenConfig = ScreenConfig()
    select: SelectConfig = SelectConfig()
    steer: SteerConfig = SteerConfig()
    llm: LlmConfig = LlmConfig()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [objective.name for objective in self.profile]
        if len(set(names)) != len(names):
            raise ValueError("two objectives of the profile share a name")
        measured = {assay.endpoint for assay in self.assays}
        for derived in self.derived:
            for part in (derived.minuend, derived.subtrahend):
                if part not in measured:
                    raise ValueError(f"derived {derived.endpoint!r} needs an assay of {part!r}")
        return self

    @model_validator(mode="after")
    def _models_of_what_is_asked(self) -> Self:
        measured = {assay.endpoint for assay in self.assays}
        for endpoint in self.models.second:
            if endpoint not in measured:
                raise ValueError(f"models.second: there is no assay of {endpoint!r} to inform")
        derived = {each.endpoint for each in self.derived}
        asked = measured | {objective.endpoint for objective in self.profile}
        for endpoint in self.models.registered:
            if endpoint in derived:
                raise ValueError(
                    f"models.registered: {endpoint!r} is derived, and learned from its two assays"
                    " as they are now; name versions of these"
                )
            if endpoint not in asked:
                raise ValueError(
                    f"models.registered: neither an assay nor an objective is of {endpoint!r}"
                )
        return self

    @property
    def hash(self) -> str:
        """SHA-256 of what the configuration sets away from the defaults, output folder aside.

        An option that a newer version adds does not change what an older campaign is.
        """
        payload = self.model_dump(mode="json", exclude_defaults=True)
        payload["project"].pop("folder", None)
        return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()

    @property
    def campaign_id(self) -> str:
        """First twelve hex digits of the hash."""
        return self.hash[:12]

    def with_policy(self, policy: str) -> Self:
        """Return the same campaign under another policy."""
        return self.model_copy(update={"steer": self.steer.model_copy(update={"policy": policy})})


def load_config(path: Path) -> CampaignConfig:
    """Read a campaign file.

    Raises
    ------
    ConfigError
        If the file is missing, is not TOML, or a key is unknown, missing or out of bounds. The
        message names every faulty key.
    """
    if not path.exists():
        raise ConfigError(
            "there is no such campaign file", place=str(path), remedy="check the path"
        )
    try:
        data = read_toml(path)
    except FileFormatError as error:
        raise ConfigError(error.message, place=error.place, remedy=error.remedy) from error
    return parse_config(data, place=str(path))


def parse_config(data: Mapping[str, Any], *, place: str = "") -> CampaignConfig:
    """Check a campaign given as a mapping; see :func:`load_config`."""
    try:
        return CampaignConfig.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'file'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ConfigError(faults, place=place, remedy="correct the campaign file") from error
