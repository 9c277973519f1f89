"""Who wrote what, when and from where; what counted then; who may see it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from molagent.store.database import Database

# What governs is imported where it is asked for: an ingest of a few rows asks for none of it.
if TYPE_CHECKING:
    from molagent.store.audit import AuditHead
    from molagent.store.export import ExportReceipt
    from molagent.store.lineage_tree import Source
    from molagent.store.restorations import Restoration
    from molagent.store.roles import Role, RoleView
    from molagent.store.snapshots import Snapshot
    from molagent.store.verify import AuditReport

__all__ = ["Governance"]


class Governance:
    """Corrections, lineage, snapshots, the audit trail, series and roles of one project file.

    Parameters
    ----------
    db
        The project file.
    """

    def __init__(self, db: Database) -> None:
        self.db = db

    def correct(
        self,
        result_id: int,
        *,
        reason: str,
        actor: str = "",
        value: float | None = None,
        unit: str = "",
        relation: str = "",
        scale: str = "",
    ) -> int:
        """Replace one value by a new row that says who and why; return its id.

        A value without a `unit` is on the scale that the file gave the result in.
        """
        from molagent.store.corrections import correct_result

        return correct_result(
            self.db,
            result_id,
            actor=actor or self.db.actor,
            reason=reason,
            value=value,
            unit=unit,
            relation=relation,
            scale=scale,
        )

    def mark(self, result_id: int, validity: str, *, reason: str, actor: str = "") -> int:
        """Call one result ``valid``, ``suspect`` or ``invalid``; return the new row's id."""
        from molagent.store.corrections import mark_result

        return mark_result(
            self.db, result_id, validity, actor=actor or self.db.actor, reason=reason
        )

    def trace(self, reference: str) -> "Source":
        """Return where a number comes from: a tree that prints, down to the rows of files.

        Parameters
        ----------
        reference
            ``result:12``, ``value:MA-000001/jak1_pki``, ``curve:3``, ``compound:MA-000001``,
            ``prediction:...`` and so on, see :func:`molagent.store.lineage.find_source`.

        Examples
        --------
        >>> from molagent import AssayData
        >>> data = AssayData.open("jak1.duckdb")  # doctest: +SKIP
        >>> data.trace("value:MA-000001/jak1_pki").rows()  # doctest: +SKIP
        [('jak1.csv', 2), ('later.csv', 17)]
        """
        from molagent.store.lineage import find_source

        return find_source(self.db, reference)

    def history(self, result_id: int) -> pd.DataFrame:
        """Return every revision of the row that a result is of, the file's own first."""
        from molagent.store.corrections import load_history

        return load_history(self.db, result_id)

    def corrections(self) -> pd.DataFrame:
        """Return every correction: who, when, why, from which value to which."""
        from molagent.store.corrections import load_corrections

        return load_corrections(self.db)

    def snapshot(self, name: str, *, endpoints: Sequence[str] = (), note: str = "") -> "Snapshot":
        """List what counts now under a name and a SHA-256, for good."""
        from molagent.store.snapshots import create_snapshot

        return create_snapshot(self.db, name, endpoints=endpoints, note=note)

    def snapshots(self) -> pd.DataFrame:
        """Return the snapshots, oldest first."""
        from molagent.store.snapshots import load_snapshots

        return load_snapshots(self.db)

    def load_snapshot(self, name: str, *, endpoint: str = "") -> pd.DataFrame:
        """Return the results of a snapshot as they were when it was taken."""
        from molagent.store.snapshots import load_snapshot

        return load_snapshot(self.db, name, endpoint=endpoint)

    def diff(self, before: str, after: str = "") -> pd.DataFrame:
        """Return what changed between two snapshots, or since one."""
        from molagent.store.restorations import diff_snapshots

        return diff_snapshots(self.db, before, after)

    def restore(self, name: str, *, reason: str) -> "Restoration":
        """Let exactly the results of a snapshot count again; nothing is deleted on the way."""
        from molagent.store.restorations import restore_snapshot

        return restore_snapshot(self.db, name, reason=reason)

    def audit(self, **filters: object) -> pd.DataFrame:
        """Return the audit trail, oldest first; filtered as in :func:`load_audit`."""
        from molagent.store.audit import load_audit

        return load_audit(self.db, **filters)  # type: ignore[arg-type]

    def verify(self, head: "AuditHead | str | None" = None) -> "AuditReport":
        """Follow the audit trail and hold the tables against it.

        Parameters
        ----------
        head
            A head that was kept elsewhere: also shows a trail whose tail was cut off.
        """
        from molagent.store.verify import verify_audit

        return verify_audit(self.db, head=head)

    def define_series(
        self,
        name: str,
        *,
        core: str = "",
        compound_ids: Sequence[str] = (),
        confidential: bool = False,
    ) -> int:
        """Name a set of compounds by a core (SMARTS) or by ids; return how many they are."""
        from molagent.store.series import define_series

        return define_series(
            self.db, name, core=core, compound_ids=compound_ids, confidential=confidential
        )

    def series(self) -> pd.DataFrame:
        """Return the named series."""
        from molagent.store.series import load_series

        return load_series(self.db)

    def export(self, path: Path | str, *, without: Sequence[str]) -> "ExportReceipt":
        """Write a new project file in which nothing of some series is left."""
        from molagent.store.export import export_project

        return export_project(self.db, Path(path), without=without)

    def as_role(self, role: "Role") -> "RoleView":
        """Return what one role may see, and nothing else, as a database of its own in memory."""
        from molagent.store.roles import RoleView

        return RoleView.open(self.db, role)
