"""Every PMO oracle by name."""

from pathlib import Path
from typing import Final

from benchmarks.pmo.oracles.models import MODELS, load_model_oracle
from benchmarks.pmo.oracles.modifiers import Oracle
from benchmarks.pmo.oracles.tasks import TASKS
from molagent.errors import NotFoundError

__all__ = ["ORACLE_NAMES", "load_oracle"]

ORACLE_NAMES: Final[tuple[str, ...]] = tuple(sorted([*TASKS, *MODELS]))
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
    ModelError
        If the model is not the one the benchmark is defined with.

    Examples
    --------
    >>> from rdkit import Chem
    >>> load_oracle("isomers_c7h8n2o2", None)([Chem.MolFromSmiles("NC(=O)c1ccc(O)cc1N")]).tolist()
    [1.0]
    """
    if name in TASKS:
        return TASKS[name]()
    if name in MODELS:
        return load_model_oracle(name, models)
    raise NotFoundError("oracle", name, known=ORACLE_NAMES)
