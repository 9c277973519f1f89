import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

import molagent
from molagent.errors import InputError
from molagent.propose.optimise.components import ObjectiveComponent
from molagent.propose.optimise.isolated import ComponentCrashError, IsolatedFunction
from molagent.propose.optimise.objective import MultiObjective

SCORING = """
import os, subprocess, sys, time

print("chatter while it is imported")

def lengths(smiles_list):
    print("chatter", flush=True)
    os.system("echo more chatter")
    return [float(len(smiles)) for smiles in smiles_list]

def hangs_on_iodine(smiles_list):
    if any("I" in smiles for smiles in smiles_list):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        while True:
            time.sleep(0.01)
    return lengths(smiles_list)

def crashes_on_iodine(smiles_list):
    if any("I" in smiles for smiles in smiles_list):
        os.abort()
    return lengths(smiles_list)

def raises(smiles_list):
    raise KeyError("no force field")

def odd(smiles_list):
    return [float("nan"), float("inf"), None, object()]
"""
LIOTHYRONINE = "NC(Cc1cc(I)c(Oc2ccc(O)c(I)c2)c(I)c1)C(=O)O"
DRUGS = ["CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1", LIOTHYRONINE, "Cn1cnc2c1c(=O)n(C)c(=O)n2C"]


@pytest.fixture
def scoring(tmp_path):
    (tmp_path / "scoring.py").write_text(SCORING, encoding="utf-8")
    opened = []

    def _open(name: str) -> IsolatedFunction:
        opened.append(IsolatedFunction(f"scoring.py:{name}", folder=tmp_path))
        return opened[-1]

    yield _open
    for function in opened:
        function.close()


def objective(function, timeout_s=None):
    return MultiObjective(
        [
            ObjectiveComponent(
                name="dock",
                evaluate=function,
                direction="maximise",
                low=0.0,
                high=100.0,
                timeout_s=timeout_s,
            )
        ]
    )


def test_values_come_back_in_order_and_what_is_printed_does_not_mix_with_them(scoring):
    function = scoring("lengths")
    assert function(DRUGS) == [float(len(smiles)) for smiles in DRUGS]
    assert function(DRUGS[:1]) == [float(len(DRUGS[0]))]


def test_the_one_structure_that_hangs_is_found_killed_with_its_children_and_the_rest_scored(
    scoring,
):
    before = set(psutil.Process().children(recursive=True))
    scores = objective(scoring("hangs_on_iodine"), timeout_s=1.0)(DRUGS)
    assert np.isnan(scores.total).tolist() == [False, False, True, False]
    assert "dock: TimeoutError: no answer within 1 s (position 2, NC(Cc1" in scores.notes[2]
    sleepers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if "import time; time.sleep(60)" in (process.info["cmdline"] or [])
    ]
    assert not sleepers
    after = set(psutil.Process().children(recursive=True)) - before
    assert len(after) == 1  # the process that waits for the next batch


def test_a_crash_in_native_code_costs_one_structure_only(scoring):
    scores = objective(scoring("crashes_on_iodine"))(DRUGS)
    assert np.isnan(scores.total).tolist() == [False, False, True, False]
    assert "its process ended with code -6" in scores.notes[2]


def test_what_the_function_raises_is_reported_in_its_words(scoring):
    scores = objective(scoring("raises"))(DRUGS[:1])
    assert scores.notes[0].startswith("dock: KeyError: 'no force field' (position 0, ")


def test_what_is_not_a_number_is_unknown(scoring):
    scores = objective(scoring("odd"))(DRUGS)
    assert np.isnan(scores.total).all()
    assert scores.notes[0] == "dock: no value"
    assert scores.notes[1] == "dock: inf is not a finite number"
    assert "is not a number" in scores.notes[3]


@pytest.mark.parametrize("name", ["absent", "__file__"])
def test_a_function_that_is_not_there_is_a_sentence_and_not_a_crash_of_the_run(scoring, name):
    scores = objective(scoring(name))(DRUGS[:1])
    assert np.isnan(scores.total[0])
    assert scores.notes[0].startswith("dock: ")


def test_a_module_of_the_python_path_is_named_without_a_file():
    with IsolatedFunction("builtins:sorted") as function:
        assert function(["b", "a"]) == ["a", "b"]


def test_a_name_that_cannot_be_a_function_is_refused_before_the_run(tmp_path):
    for entry in ("docking", "docking:", ":score", "docking:not a name"):
        with pytest.raises(InputError, match="does not name a function"):
            IsolatedFunction(entry)
    with pytest.raises(InputError, match="there is no such file"):
        IsolatedFunction("nowhere.py:score", folder=tmp_path)


def test_closing_ends_the_process_and_the_next_call_starts_another(scoring):
    function = scoring("lengths")
    before = set(psutil.Process().children())
    function(["C"])
    (worker,) = set(psutil.Process().children()) - before
    function.close()
    assert not worker.is_running()
    assert function(["CC"]) == [2.0]


@pytest.mark.usefixtures("scoring")
def test_no_process_outlives_an_object_that_is_dropped(tmp_path):
    function = IsolatedFunction("scoring.py:lengths", folder=tmp_path)
    before = set(psutil.Process().children())
    function(["C"])
    (worker,) = set(psutil.Process().children()) - before
    del function
    assert not worker.is_running()


@pytest.mark.usefixtures("scoring")
def test_no_process_outlives_a_killed_run(tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from molagent.propose.optimise.isolated import IsolatedFunction\n"
        "function = IsolatedFunction('scoring.py:lengths', folder=Path(sys.argv[1]))\n"
        "function(['C'])\nprint(function._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(molagent.__file__).parents[1],
    ) as run:
        worker = psutil.Process(int(run.stdout.readline()))
        run.kill()
    worker.wait(timeout=20)


def test_the_error_of_a_direct_call_is_typed(scoring):
    with pytest.raises(ComponentCrashError, match="KeyError"):
        scoring("raises")(["C"])
    with pytest.raises(TimeoutError):
        scoring("hangs_on_iodine").call(["CI"], 0.5)
