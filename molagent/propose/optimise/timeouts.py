"""A time limit for a call that cannot be ended.

The call runs in a thread. If it does not return in time, the thread is left behind: Python cannot
end it, it goes on using its processor, and a call that holds the interpreter's lock (some C++ code
does) is not even noticed before it lets go. Code that may hang belongs in a process of its own,
see :mod:`molagent.propose.optimise.isolated`.
"""

import threading
from collections.abc import Sequence

from molagent.propose.optimise.components import Evaluate
from molagent.propose.optimise.isolated import IsolatedFunction

__all__ = ["call_within"]


def call_within(evaluate: Evaluate, smiles_list: Sequence[str], timeout_s: float | None) -> object:
    """Return ``evaluate(smiles_list)``.

    Without a limit the call runs in the caller's thread.

    Raises
    ------
    TimeoutError
        If it took longer than `timeout_s`.
    Exception
        Whatever `evaluate` raised.

    Examples
    --------
    >>> call_within(len, ["CCO", "CCN"], 5.0)
    2
    """
    # A copy: a component that edits its argument must not change the caller's batch.
    batch = list(smiles_list)
    if isinstance(evaluate, IsolatedFunction):
        return evaluate.call(batch, timeout_s)
    if timeout_s is None:
        return evaluate(batch)
    answers: list[object] = []
    faults: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(evaluate(batch))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            faults.append(error)

    thread = threading.Thread(target=work, name="objective component", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise TimeoutError(f"no answer within {timeout_s:g} s")
    if faults:
        raise faults[0]
    return answers[0]
