"""Names that stand for more than one structure in a file."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from molagent.ingest.cells import shown, unknown_name
from molagent.ingest.frames import Frames
from molagent.ingest.layouts import Layout

__all__ = ["SharedNames"]

_LISTED: Final = 5


class SharedNames:
    """Remembers, chunk by chunk, which structure each name of a file stands for."""

    def __init__(self, layout: Layout) -> None:
        self._system = layout.name_system or layout.name_column
        self._keys: dict[str, str] = {}
        self._shared: dict[str, set[str]] = {}

    def add(self, frames: Frames) -> Frames:
        """Take one chunk's frames; return them, where rejections say which names are shared."""
        named = frames.names[frames.names["system"] == self._system]
        for name, key in zip(named["name"], named["inchikey"], strict=True):
            first = self._keys.setdefault(name, key)
            if first != key:
                self._shared.setdefault(name, {first}).add(key)
        if not self._shared or frames.rejections.empty:
            return frames
        reasons = frames.rejections["reason"].map(self._said)
        return replace(frames, rejections=frames.rejections.assign(reason=reasons.astype("str")))

    def notes(self) -> Iterator[str]:
        """Yield a sentence where names are shared."""
        if self._shared:
            names = [shown(name) for name in self._shared]
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            one = len(names) == 1
            yield (
                f"{'one name stands' if one else f'{len(names)} names stand'} for several "
                f"structures: {', '.join(names[:_LISTED])}{more}"
            )

    def _said(self, reason: str) -> str:
        for name, keys in self._shared.items():
            if unknown_name(name) in reason:
                told = f"the name {shown(name)} is of {len(keys)} structures in this file"
                return reason.replace(unknown_name(name), told)
        return reason
