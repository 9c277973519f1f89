import os
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from molagent.processes import LineProcess

ECHO = """
import os, subprocess, sys, time
print("ready", flush=True)
for line in sys.stdin:
    word = line.strip()
    if word == "hang":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(61)"])
        time.sleep(60)
    if word == "eat":
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))
        bytearray(1 << 30)
    if word == "leave":
        sys.exit(3)
    print(word, flush=True)
"""


@pytest.fixture
def echo(tmp_path: Path):
    path = tmp_path / "echo.py"
    path.write_text(ECHO)
    process = LineProcess(str(path))
    assert process.receive() == "ready\n"
    yield process
    process.end()


def test_lines_come_back_in_their_order(echo):
    assert echo.send("aspirin", "caffeine")
    assert [echo.receive(), echo.receive()] == ["aspirin\n", "caffeine\n"]


@pytest.mark.parametrize(("word", "code"), [("leave", 3), ("eat", 1)])
def test_a_process_that_ends_by_itself_gives_no_answer_but_its_code(echo, word, code):
    echo.send(word)
    assert echo.receive() == ""
    while echo.is_alive:
        time.sleep(0.01)
    assert (echo.end(), echo.is_late) == (code, False)
    assert not echo.send("aspirin")


def test_what_takes_too_long_is_killed_with_what_it_started(echo):
    echo.allow(0.3)
    echo.send("hang")
    echo.end_if_late()
    assert echo.is_alive
    timer = threading.Timer(0.6, echo.end_if_late)
    timer.start()
    assert echo.receive() == ""
    timer.join()
    assert echo.is_late
    echo.end()
    asleep = [
        process
        for process in psutil.process_iter(["cmdline"])
        if "import time; time.sleep(61)" in (process.info["cmdline"] or [])
    ]
    assert asleep == []


def test_what_has_no_limit_is_never_late(echo):
    echo.allow(0.0)
    echo.allow(None)
    echo.end_if_late()
    echo.send("aspirin")
    assert echo.receive() == "aspirin\n"


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_an_interrupt_of_the_terminal_does_not_reach_it(echo):
    assert os.getpgid(echo.pid) != os.getpgid(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_fork_of_the_caller_does_not_end_its_process(echo):
    if (child := os.fork()) == 0:
        echo._end()
        os._exit(0)
    os.waitpid(child, 0)
    echo.send("aspirin")
    assert echo.receive() == "aspirin\n"
