import subprocess
import sys

LIGHT = (
    "molagent.learn",
    "molagent.learn.local",
    "molagent.learn.selectivity",
    "molagent.screen",
    "molagent.screen.admet",
    "molagent.screen.controlled",
    "molagent.screen.funnel",
    "molagent.select.batch",
)


def test_importing_learn_screen_and_select_loads_no_network_library():
    code = (
        f"import sys, {', '.join(LIGHT)}; "
        "sys.exit(' '.join({'torch', 'admet_ai', 'chemprop', 'sklearn', 'lightning'}"
        " & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
