"""Claim files as text: written so that they read back the same, edited without losing comments."""

import contextlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, Item

from molagent.errors import FileFormatError, InputError
from molagent.toml_texts import parse_toml

__all__ = ["Tables", "edit_claim_file", "parse_tables", "render_claim", "write_claim_file"]

Tables = dict[str, Any]
"""What a claim file says, as plain values: strings, numbers, dates, lists and tables."""

# A claim with hundreds of members has some ten kilobytes; a larger file is not a claim.
_MAX_CHARACTERS: Final = 2_000_000
# The order in which a chemist reads a claim; what is not listed follows.
_ORDER: Final = (
    "claim_id",
    "publication_number",
    "claim",
    "kind",
    "status",
    "confirmed_by",
    "confirmed_on",
    "source",
    "read_on",
    "text",
    "interpretation",
    "isotopes",
    "filled",
    "note",
    "members",
    "non_members",
    "salts",
    "core",
    "vary",
    "groups",
    "site",
    "proviso",
    "history",
)
_WIDTH: Final = 72
_STATUS: Final = re.compile(r"status\s*=")


def parse_tables(text: str, *, place: str) -> Tables:
    """Return the tables of a claim written as TOML or JSON; it is data, nothing is run.

    A date is a date in TOML; in JSON it is text as ``YYYY-MM-DD`` in the fields that hold one.

    Raises
    ------
    FileFormatError
        If the text is neither, is not a table, or is too long to be a claim.
    """
    if len(text) > _MAX_CHARACTERS:
        raise FileFormatError(
            f"the text has {len(text)} characters, more than a claim has",
            place=place,
            remedy="give one claim at a time",
        )
    begins = text.lstrip()[:1]
    try:
        data = json.loads(text) if begins == "{" else parse_toml(text, place=place)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(
            f"the claim is not JSON ({error})", place=place, remedy="correct the line"
        ) from error
    if not isinstance(data, dict):
        raise FileFormatError("the claim is not a table", place=place, remedy="name its fields")
    return _with_dates(data, place) if begins == "{" else data


def render_claim(tables: Mapping[str, Any], *, head: str = "") -> str:
    """Return the text of a claim file, which :func:`parse_tables` reads back to the same tables.

    Parameters
    ----------
    head
        A comment for the top of the file; lines are kept.

    Raises
    ------
    InputError
        If a value cannot stand in TOML.

    Examples
    --------
    >>> print(render_claim({"claim_id": "X/1", "members": ["CCO"]}, head="A draft."))
    # A draft.
    <BLANKLINE>
    claim_id = "X/1"
    members = [
        "CCO",
    ]
    <BLANKLINE>
    """
    document = tomlkit.document()
    for raw in head.splitlines():
        # A comment may not hold control characters.
        line = "".join(mark if mark.isprintable() else " " for mark in raw).strip()
        document.add(tomlkit.comment(line) if line else tomlkit.nl())
    if head:
        document.add(tomlkit.nl())
    known = [name for name in _ORDER if name in tables]
    names = [*known, *(name for name in tables if name not in _ORDER)]
    # Plain values first: in TOML whatever follows a table belongs to it.
    plain = [name for name in names if not _is_table_list(tables[name])]
    for name in plain:
        document.add(name, _item(tables[name], name))
    for name in names:
        if name not in plain:
            document.add(tomlkit.nl())
            document.add(name, _table_list(tables[name]))
    return tomlkit.dumps(document)


def write_claim_file(path: Path, tables: Mapping[str, Any], *, head: str = "") -> Path:
    """Write a new claim file, whole or not at all; one that is there is not replaced.

    Raises
    ------
    InputError
        If the file exists or cannot be written.
    """
    if path.exists():
        raise InputError(
            "the file exists", place=str(path), remedy="name another, or move it away first"
        )
    if path.suffix != ".toml":
        raise InputError(
            f"{path.name} is no name for a claim file", place=str(path), remedy="end it in .toml"
        )
    return _replace(path, render_claim(tables, head=head))


