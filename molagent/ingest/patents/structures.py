"""Parents, keys and fingerprints of raw structures, in killable processes."""

from collections.abc import Sequence
from dataclasses import asdict

import pyarrow as pa

from molagent.chem.sizes import MAX_HEAVY_ATOMS
from molagent.closing import Closing
from molagent.ingest.parents import too_long
from molagent.ingest.patents import structure_worker
from molagent.ingest.workers import Answer, Worker, answer_tasks, cpu_count
from molagent.patents.index.manifest import IndexSettings
from molagent.protocols import NullProgress, Progress
from molagent.store.patents.structures import STRUCTURE_SCHEMA

__all__ = ["StructureComputer"]


class StructureComputer(Closing):
    """Computes structures batch by batch; a structure that hangs is flagged and left behind.

    Parameters
    ----------
    workers
        Processes; by default one a CPU. 0 computes in this process, where `limit_s` cannot be
        enforced: for tests only.
    limit_s
        Longest time for one structure.
    max_atoms
        Largest number of heavy atoms. Text too long for that is not parsed.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        limit_s: float = 10.0,
        max_atoms: int = MAX_HEAVY_ATOMS,
    ) -> None:
        self._n_workers = cpu_count() if workers is None else workers
        self._limit_s = limit_s
        self._max_atoms = max_atoms
        self._workers: list[Worker] = []

    @property
    def settings(self) -> dict[str, object]:
        """Versions and limits that decide what is computed."""
        return {
            **asdict(IndexSettings()),
            "max_atoms": self._max_atoms,
            "limit_s": self._limit_s,
        }

    def close(self) -> None:
        """End the processes."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.close()
            worker.end()

    def compute(self, structures: Sequence[str], progress: Progress | None = None) -> pa.Table:
        """Return one row a structure, in input order, as ``STRUCTURE_SCHEMA`` says."""
        shown = progress or NullProgress()
        long = {
            text: _refused(reason, flag="too_large")
            for text in structures
            if (reason := too_long(text, self._max_atoms))
        }
        shown.advance(len(long))
        tasks = [text for text in structures if text not in long]
        answers = {**long, **dict(zip(tasks, self._answers(tasks, shown), strict=True))}
        rows = [(text, *_values(answers[text])) for text in structures]
        columns = zip(*rows, strict=True) if rows else ([] for _ in STRUCTURE_SCHEMA)
        return pa.table(
            [
                pa.array(list(column), type=field.type)
                for column, field in zip(columns, STRUCTURE_SCHEMA, strict=True)
            ],
            schema=STRUCTURE_SCHEMA,
        )

    def _answers(self, tasks: Sequence[str], progress: Progress) -> list[Answer]:
        if not tasks:
            return []
        if self._n_workers == 0:
            answers: list[Answer] = []
            for text in tasks:
                answers.append(structure_worker.structure_fields(text, self._max_atoms))
                progress.advance()
            return answers
        while len(self._workers) < min(self._n_workers, len(tasks)):
            self._workers.append(Worker(structure_worker.__file__, (str(self._max_atoms),), _ended))
        for worker in self._workers:
            worker.limit_s = self._limit_s
        return answer_tasks(tasks, self._workers, progress)


def _ended(reason: str, late: bool) -> Answer:  # noqa: FBT001 - as workers call it
    return _refused(reason, flag="hung" if late else "crashed")


def _refused(reason: str, *, flag: str) -> Answer:
    return (*[""] * (structure_worker.N_FIELDS - 2), flag, reason)


def _values(answer: Answer) -> tuple[str | bytes | None, ...]:
    *texts, words, flag, reason = answer
    return (*(text or None for text in texts), bytes.fromhex(words) or None, flag, reason)
