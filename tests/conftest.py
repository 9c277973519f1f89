"""Fixtures that several packages' tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from small import write_small_campaign

# A slow machine is no defect of what is tested.
settings.register_profile("molagent", deadline=None)
settings.load_profile("molagent")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--most-skips",
        type=int,
        metavar="N",
        help="fail if more than N tests are skipped; -rs lists them with their reasons",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Count skips where all results come together: not in a worker of xdist."""
    most = session.config.getoption("--most-skips")
    if most is None or hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", ()))
    if skipped > most:
        reporter.ensure_newline()
        reporter.write_line(f"{skipped} tests were skipped, more than the {most} known", red=True)
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


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
