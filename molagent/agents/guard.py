"""What leaves the machine is a policy: structures, names and values in outgoing text.

A remote model is shown ids. This module finds what is not an id in text that is about to leave
and takes it out. It recognises structures by parsing them, names from a list it is given, and
numbers by their form. It cannot recognise a systematic chemical name that is not on the list.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

__all__ = ["OutgoingPolicy", "OutgoingRequest", "Scrubber", "log_outgoing"]

WITHHELD = "[withheld]"
MIN_HEAVY_ATOMS = 5
SIGNIFICANT_DIGITS = 2

_INCHI = re.compile(r"InChI=[^\s\"']+")
# The first block alone already finds the structure in public databases.
_INCHIKEY = re.compile(r"(?<![A-Za-z0-9])[A-Z]{14}(?:-[A-Z]{10}(?:-[A-Z])?)?(?![A-Za-z0-9])")
_RUN = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$:/\\.%*~&;,!]{5,}")
_BREAKS = frozenset(":=,;()[]./\\-")
_DECIMAL = re.compile(r"(?<![\w.\-])-?\d+\.\d+(?:[eE][+-]?\d+)?(?![\w]|\.\d)")
# A run of text is tried piece by piece between separators; more pieces than this are withheld.
MAX_PIECES = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPolicy:
    """What a remote model may see.

    Attributes
    ----------
    structures
        ``never``: whatever parses as a structure of five or more heavy atoms is withheld.
    names
        Compound names are withheld (``never``) or replaced by their ids (``ids``); project names
        are withheld in both cases.
    values
        Numbers with decimals: two significant digits, as they are, or withheld. Counts are whole
        numbers and stay.
    compound_names
        Name to id.
    project_names
        Project, target and company names that stay inside.
    """

    structures: Literal["never", "exact"] = "never"
    names: Literal["never", "ids"] = "never"
    values: Literal["rounded", "exact", "withheld"] = "rounded"
    compound_names: Mapping[str, str] = field(default_factory=dict)
    project_names: tuple[str, ...] = ()


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

    Examples
    --------
    >>> Scrubber(OutgoingPolicy()).text("P1-0007 is CC(=O)Oc1ccccc1C(=O)O at 8.1234")
    'P1-0007 is [withheld] at 8.1'
    """

    def __init__(self, policy: OutgoingPolicy) -> None:
        self.policy = policy
        names = {name: WITHHELD for name in policy.project_names if name}
        for name, identifier in policy.compound_names.items():
            if name:
                names[name] = identifier if policy.names == "ids" else WITHHELD
        self._names = {name.casefold(): text for name, text in names.items()}
        self._pattern = _any_of(names)

    def text(self, text: str) -> str:
        """Return text as it may leave; JSON keeps its form."""
        stripped = text.strip()
        if stripped[:1] in {"{", "["}:
            try:
                return json.dumps(self.value(json.loads(stripped)))
            except json.JSONDecodeError:
                pass
        # The opening message is a sentence with one JSON object behind it.
        head, brace, tail = text.partition("\n{")
        if brace:
            try:
                parsed = json.loads("{" + tail)
            except json.JSONDecodeError:
                return self._plain(text)
            return f"{self._plain(head)}\n{json.dumps(self.value(parsed))}"
        return self._plain(text)

    def value(self, value: object) -> object:
        """Return a JSON value as it may leave, at any depth."""
        if isinstance(value, dict):
            return {self._plain(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, str):
            return self._plain(value)
        if isinstance(value, float):
            return self._number(value)
        return value

    def _plain(self, text: str) -> str:
        if self.policy.structures == "never":
            text = _INCHIKEY.sub(WITHHELD, _INCHI.sub(WITHHELD, text))
            text = _RUN.sub(lambda match: _without_structures(match.group()), text)
        if self._pattern is not None:
            text = self._pattern.sub(lambda match: self._names[match.group().casefold()], text)
        if self.policy.values != "exact":
            text = _DECIMAL.sub(lambda match: str(self._number(float(match.group()))), text)
        return text

    def _number(self, value: float) -> float | str:
        if self.policy.values == "withheld":
            return WITHHELD
        if self.policy.values == "rounded":
            return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
        return value


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for whole names in any case, longest first."""
    longest = sorted(names, key=lambda name: (-len(name), name))
    if not longest:
        return None
    return re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(name) for name in longest) + r")(?!\w)", re.IGNORECASE
    )


@lru_cache(maxsize=4096)
def _without_structures(run: str) -> str:
    """Return a run of text without its longest pieces that are structures."""
    if len(run) < MIN_HEAVY_ATOMS or not any(c in "CcNnOo#[" for c in run):
        return run
    if _is_structure(run):
        return WITHHELD
    cuts = [0, *(i for i, c in enumerate(run) if c in _BREAKS), len(run)]
    starts = sorted({*cuts, *(i + 1 for i in cuts if i < len(run))})
    ends = sorted({*cuts[1:], *(i + 1 for i in cuts[1:] if i < len(run))})
    pieces = [(s, e) for s in starts for e in ends if e - s >= MIN_HEAVY_ATOMS]
    pieces.sort(key=lambda piece: (piece[0] - piece[1], piece))
    for start, end in pieces[:MAX_PIECES]:
        if _is_structure(run[start:end]):
            return _without_structures(run[:start]) + WITHHELD + _without_structures(run[end:])
    return WITHHELD if len(pieces) > MAX_PIECES else run


def _is_structure(text: str) -> bool:
    """Return whether text parses as a SMILES, or as a bracketed SMARTS, of enough atoms."""
    from rdkit import Chem, rdBase

    plain = text.replace("\\\\", "\\")
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(plain, sanitize=False)
        if mol is None and "[" in plain:
            mol = Chem.MolFromSmarts(plain)
    return mol is not None and mol.GetNumAtoms() >= MIN_HEAVY_ATOMS
