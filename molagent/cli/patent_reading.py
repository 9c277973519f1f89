"""`molagent patents claims ask`: a language model drafts a claim from its published text."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from molagent.cli.texts import read_text
from molagent.errors import EndpointUnreachableError

__all__ = ["ask"]


def ask(
    text: Annotated[
        Path,
        typer.Argument(
            help="The claim as published.", show_default=False, exists=True, dir_okay=False
        ),
    ],
    number: Annotated[str, typer.Argument(help="Publication number.", show_default=False)],
    out: Annotated[Path, typer.Argument(help="The new draft (TOML).", show_default=False)],
    *,
    model: Annotated[str, typer.Option(help="Its name at the endpoint.", show_default=False)],
    base_url: Annotated[str, typer.Option(help="OpenAI-compatible endpoint.", show_default=False)],
    source: Annotated[str, typer.Option(help="Where the text was read.", show_default=False)],
    claim: Annotated[str, typer.Option(help="Its number.")] = "1",
    kind: Annotated[str, typer.Option(help="compound, method of treatment, process.")] = "compound",
    api_key_env: Annotated[str, typer.Option(help="Variable that holds the key.")] = "",
    attempts: Annotated[int, typer.Option(min=1, help="How often it may be asked.")] = 3,
) -> None:
    """Draft a claim with a language model; only the file's text is sent, to --base-url.

    What leaves is logged in `outgoing.jsonl` beside the draft. A draft covers nothing: check it
    against the publication, then `molagent patents claims confirm`.
    """
    from molagent.agents import ModelSettings, OutgoingPolicy
    from molagent.agents.claim_reader import ClaimReader, ClaimText
    from molagent.agents.clients import model_client
    from molagent.agents.guard import log_outgoing
    from molagent.patents.publications import normalize_publication_number

    asked = ClaimText(
        publication_number=normalize_publication_number(number),
        claim=claim,
        text=read_text(text),
        source=source,
        read_on=date.today(),  # noqa: DTZ011 - a day as the user's calendar has it
        kind=kind,
    )
    settings = ModelSettings(
        provider="openai", base_url=base_url, model=model, api_key_env=api_key_env, max_tokens=8_000
    )
    # What is sent is published; numbers and fragments in it must arrive as they are.
    published = OutgoingPolicy(structures="exact", values="exact")
    sink = partial(log_outgoing, out.parent / "outgoing.jsonl")
    client = model_client(settings, "claim_reader", outgoing=published, sink=sink)
    reader = ClaimReader(client, name=model, attempts=attempts)
    try:
        reading = reader.read(asked, out)
    except EndpointUnreachableError as error:
        raise EndpointUnreachableError(
            error.message,
            place=error.place,
            remedy="check --base-url and start the server, or write the draft by hand",
        ) from error
    for complaint in reading.complaints:
        typer.echo(f"refused: {complaint}")
    for test in reading.draft.failed:
        word = "member" if test.expected else "non-member"
        typer.echo(f"{word} {test.smiles} does not hold: {test.why}")
    for lacking in reading.draft.missing:
        typer.echo(f"missing: {lacking}")
    typer.echo(f"{out} (draft; read it before you confirm it)")
