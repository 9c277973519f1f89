"""Fixtures that several packages' tests share."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from small import write_small_campaign

if TYPE_CHECKING:
    from molagent.project.project import Project

# Some containers forbid bytecode: every worker would rewrite each test file's assertions, and every
# process that a test starts compile all of molagent, each time anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

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
    """Return the file of a campaign over 60 real compounds, without ADMET and patents."""
    return write_small_campaign(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> "Project":
    """Return the small campaign as its run left it, for tests that change nothing."""
    from molagent.project.project import Project

    project = Project.create(write_small_campaign(tmp_path_factory.mktemp("finished")))
    project.run()
    return project


@pytest.fixture
def own_finished(finished: "Project", tmp_path: Path) -> "Project":
    """Return a copy of the finished campaign that the test may change."""
    return type(finished).open(shutil.copytree(finished.folder, tmp_path / "copied"))


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> "Project":
    """Return the small campaign with its two assays read in and nothing else done."""
    from molagent.project.project import Project
    from molagent.protocols import NullProgress

    project = Project.create(write_small_campaign(tmp_path_factory.mktemp("ingested")))
    project._ingest(NullProgress())
    return project


@pytest.fixture
def own_ingested(ingested: "Project", tmp_path: Path) -> "Project":
    """Return a copy of the project with its two assays, which the test may change."""
    return type(ingested).open(shutil.copytree(ingested.folder, tmp_path / "copied"))
