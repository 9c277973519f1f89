"""Aliases: what a remote model calls the objectives, endpoints, targets and series of a project.

The names go out as ``objective_1``, ``endpoint_2`` and so on, and what the model says of an alias
comes back as what is said of the name. Aliases are numbers in an order, not hashes: nobody who
guesses a name or a structure can check the guess.
"""

import json
import re
import threading
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from molagent.agents.confidential_names import is_vocabulary

__all__ = ["Aliases"]

_ALIAS: Final = re.compile(r"\b(?:objective|endpoint|target|series|hash)_\d+\b")
# Ids that are hashes: of a series' scaffold, which can be guessed, and of models and files.
_HASHED: Final = re.compile(
    r"(?<![0-9A-Za-z\-])(?:S-[0-9a-f]{8}|(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{12,64})(?![0-9A-Za-z])"
)


class Aliases:
    """Both directions of what stands for what, for one decision.

    Parameters
    ----------
    objectives, endpoints, targets
        Names; one that is a word of the conversation itself stays as it is.

    Examples
    --------
    >>> aliases = Aliases(objectives=["FalconX potency"], endpoints=["zq7_pki"])
    >>> dict(aliases.names)
    {'FalconX potency': 'objective_1', 'zq7_pki': 'endpoint_1'}
    >>> aliases.named("raise objective_1, the model of endpoint_1 holds")
    'raise FalconX potency, the model of zq7_pki holds'
    """

    def __init__(
        self,
        *,
        objectives: Iterable[str] = (),
        endpoints: Iterable[str] = (),
        targets: Iterable[str] = (),
    ) -> None:
        self._lock = threading.Lock()
        self._aliases: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._hashed: dict[str, str] = {}
        for kind, names in (
            ("objective", objectives),
            ("endpoint", endpoints),
            ("target", targets),
        ):
            for name in sorted(set(names)):
                if name not in self._aliases and not is_vocabulary(name):
                    self._aliases[name] = self._new(kind, name)

    @property
    def names(self) -> Mapping[str, str]:
        """Name to alias."""
        return MappingProxyType(self._aliases)

    def numbered(self, text: str) -> str:
        """Return text with ids that are hashes replaced by numbered ones."""
        return _HASHED.sub(self._numbered, text)

    def named(self, text: str) -> str:
        """Return text with aliases replaced by what they stand for."""
        return _ALIAS.sub(lambda match: self._names.get(match.group(), match.group()), text)

    def named_json(self, text: str) -> str:
        """Return JSON with aliases replaced in its texts and keys; what is no JSON stays."""
        if not _ALIAS.search(text):
            return text
        try:
            value = json.loads(text)
            return json.dumps(self._named_value(value))
        except (ValueError, RecursionError):
            return text

    def _named_value(self, value: object) -> object:
        if isinstance(value, str):
            return self.named(value)
        if isinstance(value, list):
            return [self._named_value(item) for item in value]
        if isinstance(value, dict):
            return {self.named(key): self._named_value(item) for key, item in value.items()}
        return value

    def _numbered(self, match: re.Match[str]) -> str:
        name = match.group()
        with self._lock:  # the agents of one decision share the aliases
            if name not in self._hashed:
                self._hashed[name] = self._new("series" if name[:2] == "S-" else "hash", name)
            return self._hashed[name]

    def _new(self, kind: str, name: str) -> str:
        number = 1 + sum(alias.startswith(f"{kind}_") for alias in self._names)
        while f"{kind}_{number}" in self._aliases:  # a project may call its own thing so
            number += 1
        self._names[f"{kind}_{number}"] = name
        return f"{kind}_{number}"
