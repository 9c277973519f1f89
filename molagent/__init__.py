"""From assay data to a reasoned shortlist of molecules, offline by default.

The names below are the public interface. Importing molagent loads neither torch nor IPython, nor
pandas: each name is imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from molagent.errors import MolagentError

if TYPE_CHECKING:
    from molagent.config import CampaignConfig, load_config, parse_config
    from molagent.learn.local import LocalPredictor, fit_local
    from molagent.learn.selectivity import DifferencePredictor
    from molagent.learn.surrogate import CountSurrogate
    from molagent.project.assaydata import AssayData
    from molagent.project.patents import Patents
    from molagent.project.project import Project
    from molagent.propose.edits import EditGenerator
    from molagent.propose.optimise.agent import AgentSettings
    from molagent.propose.optimise.components import ObjectiveComponent, from_predictor
    from molagent.propose.optimise.gate import GatedObjective
    from molagent.propose.optimise.objective import MultiObjective
    from molagent.propose.optimise.optimiser import Optimiser
    from molagent.propose.optimise.settings import OptimiserSettings
    from molagent.propose.sampler import GraphGenerator
    from molagent.propose.synthesis.analogues import AnalogueFinder
    from molagent.propose.synthesis.reactions import ReactionGenerator
    from molagent.protocols import NullProgress
    from molagent.records import Constraints, ProposalBatch, ProposalRequest, SeedCompound, Verdict
    from molagent.screen.plausibility import PlausibilityFilter
    from molagent.screen.unstable import UnstableFilter

    __version__: str

__all__ = [
    "AgentSettings",
    "AnalogueFinder",
    "AssayData",
    "CampaignConfig",
    "Constraints",
    "CountSurrogate",
    "DifferencePredictor",
    "EditGenerator",
    "GatedObjective",
    "GraphGenerator",
    "LocalPredictor",
    "MolagentError",
    "MultiObjective",
    "NullProgress",
    "ObjectiveComponent",
    "Optimiser",
    "OptimiserSettings",
    "Patents",
    "PlausibilityFilter",
    "Project",
    "ProposalBatch",
    "ProposalRequest",
    "ReactionGenerator",
    "SeedCompound",
    "UnstableFilter",
    "Verdict",
    "__version__",
    "fit_local",
    "from_predictor",
    "load_config",
    "parse_config",
]

_NAMES: Final = {
    "molagent.config": ("CampaignConfig", "load_config", "parse_config"),
    "molagent.learn.local": ("LocalPredictor", "fit_local"),
    "molagent.learn.selectivity": ("DifferencePredictor",),
    "molagent.learn.surrogate": ("CountSurrogate",),
    "molagent.project.project": ("Project",),
    "molagent.project.assaydata": ("AssayData",),
    "molagent.project.patents": ("Patents",),
    "molagent.propose.edits": ("EditGenerator",),
    "molagent.propose.optimise.agent": ("AgentSettings",),
    "molagent.propose.optimise.components": ("ObjectiveComponent", "from_predictor"),
    "molagent.propose.optimise.gate": ("GatedObjective",),
    "molagent.propose.optimise.objective": ("MultiObjective",),
    "molagent.propose.optimise.optimiser": ("Optimiser",),
    "molagent.propose.optimise.settings": ("OptimiserSettings",),
    "molagent.propose.sampler": ("GraphGenerator",),
    "molagent.propose.synthesis.analogues": ("AnalogueFinder",),
    "molagent.propose.synthesis.reactions": ("ReactionGenerator",),
    "molagent.protocols": ("NullProgress",),
    "molagent.records": (
        "Constraints",
        "ProposalBatch",
        "ProposalRequest",
        "SeedCompound",
        "Verdict",
    ),
    "molagent.screen.plausibility": ("PlausibilityFilter",),
    "molagent.screen.unstable": ("UnstableFilter",),
}
_HOMES: Final = {name: home for home, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name == "__version__":
        from importlib.metadata import version

        return version("molagent")
    if name not in _HOMES:
        raise AttributeError(f"module 'molagent' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, so that completion finds what is not imported yet."""
    return sorted(__all__)
