import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small import write_small_campaign

from molagent.project.project import Project


def test_a_swallowed_handler_does_not_swallow_the_interrupt():
    # RDKit's normalisation leaves its own handler behind. The main thread waits on a lock, as it
    # does while agents talk: an interrupt has to wake it.
    code = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
from molagent.cli.interrupts import watch_for_interrupts
watch_for_interrupts()
from rdkit import Chem
from chembl_structure_pipeline import standardizer
standardizer.standardize_mol(Chem.MolFromSmiles("CCO"))
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    threading.Event().wait(20)
except KeyboardInterrupt:
    sys.exit(42)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 42


@pytest.mark.parametrize(
    "after", ["ingest", pytest.param("cycle 1: propose", marks=pytest.mark.slow)]
)
def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path, after: str):
    path = write_small_campaign(tmp_path, per_cycle="400")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "molagent", "run", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal: pytest itself may run where SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(after):
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "molagent resume" in error
    assert not Project.open(tmp_path / "out").store.is_done(2, "select")
