"""Templates as a TOML file: SMIRKS, groups that must be absent, references and examples.

``data/templates.toml`` is the file that comes with molagent, and its head explains the keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from molagent.chem.molecules import parse_smarts
from molagent.errors import FileFormatError, StructureError
from molagent.propose.synthesis.templates import Example, ReactionTemplate, TemplateSet
from molagent.toml_texts import read_toml

__all__ = ["default_templates", "read_templates"]

_NEEDED: Final = ("name", "title", "class", "reference", "forward", "examples")


@cache
def default_templates() -> TemplateSet:
    """Return the templates that come with molagent."""
    text = (resources.files(__package__) / "data" / "templates.toml").read_text(encoding="utf-8")
    return _template_set(tomllib.loads(text), place="templates.toml")


def read_templates(path: Path) -> TemplateSet:
    """Return the templates of a site's own file, written like ``data/templates.toml``.

    Raises
    ------
    FileFormatError
        If the file is not TOML, an entry is incomplete, or a pattern does not parse.
    """
    return _template_set(read_toml(path), place=str(path))


def _template_set(document: Mapping[str, Any], *, place: str) -> TemplateSet:
    atoms = {str(key): str(value) for key, value in document.get("atoms", {}).items()}
    groups = {
        str(key): _query(str(value), f"{place}: group {key}")
        for key, value in document.get("groups", {}).items()
    }
    templates = tuple(
        _template(entry, atoms, groups, f"{place}: template {number}")
        for number, entry in enumerate(document.get("template", ()), start=1)
    )
    if not templates:
        raise FileFormatError("no template in the file", place=place, remedy="add [[template]]")
    names = [template.name for template in templates]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FileFormatError(
            f"templates named twice: {', '.join(twice)}", place=place, remedy="rename one"
        )
    return TemplateSet(
        templates=templates,
        unfinished=_named(document.get("unfinished", ()), groups, f"{place}: unfinished"),
    )


def _template(
    entry: Mapping[str, Any], atoms: Mapping[str, str], groups: Mapping[str, Chem.Mol], place: str
) -> ReactionTemplate:
    if missing := [key for key in _NEEDED if not entry.get(key)]:
        raise FileFormatError(
            f"{', '.join(missing)} missing", place=place, remedy="complete the entry"
        )
    place = f"{place} ({entry['name']})"
    forward = tuple(_reaction(text, place) for text in _texts(entry["forward"], atoms))
    roles = tuple(_texts(entry.get("roles", ()), atoms)) or tuple(
        Chem.MolToSmarts(query) for query in forward[0].GetReactants()
    )
    return ReactionTemplate(
        name=str(entry["name"]),
        title=str(entry["title"]),
        reaction_class=str(entry["class"]),
        reference=str(entry["reference"]),
        sequential=bool(entry.get("sequential", False)),
        unmarked=int(entry.get("unmarked", 0)),
        role_smarts=roles,
        examples=tuple(
            Example(tuple(one["reactants"]), str(one["product"])) for one in entry["examples"]
        ),
        roles=tuple(_query(text, place) for text in roles),
        incompatible=_named(entry.get("incompatible", ()), groups, place),
        forward=forward,
        retro=tuple(_reaction(text, place) for text in _texts(entry.get("retro", ()), atoms)),
    )


def _texts(value: str | Sequence[str], atoms: Mapping[str, str]) -> list[str]:
    texts = [value] if isinstance(value, str) else list(value)
    for name, smarts in atoms.items():
        texts = [text.replace("{" + name + "}", smarts) for text in texts]
    return texts


def _reaction(smirks: str, place: str) -> rdChemReactions.ChemicalReaction:
    try:
        with rdBase.BlockLogs():
            reaction = rdChemReactions.ReactionFromSmarts(smirks)
            reaction.Initialize()
            _, errors = reaction.Validate(silent=True)
    except ValueError as error:
        raise FileFormatError(
            f"{smirks!r} is not SMIRKS", place=place, remedy="correct the reaction"
        ) from error
    if errors:
        raise FileFormatError(
            f"{smirks!r} has {errors} faults", place=place, remedy="correct the reaction"
        )
    return reaction


def _query(smarts: str, place: str) -> Chem.Mol:
    try:
        query = parse_smarts(smarts, place=place)
    except StructureError as error:
        raise FileFormatError(error.message, place=place, remedy=error.remedy) from error
    return query


def _named(
    names: Sequence[str], groups: Mapping[str, Chem.Mol], place: str
) -> tuple[tuple[str, Chem.Mol], ...]:
    if unknown := sorted(set(names) - set(groups)):
        raise FileFormatError(
            f"no group named {', '.join(unknown)}", place=place, remedy="add it to [groups]"
        )
    return tuple((name, groups[name]) for name in names)
