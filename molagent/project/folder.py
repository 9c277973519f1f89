"""A project's folder: where its file is, and how its campaign stands."""

from pathlib import Path
from typing import Final

from molagent.errors import StoreError
from molagent.store.status import CampaignStatus, load_status

__all__ = ["DATABASE", "project_file", "read_status"]

#: The project file in a project's folder.
DATABASE: Final = "project.duckdb"


def project_file(folder: Path) -> Path:
    """Return the project file of `folder`.

    Raises
    ------
    StoreError
        If there is none.
    """
    path = folder / DATABASE
    if not path.is_file():
        raise StoreError(
            "there is no project in this folder", place=str(folder), remedy="check the path"
        )
    return path


def read_status(folder: Path) -> CampaignStatus:
    """Return how the campaign of `folder` stands: its header and its finished stages.

    Raises
    ------
    StoreError
        If there is no project, or its campaign was never started.
    """
    return load_status(project_file(folder))
