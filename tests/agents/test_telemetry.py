"""What the agents are built on reports to nobody."""

import os
import re
import subprocess
import sys
from pathlib import Path

ASK = """
import molagent.agents
from autogen_core._telemetry import TraceHelper, MessageRuntimeTracingConfig
helper = TraceHelper(None, MessageRuntimeTracingConfig("here"))
print(type(helper.tracer).__name__)
"""


def tracer(environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", ASK]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return run.stdout.strip()


def test_the_runtime_of_the_agents_traces_nothing(monkeypatch):
    monkeypatch.delenv("AUTOGEN_DISABLE_RUNTIME_TRACING", raising=False)
    assert tracer(dict(os.environ)) == "NoOpTracer"


def test_what_a_site_has_set_is_left_as_it_is():
    assert tracer({**os.environ, "AUTOGEN_DISABLE_RUNTIME_TRACING": "false"}) != "NoOpTracer"


def test_the_notebooks_are_started_without_news_and_update_checks():
    recipe = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    (start,) = re.findall(r"jupyter lab (?:.*\\\n)*.*", recipe)
    assert "--LabApp.news_url=None" in start
    assert "NeverCheckForUpdate" in start
