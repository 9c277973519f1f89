"""``python -m benchmarks NAME``: every figure of BENCHMARKS.md. Without a name, the list."""

import sys

import typer

from benchmarks.names import BENCHES
from benchmarks.runner import as_command, find_bench, help_of
from molagent.errors import MolagentError


def main(arguments: list[str]) -> int:
    """Run one bench, or list all; a bad input is one sentence and exit code 2."""
    name = arguments[0] if arguments else "--help"
    if name not in BENCHES:
        for each in BENCHES:
            typer.echo(f"{each:18}{help_of(find_bench(each))[0]}")
        return 0 if name == "--help" else 2
    function = find_bench(name)
    app = typer.Typer(
        help=help_of(function)[0], add_completion=False, pretty_exceptions_enable=False
    )
    app.command(name, help=help_of(function)[0])(as_command(BENCHES[name], function))
    try:
        app(arguments[1:], prog_name=f"python -m benchmarks {name}")
    except MolagentError as error:
        typer.echo(f"benchmarks: {error}", err=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
