"""Parents of raw structures: standardised in killable processes, answered in input order."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Self, TypeAlias

import pandas as pd

from molagent.chem.sizes import MAX_HEAVY_ATOMS
from molagent.chem.standardize import standardizer_version
from molagent.ingest import parent_worker
from molagent.ingest.waiting import REFUSED, keep_waiting, take_worker
from molagent.ingest.workers import Answer, Worker, answer_tasks, cpu_count
from molagent.protocols import NullProgress, Progress

__all__ = ["PARENT_COLUMNS", "ParentFinder", "find_parents", "too_long"]

PARENT_COLUMNS: Final = (
    "smiles",
    "inchikey",
    "connectivity",
    "scaffold",
    "structure",
    "salt",
    "stereo_note",
    "reason",
    "standardizer",
)
# Starting a second process takes longer than standardising this many structures in one.
_ONE_PROCESS_BELOW: Final = 400
# The longest SMILES of real drugs spend about 4 characters a heavy atom (stereo, charges, rings).
_CHARACTERS_PER_ATOM: Final = 10
# A line of 70 characters an atom and as many bonds, with room for V3000 and query lines.
_MOLBLOCK_CHARACTERS_PER_ATOM: Final = 400
_SHOWN: Final = 60
# Answers that are remembered: a library of that size repeats its structures within it.
_REMEMBERED: Final = 200_000

_Fields: TypeAlias = Answer


def find_parents(
    raw_smiles: Sequence[str],
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    limit_s: float = 10.0,
    max_atoms: int = MAX_HEAVY_ATOMS,
) -> pd.DataFrame:
    """Return the standardised parent of each structure, one row a structure in input order.

    Parameters
    ----------
    raw_smiles
        Structures as they stand in a file: SMILES or molblocks.
    workers
        Processes; by default one a CPU, and one for fewer than 400 different structures. 0
        standardises in this process, where `limit_s` cannot be enforced: for tests only.
    limit_s
        Longest time for one structure; what takes longer is refused and its process ended.
    max_atoms
        Largest number of heavy atoms. Text too long for that is refused without parsing it.

    Returns
    -------
    pandas.DataFrame
        `PARENT_COLUMNS`; ``inchikey`` is the substance's key, with a tag where it is more than its
        parent, and ``structure`` then its CXSMILES. ``reason`` is '' where there is a parent, else
        why there is none. ``salt`` is what was stripped, ``stereo_note`` what the structure as
        given says of its stereo and isotopes.
    """
    with ParentFinder(
        progress=progress, workers=workers, limit_s=limit_s, max_atoms=max_atoms
    ) as finder:
        return finder.find(raw_smiles)


class ParentFinder:
    """Standardises structures chunk by chunk: processes live on, and answers are remembered.

    Parameters are those of :func:`find_parents`.

    Examples
    --------
    >>> with ParentFinder(workers=0) as finder:
    ...     finder.find(["NCc1ccccc1.Cl", "NCc1ccccc1"])["smiles"].tolist()
    ['NCc1ccccc1', 'NCc1ccccc1']
    """

    def __init__(
        self,
        *,
        progress: Progress | None = None,
        workers: int | None = None,
        limit_s: float = 10.0,
        max_atoms: int = MAX_HEAVY_ATOMS,
    ) -> None:
        self._progress = progress or NullProgress()
        self._workers = workers
        self._limit_s = limit_s
        self._max_atoms = max_atoms
        self._slots: list[Worker] = []
        self._answers: OrderedDict[str, _Fields] = OrderedDict()

    def __enter__(self) -> Self:
        """Return the finder; processes start when they are needed."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Keep one process for the next finder, or after an error none."""
        self.close(keep_one=kind is None)

    def close(self, *, keep_one: bool = True) -> None:
        """End the processes; one may wait for the next finder for some minutes."""
        slots, self._slots = self._slots, []
        for slot in slots:
            if keep_one and slot.is_ready:
                keep_one = False
                keep_waiting(slot)
            else:
                slot.close()
                slot.end()

    def find(self, raw_smiles: Sequence[str]) -> pd.DataFrame:
        """Return `PARENT_COLUMNS` for each structure, in input order.

        Raises
        ------
        MolagentError
            If the processes do not start.
        """
        # A file names the same structure often: one answer serves all its rows.
        unique = dict.fromkeys(raw_smiles)
        self._progress.start("standardise", len(unique))
        answers: dict[str, _Fields] = {}
        for smiles in unique:
            if (known := self._answers.get(smiles)) is not None:
                answers[smiles] = known
            elif reason := too_long(smiles, self._max_atoms):
                answers[smiles] = (*REFUSED, reason)
        self._progress.advance(len(answers))
        tasks = [smiles for smiles in unique if smiles not in answers]
        answers.update(zip(tasks, self._standardized(tasks), strict=True))
        self._remember(answers, tasks)
        refused = sum(bool(fields[-1]) for fields in answers.values())
        self._progress.finish(f"{len(unique) - refused} parents, {refused} refused")
        frame = pd.DataFrame(
            [answers[smiles] for smiles in raw_smiles],
            columns=list(PARENT_COLUMNS[:-1]),
            dtype="str",
        )
        return frame.assign(standardizer=standardizer_version())

    def _standardized(self, tasks: Sequence[str]) -> list[_Fields]:
        if not tasks:
            return []
        workers = self._workers
        if workers is None:
            workers = cpu_count() if len(tasks) >= _ONE_PROCESS_BELOW else 1
        if workers == 0:
            fields: list[Answer] = []
            for smiles in tasks:
                fields.append(parent_worker.parent_fields(smiles, self._max_atoms))
                self._progress.advance()
            return fields
        while len(self._slots) < min(workers, len(tasks)):
            self._slots.append(take_worker(self._max_atoms))
        for slot in self._slots:
            slot.limit_s = self._limit_s
        try:
            return answer_tasks(tasks, self._slots[:workers], self._progress)
        except BaseException:
            # On an interrupt too: no process may outlive the call.
            self.close(keep_one=False)
            raise

    def _remember(self, answers: dict[str, _Fields], tasks: Sequence[str]) -> None:
        for smiles in tasks:
            self._answers[smiles] = answers[smiles]
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)


def too_long(text: str, max_atoms: int) -> str:
    """Return why a text is too long to be a structure of so many atoms; '' if it is not."""
    molblock = "M  END" in text
    per_atom = _MOLBLOCK_CHARACTERS_PER_ATOM if molblock else _CHARACTERS_PER_ATOM
    if len(text) <= max_atoms * per_atom:
        return ""
    return (
        f"{text[:_SHOWN]!r}... has {len(text)} characters, more than {max_atoms} heavy atoms "
        "need; leave out polymers and biologics"
    )
