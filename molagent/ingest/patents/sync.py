"""A release of SureChEMBL's bulk files into a release folder: checked, scoped, keyed, indexed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from molagent.errors import FileFormatError
from molagent.ingest.patents.checksums import check_files
from molagent.ingest.patents.filling import fill_index
from molagent.ingest.patents.structures import StructureComputer
from molagent.ingest.patents.surechembl import LICENCE, map_release, normal_numbers
from molagent.protocols import NullProgress, Progress
from molagent.store.patents.building import ReleaseBuilder
from molagent.store.patents.scope import Scope
from molagent.store.patents.scoping import (
    BulkFile,
    ScopedCounts,
    set_numbers,
    take_scope,
    taken_numbers,
)
from molagent.store.patents.sourcefiles import add_source
from molagent.store.patents.totals import ReleaseTotals

__all__ = ["SyncReport", "sync_release"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync brought, and which column was read as what."""

    totals: ReleaseTotals
    scoped: ScopedCounts
    columns: Mapping[str, Mapping[str, str]]

    @property
    def rows(self) -> list[dict[str, object]]:
        """The report as rows of ``what, count`` for people."""
        totals, scoped = self.totals, self.scoped
        counts = {
            "publications in scope": totals.release.n_publications,
            "left out, date not known": scoped.without_date,
            "mentions": totals.release.n_mentions,
            "mentions of structures that the release lacks": scoped.orphans,
            "structures": totals.release.n_compounds,
            "structures added": totals.added,
            "structures kept": totals.kept,
            "structures dropped": totals.dropped,
            "keys computed": totals.computed,
            "structures without keys": totals.release.n_unreadable,
            **{f"flagged {flag}": count for flag, count in totals.flags.items()},
        }
        return [{"what": what, "count": count} for what, count in counts.items()]


def sync_release(
    scope: str | Scope,
    into: Path | str,
    source: Path | str,
    *,
    release: str = "",
    urls: Mapping[str, str] | None = None,
    memory: str = "1GB",
    threads: int = 2,
    computer: StructureComputer | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> SyncReport:
    """Make a release folder from a folder of bulk files; no network is used.

    What the folder held before is replaced by exactly this release and scope; structures whose
    keys were computed for an earlier one are not computed again. Until the end the earlier release
    stays as it was.

    Parameters
    ----------
    scope
        See :meth:`Scope.parse`.
    source
        Folder with ``compounds.parquet``, ``patents.parquet``, ``patent_compound_map.parquet``
        and, if possible, ``fields.parquet``.
    release
        Its date or name; by default the name of the folder.
    urls
        Where files were fetched from, by name. A file that is wrong is then removed, so that the
        next run fetches it again.
    memory, threads
        Limits for DuckDB; what does not fit waits on disk in the release folder.

    Raises
    ------
    FileFormatError
        If files are missing, damaged or have columns that cannot be mapped, or nothing is in
        scope.
    InputError
        If the scope is empty or not understood.
    """
    wanted = Scope.parse(scope) if isinstance(scope, str) else scope
    shown, folder = progress or NullProgress(), Path(source)
    files = map_release(folder, wanted)
    names = [file.path.name for file in files.values()]
    checked = check_files(folder, names, shown, discard=bool(urls))
    with (
        computer or StructureComputer() as computing,
        ReleaseBuilder(
            Path(into),
            kind="surechembl",
            visibility="public",
            settings=computing.settings,
            memory=memory,
            threads=threads,
        ) as builder,
    ):
        scoped = _take(builder, files, wanted, shown)
        for name, (digest, size) in checked.items():
            url = (urls or {}).get(name)
            add_source(
                builder.con,
                name=name,
                kind="surechembl",
                sha256=digest,
                size=size,
                n_rows=0,
                url=url,
            )
        fill_index(builder, computing, shown)
        totals = builder.finish(
            release=f"SureChEMBL {release or folder.resolve().name}",
            scope=wanted.words,
            licence=LICENCE,
            source=(urls or {}).get("compounds.parquet", folder.resolve().name),
            built_on=today or date.today(),  # noqa: DTZ011 - the user's day
        )
    columns = {role: dict(file.columns) for role, file in files.items()}
    return SyncReport(totals=totals, scoped=scoped, columns=columns)


def _take(
    builder: ReleaseBuilder, files: Mapping[str, BulkFile], scope: Scope, progress: Progress
) -> ScopedCounts:
    progress.start("take the scope")
    scoped = take_scope(builder.con, files, scope)
    odd = 0
    for given in taken_numbers(builder.con):
        changed, failed = normal_numbers(given)
        set_numbers(builder.con, changed)
        odd += failed
    progress.finish(f"{scoped.publications} publications, {scoped.compounds} structures")
    if not scoped.publications:
        left = f"; {scoped.without_date} have no date" if scoped.without_date else ""
        raise FileFormatError(
            f"no publication is in the scope {scope.words!r}{left}",
            place=str(files["patents"].path.parent),
            remedy="widen the scope",
        )
    for count, words in (
        (odd, "publication numbers could not be normalised and stay as given"),
        (scoped.without_date, "publications were left out because their date is not known"),
        (scoped.orphans, "mentions are of structures that the release does not hold"),
        (scoped.unknown_fields, "mentions are in sections that the release does not name"),
    ):
        if count:
            builder.notes.append(f"{count} {words}")
    return scoped
