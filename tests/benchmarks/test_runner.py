"""Every bench is a command of its own signature; every command of BENCHMARKS.md is one."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.__main__ import main
from benchmarks.names import BENCHES, Bench
from benchmarks.rows import Smiles, rows_of
from benchmarks.runner import as_command, find_bench, help_of
from molagent.protocols import Progress

DOCUMENT = (Path(__file__).parents[2] / "BENCHMARKS.md").read_text(encoding="utf-8")


def bench_nothing(
    folder: Path,
    *,
    site: str,
    count: int = 3,
    seeds: Sequence[int] = (0, 1),
    drugs: Smiles = ("C",),
    model: object = None,
    progress: Progress | None = None,
) -> list[dict[str, object]]:
    """Return what it was given.

    Parameters
    ----------
    folder
        Of the data,
        as it comes.
    count, seeds
        Of each request.

    Returns
    -------
    list
        One row.
    """
    assert progress is not None
    assert model is None
    return [{"folder": folder.name, "site": site, "n": count, "seeds": seeds, "drugs": drugs}]


def said(arguments: list[str], function=bench_nothing) -> str:
    app = typer.Typer()
    app.command()(as_command(Bench("here:bench_nothing"), function))
    result = CliRunner().invoke(app, arguments)
    return result.output if result.exit_code == 0 else f"exit {result.exit_code}"


def options_of(name: str) -> set[str]:
    app = typer.Typer()
    app.command()(as_command(BENCHES[name], find_bench(name)))
    found = typer.main.get_command(app).params
    return {word for each in found for word in (*each.opts, *each.secondary_opts)}


def test_the_help_of_a_parameter_is_its_paragraph_of_the_docstring():
    first, words = help_of(bench_nothing)
    assert first == "Return what it was given."
    assert words["folder"] == "Of the data, as it comes."
    assert words["count"] == words["seeds"] == "Of each request."
    assert set(words) == {"folder", "count", "seeds"}


def test_types_become_arguments_and_options(tmp_path):
    given = tmp_path / "two.csv"
    given.write_text("name,smiles\nethanol,CCO\nbenzene,c1ccccc1\n", encoding="utf-8")
    line = said(["data", "--site", "R1", "--seeds", "4", "--seeds", "5", "--drugs", str(given)])
    assert '"folder": "data", "site": "R1", "n": 3, "seeds": [4, 5]' in line
    assert '"drugs": ["CCO", "c1ccccc1"]' in line


def test_what_is_not_given_keeps_its_default():
    line = said(["data", "--site", "R1"])
    assert '"seeds": [0, 1], "drugs": ["C"]' in line


def test_a_keyword_without_a_default_must_be_given():
    assert said(["data"]) == "exit 2"


def test_rows_are_printed_as_json_and_tables_follow_the_figures_beside_them():
    refused = pd.DataFrame({"reason": ["no unit"], "rows": [2]})
    assert list(rows_of({"parsed": 7, "refused": refused})) == [
        {"parsed": 7},
        {"reason": "no unit", "rows": 2},
    ]


@pytest.mark.parametrize("name", list(BENCHES))
def test_every_bench_says_what_it_measures_and_can_be_asked(name):
    function = find_bench(name)
    assert help_of(function)[0].endswith(".")
    assert "--help" not in options_of(name)


def test_every_command_of_the_document_is_a_bench_with_these_options():
    commands = re.findall(r"python -m benchmarks ([\w|-]+)([^`]*)`", DOCUMENT)
    assert len(commands) > 30
    for names, rest in commands:
        for name in names.split("|"):
            assert name in BENCHES
        given = set(re.findall(r"--[\w-]+", rest))
        assert given <= set().union(*(options_of(name) for name in names.split("|"))), names


def test_every_bench_stands_in_the_document():
    named = set(re.findall(r"`(?:python -m benchmarks )?([\w|-]+)", DOCUMENT))
    assert set(BENCHES) <= {each for names in named for each in names.split("|")}


def test_an_unknown_bench_lists_what_there_is(capsys):
    assert main(["speed"]) == 2
    assert capsys.readouterr().out.count("\n") == len(BENCHES)
