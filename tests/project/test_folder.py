"""What is said of a folder that holds no campaign."""

from pathlib import Path

import pytest

from molagent.errors import StoreError
from molagent.project.folder import read_status


def test_a_folder_without_a_project_is_named(tmp_path: Path):
    with pytest.raises(StoreError, match="there is no project in this folder"):
        read_status(tmp_path)


def test_a_project_whose_campaign_was_never_started_says_so(tmp_path: Path):
    from molagent.project.assaydata import AssayData

    AssayData.open(tmp_path / "project.duckdb", create=True)
    with pytest.raises(StoreError, match="the project holds no campaign"):
        read_status(tmp_path)
