"""The one exception tree of molagent.

::

    MolagentError                 base; carries value, place and remedy
    ├── InputError                a value the user gave cannot be used
    │   ├── StructureError        a structure cannot be read or exceeds a limit
    │   ├── FileFormatError       a file cannot be read as what it claims to be
    │   └── ConfigError           a campaign file is wrong
    ├── NotFoundError             a name is not known; lists the known ones
    ├── StoreError                the project file cannot be used
    │   ├── StoreLockedError      another process has it open (transient)
    │   └── StoreFullError        the disk is full; the transaction was rolled back
    ├── ModelError                weights or a fitted model do not match their settings
    ├── PolicyError               a policy or agent returned something out of bounds
    ├── DownloadError             a server gave no whole file (transient)
    └── EndpointError             a language model endpoint failed
        └── EndpointUnreachableError   no answer (transient)

Every message is one sentence with the value, the place and the remedy. Only errors whose
``transient`` is True may be retried.
"""

from collections.abc import Iterable

__all__ = [
    "ConfigError",
    "DownloadError",
    "EndpointError",
    "EndpointUnreachableError",
    "FileFormatError",
    "InputError",
    "ModelError",
    "MolagentError",
    "NotFoundError",
    "PolicyError",
    "StoreError",
    "StoreFullError",
    "StoreLockedError",
    "StructureError",
]


class MolagentError(Exception):
    """Base of everything molagent raises on purpose.

    Parameters
    ----------
    message
        What is wrong, with the value.
    place
        Where: ``file:row``, a config key, a path.
    remedy
        What the user can do about it.

    Examples
    --------
    >>> str(MolagentError("negative Ki '-3'", place="jak1.csv:12", remedy="correct the row"))
    "jak1.csv:12: negative Ki '-3'; correct the row"
    """

    transient = False

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        self.message = message
        self.place = place
        self.remedy = remedy
        text = f"{place}: {message}" if place else message
        super().__init__(f"{text}; {remedy}" if remedy else text)


class InputError(MolagentError):
    """A value the user gave cannot be used."""


class StructureError(InputError):
    """A structure cannot be read or exceeds a limit."""


class FileFormatError(InputError):
    """A file cannot be read as what it claims to be."""


class ConfigError(InputError):
    """A campaign file is wrong."""


class NotFoundError(MolagentError):
    """A name is not known.

    Parameters
    ----------
    known
        All names there are, where they can be listed; None where they are too many.

    Examples
    --------
    >>> str(NotFoundError("generator", "vae", known=("graph", "edits")))
    "no generator named 'vae'; known: edits, graph"
    >>> str(NotFoundError("series", "B", known=()))
    "no series named 'B'; there is no series yet"
    """

    def __init__(
        self, kind: str, name: str, *, known: Iterable[str] | None = None, place: str = ""
    ) -> None:
        self.kind = kind
        self.name = name
        self.known = () if known is None else tuple(sorted(known))
        remedy = "check the name" if known is None else f"there is no {kind} yet"
        if self.known:
            remedy = f"known: {', '.join(self.known)}"
        super().__init__(f"no {kind} named {name!r}", place=place, remedy=remedy)


class StoreError(MolagentError):
    """The project file cannot be used."""


class StoreLockedError(StoreError):
    """Another process has the project file open."""

    transient = True


class StoreFullError(StoreError):
    """The disk is full; the transaction was rolled back."""


class ModelError(MolagentError):
    """Weights or a fitted model do not match their settings."""


class PolicyError(MolagentError):
    """A policy or agent returned something out of the bounds the chemist set."""


class DownloadError(MolagentError):
    """A server gave no whole file, also not when asked again."""

    transient = True


class EndpointError(MolagentError):
    """A language model endpoint failed or answered what cannot be used."""


class EndpointUnreachableError(EndpointError):
    """A language model endpoint gave no answer."""

    transient = True
