"""Skipped tests are counted, so that none is skipped unseen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
# What conftest.py imports beside it.
SMALL = Path(__file__).with_name("small.py")
TESTS = """
import pytest

def test_aspirin(): pass

@pytest.mark.parametrize("drug", ["tofacitinib", "ruxolitinib"])
def test_of_a_drug(drug): pytest.skip("needs a laboratory")
"""


@pytest.mark.parametrize(
    ("workers", "known", "code"), [("0", "1", 1), ("2", "1", 1), ("0", "2", 0)]
)
def test_more_skips_than_are_known_fail_the_run(tmp_path, workers, known, code):
    for source in (CONFTEST, SMALL):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    (tmp_path / "test_drugs.py").write_text(TESTS, encoding="utf-8")
    # Without the plugins that are installed: some take seconds to import, in every worker.
    words = ["-m", "pytest", "-rs", "-p", "xdist", "-n", workers, "--most-skips", known]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert "needs a laboratory" in done.stdout
    assert ("2 tests were skipped, more than the 1 known" in done.stdout) == (code == 1)
