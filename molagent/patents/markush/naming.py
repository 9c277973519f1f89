"""Groups that a claim defines once and uses at several sites: "R5 is as defined for R3"."""

from collections.abc import Mapping
from typing import Final

from molagent.errors import FileFormatError

__all__ = ["put_in_groups"]

_USE: Final = "use"
# The longest lists of claims have some hundred entries; a definition that grows without end stops.
_MOST_PARTS: Final = 200_000
_MOST_DEPTH: Final = 60


def put_in_groups(value: object, groups: object, sites: object, *, place: str) -> object:
    """Return tables of sites or provisos with each ``{ use = NAME }`` replaced by what it names.

    Parameters
    ----------
    groups
        The claim's table of named groups.
    sites
        Its sites as written: the name of one stands for its group.

    Raises
    ------
    FileFormatError
        If a name is not defined, is defined by itself, or stands for a site and a group.

    Examples
    --------
    >>> table = {"lower": {"alkyl": [1, 4]}, "either": {"one_of": ["halogen", {"use": "lower"}]}}
    >>> put_in_groups({"group": {"use": "either"}}, table, [], place="claim")
    {'group': {'one_of': ['halogen', {'alkyl': [1, 4]}]}}
    """
    return _Names(groups, sites, place).put(value, ())


class _Names:
    def __init__(self, groups: object, sites: object, place: str) -> None:
        if not isinstance(groups, Mapping):
            raise FileFormatError(
                f"groups {groups!r} are no table", place=place, remedy="write [groups] and names"
            )
        self._place = place
        self._known = dict(groups)
        for site in sites if isinstance(sites, list) else []:
            if isinstance(site, Mapping) and isinstance(name := site.get("name"), str):
                if name in groups:
                    raise FileFormatError(
                        f"{name!r} is a site and a group", place=place, remedy="rename one"
                    )
                self._known[name] = site.get("group")
        self._parts = 0

    def put(self, value: object, inside: tuple[str, ...]) -> object:
        self._parts += 1
        if self._parts > _MOST_PARTS or len(inside) > _MOST_DEPTH:
            raise FileFormatError(
                "the named groups grow too large", place=self._place, remedy="name fewer in others"
            )
        if isinstance(value, list):
            return [self.put(each, inside) for each in value]
        if not isinstance(value, Mapping):
            return value
        if set(value) == {_USE}:
            return self._named(value[_USE], inside)
        return {key: self.put(each, inside) for key, each in value.items()}

    def _named(self, name: object, inside: tuple[str, ...]) -> object:
        if not isinstance(name, str) or name not in self._known:
            raise FileFormatError(
                f"no group is named {name!r}",
                place=self._place,
                remedy=f"the names are {', '.join(sorted(self._known)) or 'none: write [groups]'}",
            )
        if name in inside:
            raise FileFormatError(
                f"group {name!r} is defined by itself",
                place=self._place,
                remedy="say how often it may repeat, as repeat does",
            )
        return self.put(self._known[name], (*inside, name))
