"""Running one component on a batch, whatever it does: raise, hang, or answer nonsense.

A call that fails is cut in two until the structures at fault stand alone. They stay unknown (NaN),
each with a note; the others get their values. Nothing that a component does ends a run.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from molagent.errors import InputError
from molagent.propose.optimise.components import ObjectiveComponent
from molagent.propose.optimise.isolated import ComponentCrashError
from molagent.propose.optimise.timeouts import call_within
from molagent.records import FloatArray

__all__ = ["GIVE_UP_AFTER", "Trial"]

#: A component that timed out in so many batches in a row, with no value in any, is not asked again.
GIVE_UP_AFTER: Final = 3
# Enough to find one structure that hangs among 128; more of them are not worth the waiting.
_TIMEOUTS_A_BATCH: Final = 8
_SHOWN: Final = 60


@dataclass
class _Answers:
    """The values of one batch as they come in."""

    values: FloatArray
    notes: list[str]
    timeouts: int = 0
    known: int = 0


@dataclass
class Trial:
    """One component and how it has behaved in this run.

    Attributes
    ----------
    fruitless
        Batches in a row that timed out and gave no value.
    given_up
        Why it is not asked any more; "" while it is.
    """

    component: ObjectiveComponent
    fruitless: int = 0
    given_up: str = field(default="")

    def run(self, smiles_list: Sequence[str]) -> tuple[FloatArray, list[str]]:
        """Return ``N`` values, NaN where there is none, and ``N`` notes that say why.

        At most ``2 N - 1`` calls. In this process a call that times out is not cut in two, for its
        thread cannot be ended and each half would leave another one behind.
        """
        count = len(smiles_list)
        answers = _Answers(np.full(count, np.nan), [""] * count)
        if self.given_up:
            answers.notes = [f"{self.component.name}: {self.given_up}"] * count
        elif count:
            self._ask(smiles_list, 0, count, answers)
            self._reckon(answers)
        return answers.values, answers.notes

    def _ask(self, smiles_list: Sequence[str], start: int, stop: int, answers: _Answers) -> None:
        component = self.component
        try:
            answer = call_within(component.evaluate, smiles_list[start:stop], component.timeout_s)
            values, notes = _numbers(answer, stop - start, component.missing)
        except TimeoutError as error:
            answers.timeouts += 1
            divisible = component.isolated and answers.timeouts < _TIMEOUTS_A_BATCH
            self._failed(smiles_list, start, stop, answers, error, divisible=divisible)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - see the module's first line
            self._failed(smiles_list, start, stop, answers, error, divisible=True)
        else:
            answers.values[start:stop] = values
            answers.known += stop - start
            for place, note in enumerate(notes, start=start):
                if note:
                    answers.notes[place] = f"{component.name}: {note}"

    def _failed(
        self,
        smiles_list: Sequence[str],
        start: int,
        stop: int,
        answers: _Answers,
        error: BaseException,
        *,
        divisible: bool,
    ) -> None:
        if divisible and stop - start > 1:
            middle = (start + stop) // 2
            self._ask(smiles_list, start, middle, answers)
            self._ask(smiles_list, middle, stop, answers)
            return
        for place in range(start, stop):
            answers.notes[place] = (
                f"{self.component.name}: {_sentence(error)} (position {place}, "
                f"{smiles_list[place][:_SHOWN]})"
            )

    def _reckon(self, answers: _Answers) -> None:
        """Count the batches in a row that brought nothing but waiting."""
        if not answers.timeouts or answers.known:
            self.fruitless = 0
            return
        self.fruitless += 1
        if self.fruitless >= GIVE_UP_AFTER:
            self.given_up = (
                f"given up after {GIVE_UP_AFTER} batches in a row without an answer within "
                f"{self.component.timeout_s:g} s"
            )


def _sentence(error: BaseException) -> str:
    # What an isolated function raised stands in the message already.
    if isinstance(error, ComponentCrashError):
        return str(error)
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _numbers(answer: object, count: int, missing: str) -> tuple[FloatArray, list[str]]:
    """Return an answer as `count` finite numbers or NaN, each NaN with a note.

    Raises
    ------
    InputError
        If it is not a flat list of `count` values: no value can then be told to be of which.
    """
    if not isinstance(answer, Iterable) or isinstance(answer, str | bytes | Mapping):
        raise InputError(
            f"{type(answer).__name__} is not a list of numbers",
            remedy="return one number a structure",
        )
    listed = answer.tolist() if isinstance(answer, np.ndarray) else list(answer)
    if len(listed) != count:
        raise InputError(
            f"{len(listed)} values for {count} structures", remedy="return one number a structure"
        )
    pairs = [_number(value, missing) for value in listed]
    return np.array([value for value, _ in pairs], dtype=np.float64), [note for _, note in pairs]


def _number(value: object, missing: str) -> tuple[float, str]:
    if value is None:
        return math.nan, missing
    if isinstance(value, str | bytes) or not hasattr(value, "__float__"):
        return math.nan, f"{str(value)[:_SHOWN]!r} is not a number"
    number = float(value)
    if math.isnan(number):
        return math.nan, missing
    if math.isinf(number):
        return math.nan, f"{number:g} is not a finite number"
    return number, ""
