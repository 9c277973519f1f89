"""The bulk release on its server: which dates there are, how much it is, and bringing it here."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from molagent.errors import FileFormatError, InputError, NotFoundError
from molagent.ingest.patents.checksums import CHECKSUM_FILES
from molagent.ingest.patents.download import Download, RemoteFile, fetch_file, look_up, read_text
from molagent.ingest.patents.surechembl import FILE_NAMES
from molagent.protocols import NullProgress, Progress

__all__ = ["BULK_DATA", "ReleasePlan", "fetch_release", "plan_release"]

#: The public download area of SureChEMBL.
BULK_DATA: Final = "https://ftp.ebi.ac.uk/pub/databases/chembl/SureChEMBL/bulk_data"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
# Nothing is at stake yet: without a network the user should know soon.
_ASKING: Final = Download(timeout_s=30.0, attempts=3, pause_s=0.3)
_LINKED_DATE: Final = re.compile(r"href=\"(?:[^\"]*/)?(\d{4}-\d{2}-\d{2})/?\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """What would be fetched. Nothing but the addresses of these files is sent."""

    release: str
    files: tuple[RemoteFile, ...]

    @property
    def host(self) -> str:
        """The server that is asked."""
        return urlsplit(self.files[0].url).netloc

    @property
    def bytes(self) -> int:
        """How much there is to fetch, as far as the server says."""
        return sum(file.bytes or 0 for file in self.files)

    @property
    def urls(self) -> dict[str, str]:
        """File name to address."""
        return {_name(file): file.url for file in self.files}

    @property
    def words(self) -> str:
        """What the user is told before anything is fetched."""
        sizes = ", ".join(f"{_name(file)} {_megabytes(file.bytes)}" for file in self.files)
        return f"SureChEMBL {self.release}: {_megabytes(self.bytes)} from {self.host} ({sizes})"


def plan_release(
    release: str = "latest", *, base_url: str = BULK_DATA, how: Download | None = None
) -> ReleasePlan:
    """Ask the server which files a release has and how large they are.

    Parameters
    ----------
    release
        A date such as ``2026-09-08``, or ``latest``.

    Raises
    ------
    NotFoundError
        If the server has no such release; known dates are listed.
    DownloadError
        If there is no network or the server does not answer.
    FileFormatError
        If the release is not complete on the server.
    """
    if release != "latest" and not _DATE.fullmatch(release):
        raise InputError(
            f"{release!r} is not a release", remedy="give a date: 2026-09-08, or latest"
        )
    trying, base = how or _ASKING, base_url.rstrip("/")
    chosen = _dates(base, trying)[-1] if release == "latest" else release
    place = f"{base}/{chosen}"
    found = {
        role: file
        for role, name in FILE_NAMES.items()
        if (file := _look_for(f"{place}/{name}", trying)) is not None
    }
    missing = [name for role, name in FILE_NAMES.items() if role not in {*found, "fields"}]
    if missing:
        if chosen not in (dates := _dates(base, trying)):
            raise NotFoundError("release", chosen, known=dates, place=base)
        raise FileFormatError(
            f"the release lacks {', '.join(missing)}", place=place, remedy="take an earlier release"
        )
    sums = [_look_for(f"{place}/{name}", trying) for name in CHECKSUM_FILES]
    files = (*found.values(), *(file for file in sums if file is not None))
    return ReleasePlan(release=chosen, files=files)


def fetch_release(
    plan: ReleasePlan,
    folder: Path | str,
    *,
    how: Download | None = None,
    progress: Progress | None = None,
) -> Path:
    """Bring a release's files into a folder of its date below `folder` and return that.

    Raises
    ------
    DownloadError
        If the server stops answering; run it again, and it continues.
    FileFormatError
        If a file changes while it is fetched, or comes in another size.
    """
    target = Path(folder) / plan.release
    target.mkdir(parents=True, exist_ok=True)
    shown = progress or NullProgress()
    for file in plan.files:
        shown.start(f"fetch {_name(file)}", file.bytes)
        fetch_file(file, target / _name(file), how or Download(), shown)
        shown.finish(_megabytes(file.bytes))
        if _name(file).endswith(".parquet"):
            _require_parquet(target / _name(file))
    return target


def _dates(base: str, how: Download) -> list[str]:
    dates = sorted(set(_LINKED_DATE.findall(read_text(f"{base}/", how))))
    if not dates:
        raise NotFoundError("release", "latest", known=(), place=base)
    return dates


def _look_for(url: str, how: Download) -> RemoteFile | None:
    try:
        return look_up(url, how)
    except NotFoundError:
        return None


def _require_parquet(path: Path) -> None:
    try:
        pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        # Kept, it would be taken for the file the next time.
        path.unlink()
        raise FileFormatError(
            f"what came is not a whole Parquet file ({error})",
            place=path.name,
            remedy="fetch it again",
        ) from error


def _name(file: RemoteFile) -> str:
    return file.url.rsplit("/", 1)[-1]


def _megabytes(size: int | None) -> str:
    return "of unknown size" if size is None else f"{size / 1e6:,.1f} MB"
