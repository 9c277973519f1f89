"""From assay data to a reasoned shortlist of molecules, offline by default.

The names below are the public interface; importing them loads neither torch nor IPython.
"""

from importlib.metadata import version

from molagent.config import CampaignConfig, load_config, parse_config
from molagent.errors import MolagentError

__all__ = [
    "CampaignConfig",
    "MolagentError",
    "Project",
    "__version__",
    "load_config",
    "parse_config",
]

__version__ = version("molagent")


def __getattr__(name: str) -> object:
    """Import :class:`~molagent.project.Project` on first use: it brings pandas and duckdb."""
    if name == "Project":
        from molagent.project import Project

        return Project
    raise AttributeError(f"module 'molagent' has no attribute {name!r}")
