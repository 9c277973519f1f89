"""Whatever README and the guides tell a reader to type is right: commands, TOML and Python."""

import ast
import inspect
import re
import shlex
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from docsgen.commands import all_commands, find_command, parse_command
from molagent import AssayData, Patents, Project
from molagent.cli import app
from molagent.config import CampaignConfig, parse_config
from molagent.errors import MolagentError
from molagent.ingest.layouts import parse_layout
from molagent.patents.markush.claims import parse_claim
from molagent.patents.markush.language import parse_sites
from molagent.patents.markush.selftest import check_members
from molagent.patents.markush.together import parse_together
from molagent.propose.optimise.tables import ObjectiveTable, OptimiseTable

ROOT = Path(__file__).parents[2]
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md")),
    ROOT / "examples/plugin/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(molagent [^`]+)`")


@dataclass(frozen=True)
class Sample:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def samples(*languages: str) -> list[Sample]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match[2] in languages:
                body = textwrap.dedent(match[3])
                line = text.count("\n", 0, match.start()) + 2
                found.append(Sample(str(page.relative_to(ROOT)), line, match[2], body))
    return found


def command_lines() -> Iterator[tuple[str, list[str]]]:
    for sample in samples("", "bash"):
        for line in sample.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["molagent"]:
                yield str(sample), words[1:]


def test_every_command_line_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = []
    for place, words in command_lines():
        for name in words:
            if re.fullmatch(r"[\w./-]+\.\w+", name):  # some options ask for a file that is there
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).touch()
        try:
            parse_command(words)
        except ValueError as error:
            wrong.append(f"{place}: {error}")
    assert not wrong, "\n".join(wrong)


def test_every_command_has_an_example() -> None:
    shown = {find_command(words).words for _, words in command_lines()}
    missing = [entry.title for entry in all_commands() if entry.words not in shown]
    assert not missing, f"give each a sentence with an example in README or a guide: {missing}"


def test_commands_named_in_a_sentence_exist() -> None:
    known = {entry.words[:n] for entry in all_commands() for n in range(1, len(entry.words) + 1)}
    wrong = []
    for page in PAGES:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for match in INLINE.finditer(text):
            words = match[1].split()[1:]
            named = tuple(w for w in words if re.fullmatch(r"[a-z][a-z-]*", w))
            if named and not any(named[:n] in known for n in range(1, len(named) + 1)):
                wrong.append(f"{page.relative_to(ROOT)}: {match[1]}")
    assert not wrong, "\n".join(wrong)


def test_make_targets_named_in_the_docs_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+(?: [a-z-]+)*):", (ROOT / "Makefile").read_text(), re.M))
    known = {target for line in targets for target in line.split()}
    named = {
        name
        for page in PAGES
        for name in re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", page.read_text(), re.M)
        for name in name
        if name
    }
    assert named <= known, f"no such target: {sorted(named - known)}"


@pytest.mark.parametrize("sample", samples("toml"), ids=str)
def test_every_toml_block_is_taken(sample: Sample) -> None:
    data = tomllib.loads(sample.text)
    if "layout" in data:
        parse_layout(data["layout"])
    elif "claim_id" in data:
        check_members(parse_claim(data, place=str(sample)), str(sample))
    elif "together" in data:
        names = {name for table in data["together"] for name in table["sites"]}
        sites = [
            {"name": name, "positions": [1], "group": "halogen", "counts": [0, 1, 2]}
            for name in sorted(names)
        ]
        place = str(sample)
        assert parse_together(data["together"], parse_sites(sites, place=place), place=place)
    elif "objective" in data or "optimise" in data:
        OptimiseTable.model_validate(data.get("optimise", {}))
        for table in data.get("objective", []):
            ObjectiveTable.model_validate(table)
    elif "project" in data and "entry-points" in data["project"]:
        groups = data["project"]["entry-points"]
        assert set(groups) <= {f"molagent.{kind}" for kind in _KINDS}
    elif {"project", "assays", "profile"} <= set(data):
        parse_config(data)
    else:
        _check_sections(data)


_KINDS = ("generators", "predictors", "filters", "policies")


def _check_sections(data: Mapping[str, object]) -> None:
    """Check some sections of a campaign file, each by its own model."""
    for name, value in data.items():
        assert name in CampaignConfig.model_fields, f"a campaign has no [{name}]"
        TypeAdapter(CampaignConfig.model_fields[name].annotation).validate_python(value)


#: What these names stand for in the samples.
NAMED = {"project": Project, "data": AssayData, "patents": Patents}


@pytest.mark.parametrize("sample", samples("python"), ids=str)
def test_every_python_block_compiles_and_names_what_exists(sample: Sample) -> None:
    tree = ast.parse(sample.text)
    compile(tree, str(sample), "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "molagent":
            _check_import(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            _check_call(node, node.func)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = NAMED.get(node.value.id)
            assert owner is None or hasattr(owner, node.attr), f"{owner} has no {node.attr}"


def _check_import(node: ast.ImportFrom) -> None:
    assert node.module is not None
    module = import_module(node.module)
    for alias in node.names:
        assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"


def _check_call(node: ast.Call, method: ast.Attribute) -> None:
    """Check that a call of one of the named objects gives arguments that it takes."""
    owner = NAMED.get(method.value.id) if isinstance(method.value, ast.Name) else None
    if owner is None:
        return
    signature = inspect.signature(getattr(owner, method.attr))
    keywords = {keyword.arg: None for keyword in node.keywords if keyword.arg}
    signature.bind_partial(None, *([None] * len(node.args)), **keywords)


#: Cheap enough to run, and with nothing but what the repository holds.
RUN = (
    ("data", "columns"),
    ("data", "layouts"),
    ("patents", "check"),
    ("patents", "claims", "leave"),
    ("patents", "claims", "list"),
    ("patents", "claims", "match"),
    ("patents", "claims", "show"),
    ("plugins",),
)


def _runnable() -> list[tuple[str, ...]]:
    there = [
        tuple(words)
        for _, words in command_lines()
        if find_command(words).words in RUN
        and not {"--report", "--csv", "--out", "--release", "--file"} & set(words)
        and "plate12.csv" not in words
        and "ic50.csv" not in words
    ]
    return list(dict.fromkeys(there))


@pytest.mark.parametrize("words", _runnable(), ids=" ".join)
def test_cheap_samples_run(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, list(words))
    assert not isinstance(result.exception, MolagentError), result.exception
    assert result.exit_code == 0, result.output
    assert result.output.strip()
