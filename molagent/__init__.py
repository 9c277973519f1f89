"""From assay data to a reasoned shortlist of molecules, offline by default.

The names below are the public interface. Importing molagent loads neither torch nor IPython, nor
pandas: each name is imported on first use.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from molagent.errors import MolagentError

if TYPE_CHECKING:
    from molagent.config import CampaignConfig, load_config, parse_config
    from molagent.project import Project

__all__ = [
    "CampaignConfig",
    "MolagentError",
    "Project",
    "__version__",
    "load_config",
    "parse_config",
]

__version__ = version("molagent")

_HOMES: Final = {
    "CampaignConfig": "molagent.config",
    "Project": "molagent.project",
    "load_config": "molagent.config",
    "parse_config": "molagent.config",
}


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module 'molagent' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
