"""The campaign file: one TOML, checked before anything runs.

Every section is a frozen model that refuses unknown keys. Paths are relative to the campaign file.
The configuration's hash, stored with the campaign, covers everything but the output folder.
"""

from molagent.config.campaign import CampaignConfig, load_config, parse_config
from molagent.config.data import AssayConfig, CorrectionConfig, DerivedConfig, ModelsConfig
from molagent.config.generate import GenerateConfig
from molagent.config.profile import ObjectiveConfig
from molagent.config.project import ProjectConfig
from molagent.config.screen import ScreenConfig
from molagent.config.selection import SelectConfig
from molagent.config.steering import LlmConfig, SteerConfig

__all__ = [
    "AssayConfig",
    "CampaignConfig",
    "CorrectionConfig",
    "DerivedConfig",
    "GenerateConfig",
    "LlmConfig",
    "ModelsConfig",
    "ObjectiveConfig",
    "ProjectConfig",
    "ScreenConfig",
    "SelectConfig",
    "SteerConfig",
    "load_config",
    "parse_config",
]
