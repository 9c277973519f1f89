"""Fixtures that several packages' tests share."""

from pathlib import Path

import pytest
from small import write_small_campaign


@pytest.fixture
def small_campaign(tmp_path: Path) -> Path:
    """Return a campaign file over 120 real compounds, two cycles, without ADMET and patents."""
    return write_small_campaign(tmp_path)