def edit_claim_file(path: Path, changes: Mapping[str, Any], event: Mapping[str, Any]) -> Path:
    """Change fields of a claim file and add to its history; comments and the rest stay.

    Parameters
    ----------
    changes
        Field to its new value; None takes the field out.
    event
        ``what``, ``by``, ``on`` and perhaps ``note``.

    Raises
    ------
    InputError
        If the file cannot be read or written.
    """
    if path.suffix == ".json":
        return _edit_json(path, changes, event)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise FileFormatError(
            f"the file cannot be edited ({error})", place=str(path), remedy="check the file"
        ) from error
    for name, value in changes.items():
        if value is None:
            document.pop(name, None)
        elif name in document:
            document[name] = _item(value, name)
        else:
            document = _with_field(document, name, value)
    history = [*document.unwrap().get("history", ()), dict(event)]
    document.pop("history", None)
    text = tomlkit.dumps(document).rstrip("\n") + "\n\n"
    return _replace(path, text + render_claim({"history": history}).lstrip("\n"))


def _edit_json(path: Path, changes: Mapping[str, Any], event: Mapping[str, Any]) -> Path:
    tables = parse_tables(path.read_text(encoding="utf-8"), place=str(path)) | dict(changes)
    tables = {name: value for name, value in tables.items() if value is not None}
    tables["history"] = [*tables.get("history", ()), dict(event)]
    return _replace(path, json.dumps(tables, indent=2, ensure_ascii=False, default=str) + "\n")


def _with_field(document: tomlkit.TOMLDocument, name: str, value: object) -> tomlkit.TOMLDocument:
    """Put a field that was not there behind the status, which every claim file has."""
    lines = tomlkit.dumps(document).splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines, 1) if _STATUS.match(line)), 0)
    field = tomlkit.document()
    field.add(name, _item(value, name))
    return tomlkit.parse("".join([*lines[:at], tomlkit.dumps(field), *lines[at:]]))


def _is_table_list(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(item, Mapping) for item in value)
    )


def _table_list(tables: Sequence[Mapping[str, Any]]) -> Item:
    answer = tomlkit.aot()
    for table in tables:
        entry = tomlkit.table()
        for name, value in table.items():
            entry.add(name, _item(value, name))
        answer.append(entry)
    return answer


def _item(value: object, name: str) -> Item:
    """Return a value as TOML: long text over lines, lists of structures one a line."""
    if isinstance(value, str) and "\n" in value and "\r" not in value:
        return tomlkit.string(value, multiline=True)
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for key, part in value.items():
            table.append(key, _item(part, name))
        return table
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _array(value, name)
    if isinstance(value, bool | int | float | str | date):
        return tomlkit.item(value)
    raise InputError(
        f"{value!r} cannot stand in a claim file",
        place=name,
        remedy="use text, numbers, dates, lists and tables; leave out what is not known",
    )


def _array(values: Sequence[object], name: str) -> Array:
    array = tomlkit.array()
    for value in values:
        array.append(_item(value, name))
    listed = name in ("members", "non_members")
    # An inline table may not hold a line break, an array inside it may.
    return array.multiline((listed and bool(values)) or len(array.as_string()) > _WIDTH)


def _with_dates(data: Tables, place: str) -> Tables:
    """Return JSON's tables with text where TOML has dates turned into dates."""
    tables = dict(data)
    history = tables.get("history", ())
    records = [tables, *(event for event in history if isinstance(event, dict))]
    for record in records:
        for name in ("read_on", "confirmed_on", "on"):
            if isinstance(record.get(name), str):
                try:
                    record[name] = date.fromisoformat(record[name])
                except ValueError as error:
                    raise FileFormatError(
                        f"{name} is {record[name]!r}", place=place, remedy="write it as YYYY-MM-DD"
                    ) from error
    return tables


def _replace(path: Path, text: str) -> Path:
    """Put text into a file's place in one step: a reader sees the old file or the new one."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise InputError(
            f"the file cannot be written ({error.strerror})",
            place=str(path),
            remedy="check the folder and its permissions",
        ) from error
    return path
