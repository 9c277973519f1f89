"""The assay data of one project file: in by any format, corrected, governed, and out again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pandas as pd
import pyarrow as pa

from molagent.errors import StoreError
from molagent.project.folder import DATABASE
from molagent.project.governance import Governance
from molagent.protocols import Progress
from molagent.store.aggregates import aggregate_results
from molagent.store.arrow import Parameters
from molagent.store.assays import endpoints, load_assays, load_known_potencies, load_rejections
from molagent.store.batches import load_first_dates
from molagent.store.database import Database
from molagent.store.identities import fill_identities, load_compounds, resolve_names
from molagent.store.one_select import SelectLimits, require_one_select
from molagent.store.orders import load_orders
from molagent.store.raw_files import load_raw_files, write_raw_file
from molagent.store.receipts import IngestReceipt
from molagent.store.select_process import outside_frame, outside_table
from molagent.store.sources import SourceFile, find_file_id, load_sources

if TYPE_CHECKING:
    from molagent.ingest.intake import Intake
    from molagent.ingest.layouts import Layout
    from molagent.project.doseresponse import DoseResponse
    from molagent.project.model_shelf import ModelShelf
    from molagent.project.replaying import Replay
    from molagent.project.sar import Sar

__all__ = ["AssayData"]

_NAMES = """
SELECT a.alias, any_value(coalesce(nullif(c.structure, ''), c.smiles)) AS smiles
FROM compound_alias a JOIN compound c USING (compound_id)
GROUP BY a.alias HAVING count(DISTINCT a.compound_id) = 1
"""

_NAMES_OF = """
SELECT compound_id, list(DISTINCT alias ORDER BY alias) AS names
FROM compound_alias GROUP BY compound_id
"""

_MORE = "SELECT compound_id, structure FROM compound WHERE structure <> ''"


class AssayData(Governance):
    """What was measured, on what, in which file and row.

    The file is opened for each call and closed after it, so that a notebook and the command line
    can use one project in turn. Tables of facts are append-only: a correction supersedes, nothing
    is overwritten, and an audit trail written by triggers says who did it.

    Parameters
    ----------
    db
        The project file.

    Examples
    --------
    >>> from molagent import AssayData
    >>> data = AssayData.open("mpro.duckdb", create=True)  # doctest: +SKIP
    >>> data.ingest("clean_cdd.csv").sentence  # doctest: +SKIP
    >>> data.values("mpro_pic50")[["compound_id", "relation", "value"]]  # doctest: +SKIP
    """

    @classmethod
    def open(cls, path: Path | str, *, create: bool = False, actor: str = "") -> Self:
        """Open a project file, or the one in a project's folder.

        Parameters
        ----------
        path
            ``project.duckdb`` or the like, or a folder that holds one.
        create
            Make the file where there is none.
        actor
            Who stands in the audit trail; by default the user of this machine.

        Raises
        ------
        StoreError
            If there is no file and none is to be made, or a newer molagent wrote it.
        """
        place = _place(path)
        if not place.exists() and not create:
            raise StoreError(
                "there is no project file",
                place=str(place),
                remedy="check the path, or create it with `create=True` (`--create`)",
            )
        db = Database(place, actor=actor)
        db.migrate()
        return cls(db)

    @classmethod
    @contextmanager
    def opened(cls, path: Path | str, *, create: bool = False, actor: str = "") -> "Iterator[Self]":
        """Open a project file as :meth:`open` does; a new one that stays without a file goes again.

        So an ingest that is refused leaves nothing behind, whatever it was refused for.
        """
        data = None
        new = not _place(path).exists()
        try:
            data = cls.open(path, create=create, actor=actor)
            yield data
        finally:
            if new and data is not None and data.files().empty:
                data.db.path.unlink(missing_ok=True)

    # -- in --------------------------------------------------------------------------------------

    def read(
        self,
        path: Path | str,
        layout: "Layout | str | Path | None" = None,
        *,
        progress: Progress | None = None,
        workers: int | None = None,
        where: Mapping[str, Sequence[str]] | None = None,
        confirm: bool = True,
        **columns: object,
    ) -> "Intake":
        """Read a file without storing it: the dry run of :meth:`ingest`.

        Parameters
        ----------
        path
            CSV, TSV, XLSX, SDF, Parquet, JSON, or a ChEMBL SQLite dump.
        layout, columns
            How it is read: a shipped layout's name, a TOML file, or keyword arguments such as
            ``smiles="SMILES", value="IC50", unit="nM", endpoint="jak1_pic50", quantity="IC50"``.
            By default a layout that fits the file, else one guessed from its header. What is
            guessed stands in ``notes``, what is not certain of it in ``doubts``.
        confirm
            Without it a guess that is not certain is refused before a row is read.
        where
            Of a ChEMBL dump: column to the values that are kept.

        Returns
        -------
        Intake
            ``summary``, ``results``, ``rejections`` and ``notes``.
        """
        from molagent.ingest.intake import read_data

        names = self.db.query(_NAMES)
        return read_data(
            path,
            layout,
            structures=dict(zip(names["alias"], names["smiles"], strict=True)),
            known=load_known_potencies(self.db),
            progress=progress,
            workers=workers,
            where=where,
            confirm=confirm,
            **columns,  # type: ignore[arg-type]
        )

    def ingest(
        self,
        path: Path | str,
        layout: "Layout | str | Path | None" = None,
        *,
        replaces: str = "",
        keep_raw: bool = False,
        progress: Progress | None = None,
        workers: int | None = None,
        where: Mapping[str, Sequence[str]] | None = None,
        confirm: bool = False,
        **columns: object,
    ) -> IngestReceipt:
        """Read a file and store it; the same file read the same way again changes nothing.

        Parameters
        ----------
        replaces
            Name of an earlier file that this one corrects: its values stay and no longer count.
        keep_raw
            Keep the file's bytes in the project too.
        confirm
            Store it also where the guess is not certain: ``read(path).doubts`` says why.
        path, layout, where, columns
            See :meth:`read`.

        Raises
        ------
        NotFoundError
            If no file of the name `replaces` was read.
        FileFormatError
            If the guess is not certain and nobody confirmed it.
        """
        intake = self.read(
            path,
            layout,
            progress=progress,
            workers=workers,
            where=where,
            confirm=confirm,
            **columns,
        )
        return self.store(intake, path, replaces=replaces, keep_raw=keep_raw, confirm=confirm)

    def find_receipt(
        self,
        path: Path | str,
        layout: "Layout | str | Path | None" = None,
        *,
        where: Mapping[str, Sequence[str]] | None = None,
        **columns: object,
    ) -> IngestReceipt | None:
        """Return the receipt of a file that was read the same way before; None if it was not."""
        from molagent.ingest.intake import plan_reading

        table, mapping = plan_reading(path, layout, where=where, **columns)
        source = SourceFile(
            name=table.name,
            sha256=table.sha256,
            bytes=table.bytes,
            kind="results",
            n_rows=0,
            accepted=0,
            rejected=0,
            mapping=mapping,
        )
        files = self.db.query(
            "SELECT name, n_rows, accepted, rejected FROM source_file WHERE file_id = ?",
            [source.file_id],
        )
        if files.empty:
            return None
        row = files.iloc[0]
        return IngestReceipt(
            file_id=source.file_id,
            name=str(row["name"]),
            endpoints=(),
            n_rows=int(row["n_rows"]),
            accepted=int(row["accepted"]),
            rejected=int(row["rejected"]),
            compounds=0,
            duplicates=0,
            conflicts=0,
            reasons={},
            known=True,
        )

    def store(
        self,
        intake: "Intake",
        path: Path | str,
        *,
        replaces: str = "",
        keep_raw: bool = False,
        confirm: bool = False,
    ) -> IngestReceipt:
        """Store what :meth:`read` returned of `path`; further parameters as in :meth:`ingest`."""
        from molagent.ingest.intake import require_certain
        from molagent.ingest.writing import write_intake

        if not confirm:
            require_certain(intake.doubts, place=intake.table.name)
        old = find_file_id(self.db, replaces) if replaces else ""
        return write_intake(self.db, intake, replaces=old, raw=Path(path) if keep_raw else None)

    # -- out -------------------------------------------------------------------------------------

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Names of the endpoints that were measured, sorted."""
        return endpoints(self.db)

    def assays(self) -> pd.DataFrame:
        """Return the endpoints, one row each, with their target, quantity, source and licence."""
        return load_assays(self.db)

    def files(self) -> pd.DataFrame:
        """Return the files that were read, oldest first."""
        return load_sources(self.db)

    def kept_files(self) -> pd.DataFrame:
        """Return the files whose bytes were kept, oldest first, with their SHA-256 and sizes."""
        return load_raw_files(self.db)

    def write_kept_file(self, sha256: str, path: Path | str) -> Path:
        """Write a kept file to a new path, byte for byte as it was read, and return the path.

        Parameters
        ----------
        sha256
            Of its bytes, as :meth:`kept_files` gives it.

        Raises
        ------
        InputError
            If there is something at `path`, or its folder is not there.
        NotFoundError
            If no such file was kept.
        StoreError
            If what is kept is not what was read; then nothing is written.
        """
        write_raw_file(self.db, sha256, Path(path))
        return Path(path)

    def rejections(self) -> pd.DataFrame:
        """Return every rejected row or cell with its file, row and reason."""
        return load_rejections(self.db)

    def compounds(self) -> pd.DataFrame:
        """Return the registered compounds with their names, identity layers and counts."""
        fill_identities(self.db)
        return load_compounds(self.db)

    def orders(self) -> pd.DataFrame:
        """Return one row an order line: where it stands and the date of each step."""
        return load_orders(self.db)

    def values(self, endpoint: str, **options: object) -> pd.DataFrame:
        """Return one value a compound, bounds counted for what they say.

        Parameters
        ----------
        endpoint
            Its name.
        options
            See :func:`molagent.store.aggregates.aggregate_results`.

        Returns
        -------
        pandas.DataFrame
            What that function returns; ``names``: what the files call the compound; and
            ``structure``: the substance as CXSMILES, where ``smiles`` is of its parent.
        """
        values = aggregate_results(self.db, endpoint, **options)  # type: ignore[arg-type]
        names = self.sql(_NAMES_OF).set_index("compound_id")["names"]
        known = dict(zip(names.index, map(tuple, names), strict=True))
        more = self.db.query(_MORE).set_index("compound_id")["structure"].to_dict()
        both = zip(values["compound_id"], values["smiles"], strict=True)
        return values.assign(
            names=[known.get(key, ()) for key in values["compound_id"]],
            structure=[str(more.get(key, smiles)) for key, smiles in both],
        )

    def find(self, names: Sequence[str]) -> pd.DataFrame:
        """Return which compounds each outside name stands for: ``alias, compound_ids``."""
        return resolve_names(self.db, list(names))

    def sql(
        self, query: str, parameters: Parameters = (), *, limits: SelectLimits | None = None
    ) -> pd.DataFrame:
        """Return the rows of one SELECT as a data frame.

        It runs in a process of its own, as somebody wrote it by hand.

        Parameters
        ----------
        limits
            Time, memory and rows that it may take; by default ten minutes, 4 GB and five million.

        Raises
        ------
        StoreError
            If it is not one SELECT, is wrong, or takes more than is allowed.
        """
        return outside_frame(self.db, query, parameters, limits=limits)

    def to_arrow(self, query: str, parameters: Parameters = ()) -> pa.Table:
        """Return the rows of one SELECT as an Arrow table, as :meth:`sql` does."""
        return outside_table(self.db, query, parameters)

    def scan(self, query: str, parameters: Parameters = ()) -> pa.RecordBatchReader:
        """Return the rows of one SELECT batch by batch, in bounded memory.

        Raises
        ------
        StoreError
            If it is not one SELECT, or is wrong.
        """
        with self.db.read() as con:
            require_one_select(con, query)
        return self.db.scan(query, parameters)

    def sar(self, endpoint: str, *, pool: bool = False) -> "Sar":
        """Return the structure-activity relationships of one endpoint, as tables and pictures.

        Parameters
        ----------
        pool
            Average the values of several protocols; without it they are refused.
        """
        from molagent.project.sar import Sar

        return Sar.of(
            self.values(endpoint, pool=pool), endpoint=endpoint, dates=load_first_dates(self.db)
        )

    def replay(
        self,
        endpoint: str,
        *,
        ways: Sequence[str] = (),
        start: int = 50,
        batch: int = 24,
        upto: int = 0,
        top: float = 0.05,
        lowest: bool = False,
        seeds: int = 5,
        progress: Progress | None = None,
    ) -> "Replay":
        """Play the history of an endpoint again, to see how soon another way had the best.

        Compounds come in the order of their dates: shipped, received, or else measured first.

        Parameters
        ----------
        ways
            Names of :data:`molagent.project.replaying.REPLAY_WAYS`; all without.
        start, batch, upto
            Compounds known at the beginning (the first by date), chosen a round, tested in the
            end; 0 plays to half of the programme.
        top
            Share of the compounds that counts as the best, 0 to 1.
        lowest
            Whether low values are wanted, as of a clearance.
        seeds
            Replays of a way that draws; seeds 0, 1, 2 and so on.

        Raises
        ------
        NotFoundError
            If there is no such endpoint or way.
        InputError
            If too few compounds have a date and a value, or too many have.
        """
        from molagent.project.replaying import replay_history

        return replay_history(
            self.db,
            endpoint,
            ways=ways,
            start=start,
            batch=batch,
            upto=upto,
            top=top,
            lowest=lowest,
            seeds=seeds,
            progress=progress,
        )

    @property
    def dose_response(self) -> "DoseResponse":
        """Plates and curves: raw signals in, fitted and judged."""
        from molagent.project.doseresponse import DoseResponse

        return DoseResponse(self.db)

    @property
    def models(self) -> "ModelShelf":
        """Models by version: trained on snapshots, asked, explained, compared."""
        from molagent.project.model_shelf import ModelShelf

        return ModelShelf(self.db)


def _place(path: Path | str) -> Path:
    """Return the project file; of a folder ``project.duckdb``, or the only one of any name."""
    place = Path(path)
    if not place.is_dir() and place.suffix:
        return place
    found = sorted(place.glob("*.duckdb"))
    return found[0] if len(found) == 1 else place / DATABASE
