"""What leaves the machine is a policy: structures, names and values in outgoing text.

A remote model is shown ids. This module takes out of text that is about to leave what is not an id:
structures however they are written (``line_notations``, ``systematic_names``, ``encoded_text``),
names from the lists that it is given (``confidential_names``), and digits of numbers that say more
than the policy lets through. Its cost is linear in the text, and what is too long to look through
is withheld.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from molagent.agents.aliases import Aliases
from molagent.agents.confidential_names import NameTable
from molagent.agents.encoded_text import decoded_numbers, find_encoded
from molagent.agents.line_notations import MIN_ATOMS, Span, find_lines
from molagent.agents.outgoing_numbers import NumberRule
from molagent.agents.plain_text import plain
from molagent.agents.systematic_names import find_names

__all__ = ["WITHHELD", "OutgoingPolicy", "OutgoingRequest", "Scrubber", "log_outgoing"]

WITHHELD: Final = "[withheld]"
LONGEST_TEXT: Final = 100_000
"""A text of more characters is withheld as a whole."""
LONGEST_JSON: Final = 4_000_000
DEEPEST: Final = 40
_FEWEST_CODES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPolicy:
    """What a remote model may see.

    Attributes
    ----------
    structures
        ``never``: whatever reads as a structure of five or more heavy atoms is withheld, as a line,
        a systematic name or encoded.
    names
        Compound names are withheld (``never``) or replaced by their ids (``ids``); project names
        are withheld in both cases.
    values
        Numbers: two significant digits, as they are, or withheld. What a plan is made of (counts
        of proposals, weights, bounds) stays, and so does a count of less than 100.
    endpoints
        Objectives, endpoints and targets leave as ``aliases`` or as they are called (``exact``).
    compound_names
        Name to id.
    project_names
        Names that stay inside: of the project, its people, files, documents and sources.
    endpoint_names, targets
        Further names that get aliases, beside those that a decision is about.
    """

    structures: Literal["never", "exact"] = "never"
    names: Literal["never", "ids"] = "never"
    values: Literal["rounded", "exact", "withheld"] = "rounded"
    endpoints: Literal["aliases", "exact"] = "aliases"
    compound_names: Mapping[str, str] = field(default_factory=dict)
    project_names: tuple[str, ...] = ()
    endpoint_names: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRequest:
    """One request body as it leaves; headers are left out because they carry the key."""

    url: str
    body: str

    @property
    def n_bytes(self) -> int:
        """Size of the body."""
        return len(self.body.encode())


def log_outgoing(log: Path, request: OutgoingRequest) -> None:
    """Append what leaves the machine to a file of JSON lines, before it leaves."""
    line = json.dumps({"url": request.url, "body": request.body}, ensure_ascii=False)
    with log.open("a", encoding="utf-8") as out:
        out.write(f"{line}\n")


class Scrubber:
    """Takes out of text what the policy keeps inside.

    Parameters
    ----------
    aliases
        What objectives, endpoints and targets are called outside; none by default.

    Examples
    --------
    >>> Scrubber(OutgoingPolicy()).text("P1-0007 is CC(=O)Oc1ccccc1C(=O)O at 8.1234")
    'P1-0007 is [withheld] at 8.1'
    """

    def __init__(self, policy: OutgoingPolicy, aliases: Aliases | None = None) -> None:
        self.policy = policy
        self.aliases = aliases or Aliases()
        names = dict.fromkeys(policy.project_names, WITHHELD)
        for name, identifier in policy.compound_names.items():
            names[name] = identifier if policy.names == "ids" else WITHHELD
        self._names = NameTable(names, self.aliases.names)
        self._numbers = NumberRule(policy.values, WITHHELD)

    def text(self, text: str, *, numbers: bool = True) -> str:
        """Return text as it may leave; JSON keeps its form.

        Parameters
        ----------
        numbers
            False for the program's own words about bounds, whose numbers are no values.
        """
        stripped = text.strip()
        if stripped[:1] in {"{", "["}:
            parsed = self._json(stripped)
            if parsed is not None:
                return parsed
        # The opening message is a sentence with one JSON object behind it.
        head, brace, tail = text.partition("\n{")
        if brace:
            parsed = self._json("{" + tail)
            if parsed is not None:
                return f"{self._plain(head, numbers=numbers)}\n{parsed}"
        return self._plain(text, numbers=numbers)

    def arguments(self, text: str) -> str:
        """Return a model's own arguments as they may go back to it: its numbers are a plan's."""
        parsed = self._json(text.strip(), exact=True)
        return self._plain(text) if parsed is None else parsed

    def value(self, value: object) -> object:
        """Return a JSON value as it may leave, at any depth."""
        return self._value(value, "", exact=False, depth=0)

    def _json(self, text: str, *, exact: bool = False) -> str | None:
        if len(text) > LONGEST_JSON:
            return json.dumps(WITHHELD)
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return json.dumps(self._value(parsed, "", exact=exact, depth=0))

    def _value(self, value: object, key: str, *, exact: bool, depth: int) -> object:
        if depth > DEEPEST:
            return WITHHELD
        if isinstance(value, dict):
            exact = exact or self._numbers.is_plan(key)
            keys = self._texts(list(map(str, value)))
            items = self._items([(str(name), item) for name, item in value.items()], exact, depth)
            return dict(zip(keys, items, strict=True))
        if isinstance(value, list):
            exact = exact or self._numbers.is_plan(key)
            codes = [item for item in value if isinstance(item, int)]
            if len(codes) == len(value) >= _FEWEST_CODES and self._tells(decoded_numbers(codes)):
                return WITHHELD
            return self._items([(key, item) for item in value], exact, depth)
        if isinstance(value, str):
            return self._plain(value)
        if exact or self._numbers.is_plan(key):
            return value
        return self._numbers.value(value, key)

    def _items(self, items: list[tuple[str, object]], exact: bool, depth: int) -> list[object]:  # noqa: FBT001
        """Return the entries of one container; its texts are looked at side by side, too."""
        texts = iter(self._texts([item for _, item in items if isinstance(item, str)]))
        return [
            next(texts)
            if isinstance(item, str)
            else self._value(item, key, exact=exact, depth=depth + 1)
            for key, item in items
        ]

    def _texts(self, texts: list[str]) -> list[str]:
        """Return texts as they may leave; pieces that are one structure together are withheld."""
        held: set[int] = set()
        if len(texts) > 1 and self.policy.structures == "never":
            clear = [self._names.replaced(plain(text)) for text in texts]
            starts, at = [], 0
            for each in clear:
                starts.append(at)
                at += len(each) + 1
            joined = "\n".join(clear)
            if len(joined) > LONGEST_JSON:
                return [WITHHELD] * len(texts)
            for start, end in [*find_lines(joined), *find_encoded(joined, self._tells_structure)]:
                touched = [
                    n
                    for n, (begin, each) in enumerate(zip(starts, clear, strict=True))
                    if begin < end and begin + len(each) > start
                ]
                if len(touched) > 1:
                    held.update(touched)
        return [WITHHELD if n in held else self._plain(text) for n, text in enumerate(texts)]

    def _plain(self, text: str, *, numbers: bool = True) -> str:
        if len(text) > LONGEST_TEXT:
            return WITHHELD
        text = plain(text)
        if self.policy.structures == "never":
            text = _without(text, list(find_encoded(text, self._tells)))
        text = self._names.replaced(text)
        if self.policy.structures == "never":
            text = _without(text, [*find_lines(text), *find_names(text)])
        text = self.aliases.numbered(text)
        return self._numbers.text(text) if numbers else text

    def _tells(self, text: str) -> bool:
        """Return whether a decoded text holds a structure or a name."""
        return self._tells_structure(text) or self._names.holds(text)

    def _tells_structure(self, text: str) -> bool:
        return bool(len(text) >= MIN_ATOMS and (find_lines(text) or next(find_names(text), None)))


def _without(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    last = 0
    for start, end in sorted(spans):
        if end <= last:
            continue
        if start > last or not parts:
            parts += [text[last:start], WITHHELD]
        last = end
    return "".join(parts) + text[last:] if parts else text
