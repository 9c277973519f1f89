"""Fixtures that several packages' tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from small import write_small_campaign

# A slow machine is no defect of what is tested.
settings.register_profile("molagent", deadline=None)
settings.load_profile("molagent")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what molagent remembers between runs out of the user's cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def small_campaign(tmp_path: Path) -> Path:
    """Return a campaign file over 120 real compounds, two cycles, without ADMET and patents."""
    return write_small_campaign(tmp_path)
