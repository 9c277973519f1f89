"""Every PMO oracle by name."""

from pathlib import Path
from typing import Final

from molagent.bench.pmo.oracles.modifiers import Oracle
from molagent.bench.pmo.oracles.tasks import TASKS
from molagent.errors import InputError, NotFoundError

__all__ = ["ORACLE_NAMES", "load_oracle"]

MODEL_NAMES: Final = ("drd2", "gsk3b", "jnk3")

ORACLE_NAMES: Final[tuple[str, ...]] = tuple(sorted([*TASKS, *MODEL_NAMES]))
"""The 23 oracles of PMO in alphabetical order."""


def load_oracle(name: str, models: Path | None) -> Oracle:
    """Return the oracle `name`.

    Parameters
    ----------
    name
        One of :data:`ORACLE_NAMES`.
    models
        The unpacked molscore wheel, for drd2, gsk3b and jnk3; the other twenty need none.

    Returns
    -------
    Oracle
        Takes a batch of sanitised molecules, returns a value of 0 to 1 for each.

    Raises
    ------
    NotFoundError
        If there is no such oracle.
    InputError
        If the oracle needs `models` and did not get it.

    Examples
    --------
    >>> from rdkit import Chem
    >>> load_oracle("isomers_c7h8n2o2", None)([Chem.MolFromSmiles("NC(=O)c1ccc(O)cc1N")]).tolist()
    [1.0]
    """
    if name in TASKS:
        return TASKS[name]()
    if name not in MODEL_NAMES:
        raise NotFoundError("oracle", name, known=ORACLE_NAMES)
    raise InputError(f"oracle {name!r} has no trained model in {models}")
