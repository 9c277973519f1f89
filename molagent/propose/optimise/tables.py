"""An objective as it stands in a TOML file.

::

    [optimise]
    mode = "weighted"            # or "pareto"
    nan_policy = "unknown"       # or "worst"

    [[objective]]
    name = "drug-likeness"
    property = "qed"             # or one of predictor, filter, similar_to, smarts, function
    direction = "maximise"       # or "minimise", "range"
    low = 0.3
    high = 0.9
    weight = 1.0
    timeout_s = 30.0

``function`` names Python code ("module:function", or "file.py:function" beside the TOML file) that
takes a list of SMILES and returns a list of numbers; it runs in a process of its own.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from molagent.errors import ConfigError, FileFormatError, InputError, NotFoundError
from molagent.propose.optimise.components import (
    Evaluate,
    ObjectiveComponent,
    from_filter,
    from_predictor,
)
from molagent.propose.optimise.isolated import IsolatedFunction
from molagent.propose.optimise.objective import MultiObjective
from molagent.propose.optimise.properties import (
    property_function,
    similarity_function,
    substructure_function,
)
from molagent.protocols import Filter, Predictor
from molagent.toml_texts import read_toml

__all__ = ["ObjectiveTable", "OptimiseTable", "parse_objective", "read_objective"]

_Kind = TypeVar("_Kind", bound=BaseModel)
_Thing = TypeVar("_Thing")

_SOURCES: Final = ("property", "predictor", "filter", "similar_to", "smarts", "function")
# These are 0 or 1 or between, so a table may leave direction and limits out.
_SHARES: Final = ("filter", "similar_to", "smarts")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptimiseTable(_Table):
    """How the components make one total.

    Attributes
    ----------
    mode
        ``weighted`` for the weighted geometric mean, ``pareto`` for the rank among the trade-offs
        found so far.
    nan_policy
        What a component that cannot tell counts as: ``unknown`` leaves the total unknown, ``worst``
        makes it unacceptable.
    """

    mode: Literal["weighted", "pareto"] = "weighted"
    nan_policy: Literal["unknown", "worst"] = "unknown"


class ObjectiveTable(_Table):
    """One component; exactly one of property, predictor, filter, similar_to, smarts, function.

    Attributes
    ----------
    name
        What it is called in the table of calls and on the page.
    property
        A computed property, for example ``qed``, ``sa_score`` or ``logp``.
    predictor
        An endpoint that the campaign has a model of; unknown outside its domain.
    filter
        A filter of the campaign: 1 for what passes, 0 for what fails.
    similar_to
        One SMILES or several: the Tanimoto similarity to the nearest.
    smarts
        A pattern: 1 for what contains it.
    function
        ``module:function``, or ``file.py:function`` beside this file: a list of SMILES in, a list
        of numbers out. It runs in a process of its own.
    fingerprint
        What `similar_to` compares.
    direction
        Which values are wanted; a `filter` has none, `similar_to` and `smarts` may leave it out.
    low, high
        Where desirability begins and is full (maximise), is full and ends (minimise), or the range
        within which it is full (range).
    weight
        How much the component counts.
    timeout_s
        Seconds after which the process of a `function` is killed.
    unit
        Of the values, for the page.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)]
    property: str = ""
    predictor: str = ""
    filter: str = ""
    similar_to: str | tuple[str, ...] = ""
    smarts: str = ""
    function: str = ""
    fingerprint: Literal["counts", "bits"] = "counts"
    direction: Literal["maximise", "minimise", "range"] | None = None
    low: float | None = None
    high: float | None = None
    weight: Annotated[float, Field(gt=0.0)] = 1.0
    timeout_s: Annotated[float, Field(gt=0.0)] | None = None
    unit: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [key for key in _SOURCES if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(_SOURCES)}")
        named = (self.direction, self.low, self.high)
        if None in named and (given[0] not in _SHARES or named != (None, None, None)):
            raise ValueError("give direction, low and high")
        if given[0] == "filter" and self.direction is not None:
            raise ValueError("a filter has no direction: what passes is wanted")
        return self


def read_objective(
    path: Path,
    *,
    predictors: Mapping[str, Predictor] | None = None,
    filters: Mapping[str, Filter] | None = None,
) -> MultiObjective:
    """Return the objective of a TOML file; see :func:`parse_objective`.

    Raises
    ------
    ConfigError
        If the file is missing or not TOML, or a table is wrong.
    """
    try:
        data = read_toml(path)
    except FileFormatError as error:
        raise ConfigError(
            f"the objective cannot be read: {error.message}", place=str(path), remedy=error.remedy
        ) from error
    return parse_objective(
        data, place=str(path), base=path.parent, predictors=predictors, filters=filters
    )


