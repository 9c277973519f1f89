"""Composition root: one database file, a campaign file and plugins become running objects."""

from molagent.project.intake import dry_run
from molagent.project.plugins import installed_plugins
from molagent.project.project import Project, RunResult
from molagent.project.wiring import open_patents

__all__ = ["Project", "RunResult", "dry_run", "installed_plugins", "open_patents"]
