"""Patent evidence on the command line: check structures, sync releases, read claims, report."""

from pathlib import Path
from typing import Annotated

import typer

from molagent.cli.patent_claims import claims_app
from molagent.cli.patent_releases import add_release_commands

patents_app = typer.Typer(help="Look up patent evidence.", no_args_is_help=True)
patents_app.add_typer(claims_app, name="claims")
add_release_commands(patents_app)


@patents_app.command("check")
def patents_check(
    smiles: Annotated[list[str], typer.Argument(help="One or more SMILES.", show_default=False)],
    data: Annotated[Path, typer.Option(help="Folder of publications and claims.")] = Path(
        "data/patents"
    ),
) -> None:
    """Show the evidence ladder for structures. Evidence, not legal advice."""
    from molagent.cli.terminal import show_overlaps
    from molagent.project import open_patents

    show_overlaps(smiles, open_patents(data).find_overlap(smiles))