def parse_objective(
    data: Mapping[str, Any],
    *,
    place: str = "",
    base: Path = Path(),
    predictors: Mapping[str, Predictor] | None = None,
    filters: Mapping[str, Filter] | None = None,
) -> MultiObjective:
    """Return the objective of the tables ``[optimise]`` and ``[[objective]]``.

    Parameters
    ----------
    place
        The file's name, for errors.
    base
        Where the path of a ``function`` starts from.
    predictors, filters
        What the tables may name.

    Raises
    ------
    ConfigError
        If a table is wrong: the message names every faulty key, and lists what is known where a
        property, predictor or filter is not.

    Examples
    --------
    >>> objective = parse_objective({"objective": [
    ...     {"name": "size", "property": "mw", "direction": "range", "low": 300, "high": 450},
    ...     {"name": "acid", "smarts": "C(=O)[OH]", "direction": "minimise", "low": 0, "high": 1},
    ... ]})
    >>> objective(["CC(=O)Oc1ccccc1C(=O)O"]).raw["size"].round(1)
    array([180.2])
    """
    unknown = sorted(set(data) - {"optimise", "objective"})
    if unknown:
        raise ConfigError(
            f"there is no table {unknown[0]!r}", place=place, remedy="use [optimise], [[objective]]"
        )
    tables = data.get("objective", [])
    if not isinstance(tables, list) or not tables:
        raise ConfigError("there is no [[objective]]", place=place, remedy="give at least one")
    overall = _checked(OptimiseTable, data.get("optimise", {}), f"{place} [optimise]".strip())
    components = []
    for number, table in enumerate(tables, start=1):
        here = f"{place} [[objective]] {number}".strip()
        checked = _checked(ObjectiveTable, table, here)
        try:
            components.append(_component(checked, base, predictors or {}, filters or {}))
        except (InputError, NotFoundError) as error:
            raise ConfigError(
                f"{checked.name}: {error.message}", place=here, remedy=error.remedy
            ) from error
    try:
        return MultiObjective(components, mode=overall.mode, nan_policy=overall.nan_policy)
    except InputError as error:
        raise ConfigError(error.message, place=place, remedy=error.remedy) from error


def _checked(kind: type[_Kind], data: object, place: str) -> _Kind:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'table'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ConfigError(faults, place=place, remedy="correct the table") from error


def _component(
    table: ObjectiveTable,
    base: Path,
    predictors: Mapping[str, Predictor],
    filters: Mapping[str, Filter],
) -> ObjectiveComponent:
    source = next(key for key in _SOURCES if getattr(table, key))
    if source == "filter":
        judge = _named("filter", table.filter, filters)
        return from_filter(judge, name=table.name, weight=table.weight, timeout_s=table.timeout_s)
    preference: dict[str, Any] = {
        "name": table.name,
        "direction": table.direction or "maximise",
        "low": 0.0 if table.low is None else table.low,
        "high": 1.0 if table.high is None else table.high,
        "weight": table.weight,
        "timeout_s": table.timeout_s,
    }
    if source == "predictor":
        return from_predictor(_named("predictor", table.predictor, predictors), **preference)
    evaluate, unit = _EVALUATE[source](table, base)
    return ObjectiveComponent(evaluate=evaluate, unit=table.unit or unit, **preference)


def _named(kind: str, name: str, known: Mapping[str, _Thing]) -> _Thing:
    if name not in known:
        raise NotFoundError(kind, name, known=known)
    return known[name]


def _similarity(table: ObjectiveTable, _base: Path) -> tuple[Evaluate, str]:
    return similarity_function(table.similar_to, fingerprint=table.fingerprint), "Tanimoto, 0 to 1"


def _substructure(table: ObjectiveTable, _base: Path) -> tuple[Evaluate, str]:
    return substructure_function(table.smarts), "1 if present"


def _property(table: ObjectiveTable, _base: Path) -> tuple[Evaluate, str]:
    return property_function(table.property)


def _function(table: ObjectiveTable, base: Path) -> tuple[Evaluate, str]:
    return IsolatedFunction(table.function, folder=base), ""


_EVALUATE: Final[Mapping[str, Callable[[ObjectiveTable, Path], tuple[Evaluate, str]]]] = {
    "property": _property,
    "similar_to": _similarity,
    "smarts": _substructure,
    "function": _function,
}
