"""Plugins, found by entry points.

A package that offers a generator writes in its ``pyproject.toml``::

    [project.entry-points."molagent.generators"]
    my_generator = "my_package.module:MyGenerator"

and the same for ``molagent.predictors``, ``molagent.filters`` and ``molagent.policies``. The class
is made without arguments (a policy gets none either), and a broken plugin is an error, not a
warning: a campaign that names it cannot do without it.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from molagent.errors import MolagentError, NotFoundError
from molagent.protocols import Filter, Generator, Policy, Predictor

__all__ = ["GROUPS", "installed_plugins", "load_plugin", "load_plugins", "plugin_names"]

GROUPS: Final[Mapping[str, tuple[str, type]]] = {
    "generator": ("molagent.generators", Generator),
    "predictor": ("molagent.predictors", Predictor),
    "filter": ("molagent.filters", Filter),
    "policy": ("molagent.policies", Policy),
}


def installed_plugins() -> list[tuple[str, str, str]]:
    """Return ``(kind, name, where it comes from)`` of every plugin, sorted."""
    return sorted(
        (kind, point.name, f"{point.value} ({_provider(point)})")
        for kind, (group, _) in GROUPS.items()
        for point in entry_points(group=group)
    )


def plugin_names(kind: str) -> list[str]:
    """Return the names of one kind's plugins, sorted."""
    return sorted({point.name for point in entry_points(group=GROUPS[kind][0])})


def load_plugins(kind: str, names: Iterable[str]) -> dict[str, Any]:
    """Return the named plugins, made, by name."""
    return {name: load_plugin(kind, name) for name in names}


def load_plugin(kind: str, name: str) -> Any:  # noqa: ANN401 - one of four protocols
    """Return one plugin, made.

    Raises
    ------
    NotFoundError
        If no installed package offers it.
    MolagentError
        If it cannot be imported or made, or does not keep to the protocol.
    """
    group, protocol = GROUPS[kind]
    found = sorted(entry_points(group=group, name=name), key=lambda point: point.value)
    if not found:
        raise NotFoundError(kind, name, known=plugin_names(kind))
    if len(found) > 1:
        providers = ", ".join(_provider(point) for point in found)
        raise MolagentError(
            f"{len(found)} packages offer a {kind} named {name!r} ({providers})",
            remedy="uninstall all but one",
        )
    point = found[0]
    try:
        made = point.load()()
    except MolagentError:
        raise
    except Exception as error:  # a plugin's own code can raise anything
        raise MolagentError(
            f"{kind} {name!r} cannot be loaded ({error})",
            place=point.value,
            remedy=f"mend or uninstall {_provider(point)}",
        ) from error
    if not isinstance(made, protocol):
        raise MolagentError(
            f"{kind} {name!r} lacks a part of the {protocol.__name__} protocol",
            place=point.value,
            remedy=f"run molagent.testing.{protocol.__name__}Contract on it",
        )
    own = getattr(made, "endpoint" if kind == "predictor" else "name")
    if own != name:
        raise MolagentError(
            f"{kind} {name!r} calls itself {own!r}",
            place=point.value,
            remedy="give the entry point and the class one name",
        )
    return made


def _provider(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "unknown package"
