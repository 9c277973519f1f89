"""A project: one folder with one DuckDB file, its campaign, and what was made of it."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import pandas as pd

from molagent.config import CampaignConfig, ModelsConfig, load_config, parse_config
from molagent.errors import StoreError
from molagent.project.assaydata import AssayData
from molagent.project.content import newest_cards, shortlist_frame
from molagent.project.deliverables import write_deliverables
from molagent.project.folder import DATABASE, project_file
from molagent.project.intake import ingest_assays, read_tell, write_tell
from molagent.project.run_result import RunResult
from molagent.project.wiring import build_parts, campaign_patents
from molagent.protocols import NullProgress, PatentIndex, Progress
from molagent.records import Constraints, Stage
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database
from molagent.store.lineage_tree import Source
from molagent.store.receipts import IngestReceipt

if TYPE_CHECKING:
    from molagent.project.optimise_result import OptimiseResult
    from molagent.project.patents import Patents
    from molagent.project.scoring import Scores
    from molagent.propose.optimise.diversity import BucketSettings

__all__ = ["Project"]


class Project:
    """One campaign in one folder.

    Use :meth:`create` for a campaign file and :meth:`open` for a folder that a run has made.

    Examples
    --------
    >>> from pathlib import Path
    >>> project = Project.create(Path("examples/jak1_selective.toml"))  # doctest: +SKIP
    >>> project.run()  # doctest: +SKIP
    >>> project.shortlist()[["proposal_id", "smiles", "jak1_pki"]]  # doctest: +SKIP
    """

    def __init__(
        self, config: CampaignConfig, base: Path, folder: Path, campaign_id: str = ""
    ) -> None:
        self.config = config
        self.base = base
        self.folder = folder
        self.db = Database(folder / DATABASE)
        self.store = CampaignStore(self.db, campaign_id or config.campaign_id)

    @classmethod
    def create(
        cls,
        config: Path | CampaignConfig,
        *,
        base: Path | None = None,
        policy: str | None = None,
        folder: Path | None = None,
    ) -> Self:
        """Set a project up from a campaign file, or find it as an earlier run left it.

        Parameters
        ----------
        config
            A campaign file, or a checked configuration with `base`.
        base
            Folder that relative paths start from; that of the campaign file by default.
        policy
            Instead of the file's.
        folder
            Output folder; by default the file's, or ``runs/<name>``.

        Raises
        ------
        StoreError
            If the folder holds another campaign.
        ConfigError
            If the file, or what its ``[models]`` names, is not in order.
        MolagentError
            If its publications, claims or releases are not in order; nothing is written then.
        """
        path = config if isinstance(config, Path) else None
        checked = load_config(config) if isinstance(config, Path) else config
        if checked.models != ModelsConfig():
            from molagent.project.catalogue import check_models

            check_models(checked)
        base = base or (path.parent if path else Path())
        suffix = ""
        if policy is not None and policy != checked.steer.policy:
            checked, suffix = checked.with_policy(policy), f"_{policy}"
        named = checked.project.folder or f"runs/{checked.project.name}"
        project = cls(checked, base, folder or Path(f"{named}{suffix}"))
        _ = project._patents  # a claim that does not hold stops a run before it leaves a file
        # Only the folder of this path matters later: data files are relative to it.
        project._start(path or base / "campaign.toml")
        return project

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the project in `folder`.

        Raises
        ------
        StoreError
            If there is none, or its campaign was never started.
        """
        database = Database(project_file(folder))
        database.migrate()  # an earlier molagent may have written it
        rows = database.query(
            "SELECT campaign_id, config_json, config_path FROM campaign "
            "ORDER BY created_at DESC LIMIT 1"
        )
        if rows.empty:
            raise StoreError(
                "the project holds no campaign", place=str(folder), remedy="use `molagent run`"
            )
        config = parse_config(json.loads(rows["config_json"].iloc[0]), place=str(folder))
        base = Path(rows["config_path"].iloc[0]).parent
        # The stored id: a newer molagent may know settings that this campaign's hash lacks.
        return cls(config, base, folder, str(rows["campaign_id"].iloc[0]))

    def run(self, progress: Progress | None = None) -> RunResult:
        """Run everything that is not done yet: ingest, the cycles, the shortlist, the report."""
        from molagent.campaign.runner import Campaign

        began = time.monotonic()
        progress = progress or NullProgress()
        self._ingest(progress)
        parts = build_parts(self.config, self.base, self.db, self.folder, self._patents)
        cycles = Campaign(self.config, self.store, parts, progress).run()
        files = self._report(cycles, progress)
        stages = self.stages()
        selected = stages[(stages["stage"] == Stage.SELECT) & (stages["cycle"] == cycles)]
        detail = dict(selected["detail"].iloc[0])
        return RunResult(
            cycles=cycles,
            chosen=int(detail["chosen"]),
            seconds=time.monotonic() - began,
            shortfall=str(detail.get("shortfall", "")),
            hits=str(detail.get("hits", "")),
            files=files,
        )

    def optimise(
        self,
        calls: int,
        *,
        seed: int | None = None,
        run: str = "",
        resume: bool = False,
        objective: Path | None = None,
        weights: Path | None = None,
        diversity: "BucketSettings | None" = None,
        constraints: Constraints | None = None,
        mode: str = "",
        proposals: int = 32,
        updates: int = 4,
        prerank: int | None = None,
        progress: Progress | None = None,
    ) -> "OptimiseResult":
        """Let the generator learn, call by call, what the campaign's profile rewards.

        Parameters
        ----------
        calls
            How many different structures may be scored, the project's own included.
        seed
            The campaign's by default.
        run
            Name of the run; by default its seed, as ``seed-1``.
        resume
            Go on with a run of that name.
        objective
            File of ``[[objective]]`` tables instead of the profile.
        weights
            Folder of the policy to start from; by default the one that ships with molagent.
        diversity
            How repeating oneself is discounted; not at all by default.
        constraints, mode
            What every new structure keeps to, and how the policy grows under it: from nothing,
            ``decorate``, ``link`` or ``around`` the project's actives; by default as the frozen
            part has it.
        proposals, updates
            New structures in a step, and how often the policy would be updated if all were its own.
        prerank
            How many candidates are made for each structure that is scored, and ranked by what was
            scored so far; 0 or 1 scores whatever is proposed. By default 8, or as the run began.

        Raises
        ------
        StoreError
            If the run exists and is not to be resumed, or began with other settings.
        """
        from molagent.project.optimising import OptimiseRequest, optimise_project

        progress = progress or NullProgress()
        self._ingest(progress)
        seed = self.config.project.seed if seed is None else seed
        request = OptimiseRequest(
            calls=calls,
            seed=seed,
            run_id=run or f"seed-{seed}",
            resume=resume,
            objective=objective,
            weights=weights,
            diversity=diversity,
            constraints=constraints,
            mode=mode,
            proposals=proposals,
            updates=updates,
            prerank=prerank,
        )
        return optimise_project(self.config, self.base, self.db, self.folder, request, progress)

    def tell(
        self,
        results: Path,
        *,
        replaces: str = "",
        dry_run: bool = False,
        unknown_ids: Literal["take", "refuse"] = "take",
        decimal: str = "",
        sheet: str = "",
        progress: Progress | None = None,
    ) -> tuple[IngestReceipt, pd.DataFrame]:
        """Bring measured values back; one cycle is then planned that learns from them.

        Several files that come before that cycle runs are learnt from in it. A file that changes no
        value plans none.

        Parameters
        ----------
        results
            CSV, TSV, XLSX, SDF, Parquet or JSON with ``proposal_id``, ``compound_id`` or
            ``smiles``, ``endpoint``, ``value``, ``unit`` and, if there are any, ``relation``: what
            the layout ``results_form`` reads. A unit is one of the endpoint's own dimension.
        replaces
            Name of an earlier file that this one corrects: its values stay and no longer count.
        dry_run
            Show what would be taken; write nothing.
        unknown_ids
            ``take`` registers a structure under an id that nobody knows, ``refuse`` rejects it.
        decimal
            Decimal sign of the numbers, ``.`` or ``,``; by default decided over each column.
        sheet
            Of a workbook; by default the first with a table.

        Returns
        -------
        receipt, rejections
            The counts, and every rejected row with its reason.
        """
        intake = read_tell(
            self.store,
            results,
            progress,
            derived=self.config.derived,
            unknown_ids=unknown_ids,
            decimal=decimal,
            sheet=sheet,
        )
        if dry_run:
            return intake.receipt, intake.rejections
        return write_tell(self.store, intake, replaces=replaces), intake.rejections

    def mark(
        self,
        proposal_ids: Sequence[str],
        state: str,
        *,
        on: date | None = None,
        supplier: str = "",
        note: str = "",
    ) -> int:
        """Record what became of proposals; what is on its way is not proposed or chosen again.

        Parameters
        ----------
        state
            ``planned``, ``ordered``, ``made``, ``shipped``, ``received``, ``failed``, or
            ``cancelled``, which frees a compound.
        on
            The day it happened.
        supplier
            Of those that have no order yet.

        Returns
        -------
        int
            How many have the state now.

        Raises
        ------
        StoreError
            If the state is not known.
        NotFoundError
            If a proposal is not known.
        """
        from molagent.project.marks import mark

        return mark(self.store, proposal_ids, state, on=on, supplier=supplier, note=note)

    def header(self) -> Mapping[str, Any]:
        """Return the campaign's header: name, seed, policy, cycles, version, creation time."""
        header = self.store.header()
        if header is None:
            raise StoreError("the campaign was never started", place=str(self.folder))
        return header

    def stages(self) -> pd.DataFrame:
        """Return finished stages in order: cycle, stage, seconds, detail."""
        return self.store.stages()

    def shortlist(self) -> pd.DataFrame:
        """Return the newest shortlist, one row a compound, best first."""
        return shortlist_frame(self.config, self.store)

    def model_cards(self) -> list[dict[str, Any]]:
        """Return the newest model card of each endpoint."""
        return [dict(card) for card in newest_cards(self.store).values()]

    @property
    def data(self) -> AssayData:
        """The project's assay data: ingest, corrections, SAR, curves, models, governance."""
        return AssayData(self.db)

    @property
    def patents(self) -> "Patents":
        """Patent evidence from what ``[screen]`` of the campaign names: check, report, landscape.

        Raises
        ------
        InputError
            If the campaign names nothing to search.
        """
        from molagent.project.patents import Patents

        return Patents.of_campaign(self.config, self.base)

    def sql(self, query: str) -> pd.DataFrame:
        """Return the rows of one SELECT over the project file.

        It runs in a process of its own with limits of time, memory and rows
        (:class:`molagent.store.one_select.SelectLimits`).

        Raises
        ------
        StoreError
            If it is not one SELECT, is wrong, or takes more than is allowed.
        """
        return self.data.sql(query)

    def trace(self, reference: str) -> Source:
        """Return where a number comes from: a tree that prints, and ``.rows()`` of files.

        Parameters
        ----------
        reference
            ``value:MA-000001/jak1_pki``, ``prediction:P1-0001/jak1_pki``, ``desirability:P1-0001``
            and so on, see :func:`molagent.store.lineage.find_source`.
        """
        return self.data.trace(reference)

    def predict(self, smiles: str | Sequence[str]) -> pd.DataFrame:
        """Return what the campaign's models say of my own structures; nothing is stored.

        Salts are taken off and structures standardised as the campaign's are. The models are those
        registered last: values that were told since are learned from by the next cycle.

        Parameters
        ----------
        smiles
            One or several.

        Returns
        -------
        pandas.DataFrame
            A row a structure and endpoint of the profile and the assays: ``smiles, endpoint, unit,
            mean, std, lo, hi`` (the 90 % interval of a new measurement), ``in_domain, reliable,
            reason`` (why the model is not, or why the structure cannot be read), ``model_hash``.
            NaN where a model cannot tell or the structure cannot be read.

        Raises
        ------
        ConfigError
            If an endpoint has no model yet: run the campaign first.
        """
        from molagent.project.scoring import predict_structures

        return predict_structures(self.config, self.db, self.base, smiles)

    def score(self, smiles: str | Sequence[str]) -> "Scores":
        """Judge my own structures as the campaign judges its proposals; nothing is stored.

        Parameters
        ----------
        smiles
            One or several.

        Returns
        -------
        Scores
            Estimates, the verdict of every filter, patent evidence and desirability. An unknown
            verdict is no pass, and an unknown desirability is no zero. Prints as text.

        Raises
        ------
        ConfigError
            If an endpoint has no model yet: run the campaign first.

        Examples
        --------
        >>> from molagent import Project
        >>> project = Project.open(Path("runs/jak1_selective"))  # doctest: +SKIP
        >>> scores = project.score("C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12")
        ... # doctest: +SKIP
        >>> scores.summary[["verdict", "desirability"]]  # doctest: +SKIP
        """
        from molagent.project.scoring import score_structures

        return score_structures(self.config, self.db, self.base, self._patents, smiles)

    def why(self, proposal_id: str) -> dict[str, Any]:
        """Return everything that is known of one proposal.

        Raises
        ------
        NotFoundError
            If there is no such proposal.
        """
        from molagent.project.proposal_facts import proposal_facts

        return proposal_facts(self.config, self.store, self._patents, proposal_id)

    def write_deliverables(
        self, progress: Progress | None = None, *, since: tuple[Path, Path] | None = None
    ) -> tuple[Path, ...]:
        """Write report, exports and results form of the newest shortlist and return their paths.

        Parameters
        ----------
        since
            Folders of an earlier and a later release of patents: the report says what is new of
            the shortlist. By default what ``[screen]`` names as `since` and `releases`.

        Raises
        ------
        StoreError
            If there is no shortlist yet.
        """
        from molagent.project.patents import news_of_shortlist

        files = write_deliverables(
            self.config,
            self.store,
            self.folder,
            self._patents,
            progress or NullProgress(),
            news=news_of_shortlist(self.config.screen, self.base, self.shortlist, since=since),
        )
        return (*files, self.db.path)

    # -- steps of a run --------------------------------------------------------------------------

    def _start(self, config_path: Path) -> None:
        from molagent import __version__

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the project's folder cannot be made ({error.strerror or error})",
                place=str(self.folder),
                remedy="give a folder that can be written, with --out",
            ) from error
        self.db.migrate()
        self.store.start(
            self.config.project.name,
            self.config.hash,
            self.config.model_dump_json(),
            str(config_path.resolve()),
            self.config.steer.policy,
            self.config.project.seed,
            self.config.steer.cycles,
            __version__,
            exclusive=True,
        )

    def _ingest(self, progress: Progress) -> None:
        if self.store.is_done(0, Stage.INGEST):
            return
        began = time.monotonic()
        progress.start(Stage.INGEST)
        detail = ingest_assays(self.config, self.base, self.store, progress)
        self.store.finish_stage(
            0, Stage.INGEST, seconds=time.monotonic() - began, detail=detail, tables={}
        )
        progress.finish(", ".join(f"{key} {value}" for key, value in detail.items()))

    def _report(self, cycles: int, progress: Progress) -> tuple[Path, ...]:
        began = time.monotonic()
        progress.start(Stage.REPORT)
        files = self.write_deliverables(progress)
        progress.finish(", ".join(path.name for path in files))
        if not self.store.is_done(cycles, Stage.REPORT):
            self.store.finish_stage(
                cycles,
                Stage.REPORT,
                seconds=time.monotonic() - began,
                detail={"files": [path.name for path in files]},
                tables={},
            )
        return files

    @cached_property
    def _patents(self) -> PatentIndex | None:
        """The patent evidence to search, opened once; None if the campaign file names none."""
        return campaign_patents(self.config, self.base)
