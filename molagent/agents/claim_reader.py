"""A language model reads a published claim and drafts it as data; a chemist confirms it or not.

What comes back is parsed as data and tried on its own members. It is a draft: it never counts as
covering a structure. The claim's text is published, so it may leave the machine where the user
names an endpoint; nothing of a project goes with it.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    LLMMessage,
    SystemMessage,
    UserMessage,
)

from molagent.errors import EndpointError, InputError, MolagentError
from molagent.patents.markush import claims, language
from molagent.patents.markush.claims import parse_claim
from molagent.patents.markush.drafting.drafts import ClaimDraft, write_draft
from molagent.patents.markush.drafting.files import Tables
from molagent.patents.markush.members import MemberTest, missing_tests, run_members

__all__ = ["ClaimReader", "ClaimText", "WrittenClaim"]

_SOURCE: Final = "claim_reader"
_WRITTEN: Final = frozenset(
    {"core", "site", "vary", "proviso", "filled", "isotopes", "salts"}
    | {"members", "non_members", "interpretation"}
)
# A claim of twenty pages is a mistake in copying, and would fill any model's window.
_MOST_TEXT: Final = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimText:
    """A claim as it was published, and where it was read.

    Attributes
    ----------
    text
        The claim, word by word, with the definitions it refers to.
    claim
        Its number, as a string.
    kind
        ``compound``, ``method of treatment``, ``process``.
    source
        Where the text was read.
    """

    publication_number: str
    claim: str
    text: str
    source: str
    read_on: date
    kind: str = "compound"

    def __post_init__(self) -> None:
        """Refuse an answer that is not a claim."""
        if not self.text.strip():
            raise InputError("the claim has no text", remedy="give its words")
        if len(self.text) > _MOST_TEXT:
            raise InputError(
                f"{len(self.text)} characters are more than {_MOST_TEXT}",
                place=self.publication_number,
                remedy="give one claim and the definitions that it refers to",
            )


@dataclass(frozen=True, slots=True)
class WrittenClaim:
    """A draft that a model wrote.

    Attributes
    ----------
    draft
        As it stands in its file, with its tests.
    complaints
        What was wrong with the model's answers, one an answer that was refused.
    """

    draft: ClaimDraft
    complaints: tuple[str, ...]


class ClaimReader:
    """Asks a model to write a claim as data, and tells it what does not hold.

    Parameters
    ----------
    client
        Any AutoGen model client; see :func:`molagent.agents.clients.model_client`.
    name
        The model's name, for the draft's history.
    attempts
        How often it may correct itself.
    """

    def __init__(self, client: ChatCompletionClient, *, name: str, attempts: int = 3) -> None:
        self._client = client
        self._name = name
        self._attempts = attempts

    def read(self, claim: ClaimText, path: Path) -> WrittenClaim:
        """Draft a claim into a new file.

        A draft whose members and non-members do not all hold is written all the same once the
        attempts are used up; its tests say which. An answer that is not a claim at all is not.

        Raises
        ------
        InputError
            If the file exists.
        EndpointError
            If no answer was a claim; the message is the last complaint.
        """
        if path.exists():
            raise InputError("the file exists", place=str(path), remedy="name a new file")
        return asyncio.run(self._read(claim, path))

    async def _read(self, claim: ClaimText, path: Path) -> WrittenClaim:
        messages: list[LLMMessage] = [
            SystemMessage(content=_instructions()),
            UserMessage(content=_question(claim), source=_SOURCE),
        ]
        complaints: list[str] = []
        usable: Tables | None = None
        while len(complaints) < self._attempts:
            answer = await self._client.create(
                messages, json_output=True if self._client.model_info["json_output"] else None
            )
            said = answer.content if isinstance(answer.content, str) else ""
            tables, complaint = _tried(claim, said)
            usable = tables or usable
            if not complaint:
                break
            complaints.append(complaint)
            messages += [
                AssistantMessage(content=said, source=_SOURCE),
                UserMessage(content=f"This does not hold: {complaint}", source=_SOURCE),
            ]
        if usable is None:
            raise EndpointError(
                f"{self._attempts} answers of {self._name} are no claim: {complaints[-1]}",
                place=f"{claim.publication_number} claim {claim.claim}",
                remedy="write the draft by hand, or ask another model",
            )
        draft = write_draft(usable, path, by=f"program {self._name}", on=claim.read_on)
        return WrittenClaim(draft, tuple(complaints))


def _tried(claim: ClaimText, said: str) -> tuple[Tables | None, str]:
    """Return the tables of an answer that is a claim, and what is wrong with it."""
    try:
        tables = {"members": [], "non_members": [], **_object(said), **_head(claim)}
        read = parse_claim({**tables, "status": "draft"}, place="the answer")
    except MolagentError as error:
        return None, str(error)
    tests = run_members(read)
    failed = [_failure(test) for test in tests if not test.passed]
    return tables, "; ".join(failed or missing_tests(tests))


def _instructions() -> str:
    prompt = files("molagent.agents").joinpath("prompts", "claim_reader.md").read_text("utf-8")
    return f"{prompt}\n\n# The language\n\n{language.__doc__}\n\n# A claim\n\n{claims.__doc__}"


def _question(claim: ClaimText) -> str:
    return f"Claim {claim.claim} of {claim.publication_number} ({claim.kind}):\n\n{claim.text}"


def _object(said: str) -> dict[str, Any]:
    """Return the JSON object of an answer, which may stand in a code fence."""
    first, last = said.find("{"), said.rfind("}")
    if not 0 <= first < last:
        raise InputError("the answer holds no JSON object", remedy="answer with one JSON object")
    try:
        tables: dict[str, Any] = json.loads(said[first : last + 1])
    except (ValueError, RecursionError) as error:
        raise InputError(f"the answer is not JSON ({error})", remedy="correct it") from error
    if unknown := sorted(set(tables) - _WRITTEN):
        raise InputError(f"unknown key {unknown[0]!r}", remedy=f"use {', '.join(sorted(_WRITTEN))}")
    return tables


def _head(claim: ClaimText) -> Mapping[str, Any]:
    """Return what the user said of the claim: a model does not say where it was read."""
    return {
        "claim_id": f"{claim.publication_number}/{claim.claim}",
        "publication_number": claim.publication_number,
        "claim": int(claim.claim) if claim.claim.isdigit() else claim.claim,
        "kind": claim.kind,
        "source": claim.source,
        "read_on": claim.read_on,
        "text": claim.text,
    }


def _failure(test: MemberTest) -> str:
    word = "member" if test.expected else "non-member"
    if test.inside is None:
        return f"{word} {test.smiles} could not be tried ({test.why})"
    return f"{word} {test.smiles} falls {'inside' if test.inside else 'outside'} ({test.why})"
