"""The reference says something of every command, key of a TOML file and public name."""

import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import molagent
from docsgen.commands import all_commands, commands_markdown
from docsgen.hook import fill_markers
from docsgen.keys import all_sections, keys_markdown
from molagent.config import CampaignConfig
from molagent.ingest.layouts import Layout
from molagent.propose.optimise.tables import ObjectiveTable, OptimiseTable

DOCS = Path(__file__).parents[2] / "docs"
FILES = [
    ("campaign", CampaignConfig, ""),
    ("layout", Layout, "[layout]"),
    ("objective", OptimiseTable, "[optimise]"),
    ("objective", ObjectiveTable, "[[objective]]"),
]


def rendered(page: str) -> str:
    return fill_markers((DOCS / page).read_text(encoding="utf-8"))


def test_every_command_stands_in_the_reference_with_its_help_and_options() -> None:
    pages = "\n".join(
        fill_markers(page.read_text(encoding="utf-8"))
        for page in (DOCS / "reference/cli").glob("*.md")
    )
    for entry in all_commands():
        assert f"### `{entry.title}`\n" in pages, f"{entry.title} is on no page of the reference"
        assert entry.command.help, f"{entry.title} has no help"


def test_a_command_is_shown_with_its_arguments_defaults_and_variables() -> None:
    page = commands_markdown("data")
    section = page.split("### `molagent data ingest`")[1].split("###")[0]
    assert "`-p, --project <path>`" in section
    assert "MOLAGENT_PROJECT" in section
    assert "every row ends as a result or as a rejection" in section


def models(model: type[BaseModel]) -> Iterator[tuple[type[BaseModel], str]]:
    """Return every key of a model and of the tables in it."""
    for name, field in model.model_fields.items():
        parts = (field.annotation, *typing.get_args(field.annotation))
        tables = [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
        for table in tables:
            yield from models(table)
        if not tables:
            yield model, name


@pytest.mark.parametrize(("page", "model", "header"), FILES)
def test_every_key_stands_in_the_reference_with_its_meaning(
    page: str, model: type[BaseModel], header: str
) -> None:
    text = rendered(f"reference/toml/{page}.md")
    for owner, key in models(model):
        row = re.search(rf"^\| `{key}` \| .+ \| .+ \| (.*) \|$", text, re.MULTILINE)
        assert row, f"{owner.__name__}.{key} is on no page"
    for section in all_sections(model, header):
        for entry in section.keys:
            assert entry.meaning, f"say in the docstring what {entry.name} of {section.header} is"


def test_a_key_is_shown_with_type_range_and_default() -> None:
    text = keys_markdown("molagent.config.CampaignConfig")
    select = text.split("## `[select]`")[1].split("\n## ")[0]
    assert "| `count` | whole number, from 1 to 10,000 | `24` |" in select
    assert '`"thompson"`, `"greedy"`' in select
    assert "| `endpoint` | text `^[a-z][a-z0-9_]*$`, length to 60 | required |" in text
    assert "## `[[assays]]`" in text


def test_every_public_name_is_in_the_reference() -> None:
    pages = "\n".join(page.read_text() for page in (DOCS / "reference/python").glob("*.md"))
    entered = set(re.findall(r"^::: ([\w.]+)$", pages, re.MULTILINE))
    index = (DOCS / "reference/python/index.md").read_text()
    for name in set(molagent.__all__) - {"__version__", "MolagentError"}:
        assert f"molagent.{name}" in entered, f"{name} is on no page"
        assert f"[`{name}`][molagent.{name}]" in index, f"{name} is not in the list of names"
    assert "molagent.errors" in entered


def test_a_marker_that_names_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no command begins with 'dta'"):
        fill_markers("<!-- commands dta -->")


def test_nothing_of_the_site_is_fetched_from_elsewhere() -> None:
    settings = (DOCS.parent / "mkdocs.yml").read_text()
    assert "font: false" in settings
    assert "iframe-worker.js" in settings, "without it the theme fetches one from a CDN"
    assert not re.search(r"https?://", re.sub(r"#.*", "", settings))
