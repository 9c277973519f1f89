"""Files over plain HTTPS: resumed where they broke off, never mixed from two versions, checked."""

import errno
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from typing import Final, TypeVar

from molagent.errors import DownloadError, FileFormatError, NotFoundError, StoreFullError
from molagent.protocols import Progress

__all__ = ["Download", "RemoteFile", "fetch_file", "look_up", "read_text"]

_PIECE: Final = 1 << 18
_AGENT: Final = "molagent"
_NOT_FOUND: Final = (404, 410)
_RANGE_REFUSED: Final = 416
_PARTIAL: Final = 206
_SHOWN: Final = 200
_FULL: Final = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """What a server says of a file before it is fetched.

    Attributes
    ----------
    bytes
        None if the server does not say.
    version
        Its ETag or, without one, its date: what a part on disk has to agree with.
    """

    url: str
    bytes: int | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """How hard to try.

    Attributes
    ----------
    timeout_s
        Longest wait for the next bytes.
    attempts
        How often to ask again without any bytes having come; each attempt that brings some begins
        the count anew.
    pause_s
        Wait before the second attempt, doubled each time, at most a minute.
    """

    timeout_s: float = 60.0
    attempts: int = 6
    pause_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep


_T = TypeVar("_T")


class _ChangedError(Exception):
    """The file on the server is not the one that was begun."""


def look_up(url: str, how: Download) -> RemoteFile:
    """Ask a server how large a file is, without fetching it.

    Raises
    ------
    NotFoundError
        If there is no such file.
    DownloadError
        If the server does not answer.
    """
    return _patiently(lambda: _head(url, how), url, how)


def read_text(url: str, how: Download, *, most: int = 1 << 22) -> str:
    """Return a small text, such as a list of files.

    Raises
    ------
    NotFoundError
        If there is none.
    DownloadError
        If the server does not answer.
    """

    def read() -> str:
        with _open(url, how) as answer:
            return str(answer.read(most).decode("utf-8", "replace"))

    return _patiently(read, url, how)


def fetch_file(remote: RemoteFile, target: Path, how: Download, progress: Progress) -> None:
    """Fetch a file; a part that an earlier call left is continued if it is of the same version.

    The file stands at `target` only when it is whole.

    Raises
    ------
    NotFoundError
        If it is gone.
    DownloadError
        If the server gives up more often than `how` allows; what came stays for the next call.
    FileFormatError
        If the file changes on the server while it is fetched, twice in a row, or its size is not
        what the server said.
    StoreFullError
        If the disk is full.
    """
    part = target.with_name(f"{target.name}.part")
    note = target.with_name(f"{target.name}.part.json")
    if (
        target.is_file()
        and remote.bytes == target.stat().st_size
        and _noted(note) == asdict(remote)
    ):
        progress.advance(target.stat().st_size, "already here")
        return
    if _noted(note) != asdict(remote):
        part.unlink(missing_ok=True)
    note.write_text(json.dumps(asdict(remote)), encoding="utf-8")
    if part.exists():
        progress.advance(part.stat().st_size, "continued")
    current, changes = remote, 0
    while True:
        try:
            _patiently_in_parts(current, part, how, progress)
        except _ChangedError:
            changes += 1
            part.unlink(missing_ok=True)
            if changes > 1:
                raise FileFormatError(
                    "the file changes on the server while it is fetched",
                    place=remote.url,
                    remedy="wait until the release is complete, or take an earlier one",
                ) from None
            current = look_up(remote.url, how)
            note.write_text(json.dumps(asdict(current)), encoding="utf-8")
            continue
        break
    size = part.stat().st_size
    if current.bytes is not None and size != current.bytes:
        part.unlink()
        raise FileFormatError(
            f"{size} bytes came, the server said {current.bytes}",
            place=remote.url,
            remedy="fetch it again",
        )
    part.replace(target)


