import stat
import sys
from pathlib import Path

import pytest

from molagent.errors import FileFormatError, InputError, MolagentError
from molagent.propose.synthesis.aizynth import AizynthFinder, read_aizynth_output

RECORDED = Path(__file__).parent / "data" / "aizynthfinder_4.4.1_recorded.json"
MOCLOBEMIDE = "O=C(NCCN1CCOCC1)c1ccc(Cl)cc1"
CAMPHOR = "CC12CCC(CC1=O)C2(C)C"
BENZANILIDE = "Nc1ccc(NC(=O)c2ccccc2)cc1"

# Stands for aizynthcli: answers with the recording, and writes down what it was asked.
SCRIPT = """
import pathlib, shutil, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert set(given) == {{"--smiles", "--config", "--output"}}, given
folder = pathlib.Path({folder!r})
shutil.copy(given["--smiles"], folder / "asked.smi")
{action}
"""
ANSWERS = "shutil.copy({recorded!r}, given['--output'])"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yml"
    path.write_text("expansion: {}\n", encoding="utf-8")
    return path


def finder(config: Path, action: str, **settings) -> AizynthFinder:
    script = config.parent / "aizynthcli.py"
    script.write_text(SCRIPT.format(folder=str(config.parent), action=action), encoding="utf-8")
    return AizynthFinder(config, (sys.executable, str(script)), **settings)


def test_recorded_routes_are_read():
    solved, camphor, anilide = read_aizynth_output(RECORDED)
    assert (solved.smiles, solved.solved) == (MOCLOBEMIDE, True)
    best = solved.routes[0]
    assert best.to_text() == ("1 amide coupling: NCCN1CCOCC1 [stock] + O=C(O)c1ccc(Cl)cc1 [stock]")
    assert best.all_in_file
    assert (camphor.smiles, camphor.solved, camphor.routes) == (CAMPHOR, False, ())
    assert anilide.solved is False
    assert "not in stock" in anilide.routes[0].to_text()


def test_steps_of_a_recorded_route_come_in_the_order_of_work():
    anilide = read_aizynth_output(RECORDED)[2]
    longest = max(anilide.routes, key=lambda route: len(route.steps))
    assert len(longest.steps) == 2
    assert longest.steps[0].product in longest.steps[1].reactants
    assert longest.steps[1].product == longest.product == BENZANILIDE


def test_answers_come_in_the_order_of_the_question(config):
    found = finder(config, ANSWERS.format(recorded=str(RECORDED))).find_routes(
        ["c1ccc", "NC1=CC=C(NC(=O)C2=CC=CC=C2)C=C1", "CCO", MOCLOBEMIDE]
    )
    assert [result.solved for result in found] == [None, False, None, True]
    assert [result.reason for result in found] == [
        "the structure cannot be read",
        "",
        "AiZynthFinder gave no answer",
        "",
    ]
    asked = (config.parent / "asked.smi").read_text(encoding="utf-8").split()
    assert asked == [BENZANILIDE, "CCO", MOCLOBEMIDE]


def test_nothing_is_started_for_nothing(config):
    runner = finder(config, "raise SystemExit(3)")
    assert runner.find_routes([]) == []
    assert runner.find_routes(["c1ccc"])[0].solved is None


def test_a_failing_command_is_an_error_with_its_own_words(config):
    with pytest.raises(MolagentError, match=r"code 1.*no such policy"):
        finder(config, "sys.exit('no such policy')").find_routes([MOCLOBEMIDE])


def test_a_command_that_takes_too_long_is_stopped(config):
    slow = finder(config, "import time; time.sleep(30)", timeout_s=0.5)
    with pytest.raises(MolagentError, match=r"longer than 0\.5 s"):
        slow.find_routes([MOCLOBEMIDE])


def test_missing_files_and_commands_are_named(config, tmp_path):
    with pytest.raises(InputError, match="environment of its own"):
        AizynthFinder(config, ("no-such-aizynthcli",))
    with pytest.raises(InputError, match=r"other\.yml"):
        AizynthFinder(tmp_path / "other.yml", (sys.executable,))
    with pytest.raises(InputError):
        AizynthFinder(config, ())


def test_a_command_of_one_word_is_enough(config):
    command = config.parent / "aizynthcli"
    command.write_text(
        f"#!{sys.executable}\n"
        + SCRIPT.format(folder=str(config.parent), action=ANSWERS.format(recorded=str(RECORDED))),
        encoding="utf-8",
    )
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    assert AizynthFinder(config, (str(command),)).find_routes([MOCLOBEMIDE])[0].solved


@pytest.mark.parametrize("text", ["", "[]", '{"data": [{"target": "CCO"}]}', '{"data": 1}'])
def test_other_json_is_an_error(tmp_path: Path, text: str):
    path = tmp_path / "routes.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match="not what aizynthcli writes"):
        read_aizynth_output(path)
