"""A file of patent data into a release folder."""

from collections.abc import Iterable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa

from molagent.errors import ConfigError, FileFormatError, InputError
from molagent.ingest.patents.filling import fill_index
from molagent.ingest.patents.formats import GivenFile, open_patent_file
from molagent.ingest.patents.rows import GivenRow, RefusedRow, number_of
from molagent.ingest.patents.structures import StructureComputer
from molagent.protocols import NullProgress, Progress
from molagent.store.patents.building import ReleaseBuilder
from molagent.store.patents.given import GIVEN_ACTIVITY, GIVEN_ROW
from molagent.store.patents.sourcefiles import (
    add_source,
    has_source,
    publication_words,
    source_words,
)
from molagent.store.patents.totals import ReleaseTotals

__all__ = ["VISIBILITIES", "import_file"]

VISIBILITIES: Final = ("public", "own", "client")
_BATCH: Final = 20_000


def import_file(
    path: Path | str,
    into: Path | str,
    *,
    format: str = "",  # noqa: A002 - the option's name
    visibility: str = "",
    client: str = "",
    document: str = "",
    licence: str = "",
    computer: StructureComputer | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> ReleaseTotals:
    """Add a file to a release folder; the same file a second time changes nothing.

    Parameters
    ----------
    path
        Of one of the kinds in :data:`molagent.ingest.patents.formats.FORMATS`; a table of own
        structures with the documents that name them is one.
    into
        Release folder; one holds one format and visibility. Further files are added to it.
    format
        Name of the kind; guessed if not given.
    visibility
        ``public``, ``own`` or ``client``; by default ``own`` for disclosures, else ``public``.
    client
        Whose disclosures they are.
    document
        For disclosures without a column that names the document.
    licence
        Another line than the format's.

    Raises
    ------
    FileFormatError
        If the file cannot be read or holds nothing that can be used.
    StoreError
        If the folder holds something else.
    """
    given = open_patent_file(path, format, document=document, client=client, visibility=visibility)
    visibility = _visibility(visibility or ("own" if given.format.own else "public"), client)
    shown = progress or NullProgress()
    with (
        computer or StructureComputer() as computing,
        ReleaseBuilder(
            Path(into),
            kind=given.format.name,
            visibility=visibility,
            client=client,
            settings=computing.settings,
            grow=True,
        ) as builder,
    ):
        if has_source(builder.con, given.sha256):
            return builder.unchanged(f"{given.path.name} was read before: nothing changed")
        builder.notes.extend(given.notes)
        _read_rows(builder, given, shown)
        builder.resolve()
        fill_index(builder, computing, shown)
        return builder.finish(
            release=f"{given.format.title}, {source_words(builder.con)}",
            scope=publication_words(builder.con),
            licence=licence or given.format.licence,
            source=source_words(builder.con),
            built_on=today or date.today(),  # noqa: DTZ011 - the user's day
        )


def _visibility(visibility: str, client: str) -> str:
    if visibility not in VISIBILITIES:
        raise ConfigError(
            f"unknown visibility {visibility!r}", remedy=f"use {', '.join(VISIBILITIES)}"
        )
    if (visibility == "client") != bool(client.strip()):
        raise ConfigError(
            "a client's disclosures need the client's name, and others have none",
            remedy="give visibility client and the client together",
        )
    return visibility


def _read_rows(builder: ReleaseBuilder, given: GivenFile, progress: Progress) -> None:
    used = refused = skipped = 0
    progress.start(f"read {given.path.name}")
    stream = given.rows()
    while rows := list(islice(stream, _BATCH)):
        taken, refusals, passed = _sorted_out(rows, own=given.format.own)
        if taken:
            builder.add("given_row", _row_table(taken))
            builder.add("given_activity", _activity_table(taken))
        if refusals:
            builder.add("refusal", _refusal_table(refusals))
        used, refused, skipped = used + len(taken), refused + len(refusals), skipped + passed
        progress.advance(len(rows))
    progress.finish(f"{used} used, {refused} refused, {skipped} passed by")
    if not used:
        raise FileFormatError(
            f"no row of the file can be used: {refused} refused, {skipped} passed by",
            place=given.path.name,
            remedy="check the format and the columns",
        )
    if skipped:
        builder.notes.append(f"{skipped} rows name no publication or no structure by themselves")
    add_source(
        builder.con,
        name=given.path.name,
        kind=given.format.name,
        sha256=given.sha256,
        size=given.bytes,
        n_rows=used + refused + skipped,
        refused=refused,
    )


def _sorted_out(
    rows: Iterable[object], *, own: bool
) -> tuple[list[tuple[GivenRow, tuple[str, str | None, str | None]]], list[RefusedRow], int]:
    taken, refusals, passed = [], [], 0
    for row in rows:
        if isinstance(row, RefusedRow):
            refusals.append(row)
        elif isinstance(row, GivenRow):
            try:
                taken.append((row, number_of(row.given_number, own=own)))
            except InputError as error:
                raw = f"{row.given_number}\t{row.smiles[:200]}"
                refusals.append(RefusedRow(place=row.place, reason=str(error), raw=raw))
        else:
            passed += 1
    return taken, refusals, passed


def _row_table(taken: list[tuple[GivenRow, tuple[str, str | None, str | None]]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "number": number,
                "given_number": row.given_number,
                "country": country,
                "kind": kind,
                "publication_date": row.publication_date,
                "family_id": row.family_id,
                "title": row.title,
                "assignees": list(row.assignees),
                "url": row.url,
                "source_id": row.source_id,
                "smiles": row.smiles,
                "sections": row.sections,
                "route": row.route,
                "label": row.label,
                "place": row.place,
            }
            for row, (number, country, kind) in taken
        ],
        schema=GIVEN_ROW,
    )


def _activity_table(taken: list[tuple[GivenRow, tuple[str, str | None, str | None]]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "number": number,
                "source_id": row.source_id,
                "smiles": row.smiles,
                "target": activity.target,
                "organism": activity.organism,
                "quantity": activity.quantity,
                "original": activity.original,
                "unit": activity.unit,
                "label": row.label,
                "assay": activity.assay,
                "reference": activity.reference,
                "place": row.place,
            }
            for row, (number, _, _) in taken
            for activity in row.activities
        ],
        schema=GIVEN_ACTIVITY,
    )


def _refusal_table(refusals: list[RefusedRow]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"place": row.place, "reason": row.reason, "raw": row.raw} for row in refusals],
        schema=pa.schema([("place", pa.string()), ("reason", pa.string()), ("raw", pa.string())]),
    )