def _patiently_in_parts(remote: RemoteFile, part: Path, how: Download, progress: Progress) -> None:
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _fetch_rest(remote, part, how, progress)
        except (OSError, http.client.HTTPException) as error:
            _require_space(error, part)
            _require_found(error, remote.url)
            came = (part.stat().st_size if part.exists() else 0) > before
            failures = 1 if came else failures + 1
            if failures >= how.attempts:
                raise _unreachable(remote.url, error, how) from error
            how.sleep(_pause(how, failures))
        else:
            return


def _fetch_rest(remote: RemoteFile, part: Path, how: Download, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have and not remote.version:
        # Nothing tells whether the rest would be of the same file.
        progress.advance(-have, "begun again: the server names no version")
        part.unlink()
        have = 0
    if have and have == remote.bytes:
        return
    with _ask_for_rest(remote, have, how) as answer:
        if _version(answer.headers) != remote.version:
            raise _ChangedError
        resumed = answer.status == _PARTIAL and _begins_at(answer.headers, have)
        if have and not resumed:
            progress.advance(-have, "begun again: the server sends whole files only")
        with part.open("ab" if resumed else "wb") as stream:
            while piece := answer.read1(_PIECE):  # what is here, not a full piece
                stream.write(piece)
                progress.advance(len(piece))
    came = part.stat().st_size
    if remote.bytes is not None and came < remote.bytes:
        raise http.client.IncompleteRead(b"", remote.bytes - came)


def _ask_for_rest(remote: RemoteFile, have: int, how: Download) -> http.client.HTTPResponse:
    headers = {"Range": f"bytes={have}-", "If-Range": remote.version} if have else {}
    try:
        return _open(remote.url, how, headers)
    except urllib.error.HTTPError as error:
        if error.code == _RANGE_REFUSED:  # shorter than the part: another file
            raise _ChangedError from error
        raise


def _head(url: str, how: Download) -> RemoteFile:
    with _open(url, how, method="HEAD") as answer:
        size = answer.headers.get("Content-Length", "")
        return RemoteFile(
            url=url,
            bytes=int(size) if size.isdigit() else None,
            version=_version(answer.headers),
        )


def _open(
    url: str, how: Download, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> http.client.HTTPResponse:
    if not url.startswith(("https://", "http://")):
        raise FileFormatError(f"{url!r} is not a web address", remedy="begin it with https://")
    request = urllib.request.Request(  # noqa: S310 - checked above
        url,
        headers={"User-Agent": _AGENT, "Accept-Encoding": "identity", **(headers or {})},
        method=method,
    )
    answer: http.client.HTTPResponse = urllib.request.urlopen(  # noqa: S310
        request, timeout=how.timeout_s
    )
    return answer


def _patiently(ask: Callable[[], _T], url: str, how: Download) -> _T:
    for failures in range(1, how.attempts + 1):
        try:
            return ask()
        except (OSError, http.client.HTTPException) as error:
            _require_found(error, url)
            if failures == how.attempts:
                raise _unreachable(url, error, how) from error
            how.sleep(_pause(how, failures))
    raise DownloadError("no attempt was made", place=url)


def _pause(how: Download, failures: int) -> float:
    return min(60.0, how.pause_s * 2.0 ** (failures - 1))


def _require_found(error: Exception, url: str) -> None:
    if isinstance(error, urllib.error.HTTPError) and error.code in _NOT_FOUND:
        raise NotFoundError("file on the server", url) from error


def _require_space(error: Exception, part: Path) -> None:
    if isinstance(error, OSError) and error.errno in _FULL:
        raise StoreFullError(
            "the disk is full", place=str(part), remedy="free space and run again: it continues"
        ) from error


def _unreachable(url: str, error: Exception, how: Download) -> DownloadError:
    why = str(error)[:_SHOWN] or type(error).__name__
    return DownloadError(
        f"no whole answer in {how.attempts} attempts ({why})",
        place=url,
        remedy="check the network and run again: what came is kept",
    )


def _version(headers: Message) -> str:
    etag = headers.get("ETag", "")
    # A weak tag does not promise equal bytes.
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def _begins_at(headers: Message, have: int) -> bool:
    return headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _noted(note: Path) -> object:
    try:
        return json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
