"""TOML keys as Markdown: types and ranges from the models, meanings from their docstrings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_args

from griffe import Docstring, DocstringSectionAttributes, DocstringSectionText, Parser
from pydantic import BaseModel

__all__ = ["Key", "Section", "all_sections", "keys_markdown", "load_model"]


@dataclass(frozen=True)
class Key:
    """One key of a section.

    Attributes
    ----------
    name, kind, default
        As they stand in the table; `default` is ``required`` where there is none.
    meaning
        What the docstring says of it; "" where it says nothing.
    """

    name: str
    kind: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Section:
    """A table of a TOML file.

    Attributes
    ----------
    header
        As it is written: ``[select]``, ``[[assays]]``.
    summary
        The docstring without its list of keys.
    """

    header: str
    summary: str
    keys: tuple[Key, ...]

    def to_markdown(self) -> str:
        """Return heading, summary and the table of keys."""
        lines = [f"## `{self.header}`", "", self.summary, ""]
        if self.keys:
            lines += ["| key | type | default | what |", "|---|---|---|---|"]
            lines += [
                f"| `{key.name}` | {key.kind} | {key.default} | {key.meaning} |"
                for key in self.keys
            ]
            lines.append("")
        return "\n".join(lines)


def load_model(path: str) -> type[BaseModel]:
    """Return the model that a dotted path names."""
    module, _, name = path.rpartition(".")
    model = getattr(import_module(module), name)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{path} is no pydantic model: correct the marker in the page")
    return model


def all_sections(model: type[BaseModel], header: str = "") -> tuple[Section, ...]:
    """Return the table of a model and those below it.

    Parameters
    ----------
    header
        The table's own, as it is written (``[layout]``, ``[[objective]]``); "" for the whole file.
    """
    return tuple(_sections(model, header.strip("[]"), repeated=header.startswith("[[")))


def keys_markdown(path: str, header: str = "") -> str:
    """Return every section of a model as Markdown; see :func:`all_sections`."""
    return "\n".join(section.to_markdown() for section in all_sections(load_model(path), header))


def _sections(model: type[BaseModel], header: str, *, repeated: bool) -> Iterator[Section]:
    summary, meanings = _read_docstring(model)
    schema = model.model_json_schema()
    below = {name: found for name in schema["properties"] if (found := _nested(model, name))}
    required = schema.get("required", [])
    keys = tuple(
        Key(
            name=name,
            kind=_kind(value),
            default="required" if name in required else _default(model, name),
            meaning=meanings.get(name, ""),
        )
        for name, value in schema["properties"].items()
        if name not in below
    )
    if header or keys:
        written = f"[[{header}]]" if repeated else f"[{header}]"
        yield Section(header=written if header else "top of the file", summary=summary, keys=keys)
    for name, (kind, many) in below.items():
        yield from _sections(kind, f"{header}.{name}".lstrip("."), repeated=many)


def _nested(model: type[BaseModel], name: str) -> tuple[type[BaseModel], bool] | None:
    """Return the model of a key that is a table itself, and whether there may be several."""
    annotation = model.model_fields[name].annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for part in get_args(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part, Ellipsis in get_args(annotation)
    return None


def _read_docstring(model: type[BaseModel]) -> tuple[str, Mapping[str, str]]:
    """Return what a model's docstring says of it, and of each key."""
    summary: list[str] = []
    meanings: dict[str, str] = {}
    for part in Docstring(model.__doc__ or "", parser=Parser.numpy).parse(warnings=False):
        if isinstance(part, DocstringSectionText):
            summary.append(part.value)
        elif isinstance(part, DocstringSectionAttributes):
            for entry in part.value:
                meanings |= dict.fromkeys(entry.name.split(", "), _one_line(entry.description))
    return _code("\n\n".join(summary)), meanings


def _one_line(text: str) -> str:
    return _code(" ".join(text.split())).replace("|", "\\|")


def _code(text: str) -> str:
    """Turn the docstring's double backticks into Markdown's single ones."""
    return text.replace("``", "`")


def _kind(value: Mapping[str, Any]) -> str:
    """Return the type of a JSON schema in words, with its range."""
    if options := value.get("anyOf"):
        return " or ".join(_kind(part) for part in options if part.get("type") != "null")
    if "const" in value:
        return f"`{json.dumps(value['const'])}`"
    if "enum" in value:
        return ", ".join(f"`{json.dumps(choice)}`" for choice in value["enum"])
    if value.get("type") == "array":
        return f"list of {_kind(value.get('items', {}))}"
    if value.get("type") == "object":
        patterns = value.get("patternProperties", {})
        return (
            f"table of {_kind(value.get('additionalProperties') or next(iter(patterns.values())))}"
        )
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "boolean"}
    kind = "date" if value.get("format") == "date" else words[value["type"]]
    if pattern := value.get("pattern"):
        kind += f" `{pattern}`".replace("|", "\\|")
    return kind + _range(value)


def _range(value: Mapping[str, Any]) -> str:
    bounds = {
        "minimum": "from",
        "exclusiveMinimum": "above",
        "maximum": "to",
        "exclusiveMaximum": "below",
        "minLength": "length from",
        "maxLength": "length to",
    }
    named = [f"{word} {value[key]:,}" for key, word in bounds.items() if key in value]
    return f", {' '.join(named)}" if named else ""


def _default(model: type[BaseModel], name: str) -> str:
    value = model.model_fields[name].get_default(call_default_factory=True)
    if value is None:
        return "none"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f'"{key}" = {_toml(part)}' for key, part in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_toml(part) for part in value)}]"
    return json.dumps(value, ensure_ascii=False)
