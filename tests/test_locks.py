"""The locks hold what pyproject.toml asks for, each file by its hash, and no more than needed."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = {
    "requirements.lock": PROJECT["dependencies"],
    "requirements-dev.lock": [*PROJECT["dependencies"], *EXTRAS["dev"], *EXTRAS["bench"]],
}
HERE = {"sys_platform": "linux", "platform_system": "Linux", "python_full_version": "3.11.7"}
HERE |= {"python_version": "3.11", "platform_machine": "x86_64", "os_name": "posix"}
HERE |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}


def entries(name):
    """Return requirement -> hashes of a lock."""
    files = (name, "requirements-torch.lock")
    text = "".join((ROOT / each).read_text(encoding="utf-8") for each in files).replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        wanted, *hashes = line.split(" --hash=sha256:")
        found[Requirement(wanted.strip())] = [each.strip() for each in hashes]
    return found


def installed(name):
    """Return name -> version on Linux with Python 3.11."""
    return {
        canonicalize_name(each.name): str(each.specifier).removeprefix("==")
        for each in entries(name)
        if each.marker is None or each.marker.evaluate(HERE)
    }


@pytest.mark.parametrize("name", list(ASKED))
def test_a_lock_has_every_dependency_within_its_bounds(name):
    held = installed(name)
    for text in ASKED[name]:
        wanted = Requirement(text)
        assert held[canonicalize_name(wanted.name)] in wanted.specifier, text


@pytest.mark.parametrize("name", list(ASKED))
def test_every_file_of_a_lock_has_its_hash_and_no_address(name):
    for requirement, hashes in entries(name).items():
        assert str(requirement.specifier).startswith("=="), requirement
        assert hashes, requirement
        assert all(re.fullmatch("[0-9a-f]{64}", each) for each in hashes), requirement
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_the_gate_tests_the_versions_that_users_get():
    users, gate = installed("requirements.lock"), installed("requirements-dev.lock")
    assert {name: gate[name] for name in users} == users


def test_a_plain_installation_stays_below_170_packages():
    assert len(installed("requirements.lock")) < 170


def test_what_a_major_release_would_break_has_an_upper_bound():
    for text in PROJECT["dependencies"]:
        assert re.search(r"==|<", text), text
