"""Names that stay inside, in text that leaves: what stands for each, and which words stay."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from molagent.spelled_names import SHORTEST_NAME, SpelledNames, squeezed

__all__ = ["NameTable", "is_kept_word", "is_vocabulary"]

_WORD: Final = re.compile(r"\S+")
_LONGEST_NUMBER: Final = 4
_LEAST: Final = 3
_OWN_ID: Final = re.compile(r"(?:[A-Z]{2}-\d{6,}|P\d+-\d{4,}|A\d{1,3}|S-[0-9a-f]{8})$")
# Words of the conversation itself: a name that is one of them says nothing, and without them no
# answer could be read.
_VOCABULARY: Final = frozenset(
    _WORD.findall(
        """
    about accept accepted accept_plan actor action actions alerts ask_again asked auroc
    avoid_claim best best_by_cycle bounds call campaign chair checked choose_scaffold
    choose_seeds claim claim_id claims compound compound_id compounds count coverage_90
    current_plan cycle cycles cycles_planned data data_analyst decorate de_novo designer
    desirability draft edit edits endpoint endpoints exploration false fail filter funnel
    gated generator generators generator_yield graph history in_domain judgements kind leaders
    leaders_in_domain left level levels limit link made max maximise mean measured min minimise
    mix mode model models model_hash model_trust n n_series n_train nearest_id
    nearest_similarity neighbours none not_checked not_found null objective objectives
    one_step overlap overlap_summary parameters parents pass passed patent_analyst patents plan
    plans playbook policy predictions project property_scientist proposal proposals proposed
    publication_number question questions quoted_notes r2 range ranked reaction reactions
    reason reasons reliable replace rmse scaffold scaffold_id scaffolds searched seed seed_ids seeds
    sentence series set_mix similarity source sources spearman stage status std steps stop
    stopped_by structure structures taken target test the title tool transforms true type unit
    unknown user value values verdict weight weights withheld
    """
    )
)


def is_vocabulary(name: str) -> bool:
    """Return whether a name is a word of the conversation itself."""
    return not name.strip() or name.strip().casefold() in _VOCABULARY


def is_kept_word(name: str) -> bool:
    """Return whether text cannot do without a name: ids, numbers, words of the tools."""
    text = name.strip()
    return (
        is_vocabulary(text)
        or _OWN_ID.match(text) is not None
        or (text.isdecimal() and len(text) <= _LONGEST_NUMBER)
        or len(squeezed(text)) < _LEAST
    )


class NameTable:
    """Replaces names by what stands for them.

    Parameters
    ----------
    replacements
        Name to what takes its place. Names that text cannot do without are passed over.
    exact
        As `replacements`, for names that are looked for as they are written, however short.
    """

    def __init__(
        self, replacements: Mapping[str, str], exact: Mapping[str, str] | None = None
    ) -> None:
        self._exact = dict(exact or {})
        self._loose: dict[str, str] = {}
        for name, text in {**self._exact, **replacements}.items():
            key = squeezed(name)
            if len(key) < SHORTEST_NAME:
                if name not in self._exact and not is_kept_word(name):
                    self._exact[name] = text
            elif name in self._exact or not is_kept_word(name):
                self._loose.setdefault(key, text)
        self._spelled = SpelledNames(self._loose)
        short = sorted((name for name in self._exact if name), key=len, reverse=True)
        any_of = "|".join(map(re.escape, short))
        self._short = re.compile(rf"(?<![A-Za-z0-9])(?:{any_of})(?![A-Za-z0-9])") if short else None

    def replaced(self, text: str) -> str:
        """Return text with every name replaced, longer names first."""
        parts, last = [], 0
        for start, end, word in self._found(text):
            parts += [text[last:start], word]
            last = end
        return "".join(parts) + text[last:] if parts else text

    def holds(self, text: str) -> bool:
        """Return whether a name stands in text."""
        return next(self._found(text), None) is not None

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        found = []
        if self._short is not None:
            found += [(*m.span(), self._exact[m.group()]) for m in self._short.finditer(text)]
        for start, end, key in self._spelled.find(text):
            # Two names may be spelled alike: the one that is written just so comes first.
            found.append((start, end, self._exact.get(text[start:end], self._loose[key])))
        last = 0
        for start, end, word in sorted(found, key=lambda each: (each[0], -each[1])):
            if start >= last:
                yield start, end, word
                last = end
