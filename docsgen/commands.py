"""The command line as Markdown: every command, its arguments and options, from the app itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from typer.core import TyperCommand, TyperGroup

from molagent.cli import app
from molagent.cli.patience import patient_command

__all__ = ["Command", "all_commands", "commands_markdown", "find_command", "parse_command"]


@dataclass(frozen=True)
class Command:
    """A command of the app.

    Attributes
    ----------
    words
        What is typed after ``molagent``: ``("patents", "claims", "show")``.
    command
        The parser that typer made of it.
    """

    words: tuple[str, ...]
    command: TyperCommand

    @property
    def title(self) -> str:
        """The command as it is typed."""
        return " ".join(("molagent", *self.words))

    def to_markdown(self, *, level: int = 3) -> str:
        """Return heading, help, usage and a table of the parameters."""
        context = self.command.context_class(self.command, info_name=self.title)
        usage = " ".join(self.command.get_usage(context).split()).removeprefix("Usage: ")
        lines = [f"{'#' * level} `{self.title}`", "", (self.command.help or "").strip(), ""]
        lines += ["```text", usage, "```", ""]
        records = [parameter.get_help_record(context) for parameter in self.command.params]
        rows = [(name, text) for name, text in filter(None, records) if name != "--help"]
        if rows:
            lines += ["| parameter | what |", "|---|---|"]
            lines += [f"| `{_cell(name)}` | {_prose(text)} |" for name, text in rows]
            lines.append("")
        return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _prose(text: str) -> str:
    """Escape what Markdown would read as markup, outside of code."""
    parts = _cell(text).split("`")
    parts[::2] = [
        part.replace("<", "&lt;").replace("*", "\\*").replace("[", "\\[") for part in parts[::2]
    ]
    return "`".join(parts)


@cache
def _root() -> TyperGroup:
    return patient_command(app)


def _walk(group: TyperGroup, words: tuple[str, ...]) -> Iterator[Command]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _walk(command, (*words, name))
        elif isinstance(command, TyperCommand) and not command.hidden:
            yield Command(words=(*words, name), command=command)


def all_commands() -> tuple[Command, ...]:
    """Return every command that is not hidden, in the order of the help."""
    return tuple(_walk(_root(), ()))


def commands_markdown(group: str = "") -> str:
    """Return the commands of a group; of no group, those that stand at the top.

    Raises
    ------
    ValueError
        If there is no such group, or it holds no command.
    """
    words = tuple(group.split())
    found = [
        entry
        for entry in all_commands()
        if (entry.words[: len(words)] == words if words else len(entry.words) == 1)
    ]
    if not found:
        raise ValueError(f"no command begins with {group!r}: correct the marker in the page")
    return "\n".join(entry.to_markdown() for entry in found)


def find_command(arguments: Sequence[str]) -> Command:
    """Return the command that a line calls, given what is typed after ``molagent``.

    Raises
    ------
    ValueError
        If there is no such command.
    """
    known = {entry.words: entry for entry in all_commands()}
    for length in range(1, len(arguments) + 1):
        if found := known.get(tuple(arguments[:length])):
            return found
    raise ValueError(f"molagent {' '.join(arguments)}: there is no such command")


def parse_command(arguments: Sequence[str]) -> Command:
    """Return the command that a line calls after reading its options; nothing is run.

    Raises
    ------
    ValueError
        If there is no such command, or it does not take those arguments.
    """
    found = find_command(arguments)
    rest = list(arguments[len(found.words) :])
    try:
        found.command.make_context(found.title, list(rest))
    except Exception as error:
        raise ValueError(f"{found.title} {' '.join(rest)}: {error}") from error
    return found
